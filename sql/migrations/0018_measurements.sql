-- What happened: raw events by month -> a row per post and day -> rollups. docs/decisions/0001.

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
    check (num_nonnulls(video_job_id, published_post_id) >= 1)
) partition by range (event_time);
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
    date date not null,
    views int default 0 check (views >= 0),
    likes int default 0 check (likes >= 0),
    comments int default 0 check (comments >= 0),
    shares int default 0 check (shares >= 0),
    saves int default 0 check (saves >= 0),
    clicks int default 0 check (clicks >= 0),
    conversions int default 0 check (conversions >= 0),
    impressions int default 0 check (impressions >= 0),
    watch_time_seconds int default 0 check (watch_time_seconds >= 0),
    spend numeric(12, 2) default 0 check (spend >= 0),
    engagement_rate numeric generated always as (
        case when views > 0 then (coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(saves, 0))::numeric / views else 0 end) stored,
    ctr numeric generated always as (case when views > 0 then coalesce(clicks, 0)::numeric / views else 0 end) stored,
    finalized_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete cascade
);
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
create table app.dirty_days (
    workspace_id uuid not null,
    date date not null,
    primary key (workspace_id, date)
);
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

-- The rollups that the analytics specification calls materialised views: those cannot carry policies, so
-- they are tables, filled from dirty buckets and read through views of the specified names (95).
create table public.metrics_by_day (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    platform_connection_id uuid,
    platform text not null references public.platforms (slug),
    date date not null,
    posts int not null,
    views bigint, likes bigint, comments bigint, shares bigint, saves bigint, clicks bigint, conversions bigint, impressions bigint,
    watch_time_seconds bigint, spend numeric,
    engagement_rate numeric generated always as (
        case when views > 0 then (coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(saves, 0))::numeric / views end) stored,
    ctr numeric generated always as (case when views > 0 then coalesce(clicks, 0)::numeric / views end) stored,
    computed_at timestamptz not null default now(),
    unique nulls not distinct (workspace_id, date, platform, platform_connection_id),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete set null (platform_connection_id)
);
create table public.metrics_by_week (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    platform_connection_id uuid,
    platform text not null references public.platforms (slug),
    week_start date not null,
    posts int not null,
    views bigint, likes bigint, comments bigint, shares bigint, saves bigint, clicks bigint, conversions bigint, impressions bigint,
    watch_time_seconds bigint, spend numeric,
    engagement_rate numeric generated always as (
        case when views > 0 then (coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(saves, 0))::numeric / views end) stored,
    ctr numeric generated always as (case when views > 0 then coalesce(clicks, 0)::numeric / views end) stored,
    computed_at timestamptz not null default now(),
    unique nulls not distinct (workspace_id, week_start, platform, platform_connection_id),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete set null (platform_connection_id)
);
comment on column public.metrics_by_week.week_start is 'A Monday.';
create table public.metrics_by_platform (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    platform text not null references public.platforms (slug),
    posts int not null,
    views bigint, likes bigint, comments bigint, shares bigint, saves bigint, clicks bigint, impressions bigint,
    engagement_rate numeric,
    views_p25 numeric, views_p50 numeric, views_p75 numeric, views_p90 numeric,
    engagement_p25 numeric, engagement_p50 numeric, engagement_p75 numeric, engagement_p90 numeric,
    first_date date, last_date date,
    computed_at timestamptz not null default now(),
    unique (workspace_id, platform)
);
comment on column public.metrics_by_platform.views_p50 is 'Percentiles are over posts, each with its sums.';
call app.guard('public.metrics_by_day', adds => null, changes => null, removes => null);
call app.guard('public.metrics_by_week', adds => null, changes => null, removes => null);
call app.guard('public.metrics_by_platform', adds => null, changes => null, removes => null);

-- Never below nothing, and what is unknown stays unknown (greatest() would make it 0).
create function app.at_least_zero(figure numeric) returns numeric language sql immutable parallel safe set search_path = ''
as $$ select case when figure < 0 then 0 else figure end $$;

-- Aggregates the dirty posts' days anew. A day whose raw events are gone only takes what came late, and
-- those late events are spent, so that no run counts them twice.
create function app.refresh_posts() returns int language plpgsql security definer set search_path = ''
as $$
declare
    done int;
