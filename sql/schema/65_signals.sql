-- Live updates: what changed goes to the channel `postwright_changes` as {workspace, table, id, item, status},
-- one message a row, or one a workspace ({..., "id": null}) where a statement touched many. `postwright_due`
-- wakes the publisher. A listener that missed one still polls: a message is a hint, never the truth.

create function app.tell_changes() returns trigger language plpgsql set search_path = ''
as $$
begin
    if (select count(*) from changed) > 50 then
        perform pg_notify('postwright_changes', json_build_object('workspace', w, 'table', tg_table_name, 'id', null, 'item', null, 'status', null)::text)
           from (select distinct workspace_id as w from changed) c;
    else
        perform pg_notify('postwright_changes', json_build_object(
                    'workspace', c.workspace_id, 'table', tg_table_name, 'id', c.id,
                    'item', to_jsonb(c) ->> 'schedule_item_id', 'status', to_jsonb(c) ->> 'status')::text)
           from changed c;
    end if;
    return null;
end $$;

-- As above, without the rows in which only a lease was renewed.
create function app.tell_updates() returns trigger language plpgsql set search_path = ''
as $$
begin
    if (select count(*) from changed) > 50 then
        perform pg_notify('postwright_changes', json_build_object('workspace', w, 'table', tg_table_name, 'id', null, 'item', null, 'status', null)::text)
           from (select distinct workspace_id as w from changed) c;
    else
        perform pg_notify('postwright_changes', json_build_object(
                    'workspace', c.workspace_id, 'table', tg_table_name, 'id', c.id,
                    'item', to_jsonb(c) ->> 'schedule_item_id', 'status', to_jsonb(c) ->> 'status')::text)
           from changed c join was w on w.id = c.id
          where to_jsonb(c) - '{updated_at,lease_expires_at}'::text[] <> to_jsonb(w) - '{updated_at,lease_expires_at}'::text[];
    end if;
    return null;
end $$;

create procedure app.signal(relation regclass) language plpgsql set search_path = ''
as $$
begin
    execute format('create trigger tell_new after insert on %s referencing new table as changed for each statement execute function app.tell_changes()', relation);
    execute format('create trigger tell_changed after update on %s referencing old table as was new table as changed for each statement execute function app.tell_updates()', relation);
    execute format('create trigger tell_gone after delete on %s referencing old table as changed for each statement execute function app.tell_changes()', relation);
end $$;

call app.signal('public.content_schedule_items');
call app.signal('public.scheduled_posts');
call app.signal('public.content_adaptations');
call app.signal('public.platform_connections');

create function app.tell_due() returns trigger language plpgsql set search_path = ''
as $$ begin perform pg_notify('postwright_due', ''); return null; end $$;
create trigger tell_due after insert or update of status, scheduled_for, next_retry_at, approved_at on public.scheduled_posts
    for each row when (new.status = 'scheduled') execute function app.tell_due();

create table public.worker_heartbeats (
    worker_id text primary key,
    kind text not null,
    pid int,
    started_at timestamptz not null default now(),
    beat_at timestamptz not null default now()
);
comment on table public.worker_heartbeats is 'Which publishers and job runners are alive.';
create index worker_heartbeats_beat_idx on public.worker_heartbeats (kind, beat_at desc);
call app.guard_reference('public.worker_heartbeats');

-- Notices: what happened that needs a person, or concerns them. The same rows will go out by e-mail, webhook and chat:
-- a kind is one of a closed list (postwright.notices.models says what each means).
create table public.notifications (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null references public.users (id) on delete cascade,
    kind text not null check (kind in (
        'post_failed', 'post_unconfirmed', 'account_reconnect', 'mention', 'comment', 'invitation', 'invitation_answered',
        'role', 'ownership', 'key_expiring', 'export_ready', 'export_failed',
        'hand_off', 'posts_overdue', 'figures_refused')),
    title text not null check (length(title) between 1 and 300),
    body text check (length(body) <= 2000),
    link text check (link ~ '^/([^/\\]|$)' and link !~ '[[:cntrl:]]' and length(link) <= 500),
    data jsonb not null default '{}',
    incident text check (length(incident) between 1 and 200),
    times int not null default 1,
    last_at timestamptz not null default now(),
    read_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id)
);
comment on table public.notifications is 'Notices to one person of one workspace.';
comment on column public.notifications.incident is 'What it is about: as long as its notice is unread, the same again is counted in `times` and raises no other.';
comment on column public.notifications.link is 'Where to look: an address of this site.';
create index notifications_user_idx on public.notifications (user_id, created_at desc);
create index notifications_inbox_idx on public.notifications (workspace_id, user_id, created_at desc, id desc);
create index notifications_kind_idx on public.notifications (workspace_id, user_id, kind, created_at desc, id desc);
create index notifications_unread_idx on public.notifications (workspace_id, user_id, created_at desc, id desc) where read_at is null;
create unique index notifications_one_incident on public.notifications (workspace_id, incident, user_id) where read_at is null and incident is not null;
call app.guard('public.notifications', adds => null, changes => 'viewer', removes => 'viewer', own => 'user_id', changeable => '{read_at}');

