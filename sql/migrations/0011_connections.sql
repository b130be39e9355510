-- Platforms, what is known of them, and the accounts that a workspace connects.

create table public.platforms (
    id uuid primary key,
    slug text not null unique,
    name text not null,
    aliases text[] not null default '{}',
    formats text[] not null,
    created_at timestamptz not null default now()
);
comment on table public.platforms is 'The platforms, with fixed ids and their closed lists of formats.';
comment on column public.platforms.slug is 'The word for it everywhere.';
comment on column public.platforms.aliases is 'Other words that are read as this one.';
comment on column public.platforms.formats is 'The closed list of content formats, singular.';
call app.guard_reference('public.platforms');

insert into public.platforms (id, slug, name, aliases, formats) values
    ('00000000-0000-4000-8000-000000000001', 'youtube',   'YouTube',   '{}',        '{video,short}'),
    ('00000000-0000-4000-8000-000000000002', 'tiktok',    'TikTok',    '{}',        '{video,photo}'),
    ('00000000-0000-4000-8000-000000000003', 'instagram', 'Instagram', '{}',        '{feed,carousel,reel,story,image}'),
    ('00000000-0000-4000-8000-000000000004', 'x',         'X',         '{twitter}', '{post,thread,image,video}'),
    ('00000000-0000-4000-8000-000000000005', 'linkedin',  'LinkedIn',  '{}',        '{post,image,carousel,video,document}'),
    ('00000000-0000-4000-8000-000000000006', 'facebook',  'Facebook',  '{}',        '{post,image,carousel,video,reel,story}'),
    ('00000000-0000-4000-8000-000000000007', 'bluesky',   'Bluesky',   '{}',        '{post,thread,image,video}'),
    ('00000000-0000-4000-8000-000000000008', 'mastodon',  'Mastodon',  '{}',        '{post,thread,image,video}'),
    ('00000000-0000-4000-8000-000000000009', 'substack',  'Substack',  '{}',        '{article}'),
    ('00000000-0000-4000-8000-00000000000a', 'threads',   'Threads',   '{}',        '{post,thread,image,video,carousel}'),
    ('00000000-0000-4000-8000-00000000000b', 'telegram',  'Telegram',  '{}',        '{post}'),
    ('00000000-0000-4000-8000-00000000000c', 'discord',   'Discord',   '{}',        '{post}'),
    ('00000000-0000-4000-8000-00000000000d', 'wordpress', 'WordPress', '{}',        '{article}'),
    ('00000000-0000-4000-8000-00000000000e', 'ghost',     'Ghost',     '{}',        '{article}'),
    ('00000000-0000-4000-8000-00000000000f', 'webhook',   'Webhook',   '{}',        '{post}');

create table public.platform_limits (
    id uuid primary key default app.new_id(),
    platform_id uuid not null references public.platforms (id),
    name text not null,
    content_format text,
    value numeric,
    unit text not null,
    detail text,
    source text not null,
    checked_on date not null,
    created_at timestamptz not null default now(),
    unique nulls not distinct (platform_id, name, content_format, checked_on)
);
comment on column public.platform_limits.detail is 'Where a number does not say it all.';
comment on column public.platform_limits.source is 'The page that says so.';
comment on column public.platform_limits.checked_on is 'When that page was read.';
comment on table public.platform_limits is 'Dated facts about what a platform allows, each with the page that says so.';
call app.guard_reference('public.platform_limits');

