-- What the pretend internet remembers. SQLite; times are seconds since 1970, UTC.
create table if not exists accounts (
    id text primary key,             -- the platform's id of the account
    workspace text not null,
    platform text not null,
    handle text not null,
    display_name text not null,
    host text,
    followers integer not null,
    created_at real not null,
    profile text not null default '{}',
    unique (platform, handle)
) strict;
create table if not exists tokens (
    token text primary key,
    account_id text not null references accounts (id) on delete cascade,
    kind text not null check (kind in ('access', 'refresh')),
    scope text not null,
    expires_at real not null,
    revoked_at real
) strict;
create table if not exists posts (
    platform text not null,
    remote_id text not null,
    account_id text not null references accounts (id) on delete cascade,
    created_at real not null,        -- in the future while the platform still processes it
    kind text not null,
    text text not null,
    title text,
    media text not null default '[]',
    parent text,
    root text not null,
    origin text not null check (origin in ('api', 'history')),
    extra text not null default '{}',
    received_at real not null,
    deleted_at real,
    primary key (platform, remote_id)
) strict;
create index if not exists posts_of_account on posts (account_id, created_at desc);
create index if not exists posts_of_root on posts (platform, root);
create table if not exists media (
    id text primary key,
    account_id text references accounts (id) on delete cascade,
    kind text not null,
    mime text not null,
    size integer not null,
    width integer not null,
    height integer not null,
    duration real,
    alt text not null default '',
    sha256 text not null,
    created_at real not null
) strict;
-- What lives between two calls: upload sessions, containers, publish ids.
create table if not exists handles (
    platform text not null,
    id text not null,
    account_id text not null references accounts (id) on delete cascade,
    kind text not null,
    created_at real not null,
    ready_at real,                   -- when processing ends; null: it has not begun
    expires_at real,
    body text not null,
    primary key (platform, id)
) strict;
create index if not exists handles_by_kind on handles (account_id, kind, created_at);
create table if not exists usage (
    account_id text not null,
    bucket text not null,
    window_start integer not null,
    used integer not null,
    primary key (account_id, bucket)
) strict, without rowid;