-- Tells members of a workspace; how many were told. A signed-in caller tells only those of a workspace of their own.
create function app.notify(workspace uuid, users uuid[], kind text, title text, body text default null, link text default null,
                           incident text default null, data jsonb default '{}') returns int
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
    told int;
begin
    -- The setting holds the role that the transaction took, also inside this function.
    if current_setting('role') = 'authenticated' and not coalesce(notify.workspace = any (app.my_workspaces()), false) then
        raise exception using errcode = '42501', message = 'only members of a workspace tell its members';
    end if;
    insert into public.notifications as n (workspace_id, user_id, kind, title, body, link, incident, data)
    select m.workspace_id, m.user_id, notify.kind, left(notify.title, 300), left(notify.body, 2000), notify.link, notify.incident, notify.data
      from public.workspace_members m
     where m.workspace_id = notify.workspace and m.user_id = any (notify.users) and m.suspended_at is null
    on conflict (workspace_id, incident, user_id) where read_at is null and incident is not null do update
       set times = n.times + 1, last_at = now(), kind = excluded.kind, title = excluded.title, body = excluded.body,
           link = excluded.link, data = excluded.data;
    get diagnostics told = row_count;
    return told;
end $$;
grant execute on function app.notify(uuid, uuid[], text, text, text, text, text, jsonb) to authenticated, service_role;

-- An incident is over: what nobody has read yet needs nobody any more.
create function app.settle_notices(workspace uuid, over text) returns void
language sql security definer set search_path = ''
as $$ update public.notifications set read_at = now() where workspace_id = workspace and incident = over and read_at is null $$;
grant execute on function app.settle_notices(uuid, text) to service_role;

-- Its own windows learn of a notice, nobody else's.
create function app.tell_notices() returns trigger language plpgsql set search_path = ''
as $$
begin
    perform pg_notify('postwright_changes', json_build_object('workspace', workspace_id, 'table', 'notifications', 'user', user_id)::text)
       from (select distinct workspace_id, user_id from changed) c;
    return null;
end $$;
create trigger tell_new after insert on public.notifications referencing new table as changed for each statement execute function app.tell_notices();
create trigger tell_changed after update on public.notifications referencing new table as changed for each statement execute function app.tell_notices();
create trigger tell_gone after delete on public.notifications referencing old table as changed for each statement execute function app.tell_notices();

-- Of comments it is told which draft or post they are about.
create function app.tell_comments() returns trigger language plpgsql set search_path = ''
as $$
begin
    perform pg_notify('postwright_changes', json_build_object('workspace', workspace_id, 'table', 'comments', 'id', about)::text)
       from (select distinct workspace_id, coalesce(adaptation_id, schedule_item_id) as about from changed) c;
    return null;
end $$;
create trigger tell_new after insert on public.comments referencing new table as changed for each statement execute function app.tell_comments();
create trigger tell_changed after update on public.comments referencing new table as changed for each statement execute function app.tell_comments();
create trigger tell_gone after delete on public.comments referencing old table as changed for each statement execute function app.tell_comments();

-- A comment that was taken back before somebody looked tells nobody anything.
create function app.take_back_mention() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    delete from public.notifications n where n.workspace_id = old.workspace_id and n.incident = 'mention:' || old.id and n.read_at is null;
    return null;
end $$;
create trigger take_back_mention after delete on public.comments for each row execute function app.take_back_mention();

-- An account that must be connected again, or that its platform bars: those who can mend it are told, once, and no longer once
-- it works. Fresh tokens heal it, so their columns count too.
create function app.tell_reconnect() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if new.health = 'reconnect' then
        perform app.notify(
            new.workspace_id,
            array(select m.user_id from public.workspace_members m where m.workspace_id = new.workspace_id and m.role in ('owner', 'admin')),
            'account_reconnect',
            format(case when new.suspended_at is null then 'Connect %s again' else '%s is barred by its platform' end, concat_ws(' ', (select p.name from public.platforms p where p.slug = new.platform), coalesce(new.handle, new.display_name))),
            concat_ws('. ', rtrim(new.last_error, '. '), 'Its posts wait until then.'), '/accounts', 'account:' || new.id);
    else
        perform app.settle_notices(new.workspace_id, 'account:' || new.id);
    end if;
    return null;
