-- How people come into a workspace, and how a workspace ends: invitations; deletion, with thirty days to restore.

create table public.invitations (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    email text not null,
    role text not null default 'editor' check (role in ('admin', 'editor', 'viewer')),
    can_approve boolean not null default false,
    token_hash bytea not null unique,
    invited_by uuid default auth.uid() references public.users (id) on delete set null,
    expires_at timestamptz not null default now() + interval '7 days',
    emailed_at timestamptz,
    accepted_at timestamptz,
    accepted_by uuid references public.users (id) on delete set null,
    declined_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (expires_at <= created_at + interval '31 days')
);
comment on table public.invitations is 'A place in a workspace, kept for the person of one address: single use, and only until it expires.';
comment on column public.invitations.token_hash is 'SHA-256 of the token in the link.';
comment on column public.invitations.can_approve is 'Given to the member that comes of it.';
comment on column public.invitations.emailed_at is 'When the mail server took the letter; null: somebody has to pass the link on.';
-- An address has one invitation at a time. To send it again ends the one before: its token is worth nothing from there on.
create unique index invitations_one_open on public.invitations (workspace_id, lower(email))
    where accepted_at is null and declined_at is null and revoked_at is null;
create index invitations_address_idx on public.invitations (lower(email)) where accepted_at is null and declined_at is null and revoked_at is null;
create index invitations_recent_idx on public.invitations (workspace_id, created_at desc);
create index invitations_invited_by_idx on public.invitations (invited_by);
create index invitations_accepted_by_idx on public.invitations (accepted_by);
-- An admin invites editors and viewers, an owner admins too; a key invites nobody: who comes in so would outlive it.
call app.guard('public.invitations', reads => 'admin', adds => 'admin', changes => 'admin', removes => null,
    author => 'invited_by', hidden => '{token_hash}',
    adds_when => $$app.person() is not null and (role in ('editor', 'viewer') or workspace_id = any ((app.mine('owner')).ids))$$,
    settable => '{id,workspace_id,email,role,can_approve,token_hash,invited_by,expires_at}', changeable => '{revoked_at,emailed_at}',
    audited => '{token_hash}');

-- What ended stays ended: an admin brings back no invitation that an owner took back.
create function app.keep_invitation_ended() returns trigger language plpgsql set search_path = ''
as $$
begin
    if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
        raise exception using errcode = '23514', table = 'invitations', column = 'revoked_at', constraint = 'invitations_stay_ended',
            message = 'this invitation has ended: make a new one';
    end if;
    return new;
end $$;
create trigger d_stay_ended before update of revoked_at on public.invitations for each row execute function app.keep_invitation_ended();

-- An invitation that stands, for who holds its token.
create function app_auth.invitation(hash bytea)
returns table (id uuid, workspace_id uuid, workspace_name text, environment text, email text, role text, can_approve boolean,
               invited_by text, expires_at timestamptz)
language sql stable security definer set search_path = ''
as $$
    select i.id, w.id, w.name, w.environment, i.email, i.role, i.can_approve, u.full_name, i.expires_at
      from public.invitations i
      join public.workspaces w on w.id = i.workspace_id and w.deleted_at is null
      left join public.users u on u.id = i.invited_by
     where i.token_hash = hash and i.accepted_at is null and i.declined_at is null and i.revoked_at is null and i.expires_at > now()
$$;

