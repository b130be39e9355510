-- name: targets
-- Published posts as the measuring needs them: where each is on its platform, and its figures so far. Not those of an account
-- whose access has ended, for now or for good.
select p.workspace_id, p.id, p.platform, p.platform_connection_id as connection_id, p.platform_post_id as remote_id, p.content_format,
       p.metrics, p.schedule_item_id as item_id, pl.id as platform_id
  from published_posts p
  join platforms pl on pl.slug = p.platform
  join platform_connections c on c.workspace_id = p.workspace_id and c.id = p.platform_connection_id
 where p.workspace_id = %(workspace)s and p.id = any (%(ids)s::uuid[]) and p.status = 'published' and p.platform_post_id is not null
   and c.is_active and c.health in ('healthy', 'expiring');

-- name: due_for_measuring
-- Posts whose figures are worth a new look: soon after publishing often, later rarely (a quarter of the post's age, between
-- two minutes and a day), after 90 days no more. One whose platform did not answer waits a quarter of an hour.
select p.workspace_id, p.id
  from published_posts p
  join platform_connections c on c.workspace_id = p.workspace_id and c.id = p.platform_connection_id
  join workspaces w on w.id = p.workspace_id
 where p.status = 'published' and p.platform_post_id is not null and w.deleted_at is null
   and p.published_at > %(now)s::timestamptz - interval '90 days'
   and (p.metrics_collected_at is null
        or p.metrics_collected_at <= %(now)s - least(greatest((%(now)s - p.published_at) / 4, interval '2 minutes'), interval '1 day'))
   and c.is_active and c.paused_at is null and c.health in ('healthy', 'expiring')
   and not p.metadata @> '{"history": true}'
   and case when jsonb_typeof(p.metadata -> 'measure_failed') = 'number'
            then (p.metadata ->> 'measure_failed')::numeric < extract(epoch from %(now)s - interval '15 minutes') else true end
 order by p.metrics_collected_at nulls first
 limit %(limit)s;

-- name: add_event
-- What was added since the last look, as a raw event; the trigger marks its day for a new sum.
insert into performance_kpi_events (workspace_id, published_post_id, platform_id, content_format, event_time, views, impressions, likes,
                                    comments, shares, saves, clicks, watch_time_seconds, scheduled_slot_id)
values (%(workspace)s, %(post)s, %(platform)s, %(format)s, %(now)s, %(views)s, %(impressions)s, %(likes)s, %(comments)s, %(shares)s,
        %(saves)s, %(clicks)s, %(watch_time_seconds)s, %(item)s);

-- name: keep_metrics
-- The latest figures of a post. What the platform did not tell this time stays as it was; only a younger look counts.
update published_posts p
   set metrics = p.metrics || %(metrics)s::jsonb, metrics_collected_at = %(now)s, metadata = p.metadata - 'measure_failed' - 'measure_error'
 where p.workspace_id = %(workspace)s and p.id = %(post)s and (p.metrics_collected_at is null or p.metrics_collected_at < %(now)s);

-- name: lock_metrics
-- The figures that the next ones are compared with, locked: two looks at once never count the same twice.
select p.metrics from published_posts p where p.workspace_id = %(workspace)s and p.id = %(post)s for update;

-- name: note_failure
-- The platform did not tell: the next look waits, and why is kept.
update published_posts p
   set metadata = p.metadata || jsonb_build_object('measure_failed', extract(epoch from %(now)s::timestamptz)::bigint,
                                                   'measure_error', %(error)s::jsonb)
 where p.workspace_id = %(workspace)s and p.id = %(post)s;

-- name: tell_refused
-- Tells those who can mend it that an account's figures are refused, once: not again for the same post, nor for another one of the
-- account since figures were last read there.
select app.notify(
           c.workspace_id,
           array(select m.user_id from workspace_members m where m.workspace_id = c.workspace_id and m.role in ('owner', 'admin')),
           'figures_refused', format('The numbers of %%s cannot be read', concat_ws(' ', pl.name, coalesce(c.handle, c.display_name))),
           %(body)s, '/posts/' || %(item)s, 'figures:' || c.id)
  from platform_connections c
  join platforms pl on pl.slug = c.platform
 where c.workspace_id = %(workspace)s and c.id = %(connection)s
   and not exists (
       select from published_posts p
        where p.workspace_id = c.workspace_id and p.platform_connection_id = c.id and p.metadata #>> '{measure_error,rule}' = %(rule)s
          and (p.id = %(post)s
               or case when jsonb_typeof(p.metadata -> 'measure_failed') = 'number' then (p.metadata ->> 'measure_failed')::numeric end
                  >= coalesce((select extract(epoch from max(x.metrics_collected_at)) from published_posts x
                                where x.workspace_id = c.workspace_id and x.platform_connection_id = c.id), 0)));

-- name: settle_refused
-- Figures were read: a notice that they cannot be is over.
select app.settle_notices(%(workspace)s, 'figures:' || %(connection)s);

-- name: sum_up
-- Sums what is dirty: days of posts, then the rollups.
select public.refresh_analytics_materialized_views();

