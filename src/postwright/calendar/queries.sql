-- name: active_timing
-- The rows of timing knowledge in force for some platforms: baselines, and the workspace's own.
select id, platform_id, days, peak_hours, posting_frequency_min, posting_frequency_max, daily_max, min_spacing_minutes,
       audience_segment, content_format, source, notes, valid_from, workspace_id, user_id
  from platform_timing_data
 where (workspace_id = %(workspace)s or workspace_id is null)
   and platform_id = any (%(platforms)s::uuid[])
   and valid_from <= %(now)s and valid_to is null
 order by id;

-- name: ruling_preferences
-- The preferences that rule a calendar: its owner's and the workspace's.
select user_id, platform_id, content_format, timezone, posting_frequency_min, posting_frequency_max, daily_max, min_spacing_minutes,
       days_blacklist, hours_blacklist, metadata
  from app.ruling_preferences(%(calendar)s)
 where workspace_id = %(workspace)s
 order by id;

-- name: calendar
-- A calendar, or the default one.
select c.id, c.name, c.timezone, c.owned_by, w.timezone as workspace_timezone
  from content_calendar c
  join workspaces w on w.id = c.workspace_id
 where c.workspace_id = %(workspace)s
   and case when %(id)s::uuid is null then c.is_default else c.id = %(id)s::uuid end;

-- name: closed_times
-- Blackouts that touch a span of time.
select id, window_start as start, window_end as "end", reason, schedule_item_id, platform_connection_id as connection_id
  from schedule_exceptions
 where workspace_id = %(workspace)s and archived_at is null and exception_type = 'blackout'
   and window_start < %(end)s and window_end > %(start)s
 order by window_start, id;

-- name: list_closed
-- A page of the blackouts that touch a span of time, earliest first; of one account together with those of all.
select id, window_start as start, window_end as "end", reason, platform_connection_id as connection_id, origin, created_by as author_id, created_at
  from schedule_exceptions
 where workspace_id = %(workspace)s and archived_at is null and exception_type = 'blackout'
   and window_start < %(end)s and window_end > %(start)s
   and (%(connection)s::uuid is null or platform_connection_id is null or platform_connection_id = %(connection)s::uuid)
   and (%(after)s::timestamptz is null or (window_start, id) > (%(after)s::timestamptz, %(after_id)s::uuid))
 order by window_start, id
 limit %(limit)s;

-- name: taken_times
-- When some accounts post or have posted. A plan whose time passed takes no time; what went out counts when it went out.
select i.id as item_id, i.platform_connection_id as connection_id, coalesce(p.published_at, i.scheduled_at) as utc
  from content_schedule_items i
  left join published_posts p
    on p.workspace_id = i.workspace_id and p.schedule_item_id = i.id and p.status = 'published'
 where i.workspace_id = %(workspace)s and i.platform_connection_id = any (%(connections)s::uuid[])
   and i.status in ('queued', 'scheduled', 'posted')
   and coalesce(p.published_at, i.scheduled_at) between %(start)s and %(end)s
   and (i.status <> 'queued' or i.scheduled_at > %(now)s)
 order by utc, i.id;

-- name: lock_plan
-- Two planners of one workspace take turns: the second sees what the first has taken.
select pg_advisory_xact_lock(hashtextextended('plan:' || %(workspace)s::text, 0));

-- name: draft_platforms
-- The platforms that a draft has a variant for, with the kind of post each asks for.
select d.id, k.platform, d.adaptations -> k.platform -> 'options' ->> 'format' as content_format
  from content_adaptations d
 cross join lateral jsonb_object_keys(d.adaptations) as k (platform)
 where d.workspace_id = %(workspace)s and d.id = %(draft)s and d.deleted_at is null
 order by k.platform;

-- name: standing_posts
-- The posts of a draft that are planned for a time to come, or committed.
select i.id as item_id, i.platform_connection_id as connection_id, i.status, i.scheduled_at, i.wall_time, i.timezone, i.slot_reason, i.slot_value
  from content_schedule_items i
 where i.workspace_id = %(workspace)s and i.adaptation_id = %(draft)s
   and i.platform_connection_id = any (%(connections)s::uuid[])
   and (i.status = 'scheduled' or (i.status = 'queued' and i.scheduled_at > %(now)s))
 order by i.scheduled_at, i.id;

