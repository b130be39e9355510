-- What happened: raw events by month -> a row per post and day -> rollups (72). docs/decisions/0001.

-- Append-only and high in volume, so references are logical. An event says what was *added* since the one
-- before it (a delta), in the hour it was seen; sums over events are therefore true for any span.
create table public.performance_kpi_events (
    id uuid not null default app.new_id(),
    workspace_id uuid not null,
    video_job_id uuid,
    published_post_id uuid,
    platform_id uuid not null,
    content_format text,
    event_time timestamptz not null,
    ingestion_time timestamptz default now(),
    views int,
    impressions int,
    watch_time_seconds int,
    engagement_rate numeric,
    likes int,
    clicks int,
    saves int,
    shares int,
    comments int,
    conversions int,
    spend numeric,
    followers_delta int,
    scheduled_slot_id uuid,
    metadata jsonb,
    created_at timestamptz not null default now(),
    primary key (id, event_time),
    check (num_nonnulls(video_job_id, published_post_id) >= 1),
    check (event_time >= '2000-01-01 00:00+00' and event_time < '2100-01-01 00:00+00'),
    check (spend between -1e9 and 1e9)
) partition by range (event_time);
comment on table public.performance_kpi_events is 'Raw figures by month: what was added since the look before. 180 days.';
comment on column public.performance_kpi_events.views is 'Times it was played or opened.';
comment on column public.performance_kpi_events.impressions is 'Times it was shown.';
comment on column public.performance_kpi_events.likes is 'Likes, favourites, reactions of every kind.';
comment on column public.performance_kpi_events.comments is 'Comments and replies.';
comment on column public.performance_kpi_events.shares is 'Shares, reposts and quotes.';
comment on column public.performance_kpi_events.saves is 'Saves and bookmarks.';
comment on column public.performance_kpi_events.clicks is 'Clicks on its links.';
comment on column public.performance_kpi_events.conversions is 'Purchases or sign-ups that came of it.';
comment on column public.performance_kpi_events.watch_time_seconds is 'Time it was watched, all viewers together.';
comment on column public.performance_kpi_events.followers_delta is 'Followers won or lost by it.';
comment on column public.performance_kpi_events.event_time is 'When the figures were read.';
comment on column public.performance_kpi_events.content_format is 'As published.';
comment on column public.performance_kpi_events.engagement_rate is 'As the platform states it; ours is computed in post_metrics_daily.';
comment on column public.performance_kpi_events.scheduled_slot_id is 'The content_schedule_item.';
comment on column public.performance_kpi_events.spend is 'Money on the platform.';
create index idx_kpi_video_time on public.performance_kpi_events (workspace_id, video_job_id, event_time);
create index idx_kpi_post_time on public.performance_kpi_events (workspace_id, published_post_id, event_time);
create index idx_kpi_platform_time on public.performance_kpi_events (workspace_id, platform_id, event_time);
create index idx_kpi_platform_day on public.performance_kpi_events (workspace_id, platform_id, date_trunc('day', event_time at time zone 'UTC'));
create index idx_kpi_format_time on public.performance_kpi_events (workspace_id, content_format, event_time);
call app.guard('public.performance_kpi_events', changes => null, removes => null,
    parents => '{published_post_id,published_posts,video_job_id,video_jobs}');

-- The service checks nothing, for speed; what a user brings in (a CSV) must be about the workspace's own.
create function app.check_event() returns trigger language plpgsql set search_path = ''
as $$
begin
    if (new.published_post_id is not null and not exists (
            select from public.published_posts p where p.workspace_id = new.workspace_id and p.id = new.published_post_id))
       or (new.video_job_id is not null and not exists (
            select from public.video_jobs j where j.workspace_id = new.workspace_id and j.id = new.video_job_id)) then
        raise exception using errcode = '23503', table = 'performance_kpi_events', message = 'there is no such post or video job';
    end if;
    return new;
end $$;
create trigger b_check before insert on public.performance_kpi_events
    for each row when (current_user = 'authenticated') execute function app.check_event();

create table public.performance_kpi_events_default partition of public.performance_kpi_events default;

-- A partition is out of everybody's reach but its parent's.
create procedure app.guard_partition(relation regclass) language plpgsql set search_path = ''
as $$
begin
    execute format('alter table %s enable row level security', relation);
    execute format('alter table %s force row level security', relation);
    execute format('create policy partition_owner on %s to current_user using (true) with check (true)', relation);
    execute format('revoke all on %s from public, anon, authenticated, service_role', relation);
end $$;
call app.guard_partition('public.performance_kpi_events_default');

-- Makes the months from `since` to `until`, in UTC, and moves what had landed in the default partition.
create function app.make_kpi_months(since timestamptz, until timestamptz) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    month timestamp := date_trunc('month', since at time zone 'UTC');
    name text;
    made int := 0;
