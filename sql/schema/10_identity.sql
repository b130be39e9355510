-- Users, workspaces and memberships; sessions. What happens to a workspace stands in 12_workspaces.sql.

create table public.users (
    id uuid primary key default app.new_id(),
    email varchar(255) not null,
    full_name varchar(255),
    avatar_url text,
    timezone varchar(50) not null default 'UTC',
    locale text not null default 'en',
    week_start smallint not null default 1 check (week_start between 0 and 6),
    preferences jsonb not null default '{}',
    tone_of_voice text,
    is_active boolean not null default true,
    is_operator boolean not null default false,
    external_id text unique,
    email_verified_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on column public.users.external_id is 'Subject at an external identity provider (Clerk, Supabase, any OIDC issuer).';
comment on column public.users.is_operator is 'Runs this server: sees all people, may deactivate them and make links for them. No role in any workspace follows.';
comment on column public.users.week_start is '0 = Sunday, 1 = Monday, ...';
create unique index users_email_key on public.users (lower(email));

call app.force_policies('public.users');
create policy users_self_select on public.users for select to authenticated using (id = app.me());
create policy users_self_update on public.users for update to authenticated using (id = app.person()) with check (id = app.person());
grant select, insert, update, delete on public.users to service_role;
grant select on public.users to authenticated;
grant update (full_name, avatar_url, timezone, locale, week_start, preferences, tone_of_voice) on public.users to authenticated;
call app.stamp('public.users');

-- Password hashes (argon2id) and one-time links stand apart from `users`, which its owner may read whole.
create table app.user_secrets (
    user_id uuid primary key references public.users (id) on delete cascade,
    password_hash text,
    updated_at timestamptz not null default now()
);
call app.guard_private('app.user_secrets');

-- Failed sign-ins by the hash of address and client, whether the address has an account or not: waiting
-- tells nobody which it is, and nobody locks another out from elsewhere.
create table app.sign_in_tries (
    key bytea primary key,
    failed int not null,
    under_way int not null default 0,
    tried_at timestamptz not null,
    wait_until timestamptz
);
create index sign_in_tries_tried_idx on app.sign_in_tries (tried_at);
call app.guard_private('app.sign_in_tries');

create table app.sign_in_links (
    token_hash bytea primary key,
    user_id uuid not null references public.users (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
create index sign_in_links_user_idx on app.sign_in_links (user_id);
call app.guard_private('app.sign_in_links');

create table public.workspaces (
    id uuid primary key default app.new_id(),
    name text not null check (length(trim(name)) between 1 and 120),
    environment text check (environment in ('sandbox', 'live')),
    personal_of uuid unique references public.users (id) on delete cascade,
    timezone text not null default 'UTC',
    settings jsonb not null default '{}',
    created_by uuid references public.users (id) on delete set null,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on column public.workspaces.deleted_at is 'Gone for everybody; its owners can restore it for 30 days, then it is purged.';
comment on column public.workspaces.environment is 'sandbox or live; null until the first account decides it. Never both.';
create index workspaces_created_by_idx on public.workspaces (created_by);

create table public.workspace_members (
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null references public.users (id) on delete cascade,
    role text not null check (role in ('owner', 'admin', 'editor', 'viewer')),
    can_approve boolean not null default false,
    suspended_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace_id, user_id)
);
comment on column public.workspace_members.suspended_at is 'Set while the workspace is deleted: nobody is a member until it is restored.';
create index workspace_members_user_idx on public.workspace_members (user_id, workspace_id, role) include (suspended_at);

-- The caller's workspaces in which their role is at least `at_least`. Every policy stands on it, as
-- `workspace_id = any ((app.mine('viewer')).ids)`: one array, no sub-select, so an index on workspace_id serves
-- it. A key is its maker on a leash: its claims name the one `workspace` it reaches and the `cap` (role_rank) that
-- its scopes are worth. Each detail is for the planner, and measured (bench/rls.py, docs/decisions/0003):
--   two results   a record is not evaluated while planning: one call a statement less, and the planner takes
--                 the array for ten workspaces instead of multiplying two sharp conditions into "one row"
--   cost          what a call costs beside reading a row; without it a join calls it for each row
--   plpgsql       keeps its plan; and it calls nothing, not even auth.uid()
create function app.mine(at_least text, out ids uuid[], out caller uuid)
language plpgsql stable security definer parallel safe cost 20000 set search_path = ''
as $$
declare
    claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
    leash uuid := (claims ->> 'workspace')::uuid;
    cap int := coalesce((claims ->> 'cap')::int, 4);
begin
    caller := (claims ->> 'sub')::uuid;
    ids := array(
        select m.workspace_id from public.workspace_members m
         where m.user_id = caller
           and m.suspended_at is null
           and (leash is null or m.workspace_id = leash)
           and case at_least when 'viewer' then cap >= 1
                             when 'editor' then cap >= 2 and m.role <> 'viewer'
                             when 'admin' then cap >= 3 and m.role in ('admin', 'owner')
                             else cap >= 4 and m.role = 'owner' end);
end $$;
grant execute on function app.mine(text) to authenticated;

-- The same as a plain array, for functions and queries.
create function app.my_workspaces(at_least text default 'viewer') returns uuid[]
language sql stable parallel safe set search_path = ''
as $$ select (app.mine(at_least)).ids $$;
grant execute on function app.my_workspaces(text) to authenticated;

create function app.personal_workspace() returns uuid
language sql stable security definer set search_path = ''
as $$ select w.id from public.workspaces w where w.personal_of = auth.uid() $$;
grant execute on function app.personal_workspace() to authenticated, service_role;

call app.force_policies('public.workspaces');
create policy workspaces_member_select on public.workspaces for select to authenticated using (id = any ((app.mine('viewer')).ids));
create policy workspaces_admin_update on public.workspaces for update to authenticated
    using (id = any ((app.mine('admin')).ids)) with check (id = any ((app.mine('admin')).ids));
grant select, insert, update, delete on public.workspaces to service_role;
-- Nobody deletes one by a statement: app.delete_workspace (12_workspaces.sql) hides it, and it can be restored.
grant select on public.workspaces to authenticated;
grant update (name, timezone, settings) on public.workspaces to authenticated;
call app.stamp('public.workspaces');
create trigger z_audit after insert or update or delete on public.workspaces for each row execute function public.log_audit();

call app.force_policies('public.workspace_members');
create policy workspace_members_member_select on public.workspace_members for select to authenticated
    using (workspace_id = any ((app.mine('viewer')).ids));
-- Nobody is made a member without a word of their own: members come by accepting an invitation. An admin
-- manages editors and viewers; only an owner makes admins and owners; a key raises nobody.
create policy workspace_members_admin_update on public.workspace_members for update to authenticated
    using (app.person() is not null and (
        workspace_id = any ((app.mine('owner')).ids) or (workspace_id = any ((app.mine('admin')).ids) and role in ('editor', 'viewer'))))
    with check (workspace_id = any ((app.mine('owner')).ids) or (workspace_id = any ((app.mine('admin')).ids) and role in ('editor', 'viewer')));
create policy workspace_members_admin_delete on public.workspace_members for delete to authenticated using (
    user_id = app.person() or workspace_id = any ((app.mine('owner')).ids)
    or (workspace_id = any ((app.mine('admin')).ids) and role in ('editor', 'viewer')));
grant select, insert, update, delete on public.workspace_members to service_role;
grant select, delete, update (role, can_approve) on public.workspace_members to authenticated;
call app.stamp('public.workspace_members');
create trigger z_audit after insert or update or delete on public.workspace_members for each row execute function public.log_audit('suspended_at');

-- A workspace never loses its last owner, whoever asks and however many ask at once; a personal one is its person's.
create function app.keep_an_owner() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    person uuid;
begin
    if old.role <> 'owner' or (tg_op = 'UPDATE' and new.role = 'owner') then
        return null;
    end if;
    -- Waits for others who change the same workspace; gone with the workspace itself is fine.
    select personal_of into person from public.workspaces where id = old.workspace_id for no key update;
    if found and person = old.user_id and exists (select from public.users where id = person) then
        raise exception using errcode = '23514', constraint = 'workspace_members_personal',
            message = 'this is a personal workspace: its person stays its owner';
    end if;
    if found and not exists (select from public.workspace_members where workspace_id = old.workspace_id and role = 'owner') then
        raise exception using errcode = '23514', constraint = 'workspace_members_last_owner',
            message = 'a workspace keeps at least one owner: make somebody else owner first';
    end if;
    return null;
end $$;
create constraint trigger keep_an_owner after update or delete on public.workspace_members
    deferrable initially deferred for each row execute function app.keep_an_owner();

alter table public.audit_log enable row level security;
alter table public.audit_log force row level security;
create policy audit_log_owner on public.audit_log to current_user using (true) with check (true);
create policy audit_log_service on public.audit_log for select to service_role using (true);
create policy audit_log_admin_select on public.audit_log for select to authenticated using (workspace_id = any ((app.mine('admin')).ids));
grant select on public.audit_log to authenticated, service_role;

create table public.sessions (
    id uuid primary key default app.new_id(),
    user_id uuid not null references public.users (id) on delete cascade,
    token_hash bytea not null unique,
    workspace_id uuid references public.workspaces (id) on delete set null,
    user_agent text,
    ip inet,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
comment on column public.sessions.workspace_id is 'The workspace that this browser looks at.';
create index sessions_user_idx on public.sessions (user_id, created_at desc);
create index sessions_workspace_idx on public.sessions (workspace_id);
call app.force_policies('public.sessions');
create policy sessions_self_select on public.sessions for select to authenticated using (user_id = app.person());
create policy sessions_self_update on public.sessions for update to authenticated
    using (user_id = app.person() and revoked_at is null) with check (user_id = app.person());
grant select, insert, update, delete on public.sessions to service_role;
grant select (id, user_id, workspace_id, user_agent, ip, created_at, last_seen_at, expires_at, revoked_at) on public.sessions to authenticated;
grant update (revoked_at, workspace_id) on public.sessions to authenticated;

-- A workspace with its first member. Modules hang what a new workspace starts with (a calendar, a
-- voice, a scoring config) on its insert.
create function app.make_workspace(maker uuid, title text, zone text, personal boolean) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    insert into public.workspaces (name, timezone, created_by, personal_of)
    values (title, zone, maker, case when personal then maker end) returning id into made;
    insert into public.workspace_members (workspace_id, user_id, role, can_approve) values (made, maker, 'owner', true);
    return made;
end $$;

-- Names and pictures of the people one shares a workspace with; e-mail addresses only for admins.
create function app.members(workspace uuid)
returns table (user_id uuid, full_name text, avatar_url text, email text, role text, can_approve boolean, joined_at timestamptz)
language sql stable security definer set search_path = ''
as $$
    select u.id, u.full_name, u.avatar_url,
           case when workspace = any (app.my_workspaces('admin')) or u.id = auth.uid() then u.email end,
           m.role, m.can_approve, m.created_at
      from public.workspace_members m join public.users u on u.id = m.user_id
     where m.workspace_id = workspace and workspace = any (app.my_workspaces())
$$;
grant execute on function app.members(uuid) to authenticated;

-- Before sign-in: the closed list.

create function app_auth.register(email text, password_hash text, full_name text, zone text default 'UTC') returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    insert into public.users (email, full_name, timezone) values (register.email, register.full_name, zone) returning id into made;
    insert into app.user_secrets (user_id, password_hash) values (made, register.password_hash);
    perform app.make_workspace(made, coalesce(nullif(trim(register.full_name), ''), split_part(register.email, '@', 1)), zone, true);
    return made;
end $$;

create function app_auth.credentials(email text)
returns table (user_id uuid, password_hash text, is_active boolean)
language sql stable security definer set search_path = ''
as $$
    select u.id, s.password_hash, u.is_active
      from public.users u join app.user_secrets s on s.user_id = u.id
     where lower(u.email) = lower(credentials.email)
$$;

-- Lets somebody try a password, or says from when on they may. The try counts as failed until it has succeeded, so that
-- many at once are no way around: eight are under way at most, and a crash leaves none of them open for long.
create function app_auth.begin_sign_in(who bytea) returns timestamptz
language plpgsql security definer set search_path = ''
as $$
declare
    tries app.sign_in_tries;
begin
    insert into app.sign_in_tries as t (key, failed, under_way, tried_at) values (who, 0, 0, clock_timestamp())
    on conflict (key) do update set tried_at = t.tried_at returning * into tries;  -- locks the row
    if tries.wait_until > clock_timestamp() then
        return tries.wait_until;
    end if;
    if tries.tried_at < clock_timestamp() - interval '1 minute' then
        tries.under_way := 0;
    end if;
    if tries.under_way >= 8 then
        return clock_timestamp() + interval '2 seconds';
    end if;
    update app.sign_in_tries t set under_way = tries.under_way + 1, tried_at = clock_timestamp() where t.key = who;
    return null;
end $$;

-- Ends a try; from the fifth failure on one waits 2^n seconds, at most 15 minutes. A day later it is forgotten.
create function app_auth.note_sign_in(who bytea, succeeded boolean) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    delete from app.sign_in_tries where tried_at < now() - interval '1 day' or (succeeded and key = who);
    if succeeded then
        return;
    end if;
    insert into app.sign_in_tries as t (key, failed, tried_at) values (who, 1, clock_timestamp())
    on conflict (key) do update
       set failed = t.failed + 1, under_way = greatest(t.under_way - 1, 0), tried_at = clock_timestamp(),
           wait_until = case when t.failed >= 4
               then clock_timestamp() + least(interval '15 minutes', interval '1 second' * power(2, least(t.failed, 10))) end;
end $$;

create function app_auth.set_password(who uuid, hash text) returns void
language sql security definer set search_path = ''
as $$
    insert into app.user_secrets (user_id, password_hash) values (who, hash)
    on conflict (user_id) do update set password_hash = excluded.password_hash
$$;

-- A session for somebody who has proved who they are. The one that the browser came with ends: a cookie that somebody
-- else put there never becomes a session.
create function app_auth.open_session(who uuid, hash bytea, expires timestamptz, agent text, address inet, former bytea default null) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    update public.sessions s set revoked_at = now() where s.token_hash = former and s.revoked_at is null;
    delete from public.sessions s where s.user_id = who and s.expires_at < now() - interval '30 days';
    insert into public.sessions (user_id, token_hash, expires_at, user_agent, ip)
    select id, hash, expires, left(agent, 400), address from public.users where id = who and is_active
    returning id into made;
    return made;
end $$;

-- The session of a cookie, if it still stands, with the workspace it looks at (one that its user
-- is still a member of, the personal one otherwise).
create function app_auth.session(hash bytea)
returns table (session_id uuid, user_id uuid, email text, full_name text, timezone text, locale text, week_start int,
               workspace_id uuid, last_seen_at timestamptz, expires_at timestamptz, is_operator boolean, verified boolean, avatar_url text)
language sql stable security definer set search_path = ''
as $$
    select s.id, u.id, u.email, u.full_name, u.timezone, u.locale, u.week_start,
           coalesce(
               (select m.workspace_id from public.workspace_members m
                 where m.user_id = u.id and m.workspace_id = s.workspace_id and m.suspended_at is null),
               (select w.id from public.workspaces w where w.personal_of = u.id),
               (select m.workspace_id from public.workspace_members m
                 where m.user_id = u.id and m.suspended_at is null order by m.created_at limit 1)),
           s.last_seen_at, s.expires_at, u.is_operator, u.email_verified_at is not null, u.avatar_url
      from public.sessions s join public.users u on u.id = s.user_id
     where s.token_hash = hash and s.revoked_at is null and s.expires_at > now() and u.is_active
$$;

-- A visit moves a session's end, but never past 90 days from its beginning: then one signs in again.
create function app_auth.touch_session(hash bytea, expires timestamptz) returns void
language sql security definer set search_path = ''
as $$
    update public.sessions set last_seen_at = now(), expires_at = least(expires, created_at + interval '90 days')
     where token_hash = hash and revoked_at is null
$$;

create function app_auth.make_sign_in_link(who uuid, hash bytea, expires timestamptz) returns void
language sql security definer set search_path = ''
as $$ insert into app.sign_in_links (user_id, token_hash, expires_at) values (who, hash, expires) $$;

-- Who a one-time link signs in. Using it spends it.
create function app_auth.spend_sign_in_link(hash bytea) returns uuid
language sql security definer set search_path = ''
as $$
    update app.sign_in_links l set used_at = now()
     where l.token_hash = hash and l.used_at is null and l.expires_at > now()
       and exists (select from public.users u where u.id = l.user_id and u.is_active)
    returning l.user_id
$$;

create function app_auth.subject(subject text) returns uuid
language sql stable security definer set search_path = ''
as $$ select id from public.users where external_id = subject and is_active $$;

-- The person who runs this instance: made at the first start, signs in by one-time links until they
-- set an address and a password of their own.
create function app_auth.operator(zone text) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    found_id uuid;
begin
    insert into public.users (email, full_name, timezone, external_id, is_operator)
    values ('you@postwright.example', 'You', zone, 'postwright:operator', true) on conflict do nothing returning id into found_id;
    if found_id is not null then
        perform app.make_workspace(found_id, 'Sandbox', zone, true);
        return found_id;
    end if;
    return (select id from public.users where external_id = 'postwright:operator');
end $$;

grant execute on all functions in schema app_auth to app_auth;