-- name: add_item
-- Gives a post its place.
insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, adaptation_id, content_format,
                                    scheduled_at, wall_time, timezone, fold, slot_reason, slot_value, origin)
values (%(workspace)s, %(calendar)s, %(platform)s, %(connection)s, %(draft)s, %(content_format)s,
        %(utc)s, %(wall)s, %(zone)s, %(fold)s, %(reason)s, %(value)s, %(origin)s)
returning id;

-- name: item
-- A post of the plan with its latest commitment, on the clock that the calendar shows it by. It is held when nobody would
-- send it as things stand: it waits for an approval, or its time passed by more than the workspace's grace.
select i.id, i.platform_connection_id as connection_id, p.slug as platform, i.content_format, i.status, i.scheduled_at, i.wall_time,
       coalesce(i.timezone, a.timezone, k.timezone, w.timezone) as timezone, i.fold, i.calendar_id, i.locked,
       i.updated_at as changed_at, s.id as commitment_id, s.status as commitment_status, s.approved_at, s.due_at,
       coalesce(s.requires_approval and s.approved_at is null or s.due_at <= app.held_before(w.id, w.settings, %(now)s), false) as held
  from content_schedule_items i
  join platforms p on p.id = i.platform_id
  join workspaces w on w.id = i.workspace_id
  join content_calendar k on k.workspace_id = i.workspace_id and k.id = i.calendar_id
  left join platform_connections a on a.workspace_id = i.workspace_id and a.id = i.platform_connection_id
  left join lateral (
       select c.id, c.status, c.approved_at, c.requires_approval, c.due_at from scheduled_posts c
        where c.workspace_id = i.workspace_id and c.schedule_item_id = i.id
        order by c.created_at desc, c.id desc limit 1) s on true
 where i.workspace_id = %(workspace)s and i.id = %(id)s;

-- name: lock_commitment
-- Holds the commitment of a post, before the post itself: the publisher takes them in this order too.
select c.id from scheduled_posts c
 where c.workspace_id = %(workspace)s and c.schedule_item_id = %(id)s and c.status = 'scheduled'
   for update;

-- name: lock_item
-- Holds a post; nothing when the asker may not change it.
select i.id from content_schedule_items i where i.workspace_id = %(workspace)s and i.id = %(id)s for update;

-- name: place_item
-- Moves a post; its commitment follows by trigger. That somebody moved it stays known.
update content_schedule_items
   set options = options || '{"moved": true}', scheduled_at = %(utc)s, wall_time = %(wall)s, timezone = %(zone)s, fold = %(fold)s, slot_reason = %(reason)s, slot_value = %(value)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: add_exception
-- Closes a span of time.
insert into schedule_exceptions (workspace_id, platform_connection_id, exception_type, window_start, window_end, reason, origin)
values (%(workspace)s, %(connection)s, 'blackout', %(start)s, %(end)s, %(reason)s, %(origin)s)
returning id;

-- name: archive_exception
-- Opens a span of time again; the record stays.
update schedule_exceptions set archived_at = %(now)s, archived_reason = 'opened again'
 where workspace_id = %(workspace)s and id = %(id)s and archived_at is null;

-- name: list_preferences
-- The workspace's wishes and the asker's own, the most general first.
select r.id, r.user_id is null as for_workspace, p.slug as platform, r.content_format, r.timezone, r.posting_frequency_max as weekly_maximum,
       r.daily_max as daily_maximum, r.min_spacing_minutes as spacing_minutes, r.days_blacklist as closed_days,
       r.hours_blacklist as closed_hours, r.updated_at
  from user_scheduling_preferences r
  left join platforms p on p.id = r.platform_id
 where r.workspace_id = %(workspace)s and (r.user_id is null or r.user_id = %(user)s::uuid)
 order by r.user_id nulls first, p.slug nulls first, r.content_format nulls first, r.id
 limit 500;

