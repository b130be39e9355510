-- Publishing held back by people: all posts of a workspace, or (workspace null) of the whole server. The claim of due posts
-- looks here. What falls due during a pause does not go out at its end either: it waits for a decision, so that nothing bursts out.

create table public.publishing_pauses (
    id uuid primary key default app.new_id(),
    workspace_id uuid references public.workspaces (id) on delete cascade,
    reason text not null check (length(trim(reason)) between 1 and 300),
    began_at timestamptz not null default now(),
    resumes_at timestamptz,
    ended_at timestamptz,
    ends_at timestamptz not null generated always as (least(ended_at, resumes_at, timestamptz 'infinity')) stored,
    paused_by uuid default auth.uid() references public.users (id) on delete set null,
    ended_by uuid references public.users (id) on delete set null,
    unique (workspace_id, id),
    constraint publishing_pauses_resume_later check (resumes_at > began_at)
);
comment on table public.publishing_pauses is 'Pauses of all publishing, of a workspace or (workspace_id null) of the server: who, why, until when.';
comment on column public.publishing_pauses.workspace_id is 'Null: the whole server, by whoever runs it.';
comment on column public.publishing_pauses.reason is 'What everybody reads on every page meanwhile.';
comment on column public.publishing_pauses.resumes_at is 'Ends by itself then; null: when somebody ends it.';
comment on column public.publishing_pauses.ended_at is 'When somebody ended it, or when it was found over.';
comment on column public.publishing_pauses.ends_at is 'The earlier of the two; a post that is due up to here waits for a decision.';
create unique index publishing_pauses_one on public.publishing_pauses (workspace_id) nulls not distinct where ended_at is null;
create index publishing_pauses_ends_idx on public.publishing_pauses (workspace_id, ends_at desc);
call app.guard('public.publishing_pauses', author => 'paused_by', removes => null, shared => true,
    settable => '{id,workspace_id,reason,began_at,resumes_at,ended_at,paused_by}', changeable => '{reason,resumes_at,ended_at}', audited => '{}');

-- Who ended it is who is asking. What has ended stays ended.
create function app.end_pause() returns trigger language plpgsql set search_path = ''
as $$
begin
    if old.ended_at is not null then
        raise exception using errcode = '23514', table = 'publishing_pauses', column = 'ended_at', constraint = 'publishing_pauses_stay_ended',
            message = 'this pause has ended: begin a new one';
    end if;
    if current_user = 'authenticated' then
        new.ended_by := case when new.ended_at is not null then auth.uid() end;
    end if;
    return new;
end $$;
create trigger d_end before update on public.publishing_pauses for each row execute function app.end_pause();

-- Every window of the workspace learns of it at once; of the server's, every window.
create function app.tell_pauses() returns trigger language plpgsql set search_path = ''
as $$
begin
    perform pg_notify('postwright_changes', json_build_object('workspace', new.workspace_id, 'table', 'publishing_pauses', 'id', new.id)::text);
    return null;
end $$;
create trigger tell_pauses after insert or update on public.publishing_pauses for each row execute function app.tell_pauses();

-- The late policy of a workspace, from its settings: 15 minutes where they say nothing that is a number; at least one, because
-- nothing goes out at the very instant at which it is due.
create function app.late_grace(settings jsonb) returns interval language sql immutable parallel safe set search_path = ''
as $$
    select make_interval(mins => case when settings ->> 'late_grace_minutes' ~ '^[0-9]{1,5}$'
                                      then greatest((settings ->> 'late_grace_minutes')::int, 1) else 15 end)
$$;

-- Up to when what is due waits for a decision: its grace is over, or it fell due before the end of a pause.
create function app.held_before(workspace uuid, settings jsonb, at timestamptz) returns timestamptz
language sql stable parallel safe set search_path = ''
as $$
    select greatest(at - app.late_grace(settings), (
        select max(least(p.ends_at, at)) from public.publishing_pauses p
         where (p.workspace_id = workspace or p.workspace_id is null) and p.began_at <= at))
$$;
-- First comments that may be written at a moment, and from when: the post is still out, its account and its workspace publish, nothing
-- is paused. One that waited through a pause is written after it: its post is out, and a reader expects it; not so under a post that
-- was known to be out before `since`.
create function app.comments_to_write(at timestamptz, since timestamptz) returns table (workspace_id uuid, id uuid, due_at timestamptz)
language sql stable rows 100 set search_path = ''
as $$
    select f.workspace_id, f.id, greatest(f.next_try_at, f.lease_expires_at)
      from public.first_comments f
      join public.platform_connections c on c.workspace_id = f.workspace_id and c.id = f.platform_connection_id
      join public.workspaces w on w.id = f.workspace_id
      join public.scheduled_posts s on s.workspace_id = f.workspace_id and s.id = f.scheduled_post_id
      join public.published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
     where f.status in ('waiting', 'sending', 'unknown') and p.status = 'published' and greatest(p.published_at, f.created_at) > since
       and c.is_active and c.paused_at is null and c.health <> 'reconnect' and w.deleted_at is null
       and not exists (select from public.publishing_pauses x where x.workspace_id = f.workspace_id and x.began_at <= at and x.ends_at > at)
       and not exists (select from public.publishing_pauses x where x.workspace_id is null and x.began_at <= at and x.ends_at > at)
$$;
grant execute on function app.comments_to_write(timestamptz, timestamptz) to service_role;

grant execute on function app.late_grace(jsonb), app.held_before(uuid, jsonb, timestamptz) to authenticated, service_role;

-- The server's own pause, by whoever runs it. Null: it was paused (or goes on) already.
create function app_auth.pause_server(by_whom uuid, why text, at timestamptz, until timestamptz) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    perform app_auth.require_operator(by_whom);
    update public.publishing_pauses p set ended_at = p.resumes_at where p.workspace_id is null and p.ended_at is null and p.resumes_at <= at;
    insert into public.publishing_pauses (workspace_id, reason, began_at, resumes_at, paused_by) values (null, why, at, until, by_whom)
    on conflict (workspace_id) where ended_at is null do nothing returning id into made;
    return made;
end $$;

create function app_auth.resume_server(by_whom uuid, at timestamptz) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    update public.publishing_pauses p set ended_at = greatest(at, p.began_at), ended_by = by_whom
     where p.workspace_id is null and p.ended_at is null and coalesce(p.resumes_at > at, true);
    return found;
end $$;
grant execute on function app_auth.pause_server(uuid, text, timestamptz, timestamptz), app_auth.resume_server(uuid, timestamptz) to app_auth;
