-- What happens to an account: signing up, proving an address, a new password, turns that run out, and the people
-- that the operator sees. Everything is a function of the closed list; the tables are nobody's.

-- Links that go out in letters (or, where no letter goes out, from hand to hand). Spent once, by whoever holds them:
--   sign_up  makes the account that was asked for: until then nothing tells a known address from a new one
--   address  proves `email` for its user; where it is a new one, it takes over then
--   reset    sets a password
create table app.letter_links (
    token_hash bytea primary key,
    purpose text not null check (purpose in ('sign_up', 'address', 'reset')),
    user_id uuid references public.users (id) on delete cascade,
    email text not null,
    full_name text,
    timezone text,
    next text,
    emailed boolean not null default true,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    check ((purpose = 'sign_up') = (user_id is null))
);
comment on table app.letter_links is 'Links of letters, by the hash of their token: to sign up, to prove an address, to set a password.';
comment on column app.letter_links.emailed is 'Whether it went to the address itself: only then does spending it prove the address.';
create index letter_links_user_idx on app.letter_links (user_id);
create index letter_links_expires_idx on app.letter_links (expires_at);
call app.guard_private('app.letter_links');

-- Who asked for a new password where no letter goes out: the operator sees it and makes a link.
create table app.reset_requests (
    user_id uuid primary key references public.users (id) on delete cascade,
    asked_at timestamptz not null default now()
);
comment on table app.reset_requests is 'Who asked for a new password where no letter goes out.';
call app.guard_private('app.reset_requests');

-- How often an act was done from somewhere, in a window of its own. The key is a hash: addresses of people are not kept.
create table app.turns (
    key bytea primary key,
    started_at timestamptz not null,
    ends_at timestamptz not null,
    taken int not null
);
comment on table app.turns is 'How often an act was done from somewhere, in a window of its own.';
create index turns_ends_idx on app.turns (ends_at);
call app.guard_private('app.turns');

-- What the operator decides at run time. One row.
create table app.server_rules (
    only_row boolean primary key default true check (only_row),
    sign_up_open boolean
);
comment on table app.server_rules is 'What the operator decides at run time: one row.';
comment on column app.server_rules.sign_up_open is 'Null: as the place where it runs suggests (open on the loopback address, closed elsewhere).';
insert into app.server_rules default values;
call app.guard_private('app.server_rules');

-- Takes a turn. Null: go on; else the time from which there is one again.
create function app_auth.take_turn(who bytea, most int, span interval) returns timestamptz
language plpgsql security definer set search_path = ''
as $$
declare
    found_row app.turns;
begin
    delete from app.turns t where t.ends_at < clock_timestamp() - interval '1 hour';
    insert into app.turns as t (key, started_at, ends_at, taken) values (who, clock_timestamp(), clock_timestamp() + span, 1)
    on conflict (key) do update
       set taken = case when t.ends_at <= clock_timestamp() then 1 else t.taken + 1 end,
           started_at = case when t.ends_at <= clock_timestamp() then clock_timestamp() else t.started_at end,
           ends_at = case when t.ends_at <= clock_timestamp() then clock_timestamp() + span else t.ends_at end
    returning * into found_row;
    return case when found_row.taken > most then found_row.ends_at end;
end $$;

-- Sign-ups

create function app_auth.sign_up_open() returns boolean
language sql stable security definer set search_path = ''
as $$ select sign_up_open from app.server_rules $$;

-- Whether an invitation to that address stands: who was invited may sign up where it is closed to others.
create function app_auth.invited(email text, invitation bytea) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
    return exists (
        select from public.invitations i
         where i.token_hash = invitation and lower(i.email) = lower(invited.email)
           and i.accepted_at is null and i.declined_at is null and i.revoked_at is null and i.expires_at > now());
end $$;

