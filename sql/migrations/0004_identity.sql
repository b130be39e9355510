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
comment on table public.users is 'People, under the id that their tokens name. Each reads only their own row; app.members() names the others.';
comment on column public.users.locale is 'BCP 47 language tag.';
comment on column public.users.preferences is 'Settings of the interface.';
comment on column public.users.tone_of_voice is 'Used where neither a tone is chosen nor a voice has one.';
comment on column public.users.is_active is 'False: cannot sign in.';
comment on column public.users.timezone is 'IANA zone; ruled by those of item, calendar and preference.';
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
comment on table app.user_secrets is 'Password hashes, apart from users, whose rows their people read whole.';
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
comment on table app.sign_in_tries is 'Failed sign-ins by address and client, and how long to wait; forgotten after a day.';
create index sign_in_tries_tried_idx on app.sign_in_tries (tried_at);
call app.guard_private('app.sign_in_tries');

create table app.sign_in_links (
    token_hash bytea primary key,
    user_id uuid not null references public.users (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
comment on table app.sign_in_links is 'One-time sign-in links by the hash of their token.';
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
comment on table public.workspaces is 'Who shares accounts, drafts and plans; the tenant. One of each user is personal.';
comment on column public.workspaces.personal_of is 'The user whose personal workspace it is.';
comment on column public.workspaces.timezone is 'IANA zone for whatever has none of its own.';
comment on column public.workspaces.settings is '{require_approval, late_grace_minutes, audit_days, ...}';
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
comment on table public.workspace_members is 'Who belongs to a workspace, in which role.';
comment on column public.workspace_members.can_approve is 'May approve posts without being an admin.';
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
    cap int;
    leash uuid;
begin
    caller := (claims ->> 'sub')::uuid;
    if not claims ?| '{cap,workspace}' then  -- a person: asked at every statement, so nothing of keys is looked at
        ids := array(
            select m.workspace_id from public.workspace_members m
             where m.user_id = caller
               and m.suspended_at is null
               and case at_least when 'viewer' then true
                                 when 'editor' then m.role <> 'viewer'
                                 when 'admin' then m.role in ('admin', 'owner')
                                 else m.role = 'owner' end);
        return;
    end if;
    cap := coalesce((claims ->> 'cap')::int, 4);
    leash := claims ->> 'workspace';
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
comment on table public.sessions is 'Signed-in browsers.';
comment on column public.sessions.token_hash is 'SHA-256 of the cookie.';
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

-- What a personal workspace is called at first.
create function app.workspace_title(full_name text, email text) returns text language sql immutable set search_path = ''
as $$ select left(coalesce(nullif(trim(full_name), ''), nullif(split_part(email, '@', 1), ''), 'Mine'), 120) $$;

-- On Supabase people sign up in auth.users: each becomes a user with a personal workspace, under the same id.
-- An address that a user of ours has already is refused, because nothing proves here that both are one person.
create function app.adopt_auth_user() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    told jsonb := to_jsonb(new);
    said jsonb := coalesce(nullif(told -> 'raw_user_meta_data', 'null'), '{}');
    name text := left(coalesce(said ->> 'full_name', said ->> 'name'), 255);
begin
    insert into public.users (id, email, full_name, avatar_url)
    values (new.id, coalesce(nullif(told ->> 'email', ''), new.id || '@no-address.invalid'), name, said ->> 'avatar_url');
    perform app.make_workspace(new.id, app.workspace_title(name, told ->> 'email'), 'UTC', true);
    return null;
end $$;
do $$
begin
    if to_regclass('auth.users') is not null then
        create trigger postwright_user after insert on auth.users for each row execute function app.adopt_auth_user();
    end if;
end
$$;