-- Makes its person a member, once; null when it does not stand or is another's. Whoever deletes the workspace
-- meanwhile waits, or is waited for.
create function app.take_invitation(chosen uuid, who uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    home uuid := (select i.workspace_id from public.invitations i where i.id = chosen);
    taken public.invitations;
begin
    perform 1 from public.workspaces w where w.id = home and w.deleted_at is null for share;
    if not found then
        return null;
    end if;
    update public.invitations i set accepted_at = now(), accepted_by = who
     where i.id = chosen and i.accepted_at is null and i.declined_at is null and i.revoked_at is null and i.expires_at > now()
       and lower(i.email) = (select lower(u.email) from public.users u where u.id = who and u.is_active)
    returning * into taken;
    if not found then
        return null;
    end if;
    insert into public.workspace_members (workspace_id, user_id, role, can_approve)
    values (home, who, taken.role, taken.can_approve) on conflict do nothing;
    if not found then
        raise exception using errcode = '23505', table = 'workspace_members', constraint = 'workspace_members_pkey',
            message = 'you are a member of this workspace already';
    end if;
    return home;
end $$;

create function app_auth.accept_invitation(hash bytea, who uuid) returns uuid
language sql security definer set search_path = ''
as $$ select app.take_invitation((select i.id from public.invitations i where i.token_hash = hash), who) $$;
grant execute on function app_auth.invitation(bytea), app_auth.accept_invitation(bytea, uuid) to app_auth;

-- The caller's answer to an invitation: by its token, or (once their address is verified) by its id. The workspace's id;
-- null when it does not stand or is another's.
create function app.answer_invitation(hash bytea, wanted uuid, accepts boolean) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    address text := (select lower(u.email) from public.users u where u.id = app.person() and u.is_active and (hash is not null or u.email_verified_at is not null));
    chosen uuid := (select i.id from public.invitations i where case when hash is null then i.id = wanted else i.token_hash = hash end);
    home uuid;
begin
    if address is null then
        return null;
    end if;
    if accepts then
        return app.take_invitation(chosen, app.person());
    end if;
    update public.invitations i set declined_at = now()
     where i.id = chosen and i.accepted_at is null and i.declined_at is null and i.revoked_at is null and i.expires_at > now()
       and lower(i.email) = address
    returning i.workspace_id into home;
    return home;
end $$;
grant execute on function app.answer_invitation(bytea, uuid, boolean) to authenticated;

-- What waits for the caller. Only for an address that is known to be theirs; before that the letter's link is the proof.
create function app.my_invitations()
returns table (id uuid, workspace_name text, role text, can_approve boolean, invited_by text, expires_at timestamptz)
language sql stable security definer set search_path = ''
as $$
    select i.id, w.name, i.role, i.can_approve, u.full_name, i.expires_at
      from public.users me
      join public.invitations i on lower(i.email) = lower(me.email)
      join public.workspaces w on w.id = i.workspace_id and w.deleted_at is null
      left join public.users u on u.id = i.invited_by
     where me.id = app.person() and me.email_verified_at is not null
       and i.accepted_at is null and i.declined_at is null and i.revoked_at is null and i.expires_at > now()
     order by i.created_at desc
$$;
grant execute on function app.my_invitations() to authenticated;

-- A new workspace whose owner is the caller; sandbox, live, or null until the first account decides.
create function app.create_workspace(name text, environment text default null) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    if app.person() is null then
        raise exception using errcode = '42501', message = 'sign in to make a workspace';
    end if;
    made := app.make_workspace(app.person(), name, (select timezone from public.users where id = app.person()), false);
    update public.workspaces w set environment = create_workspace.environment where w.id = made and create_workspace.environment is not null;
    return made;
end $$;
grant execute on function app.create_workspace(text, text) to authenticated;

-- A key ends with its maker's membership: whoever comes back makes new ones.
create function app.end_keys() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    update public.api_keys k set revoked_at = now()
     where k.workspace_id = old.workspace_id and k.user_id = old.user_id and k.revoked_at is null;
    return null;
end $$;
create trigger end_keys after delete on public.workspace_members for each row execute function app.end_keys();

-- What is scheduled goes back to the plan. What was begun (an attempt stands in the ledger) fails instead and can be tried
-- again by hand, with the handles that it has: to plan it anew could send a part of it twice. What is being sent right
-- now ends as it ends.
create function app.take_back_posts(workspace uuid) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    posts uuid[];
    message text := 'The workspace was deleted while this post waited for its next try. Look at the account, then try again.';
begin
    perform pg_advisory_xact_lock(hashtextextended('plan:' || workspace::text, 0));  -- as calendar's lock_plan: who schedules takes turns
    update public.scheduled_posts p
       set status = 'failed', next_retry_at = null, last_error = message,
           error = jsonb_build_object('class', 'workspace_deleted', 'who', 'you fix the input', 'message', message)
     where p.workspace_id = workspace and p.status = 'scheduled' and p.fence > 0;
    with freed as (
        update public.scheduled_posts p set schedule_item_id = null
          from public.scheduled_posts before
         where p.workspace_id = workspace and p.status = 'scheduled' and p.fence = 0 and before.workspace_id = p.workspace_id and before.id = p.id
        returning before.schedule_item_id)
    select array_agg(schedule_item_id) into posts from freed;
    update public.content_schedule_items i set status = 'queued' where i.workspace_id = workspace and i.id = any (posts) and i.status = 'scheduled';
    delete from public.scheduled_posts p
     where p.workspace_id = workspace and p.status = 'scheduled' and p.fence = 0 and p.schedule_item_id is null;
    return coalesce(cardinality(posts), 0);
end $$;

-- Hides a workspace from everybody: its members are suspended, so no session and no key reaches it; its invitations end;
-- nothing of it goes out any more. Null when the caller does not own it or it is gone already.
create function app.delete_workspace(workspace uuid, typed text) returns timestamptz
language plpgsql security definer set search_path = ''
as $$
declare
    doomed public.workspaces;
begin
    perform pg_advisory_xact_lock(hashtextextended('plan:' || workspace::text, 0));
    -- No key update: the publisher's attempts refer to the workspace, and must not wait for us while we wait for its posts.
    select * into doomed from public.workspaces w where w.id = workspace and w.deleted_at is null for no key update;
    if app.person() is null or doomed.id is null or not doomed.id = any (app.my_workspaces('owner')) then
        return null;
    end if;
    if doomed.personal_of is not null then
        raise exception using errcode = '23514', table = 'workspaces', column = 'deleted_at', constraint = 'workspaces_personal_stays',
            message = 'this is a personal workspace: it goes only with its person''s account';
    end if;
    if typed is distinct from doomed.name then
        raise exception using errcode = '23514', table = 'workspaces', column = 'name', constraint = 'workspaces_name_typed',
            message = 'the name that was typed is another one';
    end if;
    perform app.take_back_posts(workspace);
    update public.invitations i set revoked_at = now()
     where i.workspace_id = workspace and i.accepted_at is null and i.declined_at is null and i.revoked_at is null;
    update public.workspace_members m set suspended_at = now() where m.workspace_id = workspace;
    update public.workspaces w set deleted_at = now() where w.id = workspace;
    return now();
end $$;
grant execute on function app.delete_workspace(uuid, text) to authenticated;

-- What the caller owned and may still restore.
create function app.my_deleted_workspaces()
returns table (id uuid, name text, environment text, deleted_at timestamptz)
language sql stable security definer set search_path = ''
as $$
    select w.id, w.name, w.environment, w.deleted_at
      from public.workspace_members m join public.workspaces w on w.id = m.workspace_id
     where m.user_id = app.person() and m.role = 'owner' and w.deleted_at > now() - interval '30 days'
     order by w.deleted_at desc
$$;
grant execute on function app.my_deleted_workspaces() to authenticated;

-- Brings it back as it was, but for what had to end. A post that was being sent when the workspace went, and came back to
-- be tried again, is taken back too: nothing bursts out. False when the caller did not own it, or after thirty days.
create function app.restore_workspace(workspace uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('plan:' || workspace::text, 0));
    perform 1 from public.workspaces w
      where w.id = workspace and w.deleted_at > now() - interval '30 days' and exists (
          select from public.workspace_members m where m.workspace_id = workspace and m.user_id = app.person() and m.role = 'owner')
        for no key update;
    if not found then
        return false;
    end if;
    perform app.take_back_posts(workspace);
    update public.workspaces w set deleted_at = null where w.id = workspace;
    update public.workspace_members m set suspended_at = null where m.workspace_id = workspace;
    return true;
end $$;
grant execute on function app.restore_workspace(uuid) to authenticated;

-- Removes all rows of a workspace that was deleted more than thirty days before `at`: what hangs on it goes along; what
-- only names it (the audit log, raw events) is found by its column. False when there is nothing to purge.
create function app.purge_workspace(workspace uuid, at timestamptz) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
    loose record;
begin
    perform 1 from public.workspaces w where w.id = workspace and w.deleted_at <= least(at, now()) - interval '30 days' for update;
    if not found then
        return false;
    end if;
    delete from public.workspaces w where w.id = workspace;
    for loose in
        select c.oid::regclass as relation
          from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
         where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p') and not c.relispartition
           and not exists (select from pg_catalog.pg_constraint f where f.conrelid = c.oid and f.confrelid = 'public.workspaces'::regclass)
    loop
        execute format('delete from %s where workspace_id = $1', loose.relation) using workspace;
    end loop;
    return true;
end $$;
grant execute on function app.purge_workspace(uuid, timestamptz) to service_role;

-- Asks at once what is otherwise asked at the commit, so that whoever loses the last owner is told so in their own request.
create function app.check_owners() returns boolean language plpgsql set search_path = ''
as $$
begin
    set constraints public.keep_an_owner immediate;
    return true;
end $$;
grant execute on function app.check_owners() to authenticated;

-- The notice of an invitation (65_signals.sql) is settled once there is nothing left to answer.
create function app.settle_invitation() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    perform app.settle_notices(w.id, 'invitation:' || new.workspace_id)
       from public.users u join public.workspaces w on w.personal_of = u.id
      where lower(u.email) = lower(new.email);
    return null;
end $$;
create trigger settle_invitation after update of accepted_at, declined_at, revoked_at on public.invitations
    for each row when (num_nonnulls(new.accepted_at, new.declined_at, new.revoked_at) > 0) execute function app.settle_invitation();