end $$;
-- Not `of health`: fresh tokens heal an account in a trigger, and of that no column list learns.
create trigger tell_reconnect after update on public.platform_connections
    for each row when (old.health is distinct from new.health and 'reconnect' in (old.health, new.health)) execute function app.tell_reconnect();

-- A post that nobody has to decide about any more.
create function app.settle_post() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    perform app.settle_notices(new.workspace_id, 'post:' || new.schedule_item_id);
    return null;
end $$;
create trigger settle_post after update of status on public.scheduled_posts
    for each row when (old.status in ('failed', 'needs_review') and new.status <> old.status and new.schedule_item_id is not null)
    execute function app.settle_post();

-- Who got another role is told by whom; a new owner is told so.
create function app.tell_role() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    place text := (select w.name from public.workspaces w where w.id = new.workspace_id);
    maker text := coalesce((select u.full_name from public.users u where u.id = auth.uid()), 'Somebody');
begin
    if new.user_id is distinct from auth.uid() then
        perform app.notify(
            new.workspace_id, array[new.user_id], case new.role when 'owner' then 'ownership' else 'role' end,
            case new.role when 'owner' then format('You own “%s” now', place) else format('You are %s of “%s” now', new.role, place) end,
            format('%s changed your role from %s.', maker, old.role), '/settings/members', 'role:' || new.user_id);
    end if;
    return null;
end $$;
create trigger tell_role after update of role on public.workspace_members
    for each row when (old.role <> new.role) execute function app.tell_role();

-- Somebody invited who has an account, at an address known to be theirs, learns of it where they are; who invited learns
-- what became of it.
create function app.tell_invitation() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    place text := (select w.name from public.workspaces w where w.id = new.workspace_id);
begin
    if tg_op = 'INSERT' then
        insert into public.notifications (workspace_id, user_id, kind, title, body, link, incident)
        select w.id, u.id, 'invitation', format('You are invited to “%s”', place),
               format('%s invited you as %s.', coalesce((select i.full_name from public.users i where i.id = new.invited_by), 'Somebody'), new.role),
               '/workspaces', 'invitation:' || new.workspace_id
          from public.users u join public.workspaces w on w.personal_of = u.id
         where lower(u.email) = lower(new.email) and u.email_verified_at is not null and u.is_active
        on conflict do nothing;
    elsif new.invited_by is not null then
        insert into public.notifications (workspace_id, user_id, kind, title, link, incident)
        select m.workspace_id, m.user_id, 'invitation_answered',
               format('%s %s your invitation', new.email, case when new.accepted_at is not null then 'accepted' else 'declined' end),
               '/settings/members', 'invitation:' || new.id
          from public.workspace_members m where m.workspace_id = new.workspace_id and m.user_id = new.invited_by
        on conflict do nothing;
    end if;
    return null;
end $$;
create trigger tell_invitation after insert on public.invitations for each row execute function app.tell_invitation();
create trigger tell_answer after update of accepted_at, declined_at on public.invitations
    for each row when (old.accepted_at is null and old.declined_at is null and (new.accepted_at is not null or new.declined_at is not null))
    execute function app.tell_invitation();

-- Names and pictures of members and of those who once were, for what they wrote and did.
create function app.names(workspace uuid, people uuid[])
returns table (user_id uuid, full_name text, avatar_url text, is_member boolean)
language sql stable security definer set search_path = ''
as $$
    select u.id, u.full_name, u.avatar_url, m.user_id is not null
      from public.users u
      left join public.workspace_members m on m.workspace_id = workspace and m.user_id = u.id
     where u.id = any (people) and workspace = any (app.my_workspaces())
       and (m.user_id is not null
            or exists (select from public.audit_log l
                        where l.workspace_id = workspace and l.record_id = u.id and l.table_name = 'workspace_members'))
$$;
grant execute on function app.names(uuid, uuid[]) to authenticated;

-- Who may no longer look is told so: what streams to them looks at once whether they may.
create function app.tell_leaving() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    perform pg_notify('postwright_changes', json_build_object(
                'table', tg_table_name, 'user', to_jsonb(old) ->> case tg_table_name when 'users' then 'id' else 'user_id' end)::text);
    return null;
end $$;
create trigger tell_leaving after update of is_active on public.users for each row
    when (old.is_active and not new.is_active) execute function app.tell_leaving();
create trigger tell_leaving after update of revoked_at on public.sessions for each row
    when (old.revoked_at is null and new.revoked_at is not null) execute function app.tell_leaving();
create trigger tell_leaving after delete on public.workspace_members for each row execute function app.tell_leaving();