create table public.platform_connections (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    platform varchar(50) not null references public.platforms (slug),
    platform_user_id varchar(255) not null,
    environment text not null default 'live' check (environment in ('sandbox', 'live')),
    host text,
    handle text,
    display_name text,
    avatar_url text,
    timezone text,
    access_token text not null,
    refresh_token text,
    token_expires_at timestamptz,
    refresh_expires_at timestamptz,
    renewable boolean not null default false,
    renewing_until timestamptz,
    next_renewal_at timestamptz,
    renewal_failures smallint not null default 0,
    grant_id uuid,
    scope text,
    profile_data jsonb,
    is_active boolean not null default true,
    leaving_since timestamptz,
    health text not null default 'healthy' check (health in ('healthy', 'expiring', 'reconnect', 'unreachable')),
    last_error text,
    suspended_at timestamptz,
    named_at timestamptz,
    paused_at timestamptz,
    position smallint not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_sync_at timestamptz,
    unique (workspace_id, id),
    constraint platform_connections_suspended check (suspended_at is null or health = 'reconnect'),
    constraint idx_platform_connections_user_platform unique nulls not distinct (workspace_id, platform, platform_user_id, host)
);
comment on table public.platform_connections is 'Connected accounts, with sealed tokens.';
comment on column public.platform_connections.platform_user_id is 'The account''s id there.';
comment on column public.platform_connections.environment is 'That of its workspace; decided by its first account.';
comment on column public.platform_connections.profile_data is '{followers, ...} as the platform tells.';
comment on column public.platform_connections.is_active is 'False: disconnected.';
comment on column public.platform_connections.leaving_since is 'Set: disconnected, and its access is still to be taken back at the platform.';
comment on column public.platform_connections.health is 'expiring: its token cannot be renewed much longer; reconnect: a person must sign in there again, or settle there what suspended_at tells of.';
comment on column public.platform_connections.suspended_at is 'Set: its platform bars the account since then, whatever the tokens (health is reconnect); null again: a person lets it be tried once more.';
comment on column public.platform_connections.named_at is 'When its platform was last asked for its name, picture and followers.';
comment on column public.platform_connections.paused_at is 'Set: nothing goes out by it.';
comment on column public.platform_connections.position is 'The order its people gave it.';
comment on column public.platform_connections.last_sync_at is 'When it last answered: connected, renewed, took a post or told figures; within some minutes.';
comment on column public.platform_connections.refresh_token is 'Sealed as access_token is.';
comment on column public.platform_connections.access_token is 'AES-256-GCM, with the id of its key (kit/crypto.py); no signed-in user can read it.';
comment on column public.platform_connections.refresh_expires_at is 'When the refresh token itself ends, where the platform says so.';
comment on column public.platform_connections.renewable is 'Its tokens can be renewed without a person.';
comment on column public.platform_connections.renewing_until is 'Somebody renews its tokens until then: one at a time, because a refresh token often works once.';
comment on column public.platform_connections.next_renewal_at is 'Set: renewing failed, and is not tried again by itself before then.';
comment on column public.platform_connections.renewal_failures is 'How often in a row: each doubles the wait, up to an hour.';
comment on column public.platform_connections.grant_id is 'Accounts that a person granted at once, by the same tokens, have the same: who takes one''s tokens back takes them from all.';
comment on column public.platform_connections.host is 'The server, where a platform has many (Mastodon, Bluesky, WordPress, Ghost).';
create index idx_platform_connections_user_id on public.platform_connections (user_id);
create index idx_platform_connections_platform on public.platform_connections (workspace_id, platform);
create index platform_connections_platform_fk_idx on public.platform_connections (platform);
create index platform_connections_leaving_idx on public.platform_connections (leaving_since) where leaving_since is not null;
call app.guard('public.platform_connections', adds => 'admin', changes => 'admin', removes => 'admin', author => 'user_id',
    hidden => '{access_token,refresh_token,grant_id}',
    settable => '{id,workspace_id,user_id,platform,platform_user_id,environment,host,handle,display_name,avatar_url,timezone,access_token,refresh_token,grant_id,token_expires_at,refresh_expires_at,renewable,scope,profile_data,position,last_sync_at}',
    changeable => '{handle,display_name,avatar_url,timezone,access_token,refresh_token,grant_id,token_expires_at,refresh_expires_at,renewable,scope,profile_data,is_active,suspended_at,paused_at,position,last_sync_at}',
    audited => '{access_token,refresh_token,grant_id,profile_data,renewing_until,next_renewal_at,renewal_failures,last_sync_at,named_at}');

