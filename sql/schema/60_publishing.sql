-- Commitment, attempts, result. docs/decisions/0004 tells the life of a post.

create table public.published_posts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    adaptation_id uuid,
    assembled_content_id uuid,
    platform_connection_id uuid,
    schedule_item_id uuid,
    platform varchar(50) not null references public.platforms (slug),
    content_format text,
    environment text not null default 'live' check (environment in ('sandbox', 'live')),
    platform_post_id varchar(255),
    platform_url text,
    status varchar(50) not null default 'pending' check (status in ('pending', 'published', 'failed', 'deleted')),
    content text not null,
    metadata jsonb not null default '{}',
    metrics jsonb not null default '{}',
    metrics_collected_at timestamptz,
    scheduled_for timestamptz,
    published_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete set null (adaptation_id),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete set null (platform_connection_id),
    foreign key (workspace_id, schedule_item_id) references public.content_schedule_items (workspace_id, id) on delete set null (schedule_item_id)
);
comment on column public.published_posts.metrics is 'The latest figures: {views, likes, comments, shares, impressions, engagement_rate, last_synced}; what is unknown is absent, never 0.';

create table public.scheduled_posts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    schedule_item_id uuid,
    adaptation_id uuid,
    platform_connection_id uuid not null,
    platform varchar(50) not null references public.platforms (slug),
    content text not null,
    snapshot jsonb not null default '{}',
    status varchar(50) not null default 'scheduled',
    scheduled_for timestamptz not null,
    timezone varchar(50) not null default 'UTC',
    next_retry_at timestamptz,
    due_at timestamptz not null generated always as (coalesce(next_retry_at, scheduled_for)) stored,
    requires_approval boolean not null default false,
    approved_at timestamptz,
    worker_id text,
    lease_expires_at timestamptz,
    fence bigint not null default 0,
    retry_count int not null default 0 check (retry_count >= 0),
    last_retry_at timestamptz,
    last_error text,
    error jsonb,
    published_post_id uuid,
    origin text not null default 'web',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (status in ('scheduled', 'processing', 'completed', 'failed', 'cancelled', 'needs_review')),
    foreign key (workspace_id, schedule_item_id) references public.content_schedule_items (workspace_id, id) on delete set null (schedule_item_id),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete set null (adaptation_id),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade,
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete set null (published_post_id)
);
comment on column public.scheduled_posts.snapshot is 'The variant as it was when it was scheduled: {text, title, body, thread, hashtags, media, options}.';
comment on column public.scheduled_posts.fence is 'Grows with each claim; a worker that lost its lease holds an old number and can write nothing.';
comment on column public.scheduled_posts.error is '{class, field, rule, who, message} of the last failure.';

-- One row per try, committed before the first byte leaves.
create table public.publish_attempts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    scheduled_post_id uuid not null,
    number int not null,
    worker_id text not null,
    fence bigint not null,
    phase text not null default 'claimed'
        check (phase in ('claimed', 'uploading', 'sending', 'confirming', 'done', 'refused', 'abandoned', 'unknown')),
    fingerprint text not null,
    remote_ids jsonb not null default '{}',
    error_class text,
    error jsonb,
    started_at timestamptz not null default now(),
    sent_at timestamptz,
    finished_at timestamptz,
    unique (workspace_id, id),
    unique (workspace_id, scheduled_post_id, number),
    foreign key (workspace_id, scheduled_post_id) references public.scheduled_posts (workspace_id, id) on delete cascade
);
comment on column public.publish_attempts.phase is 'abandoned: given up before the send, nothing went out; unknown: sent, and no answer tells whether it landed.';
create unique index publish_attempts_one_open on public.publish_attempts (workspace_id, scheduled_post_id) where finished_at is null;

create table public.rate_budgets (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    platform_connection_id uuid not null,
    name text not null,
    capacity numeric not null check (capacity > 0),
    remaining numeric not null,
    per_seconds numeric not null check (per_seconds > 0),
    blocked_until timestamptz,
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, platform_connection_id, name),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