begin
    create temporary table taken_buckets on commit drop as
        with taken as (delete from app.dirty_buckets returning workspace_id, published_post_id, date) select * from taken;
    done := (select count(*) from pg_temp.taken_buckets);

    with late as (
        delete from public.performance_kpi_events e using pg_temp.taken_buckets b, public.post_metrics_daily d
         where d.workspace_id = b.workspace_id and d.published_post_id = b.published_post_id and d.date = b.date and d.finalized_at is not null
           and e.workspace_id = b.workspace_id and e.published_post_id = b.published_post_id
           and e.event_time >= b.date::timestamp at time zone 'UTC' and e.event_time < (b.date + 1)::timestamp at time zone 'UTC'
        returning d.id as day, e.*
    ), sums as (
        select day, workspace_id, sum(views) as views, sum(likes) as likes, sum(comments) as comments, sum(shares) as shares, sum(saves) as saves,
               sum(clicks) as clicks, sum(conversions) as conversions, sum(impressions) as impressions,
               sum(watch_time_seconds) as watch_time_seconds, sum(spend) as spend
          from late group by day, workspace_id
    )
    update public.post_metrics_daily d
       set views = app.at_least_zero(coalesce(d.views + s.views, d.views, s.views)), likes = app.at_least_zero(coalesce(d.likes + s.likes, d.likes, s.likes)),
           comments = app.at_least_zero(coalesce(d.comments + s.comments, d.comments, s.comments)), shares = app.at_least_zero(coalesce(d.shares + s.shares, d.shares, s.shares)),
           saves = app.at_least_zero(coalesce(d.saves + s.saves, d.saves, s.saves)), clicks = app.at_least_zero(coalesce(d.clicks + s.clicks, d.clicks, s.clicks)),
           conversions = app.at_least_zero(coalesce(d.conversions + s.conversions, d.conversions, s.conversions)),
           impressions = app.at_least_zero(coalesce(d.impressions + s.impressions, d.impressions, s.impressions)),
           watch_time_seconds = app.at_least_zero(coalesce(d.watch_time_seconds + s.watch_time_seconds, d.watch_time_seconds, s.watch_time_seconds)),
           spend = app.at_least_zero(coalesce(d.spend + s.spend, d.spend, s.spend))
      from sums s where d.workspace_id = s.workspace_id and d.id = s.day;

    insert into public.post_metrics_daily as d
        (workspace_id, published_post_id, date, views, likes, comments, shares, saves, clicks, conversions, impressions, watch_time_seconds, spend)
    -- A platform takes numbers back now and then (spam filters): a day never falls below nothing.
    select b.workspace_id, b.published_post_id, b.date, app.at_least_zero(sum(e.views)), app.at_least_zero(sum(e.likes)), app.at_least_zero(sum(e.comments)),
           app.at_least_zero(sum(e.shares)), app.at_least_zero(sum(e.saves)), app.at_least_zero(sum(e.clicks)), app.at_least_zero(sum(e.conversions)),
           app.at_least_zero(sum(e.impressions)), app.at_least_zero(sum(e.watch_time_seconds)), app.at_least_zero(sum(e.spend))
      from pg_temp.taken_buckets b
      join public.published_posts p on p.workspace_id = b.workspace_id and p.id = b.published_post_id
      join public.performance_kpi_events e on e.workspace_id = b.workspace_id and e.published_post_id = b.published_post_id
       and e.event_time >= b.date::timestamp at time zone 'UTC' and e.event_time < (b.date + 1)::timestamp at time zone 'UTC'
     where not exists (
        select from public.post_metrics_daily f
         where f.workspace_id = b.workspace_id and f.published_post_id = b.published_post_id and f.date = b.date and f.finalized_at is not null)
     group by b.workspace_id, b.published_post_id, b.date
    on conflict (workspace_id, published_post_id, date) do update
       set views = excluded.views, likes = excluded.likes, comments = excluded.comments, shares = excluded.shares, saves = excluded.saves,
           clicks = excluded.clicks, conversions = excluded.conversions, impressions = excluded.impressions,
           watch_time_seconds = excluded.watch_time_seconds, spend = excluded.spend;
    drop table pg_temp.taken_buckets;
    return done;
end $$;

-- Aggregates the dirty workspaces' days, their weeks and their platforms anew.
create function app.refresh_rollups() returns int language plpgsql security definer set search_path = ''
as $$
declare
    done int;