begin
    perform pg_advisory_xact_lock(hashtext('app.make_kpi_months'));
    while month <= until at time zone 'UTC' loop
        name := 'performance_kpi_events_' || to_char(month, '"y"YYYY"m"MM');
        if to_regclass('public.' || name) is null then
            execute format('create table public.%I (like public.performance_kpi_events including defaults including constraints)', name);
            execute format('with moved as (delete from public.performance_kpi_events_default where event_time >= %L and event_time < %L returning *)
                            insert into public.%I select * from moved',
                month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC', name);
            execute format('alter table public.performance_kpi_events attach partition public.%I for values from (%L) to (%L)',
                name, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
            call app.guard_partition(('public.' || name)::regclass);
            made := made + 1;
        end if;
        month := month + interval '1 month';
    end loop;
    return made;
end $$;
grant execute on function app.make_kpi_months(timestamptz, timestamptz) to service_role;

-- A post's day (UTC).
create table public.post_metrics_daily (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    published_post_id uuid not null,
    date date not null check (date between '2000-01-01' and '2099-12-31'),
    views int default 0 check (views >= 0),
    likes int default 0 check (likes >= 0),
    comments int default 0 check (comments >= 0),
    shares int default 0 check (shares >= 0),
    saves int default 0 check (saves >= 0),
    clicks int default 0 check (clicks >= 0),
    conversions int default 0 check (conversions >= 0),
    impressions int default 0 check (impressions >= 0),
    watch_time_seconds int default 0 check (watch_time_seconds >= 0),
    spend numeric(12, 2) default 0 check (spend between 0 and 9999999999.99),
    engagement_rate numeric generated always as (
        case when views > 0 then (coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(saves, 0))::numeric / views else 0 end) stored,
    ctr numeric generated always as (case when views > 0 then coalesce(clicks, 0)::numeric / views else 0 end) stored,
    finalized_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete cascade
);
comment on table public.post_metrics_daily is 'A post''s figures of one day (UTC).';
comment on column public.post_metrics_daily.ctr is 'clicks / views';
comment on column public.post_metrics_daily.spend is 'Money on the platform.';
comment on column public.post_metrics_daily.engagement_rate is '(likes + comments + shares + saves) / views';
comment on column public.post_metrics_daily.finalized_at is 'Its raw events are gone: what arrives later is added, never aggregated anew.';
create unique index idx_metrics_unique on public.post_metrics_daily (workspace_id, published_post_id, date);
create index idx_metrics_date on public.post_metrics_daily (workspace_id, date desc);
create index idx_metrics_high_engagement on public.post_metrics_daily (workspace_id, engagement_rate desc) where views > 1000;
create index idx_metrics_high_ctr on public.post_metrics_daily (workspace_id, ctr desc) where views > 1000;
call app.guard('public.post_metrics_daily', parents => '{published_post_id,published_posts}', removes => null,
    settable => '{id,workspace_id,published_post_id,date,views,likes,comments,shares,saves,clicks,conversions,impressions,watch_time_seconds,spend}',
    changeable => '{views,likes,comments,shares,saves,clicks,conversions,impressions,watch_time_seconds,spend}');

-- What must be aggregated anew: a post's day, a workspace's day.
create table app.dirty_buckets (
    workspace_id uuid not null,
    published_post_id uuid not null,
    date date not null,
    marked_at timestamptz not null default now(),
    primary key (workspace_id, published_post_id, date)
);
comment on table app.dirty_buckets is 'Posts'' days whose events must be added up anew.';
create table app.dirty_days (
    workspace_id uuid not null,
    date date not null,
    primary key (workspace_id, date)
);
comment on table app.dirty_days is 'Workspaces'' days whose rollups must be made anew.';
call app.guard_private('app.dirty_buckets');
call app.guard_private('app.dirty_days');

create function app.mark_buckets() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into app.dirty_buckets (workspace_id, published_post_id, date)
    select distinct e.workspace_id, e.published_post_id, (e.event_time at time zone 'UTC')::date from fresh e
     where e.published_post_id is not null order by 1, 2, 3
    on conflict (workspace_id, published_post_id, date) do update set marked_at = now();
    return null;
end $$;
create trigger mark_buckets after insert on public.performance_kpi_events
    referencing new table as fresh for each statement execute function app.mark_buckets();

create function app.mark_days() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into app.dirty_days (workspace_id, date) select distinct f.workspace_id, f.date from fresh f order by 1, 2
    on conflict do nothing;
    return null;
end $$;
create trigger mark_days_new after insert on public.post_metrics_daily
    referencing new table as fresh for each statement execute function app.mark_days();
create trigger mark_days_changed after update on public.post_metrics_daily
    referencing new table as fresh for each statement execute function app.mark_days();
create trigger mark_days_gone after delete on public.post_metrics_daily
    referencing old table as fresh for each statement execute function app.mark_days();

-- A post whose account was removed counts among those without one.
create function app.mark_days_of_post() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into app.dirty_days (workspace_id, date)
    select d.workspace_id, d.date from public.post_metrics_daily d
     where d.workspace_id = new.workspace_id and d.published_post_id = new.id order by 1, 2
    on conflict do nothing;
    return null;
end $$;
create trigger mark_days_of_post after update of platform_connection_id on public.published_posts
    for each row when (new.platform_connection_id is distinct from old.platform_connection_id) execute function app.mark_days_of_post();
