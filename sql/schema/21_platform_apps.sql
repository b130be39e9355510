-- The operator's registrations at the platforms, and the walks of people to the platforms' pages and back. Both hold
-- secrets, so no signed-in user reaches them: the web asks by the closed list of app_auth, the worker by app.platform_app.

create table app.platform_apps (
    platform varchar(50) not null references public.platforms (slug),
    host text not null default '',
    client_id text not null check (client_id <> ''),
    client_secret text,
    extra_scopes text[] not null default '{}',
    redirect_uri text,
    review text not null default 'unknown' check (review in ('unknown', 'none', 'testing', 'submitted', 'approved')),
    tried_at timestamptz,
    trouble text,
    set_by uuid references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (platform, host)
);
comment on table app.platform_apps is 'Apps by which accounts are connected: one a platform, or one a server where a platform has many.';
comment on column app.platform_apps.host is 'The server that the app is registered on; empty where the platform is one place.';
comment on column app.platform_apps.client_secret is 'Sealed (kit/crypto.py); null for a public app.';
comment on column app.platform_apps.extra_scopes is 'What it may ask for beyond the usual.';
comment on column app.platform_apps.redirect_uri is 'Of an app on one of many servers: the address that it was registered for.';
comment on column app.platform_apps.review is 'How far the platform''s own review of the app is, as the operator says.';
comment on column app.platform_apps.tried_at is 'When the platform was last asked whether it knows the app.';
comment on column app.platform_apps.trouble is 'What it said then; null: it knows it.';
call app.guard_private('app.platform_apps');

