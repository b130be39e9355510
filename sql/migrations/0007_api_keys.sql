-- Keys for programs: a key is its maker, held to one workspace, to its scopes and (where it names some) to accounts.

create table public.api_keys (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    name text not null,
    prefix text not null,
    key_hash bytea not null unique,
    scopes text[] not null default '{read}' check (scopes <@ '{read,draft,schedule,publish,admin}'),
    connection_ids uuid[],
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    unique (workspace_id, id)
);
comment on column public.api_keys.connection_ids is 'The accounts that the key may use; null: all of the workspace.';
create index api_keys_user_idx on public.api_keys (user_id);
call app.guard('public.api_keys', reads => 'admin', adds => 'admin', changes => 'admin', removes => 'admin',
    author => 'user_id', hidden => '{key_hash}',
    settable => '{id,workspace_id,user_id,name,prefix,key_hash,scopes,connection_ids,expires_at}', changeable => '{name,revoked_at}',
    audited => '{key_hash,last_used_at}');

-- How often each key asked in the running minute. Unlogged: after a crash everybody starts a fresh minute.
create unlogged table app.key_windows (
    key_id uuid primary key references public.api_keys (id) on delete cascade,
    started_at timestamptz not null,
    used int not null
);
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
      from public.api_keys k join public.users u on u.id = k.user_id
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
    resets_in := ceil(extract(epoch from minute + interval '1 minute' - clock_timestamp()));
    return next;
end $$;
grant execute on function app_auth.use_key(bytea) to app_auth;