begin
    create temporary table taken_days on commit drop as
        with taken as (delete from app.dirty_days returning workspace_id, date) select * from taken;
    done := (select count(*) from pg_temp.taken_days);

    delete from public.metrics_by_day m using pg_temp.taken_days t where m.workspace_id = t.workspace_id and m.date = t.date;
    insert into public.metrics_by_day (workspace_id, platform_connection_id, platform, date, posts, views, likes, comments, shares, saves,
                                       clicks, conversions, impressions, watch_time_seconds, spend)
    select d.workspace_id, p.platform_connection_id, p.platform, d.date, count(*), sum(d.views), sum(d.likes), sum(d.comments), sum(d.shares), sum(d.saves),
           sum(d.clicks), sum(d.conversions), sum(d.impressions), sum(d.watch_time_seconds), sum(d.spend)
      from pg_temp.taken_days t
      join public.post_metrics_daily d on d.workspace_id = t.workspace_id and d.date = t.date
      join public.published_posts p on p.workspace_id = d.workspace_id and p.id = d.published_post_id
     group by d.workspace_id, p.platform_connection_id, p.platform, d.date;

    delete from public.metrics_by_week m using (select distinct workspace_id, date_trunc('week', date)::date as week from pg_temp.taken_days) t
     where m.workspace_id = t.workspace_id and m.week_start = t.week;
    insert into public.metrics_by_week (workspace_id, platform_connection_id, platform, week_start, posts, views, likes, comments, shares, saves,
                                        clicks, conversions, impressions, watch_time_seconds, spend)
    select d.workspace_id, p.platform_connection_id, p.platform, t.week, count(distinct d.published_post_id), sum(d.views), sum(d.likes), sum(d.comments),
           sum(d.shares), sum(d.saves), sum(d.clicks), sum(d.conversions), sum(d.impressions), sum(d.watch_time_seconds), sum(d.spend)
      from (select distinct workspace_id, date_trunc('week', date)::date as week from pg_temp.taken_days) t
      join public.post_metrics_daily d on d.workspace_id = t.workspace_id and d.date >= t.week and d.date < t.week + 7
      join public.published_posts p on p.workspace_id = d.workspace_id and p.id = d.published_post_id
     group by d.workspace_id, p.platform_connection_id, p.platform, t.week;

    delete from public.metrics_by_platform m using (select distinct workspace_id from pg_temp.taken_days) t where m.workspace_id = t.workspace_id;
    insert into public.metrics_by_platform (workspace_id, platform, posts, views, likes, comments, shares, saves, clicks, impressions, engagement_rate,
        views_p25, views_p50, views_p75, views_p90, engagement_p25, engagement_p50, engagement_p75, engagement_p90, first_date, last_date)
    select s.workspace_id, s.platform, count(*), sum(s.views), sum(s.likes), sum(s.comments), sum(s.shares), sum(s.saves), sum(s.clicks), sum(s.impressions),
           sum(s.engaged)::numeric / nullif(sum(s.views), 0),
           percentile_cont(0.25) within group (order by s.views), percentile_cont(0.5) within group (order by s.views),
           percentile_cont(0.75) within group (order by s.views), percentile_cont(0.9) within group (order by s.views),
           percentile_cont(0.25) within group (order by s.engaged::float8 / nullif(s.views, 0)), percentile_cont(0.5) within group (order by s.engaged::float8 / nullif(s.views, 0)),
           percentile_cont(0.75) within group (order by s.engaged::float8 / nullif(s.views, 0)), percentile_cont(0.9) within group (order by s.engaged::float8 / nullif(s.views, 0)),
           min(s.first_date), max(s.last_date)
      from (
        select d.workspace_id, p.platform, d.published_post_id, sum(d.views) as views, sum(d.likes) as likes, sum(d.comments) as comments, sum(d.shares) as shares,
               sum(d.saves) as saves, sum(d.clicks) as clicks, sum(d.impressions) as impressions,
               coalesce(sum(d.likes), 0) + coalesce(sum(d.comments), 0) + coalesce(sum(d.shares), 0) + coalesce(sum(d.saves), 0) as engaged,
               min(d.date) as first_date, max(d.date) as last_date
          from (select distinct workspace_id from pg_temp.taken_days) t
          join public.post_metrics_daily d on d.workspace_id = t.workspace_id
          join public.published_posts p on p.workspace_id = d.workspace_id and p.id = d.published_post_id
         group by d.workspace_id, p.platform, d.published_post_id) s
     group by s.workspace_id, s.platform;
    drop table pg_temp.taken_days;
    return done;
end $$;

-- Brings everything up to date from what is dirty; how many posts' days it took. Safe to run twice, and
-- at once with itself (the second waits and finds nothing).
create function public.refresh_analytics_materialized_views() returns int language plpgsql security definer set search_path = ''
as $$
declare
    done int;
begin
    perform pg_advisory_xact_lock(hashtext('refresh_analytics_materialized_views'));
    done := app.refresh_posts();
    perform app.refresh_rollups();
    return done;
end $$;
grant execute on function public.refresh_analytics_materialized_views() to service_role;
