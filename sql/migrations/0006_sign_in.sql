-- What may be asked before there is a user: the closed list of app_auth.

create function app_auth.register(email text, password_hash text, full_name text, zone text default 'UTC') returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    insert into public.users (email, full_name, timezone) values (register.email, register.full_name, zone) returning id into made;
    insert into app.user_secrets (user_id, password_hash) values (made, register.password_hash);
    perform app.make_workspace(made, app.workspace_title(register.full_name, register.email), zone, true);
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