-- What is disconnected is still to be taken back at its platform: that stands in the row until it is done, whatever becomes of jobs.
create function app.note_leaving() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.leaving_since := case when new.is_active then null else now() end;
    return new;
end $$;
create trigger note_leaving before update of is_active on public.platform_connections
    for each row when (old.is_active is distinct from new.is_active) execute function app.note_leaving();

-- A workspace is sandbox or live. Its first account decides; after that the other kind is refused,
-- so that no figure ever blends what is real with what is simulated.
create function app.one_environment() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    fixed text;
begin
    update public.workspaces set environment = new.environment where id = new.workspace_id and environment is null;
    select environment into fixed from public.workspaces where id = new.workspace_id;
    if fixed <> new.environment then
        raise exception using errcode = '23514', table = 'platform_connections', column = 'environment',
            constraint = 'platform_connections_one_environment',
            message = format('this workspace is %s: a %s account belongs in a workspace of its own', fixed, new.environment);
    end if;
    return new;
end $$;
create trigger b_one_environment before insert or update of environment, workspace_id on public.platform_connections
    for each row execute function app.one_environment();

-- 'twitter' and 'Twitter' -> 'x'. An unknown word stays and fails its foreign key.
create function app.platform_word(word text) returns text language sql stable set search_path = ''
as $$ select coalesce((select p.slug from public.platforms p where p.slug = lower(word) or lower(word) = any (p.aliases)), word) $$;

-- 'reels', 'Reel' -> 'reel'; raises on a format that the platform does not have.
create function app.format_word(word text, platform uuid) returns text language plpgsql stable set search_path = ''
as $$
declare
    known text[] := (select p.formats from public.platforms p where p.id = platform);
    plain text := lower(trim(word));
begin
    if plain <> all (known) then
        plain := regexp_replace(regexp_replace(plain, 'ies$', 'y'), 's$', '');
    end if;
    if known is not null and word is not null and plain <> all (known) then
        raise exception using errcode = '23514', column = 'content_format', constraint = 'content_format_known',
            message = format('%s is no format of this platform: use one of %s', word, array_to_string(known, ', '));
    end if;
    return plain;
end $$;
grant execute on function app.platform_word(text), app.format_word(text, uuid) to authenticated, service_role;

create function app.write_platform_word() returns trigger language plpgsql set search_path = ''
as $$ begin new.platform := app.platform_word(new.platform); return new; end $$;
create function app.write_format_word() returns trigger language plpgsql set search_path = ''
as $$ begin new.content_format := app.format_word(new.content_format, new.platform_id); return new; end $$;

create trigger b_platform_word before insert on public.platform_connections for each row execute function app.write_platform_word();

-- Fresh tokens make an account well at once, whoever brings them: a person who reconnects it, or the worker that renews.
create function app.heal_account() returns trigger language plpgsql set search_path = ''
as $$
begin
    -- The same tokens, sealed with another key, tell nothing about the account.
    if current_setting('app.resealing', true) = 'on' and current_user <> 'authenticated' then
        return new;
    end if;
    new.health := 'healthy';
    new.last_error := null;
    new.suspended_at := null;
    new.next_renewal_at := null;
    new.renewal_failures := 0;
    return new;
end $$;
create trigger b_heal_account before update of access_token on public.platform_connections
    for each row when (new.access_token is distinct from old.access_token) execute function app.heal_account();

-- A person settled with the platform what it barred the account for: it is tried again.
create function app.lift_suspension() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.health := 'healthy';
    new.last_error := null;
    return new;
end $$;
create trigger b_lift_suspension before update of suspended_at on public.platform_connections
    for each row when (old.suspended_at is not null and new.suspended_at is null) execute function app.lift_suspension();