create function app_auth.make_letter_link(
    hash bytea, why text, who uuid, address text, name text, zone text, after text, by_letter boolean, expires timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    delete from app.letter_links l where l.expires_at < now() - interval '7 days';
    -- A link to an address that is no longer wanted is worth nothing.
    delete from app.letter_links l where l.user_id = who and l.purpose = 'address' and why = 'address' and lower(l.email) <> lower(address);
    insert into app.letter_links (token_hash, purpose, user_id, email, full_name, timezone, next, emailed, expires_at)
    values (hash, why, who, address, name, zone, after, by_letter, expires);
end $$;

-- What a link is for, as long as it stands.
create function app_auth.letter_link(hash bytea)
returns table (purpose text, user_id uuid, email text, full_name text, timezone text, next text)
language sql stable security definer set search_path = ''
as $$
    select l.purpose, l.user_id, l.email, coalesce(l.full_name, u.full_name), l.timezone, l.next
      from app.letter_links l left join public.users u on u.id = l.user_id
     where l.token_hash = hash and l.used_at is null and l.expires_at > now() and (u.id is null or u.is_active)
$$;

-- Makes the account of a sign-up link, with the address proved. Null: the link is spent or too old.
create function app_auth.finish_sign_up(hash bytea, password_hash text, name text) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    link app.letter_links;
    made uuid;
begin
    update app.letter_links l set used_at = now()
     where l.token_hash = hash and l.purpose = 'sign_up' and l.used_at is null and l.expires_at > now() returning * into link;
    if not found then
        return null;
    end if;
    made := app_auth.register(link.email, password_hash, name, coalesce(link.timezone, 'UTC'));
    update public.users u set email_verified_at = now() where u.id = made;
    delete from app.letter_links l where l.purpose = 'sign_up' and lower(l.email) = lower(link.email);
    return made;
end $$;

-- Addresses

-- Proves the address of a link for its user, and makes it theirs. Nothing: the link is not this person's, is spent or too old.
create function app_auth.confirm_address(hash bytea, who uuid) returns table (was text, became text)
language plpgsql security definer set search_path = ''
as $$
begin
    update app.letter_links l set used_at = now()
     where l.token_hash = hash and l.purpose = 'address' and l.user_id = who and l.used_at is null and l.expires_at > now()
    returning l.email into became;
    if not found then
        return;
    end if;
    select u.email into was from public.users u where u.id = who for update;
    update public.users u set email = became, email_verified_at = now() where u.id = who and u.is_active;
    delete from app.letter_links l where l.user_id = who and (l.purpose = 'address' or lower(was) <> lower(became));
    return next;
end $$;

-- A new address without a proof, where no letters go out. What was sent to the old one opens nothing any more.
create function app_auth.set_address(who uuid, address text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    update public.users u set email = address, email_verified_at = null where u.id = who and u.is_active and u.email <> address;
    if found then
        delete from app.letter_links l where l.user_id = who;
    end if;
end $$;

-- Passwords

create function app_auth.account(who uuid) returns table (email text, full_name text, password_hash text, verified boolean, placeholder boolean)
language sql stable security definer set search_path = ''
as $$
    select u.email, u.full_name, s.password_hash, u.email_verified_at is not null,
           u.external_id is not distinct from 'postwright:operator' and lower(u.email) = 'you@postwright.example'
      from public.users u left join app.user_secrets s on s.user_id = u.id
     where u.id = who and u.is_active
$$;

create function app_auth.account_at(address text) returns table (user_id uuid, full_name text, email text)
language sql stable security definer set search_path = ''
as $$ select u.id, u.full_name, u.email from public.users u where lower(u.email) = lower(address) and u.is_active $$;

create function app_auth.ask_reset(who uuid) returns void
language sql security definer set search_path = ''
as $$
    insert into app.reset_requests (user_id) select id from public.users where id = who and is_active
    on conflict (user_id) do update set asked_at = now()
$$;

-- Everything that could still sign somebody in: ended, but for the session `kept`.
create function app.shut_out(who uuid, kept uuid default null) returns void
language sql security definer set search_path = ''
as $$
    update public.sessions s set revoked_at = now() where s.user_id = who and s.revoked_at is null and s.id is distinct from kept;
    delete from app.letter_links l where l.user_id = who and l.purpose = 'reset';
    delete from app.sign_in_links l where l.user_id = who;
    delete from app.reset_requests r where r.user_id = who;
$$;

-- Sets the password of a reset link and ends all sessions. Null: the link is spent or too old.
create function app_auth.reset_password(hash bytea, password_hash text) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    link app.letter_links;
begin
    update app.letter_links l set used_at = now()
     where l.token_hash = hash and l.purpose = 'reset' and l.used_at is null and l.expires_at > now()
       and exists (select from public.users u where u.id = l.user_id and u.is_active)
    returning * into link;
    if not found then
        return null;
    end if;
    perform app_auth.set_password(link.user_id, reset_password.password_hash);
    update public.users u set email_verified_at = coalesce(u.email_verified_at, now())
     where u.id = link.user_id and link.emailed and lower(u.email) = lower(link.email);
    perform app.shut_out(link.user_id);
    return link.user_id;
end $$;

-- A new password for somebody who is signed in: their other sessions end, this one goes on under a new token.
create function app_auth.change_password(who uuid, hash text, session uuid, fresh bytea) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    perform app_auth.set_password(who, hash);
    perform app.shut_out(who, session);
    update public.sessions s set token_hash = fresh where s.id = session and s.user_id = who and s.revoked_at is null;
end $$;

-- The people of this server, for whoever runs it

create function app_auth.require_operator(who uuid) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
    if not exists (select from public.users u where u.id = who and u.is_operator
                      and (u.is_active or u.external_id = 'postwright:operator')) then
        raise exception using errcode = '42501', message = 'only who runs this server may do this';
    end if;
end $$;

create function app_auth.people(by_whom uuid, sought text, before timestamptz, before_id uuid, most int)
returns table (id uuid, email text, full_name text, avatar_url text, verified boolean, is_active boolean, is_operator boolean,
               has_password boolean, workspaces int, created_at timestamptz, last_seen_at timestamptz, asked_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    return query
    select u.id, u.email::text, u.full_name::text, u.avatar_url, u.email_verified_at is not null, u.is_active, u.is_operator,
           s.password_hash is not null,
           (select count(*)::int from public.workspace_members m where m.user_id = u.id),
           u.created_at, (select max(e.last_seen_at) from public.sessions e where e.user_id = u.id), r.asked_at
      from public.users u
      left join app.user_secrets s on s.user_id = u.id
      left join app.reset_requests r on r.user_id = u.id
     where (sought is null or position(lower(sought) in lower(u.email || ' ' || coalesce(u.full_name, ''))) > 0)
       and (before is null or (u.created_at, u.id) < (before, before_id))
     order by u.created_at desc, u.id desc limit most;
end $$;

-- Locks somebody out at once, or lets them in again. Keys of theirs stop too: app_auth.use_key looks. Nothing that they made goes.
-- Null: there is no such person.
create function app_auth.set_active(by_whom uuid, who uuid, active boolean) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
    last_one boolean;
begin
    perform app_auth.require_operator(by_whom);
    perform 1 from public.users u where u.is_operator order by u.id for update;  -- two who lock each other out wait here
    perform app_auth.require_operator(by_whom);
    select u.is_operator and not exists (select from public.users o where o.is_operator and o.is_active and o.id <> who) into last_one
      from public.users u where u.id = who;
    if not found then
        return null;
    end if;
    if last_one and not active then
        raise exception using errcode = '23514', constraint = 'users_last_operator', message = 'this server keeps at least one operator';
    end if;
    update public.users u set is_active = active where u.id = who and u.is_active <> active;
    if not active then
        perform app.shut_out(who);
        delete from app.letter_links l where l.user_id = who;
    end if;
    return true;
end $$;

create function app_auth.set_operator(by_whom uuid, who uuid, operates boolean) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    perform 1 from public.users u where u.is_operator order by u.id for update;
    perform app_auth.require_operator(by_whom);
    if not operates and not exists (select from public.users o where o.is_operator and o.is_active and o.id <> who) then
        raise exception using errcode = '23514', constraint = 'users_last_operator', message = 'this server keeps at least one operator';
    end if;
    update public.users u set is_operator = operates
     where u.id = who and (operates or u.external_id is distinct from 'postwright:operator');
    return case when found then true end;
end $$;

create function app_auth.set_sign_up(by_whom uuid, is_open boolean) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    perform app_auth.require_operator(by_whom);
    update app.server_rules set sign_up_open = is_open;
end $$;

-- Where the picture of somebody is served, for those who share a workspace with them.
create function app.picture(who uuid) returns text
language sql stable security definer set search_path = ''
as $$
    select u.avatar_url from public.users u
     where u.id = who
       and (u.id = app.me() or exists (
            select from public.workspace_members m
             where m.user_id = u.id and m.workspace_id = any (app.my_workspaces()) and m.suspended_at is null))
$$;
grant execute on function app.picture(uuid) to authenticated;

grant execute on function
    app_auth.take_turn(bytea, int, interval), app_auth.sign_up_open(), app_auth.invited(text, bytea),
    app_auth.make_letter_link(bytea, text, uuid, text, text, text, text, boolean, timestamptz), app_auth.letter_link(bytea),
    app_auth.finish_sign_up(bytea, text, text), app_auth.confirm_address(bytea, uuid), app_auth.set_address(uuid, text),
    app_auth.account(uuid), app_auth.account_at(text), app_auth.ask_reset(uuid), app_auth.reset_password(bytea, text),
    app_auth.change_password(uuid, text, uuid, bytea), app_auth.require_operator(uuid),
    app_auth.people(uuid, text, timestamptz, uuid, int), app_auth.set_active(uuid, uuid, boolean),
    app_auth.set_operator(uuid, uuid, boolean), app_auth.set_sign_up(uuid, boolean)
to app_auth;