create table app.connect_walks (
    id uuid primary key default app.new_id(),
    state_hash bytea not null unique,
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null references public.users (id) on delete cascade,
    session_id uuid not null references public.sessions (id) on delete cascade,
    platform varchar(50) not null references public.platforms (slug),
    host text,
    environment text not null check (environment in ('sandbox', 'live')),
    redirect_uri text not null,
    verifier text not null,
    reconnects uuid,
    offered text,
    spent_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
comment on table app.connect_walks is 'A person on the way to a platform''s page and back: ten minutes, once, in the session that began it.';
comment on column app.connect_walks.verifier is 'Of PKCE, sealed.';
comment on column app.connect_walks.reconnects is 'The account that is to be connected again; null: any.';
comment on column app.connect_walks.offered is 'The accounts that were granted, sealed, while the person chooses among them.';
comment on column app.connect_walks.spent_at is 'When the platform sent the person back.';
create index connect_walks_expires_idx on app.connect_walks (expires_at);
call app.guard_private('app.connect_walks');

create function app.platform_app(slug text, server text default '')
returns table (client_id text, client_secret text, extra_scopes text[])
language sql stable security definer set search_path = ''
as $$ select a.client_id, a.client_secret, a.extra_scopes from app.platform_apps a where a.platform = slug and a.host = server $$;
grant execute on function app.platform_app(text, text) to service_role;

create function app_auth.platform_app(slug text, server text default '', redirect text default null)
returns table (client_id text, client_secret text, extra_scopes text[])
language sql stable security definer set search_path = ''
as $$
    select a.client_id, a.client_secret, a.extra_scopes from app.platform_apps a
     where a.platform = slug and a.host = server and (redirect is null or a.redirect_uri = redirect)
$$;

-- Which platforms have an app, for who connects: nothing of the app itself.
create function app_auth.platforms_with_app() returns table (platform text)
language sql stable security definer set search_path = ''
as $$ select a.platform::text from app.platform_apps a where a.host = '' order by 1 $$;

-- For whoever runs the server.

create function app_auth.platform_apps(by_whom uuid)
returns table (platform text, client_id text, has_secret boolean, extra_scopes text[], review text, tried_at timestamptz, trouble text,
               set_by text, updated_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    return query
    select a.platform::text, a.client_id, a.client_secret is not null, a.extra_scopes, a.review, a.tried_at, a.trouble, u.full_name::text, a.updated_at
      from app.platform_apps a left join public.users u on u.id = a.set_by
     where a.host = '' order by a.platform;
end $$;

create function app_auth.keep_platform_app(by_whom uuid, slug text, id text, sealed text, extra text[], reviewed text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    insert into app.platform_apps as a (platform, client_id, client_secret, extra_scopes, review, set_by)
    values (slug, id, sealed, extra, reviewed, by_whom)
    on conflict (platform, host) do update
       set client_id = excluded.client_id, extra_scopes = excluded.extra_scopes, review = excluded.review, set_by = excluded.set_by,
           -- A form that leaves the secret empty keeps it, unless it is of another app.
           client_secret = coalesce(excluded.client_secret, case when a.client_id = excluded.client_id then a.client_secret end),
           tried_at = null, trouble = null;
end $$;

-- Before anybody is sent off by an app: what its platform said of it, and a place to write that down for one that nobody asked about.

create function app_auth.platform_app_trouble(slug text, id text) returns table (tried_at timestamptz, trouble text)
language sql stable security definer set search_path = ''
as $$ select a.tried_at, a.trouble from app.platform_apps a where a.platform = slug and a.host = '' and a.client_id = id $$;

create function app_auth.note_untried_app(slug text, id text, at timestamptz, said text) returns void
language sql security definer set search_path = ''
as $$
    update app.platform_apps a set tried_at = at, trouble = said
     where a.platform = slug and a.host = '' and a.client_id = id and a.tried_at is null
$$;

create function app_auth.note_platform_app(by_whom uuid, slug text, at timestamptz, said text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    update app.platform_apps a set tried_at = at, trouble = said where a.platform = slug and a.host = '';
end $$;

create function app_auth.forget_platform_app(by_whom uuid, slug text) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    delete from app.platform_apps a where a.platform = slug and a.host = '';
    return found;
end $$;

-- An app that was registered on one server of many, on behalf of somebody who connects an account there.
create function app_auth.keep_server_app(slug text, server text, id text, sealed text, redirect text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    if server = '' then
        raise exception using errcode = '23514', message = 'an app of one server names the server';
    end if;
    insert into app.platform_apps (platform, host, client_id, client_secret, redirect_uri) values (slug, server, id, sealed, redirect)
    on conflict (platform, host) do update
       set client_id = excluded.client_id, client_secret = excluded.client_secret, redirect_uri = excluded.redirect_uri;
end $$;

-- Walks. The caller is who the claims say; only admins of the workspace connect accounts.

create function app_auth.begin_walk(state bytea, workspace uuid, session uuid, slug text, server text, kind text, redirect text, sealed text,
                                    again uuid, expires timestamptz) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    if not coalesce(workspace = any (app.my_workspaces('admin')), false) then
        raise exception using errcode = '42501', message = 'connecting an account needs the role admin';
    end if;
    delete from app.connect_walks w where w.expires_at < now() - interval '1 day';
    insert into app.connect_walks (state_hash, workspace_id, user_id, session_id, platform, host, environment, redirect_uri, verifier,
                                   reconnects, expires_at)
    values (state, workspace, auth.uid(), session, slug, server, kind, redirect, sealed, again, expires)
    returning id into made;
    return made;
end $$;

-- Ends the walk that a platform sent back, whatever comes of it: once. `verdict` says why there is nothing to go on with.
create function app_auth.spend_walk(state bytea, session uuid, at timestamptz)
returns table (verdict text, id uuid, workspace_id uuid, platform text, host text, environment text, redirect_uri text, verifier text, reconnects uuid)
language plpgsql security definer set search_path = ''
as $$
declare
    walk app.connect_walks;
begin
    select * into walk from app.connect_walks w where w.state_hash = state for update;
    if not found then
        return query select 'unknown', null::uuid, null::uuid, null::text, null::text, null::text, null::text, null::text, null::uuid;
        return;
    end if;
    -- Another person's callback neither succeeds nor spoils theirs.
    if walk.user_id is distinct from auth.uid() or walk.session_id is distinct from session then
        return query select 'foreign', null::uuid, null::uuid, null::text, null::text, null::text, null::text, null::text, null::uuid;
        return;
    end if;
    update app.connect_walks w set spent_at = coalesce(w.spent_at, at) where w.id = walk.id;
    return query select case when walk.spent_at is not null then 'spent' when walk.expires_at <= at then 'late' else 'ok' end,
        walk.id, walk.workspace_id, walk.platform::text, walk.host, walk.environment, walk.redirect_uri, walk.verifier, walk.reconnects;
end $$;

-- What was granted, while the person chooses. Null takes it away: the choice is made.
create function app_auth.keep_offer(walk uuid, session uuid, sealed text) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
    update app.connect_walks w set offered = sealed
     where w.id = walk and w.user_id = auth.uid() and w.session_id = session and w.spent_at is not null
       and (sealed is not null or w.offered is not null);
    return found;
end $$;

create function app_auth.offer(walk uuid, session uuid, at timestamptz)
returns table (workspace_id uuid, platform text, environment text, reconnects uuid, offered text)
language sql stable security definer set search_path = ''
as $$
    select w.workspace_id, w.platform::text, w.environment, w.reconnects, w.offered
      from app.connect_walks w
     where w.id = walk and w.user_id = auth.uid() and w.session_id = session and w.offered is not null
       and w.expires_at + interval '20 minutes' > at
$$;

grant execute on function app_auth.platform_app(text, text, text), app_auth.platforms_with_app(), app_auth.platform_apps(uuid),
    app_auth.keep_platform_app(uuid, text, text, text, text[], text), app_auth.note_platform_app(uuid, text, timestamptz, text),
    app_auth.platform_app_trouble(text, text), app_auth.note_untried_app(text, text, timestamptz, text),
    app_auth.forget_platform_app(uuid, text), app_auth.keep_server_app(text, text, text, text, text),
    app_auth.begin_walk(bytea, uuid, uuid, text, text, text, text, text, uuid, timestamptz),
    app_auth.spend_walk(bytea, uuid, timestamptz), app_auth.keep_offer(uuid, uuid, text), app_auth.offer(uuid, uuid, timestamptz) to app_auth;

-- Rotation of the sealing keys, by the worker's login.
create function app.sealed_apps() returns table (platform text, host text, client_secret text)
language sql stable security definer set search_path = ''
as $$ select a.platform::text, a.host, a.client_secret from app.platform_apps a where a.client_secret is not null $$;

create function app.reseal_app(slug text, server text, was text, sealed text) returns void
language sql security definer set search_path = ''
as $$ update app.platform_apps a set client_secret = sealed where a.platform = slug and a.host = server and a.client_secret = was $$;
grant execute on function app.sealed_apps(), app.reseal_app(text, text, text, text) to service_role;
