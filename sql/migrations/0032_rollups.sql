-- The rollups that the analytics specification calls materialised views: those cannot carry policies, so
-- they are tables, filled from dirty buckets and read through views of the specified names (95). Rows of a removed
-- account go with it; the next refresh makes them anew without one, in one sum.
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
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.metrics_by_day is 'Rollup: an account''s day.';
comment on column public.metrics_by_day.platform_connection_id is 'Null: accounts that were removed.';
comment on column public.metrics_by_day.posts is 'Posts with figures of that day.';
comment on column public.metrics_by_day.engagement_rate is 'Of the sums.';
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
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.metrics_by_week is 'Rollup: an account''s week.';
comment on column public.metrics_by_week.platform_connection_id is 'Null: accounts that were removed.';
comment on column public.metrics_by_week.posts is 'Posts with figures of that week.';
comment on column public.metrics_by_week.engagement_rate is 'Of the sums.';
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
comment on table public.metrics_by_platform is 'Rollup: a platform, over all time, with percentiles.';
comment on column public.metrics_by_platform.engagement_rate is 'Of the sums.';
comment on column public.metrics_by_platform.posts is 'Posts with figures.';
comment on column public.metrics_by_platform.views_p50 is 'Percentiles are over posts, each with its sums.';
call app.guard('public.metrics_by_day', adds => null, changes => null, removes => null);
call app.guard('public.metrics_by_week', adds => null, changes => null, removes => null);
call app.guard('public.metrics_by_platform', adds => null, changes => null, removes => null);

-- A sum as its column can hold it: never below nothing, never beyond the type (one workspace's absurd figures must not
-- stop the sums of all), and what is unknown stays unknown, which greatest() would make 0.
create function app.as_count(figure numeric) returns int language sql immutable parallel safe set search_path = ''
as $$ select case when figure < 0 then 0 when figure > 2147483647 then 2147483647 else figure::int end $$;
create function app.as_money(figure numeric) returns numeric language sql immutable parallel safe set search_path = ''
as $$ select case when figure < 0 then 0 when figure > 9999999999.99 then 9999999999.99 else figure end $$;

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
       set views = app.as_count(coalesce(d.views + s.views, d.views, s.views)), likes = app.as_count(coalesce(d.likes + s.likes, d.likes, s.likes)),
           comments = app.as_count(coalesce(d.comments + s.comments, d.comments, s.comments)), shares = app.as_count(coalesce(d.shares + s.shares, d.shares, s.shares)),
           saves = app.as_count(coalesce(d.saves + s.saves, d.saves, s.saves)), clicks = app.as_count(coalesce(d.clicks + s.clicks, d.clicks, s.clicks)),
           conversions = app.as_count(coalesce(d.conversions + s.conversions, d.conversions, s.conversions)),
           impressions = app.as_count(coalesce(d.impressions + s.impressions, d.impressions, s.impressions)),
           watch_time_seconds = app.as_count(coalesce(d.watch_time_seconds + s.watch_time_seconds, d.watch_time_seconds, s.watch_time_seconds)),
           spend = app.as_money(coalesce(d.spend + s.spend, d.spend, s.spend))
      from sums s where d.workspace_id = s.workspace_id and d.id = s.day;

    insert into public.post_metrics_daily as d
        (workspace_id, published_post_id, date, views, likes, comments, shares, saves, clicks, conversions, impressions, watch_time_seconds, spend)
    -- A platform takes numbers back now and then (spam filters): a day never falls below nothing.
    select b.workspace_id, b.published_post_id, b.date, app.as_count(sum(e.views)), app.as_count(sum(e.likes)), app.as_count(sum(e.comments)),
           app.as_count(sum(e.shares)), app.as_count(sum(e.saves)), app.as_count(sum(e.clicks)), app.as_count(sum(e.conversions)),
           app.as_count(sum(e.impressions)), app.as_count(sum(e.watch_time_seconds)), app.as_money(sum(e.spend))
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