-- name: make_months
-- The months that raw events of a span fall into.
select app.make_kpi_months(%(since)s, %(until)s);

-- name: enqueue
-- Defers a job; null when the same one waits already.
select app.enqueue(%(task)s, %(workspace)s, %(ids)s::uuid[]);

-- name: sandbox_accounts
-- The sandbox accounts of a workspace, and who stands for what is imported.
select c.platform, c.platform_user_id, c.id as connection_id, c.timezone, w.timezone as workspace_timezone, pl.id as platform_id,
       coalesce((select m.user_id from workspace_members m where m.workspace_id = w.id and m.role = 'owner' order by m.created_at limit 1), c.user_id) as user_id
  from platform_connections c
  join workspaces w on w.id = c.workspace_id and w.environment = 'sandbox'
  join platforms pl on pl.slug = c.platform
 where c.workspace_id = %(workspace)s and c.environment = 'sandbox';

-- name: forget_history
-- Takes simulated history out of a sandbox workspace: results, their figures (by cascade) and their places in the calendar.
with gone as (
    delete from published_posts p
     where p.workspace_id = %(workspace)s and p.environment = 'sandbox' and p.metadata @> '{"history": true}'
    returning p.schedule_item_id
)
delete from content_schedule_items i using gone
 where i.workspace_id = %(workspace)s and i.id = gone.schedule_item_id and i.origin = 'history';

-- name: add_history_items
-- Places in the calendar of simulated posts, in one statement. A post begins as scheduled; `post_history_items` moves it on.
insert into content_schedule_items (id, workspace_id, calendar_id, platform_id, platform_connection_id, content, scheduled_at, wall_time, timezone,
                                    status, origin, user_id, created_by, created_at)
select h.item_id, %(workspace)s, k.id, h.platform_id, h.connection_id, jsonb_build_object('text', h.text, 'title', h.title), h.published_at,
       h.wall_time, h.timezone, 'scheduled', 'history', h.user_id, h.user_id, h.published_at
  from jsonb_to_recordset(%(rows)s) as h (item_id uuid, platform_id uuid, connection_id uuid, text text, title text, published_at timestamptz,
                                          wall_time timestamp, timezone text, user_id uuid)
  join content_calendar k on k.workspace_id = %(workspace)s and k.is_default;

-- name: post_history_items
-- They are out.
update content_schedule_items i set status = 'posted'
 where i.workspace_id = %(workspace)s and i.id = any (%(ids)s::uuid[]);

-- name: add_history_posts
-- What went out, marked as history.
insert into published_posts (id, workspace_id, user_id, platform_connection_id, schedule_item_id, platform, environment, platform_post_id, platform_url,
                             status, content, metadata, metrics, metrics_collected_at, scheduled_for, published_at, created_at)
select h.id, %(workspace)s, h.user_id, h.connection_id, h.item_id, h.platform, 'sandbox', h.remote_id, '/sandbox/' || h.platform || '/' || h.remote_id,
       'published', h.text, '{"history": true}', h.metrics, %(now)s, h.published_at, h.published_at, h.published_at
  from jsonb_to_recordset(%(rows)s) as h (id uuid, item_id uuid, connection_id uuid, user_id uuid, platform text, remote_id text, text text,
                                          metrics jsonb, published_at timestamptz);

-- name: add_history_days
-- Their figures by day. No raw events stand behind them, so the days are final.
insert into post_metrics_daily (workspace_id, published_post_id, date, views, likes, comments, shares, saves, clicks, impressions, finalized_at)
select %(workspace)s, d.post_id, d.date, d.views, d.likes, d.comments, d.shares, d.saves, d.clicks, d.impressions, %(now)s
  from jsonb_to_recordset(%(rows)s) as d (post_id uuid, date date, views int, likes int, comments int, shares int, saves int, clicks int, impressions int);

-- name: count_history
-- How many simulated posts of the past a workspace holds.
select count(*) from published_posts p
 where p.workspace_id = %(workspace)s and p.environment = 'sandbox' and p.metadata @> '{"history": true}';

-- name: post_metrics
-- The latest figures of a post.
select p.id, p.metrics, p.metrics_collected_at, p.published_at, p.metadata, w.environment = 'sandbox' as simulated
  from content_schedule_items i
  join workspaces w on w.id = i.workspace_id
  left join published_posts p on p.workspace_id = i.workspace_id and p.schedule_item_id = i.id and p.status in ('published', 'deleted')
 where i.workspace_id = %(workspace)s and i.id = %(item)s;

-- name: post_days
-- Its figures by day.
select d.date, d.views, d.impressions, d.likes, d.comments, d.shares, d.saves, d.clicks, d.engagement_rate::float8 as engagement_rate, d.ctr::float8 as ctr
  from post_metrics_daily d
 where d.workspace_id = %(workspace)s and d.published_post_id = %(post)s
 order by d.date;

-- name: maintain
-- What every kind of data is kept for, and then: months of events, archives, expired rows. What was done.
select app.maintain(%(now)s);
