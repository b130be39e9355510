-- Timing knowledge, preferences, calendars and the plan.

create table public.content_calendar (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    description text,
    timezone text,
    bulk_job_id uuid,
    is_default boolean not null default false,
    created_by uuid not null default auth.uid() references public.users (id) on delete cascade,
    owned_by uuid not null default auth.uid() references public.users (id) on delete cascade,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id)
);
create unique index content_calendar_default on public.content_calendar (workspace_id) where is_default;

-- A post in the plan. `scheduled_at` is derived from wall time, zone and fold (kit/time.py), so that
-- 09:00 stays 09:00 when a zone changes its rules.
create table public.content_schedule_items (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    calendar_id uuid not null,
    platform_id uuid not null references public.platforms (id),
    platform_connection_id uuid,
    adaptation_id uuid,
    assembled_content_id uuid,
    output_id uuid,
    video_job_id uuid,
    bulk_job_id uuid,
    content jsonb,
    content_format text,
    options jsonb not null default '{}',
    labels text[] not null default '{}',
    planned_start timestamptz,
    planned_end timestamptz,
    scheduled_at timestamptz,
    wall_time timestamp,
    timezone text,
    fold smallint not null default 0 check (fold in (0, 1)),
    locked boolean not null default false,
    slot_reason text,
    slot_value numeric,
    status text not null default 'queued',
    idempotency_key text,
    dedupe_key text,
    origin text not null default 'web',
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    created_by uuid not null default auth.uid() references public.users (id) on delete cascade,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (status in ('queued', 'scheduled', 'posted', 'failed', 'canceled')),
    check (num_nonnulls(adaptation_id, assembled_content_id, output_id, video_job_id) <= 1),
    foreign key (workspace_id, calendar_id) references public.content_calendar (workspace_id, id) on delete cascade,
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete set null (platform_connection_id),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete set null (adaptation_id)
);
comment on column public.content_schedule_items.content is 'The content itself where no draft is referred to: the shape of one variant.';
comment on column public.content_schedule_items.slot_reason is 'Why this slot, in words that a person reads.';