-- name: save_preference
-- The workspace's or a user's wishes for a platform and a kind of post, replaced whole.
insert into user_scheduling_preferences (workspace_id, user_id, platform_id, content_format, timezone, posting_frequency_max, daily_max,
                                         min_spacing_minutes, days_blacklist, hours_blacklist, metadata)
values (%(workspace)s, %(user)s, %(platform)s, %(content_format)s, %(timezone)s, %(weekly)s, %(daily)s, %(spacing)s, %(days)s, %(hours)s::jsonb,
        %(metadata)s::jsonb)
on conflict (workspace_id, user_id, platform_id, content_format) do update
   set timezone = excluded.timezone, posting_frequency_max = excluded.posting_frequency_max, daily_max = excluded.daily_max,
       min_spacing_minutes = excluded.min_spacing_minutes, days_blacklist = excluded.days_blacklist, hours_blacklist = excluded.hours_blacklist,
       metadata = excluded.metadata
returning id;

-- name: board
-- The posts of a span of time, as the calendar shows them, earliest first. What is out stands where it went out.
with near as (
    select i.id from content_schedule_items i
     where i.workspace_id = %(workspace)s and i.scheduled_at >= %(start)s and i.scheduled_at < %(end)s
    union
    select o.schedule_item_id from published_posts o
     where o.workspace_id = %(workspace)s and o.status = 'published' and o.published_at >= %(start)s and o.published_at < %(end)s
)
select i.id, app.post_state(i.status, s.status, s.requires_approval and s.approved_at is null, i.scheduled_at, %(now)s) as state,
       p.slug as platform, p.name as platform_name, i.platform_connection_id as connection_id,
       coalesce(c.display_name, c.handle) as account_name, c.handle, c.avatar_url, i.content_format, d.title,
       left(coalesce(s.snapshot ->> 'text', s.content, d.adaptations -> p.slug ->> 'text', i.content ->> 'text', d.original_idea, ''), 280) as text,
       coalesce(o.published_at, i.scheduled_at) as scheduled_at, coalesce(i.timezone, c.timezone, k.timezone, w.timezone) as timezone,
       i.slot_reason, i.slot_value::float as slot_value, i.locked, i.adaptation_id as draft_id, c.environment, i.origin
  from near n
  join content_schedule_items i on i.workspace_id = %(workspace)s and i.id = n.id
  join platforms p on p.id = i.platform_id
  join workspaces w on w.id = i.workspace_id
  join content_calendar k on k.workspace_id = i.workspace_id and k.id = i.calendar_id
  left join platform_connections c on c.workspace_id = i.workspace_id and c.id = i.platform_connection_id
  left join content_adaptations d on d.workspace_id = i.workspace_id and d.id = i.adaptation_id
  left join published_posts o on o.workspace_id = i.workspace_id and o.schedule_item_id = i.id and o.status = 'published'
  left join lateral (
       select x.status, x.requires_approval, x.approved_at, x.snapshot, x.content from scheduled_posts x
        where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
        order by x.created_at desc, x.id desc limit 1) s on true
 where i.status <> 'canceled' and coalesce(s.status, '') <> 'cancelled'
   and (%(connections)s::uuid[] is null or i.platform_connection_id = any (%(connections)s::uuid[]))
   and coalesce(o.published_at, i.scheduled_at) >= %(start)s and coalesce(o.published_at, i.scheduled_at) < %(end)s
 order by coalesce(o.published_at, i.scheduled_at), i.id;

-- name: platform_id
-- The id of a platform.
select id from platforms where slug = %(slug)s;

-- name: moments
-- Every post of a workspace that has a moment.
select i.id, i.scheduled_at from content_schedule_items i where i.workspace_id = %(workspace)s and i.scheduled_at is not null;

-- name: read_in_zone
-- The same moment at another wall clock.
update content_schedule_items set wall_time = %(wall)s, timezone = %(zone)s, fold = %(fold)s
 where workspace_id = %(workspace)s and id = %(id)s;
