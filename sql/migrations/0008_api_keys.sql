-- Keys for programs: a key is its maker, held to one workspace, to its scopes and (where it names some) to accounts.

create table public.api_keys (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    name text not null check (length(trim(name)) between 1 and 80 and name !~ '[[:cntrl:]]'),
    prefix text not null,
    key_hash bytea not null unique,
    scopes text[] not null default '{read}' check (scopes <@ '{read,draft,schedule,publish,admin}' and cardinality(scopes) > 0),
    connection_ids uuid[] check (cardinality(connection_ids) between 1 and 100),
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at timestamptz,
    warned_at timestamptz,
    revoked_at timestamptz,
    unique (workspace_id, id)
);
comment on table public.api_keys is 'Keys for programs; of the key itself only its hash and its first characters are kept.';
comment on column public.api_keys.prefix is 'The beginning of the key, to know it by.';
comment on column public.api_keys.key_hash is 'SHA-256 of the key, which is shown once.';
comment on column public.api_keys.connection_ids is 'The accounts that the key may write to; null: all of the workspace. It reads the whole workspace in any case.';
comment on column public.api_keys.last_used_at is 'To the minute.';
comment on column public.api_keys.warned_at is 'When its maker was told that it ends soon.';
create index api_keys_user_idx on public.api_keys (user_id);
create index api_keys_recent_idx on public.api_keys (workspace_id, created_at desc, id desc);
create index api_keys_ending_idx on public.api_keys (expires_at) where revoked_at is null and warned_at is null;
-- A key makes, renames and revokes no key: what it could leave behind would outlive it. Nobody deletes one: the log of what
-- it did stays readable.
call app.guard('public.api_keys', reads => 'admin', adds => 'admin', changes => 'admin', removes => null,
    author => 'user_id', hidden => '{key_hash}',
    adds_when => 'app.person() is not null', changes_when => 'app.person() is not null',
    settable => '{id,workspace_id,user_id,name,prefix,key_hash,scopes,connection_ids,expires_at}', changeable => '{name,revoked_at}',
    audited => '{key_hash,last_used_at,warned_at}');

-- Its accounts are the workspace's.
create function app.check_key_accounts() returns trigger language plpgsql set search_path = ''
as $$
begin
    if exists (
        select from unnest(new.connection_ids) wanted
         where not exists (select from public.platform_connections c where c.workspace_id = new.workspace_id and c.id = wanted))
    then
        raise exception using errcode = '23503', table = 'api_keys', column = 'connection_ids', constraint = 'api_keys_connection_ids_fkey',
            message = 'the key names an account that is not of this workspace';
    end if;
    return new;
end $$;
create trigger b_accounts before insert on public.api_keys for each row when (new.connection_ids is not null) execute function app.check_key_accounts();

-- What was revoked stays revoked.
create function app.keep_key_revoked() returns trigger language plpgsql set search_path = ''
as $$
begin
    if old.revoked_at is not null and current_user = 'authenticated' then
        raise exception using errcode = '23514', table = 'api_keys', column = 'revoked_at', constraint = 'api_keys_stay_revoked',
            message = 'this key was revoked: make a new one';
    end if;
    return new;
end $$;
create trigger d_stay_revoked before update on public.api_keys for each row execute function app.keep_key_revoked();

-- How often each key asked in the running minute. Unlogged: after a crash everybody starts a fresh minute.
create unlogged table app.key_windows (
    key_id uuid primary key references public.api_keys (id) on delete cascade,
    started_at timestamptz not null,
    used int not null
);
comment on table app.key_windows is 'How often each key asked in the running minute.';
call app.guard_private('app.key_windows');

-- Who a key stands for, and how often it asked in this minute: counted whether or not the request is then allowed.
-- Committed before the request's own transaction, so that requests of one key never wait for each other's end.
create function app_auth.use_key(hash bytea)
returns table (key_id uuid, workspace_id uuid, user_id uuid, email text, full_name text, timezone text, locale text, week_start int,
               key_name text, scopes text[], connection_ids uuid[], used int, resets_in int)
language plpgsql security definer set search_path = ''
as $$
declare
    minute timestamptz := date_trunc('minute', clock_timestamp());
begin
    select k.id, k.workspace_id, k.user_id, u.email, u.full_name, u.timezone, u.locale, u.week_start, k.name, k.scopes, k.connection_ids
      into key_id, workspace_id, user_id, email, full_name, timezone, locale, week_start, key_name, scopes, connection_ids
      from public.api_keys k
      join public.users u on u.id = k.user_id
     where k.key_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.is_active;
    if not found then
        return;
    end if;
    update public.api_keys k set last_used_at = now()
     where k.id = key_id and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute');
    insert into app.key_windows as w (key_id, started_at, used) values (use_key.key_id, minute, 1)
    on conflict on constraint key_windows_pkey do update
       set used = case when w.started_at = excluded.started_at then w.used + 1 else 1 end, started_at = excluded.started_at
    returning w.used into used;
    resets_in := greatest(1, ceil(extract(epoch from minute + interval '1 minute' - clock_timestamp())));
    return next;
end $$;
grant execute on function app_auth.use_key(bytea) to app_auth;

-- Tells the makers of keys that end within seven days, once a key; how many were told.
create function app.warn_of_ending_keys(at timestamptz) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    key record;
    warned int := 0;
begin
    for key in
        update public.api_keys k set warned_at = at
         where k.revoked_at is null and k.warned_at is null and k.expires_at > at and k.expires_at <= at + interval '7 days'
           and k.created_at < at - interval '1 day'  -- who makes a key for three days knows
        returning k.id, k.workspace_id, k.user_id, k.name, k.expires_at
    loop
        warned := warned + app.notify(
            key.workspace_id, array[key.user_id], 'key_expiring', format('The key “%s” ends soon', key.name),
            format('It stops on %s UTC. Make a new one before then and give it to the program.',
                   to_char(key.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')),
            '/settings/keys', 'key:' || key.id);
    end loop;
    return warned;
end $$;
grant execute on function app.warn_of_ending_keys(timestamptz) to service_role;
