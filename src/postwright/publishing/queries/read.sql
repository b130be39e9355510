-- Posts as people read them.

-- name: posts
-- Posts with all that a list shows. Parameters that are null filter nothing; order and cursor are constants to the
-- planner (no statement is prepared), so each order walks its own index. `dated` splits an order by time of the slot
-- in two: posts that have one, then posts that have none.
with grace as (
    select w.id as workspace_id, w.environment, app.held_before(w.id, w.settings, %(now)s) as held_before
      from workspaces w where w.id = %(workspace)s
)
select i.id, app.post_state(i.status, s.status, s.requires_approval and s.approved_at is null, i.scheduled_at, %(now)s) as state,
       pl.slug as platform, i.platform_connection_id as connection_id,
       coalesce(c.display_name, c.handle) as account_name, c.handle, c.avatar_url,
       case when c.suspended_at is not null then 'suspended' else c.health end as account_health,
       coalesce(c.paused_at is not null or not c.is_active, false) as account_paused,
       coalesce(p.content_format, s.snapshot ->> 'format', i.content_format) as content_format,
       coalesce(s.snapshot, '{}') as snapshot, coalesce(s.content, p.content) as content,
       coalesce(i.content, a.adaptations -> pl.slug) as variant,
       i.scheduled_at, coalesce(i.planned_start, i.scheduled_at) as slot_at, i.wall_time, i.timezone, i.slot_reason,
       i.slot_value::float8 as slot_value, i.locked,
       p.published_at, p.platform_url, p.platform_post_id as remote_id, coalesce(p.metrics, '{}') as metrics, p.metadata,
       s.error, g.environment = 'sandbox' as simulated, i.origin, i.created_by as author_id, i.adaptation_id,
       coalesce(nullif(a.title, ''), left(a.original_idea, 80)) as draft_title, i.labels,
       s.id as commitment_id, p.id as published_post_id,
       coalesce(s.status = 'scheduled' and s.due_at <= g.held_before and not s.hand_off and not (s.requires_approval and s.approved_at is null), false) as overdue,
       coalesce(s.hand_off, i.options @> '{"hand_off": true}') as hand_off,
       s.next_retry_at as next_try_at, i.created_at, greatest(i.updated_at, s.updated_at, p.updated_at) as updated_at,
       i.updated_at as changed_at, i.content is not null as own_content, coalesce(p.status = 'deleted', false) as deleted
  from content_schedule_items i
  join grace g on g.workspace_id = i.workspace_id
  join platforms pl on pl.id = i.platform_id
  left join platform_connections c on c.workspace_id = i.workspace_id and c.id = i.platform_connection_id
  left join content_adaptations a on a.workspace_id = i.workspace_id and a.id = i.adaptation_id
  left join lateral (
       select x.* from scheduled_posts x
        where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
        order by x.created_at desc limit 1) s on true
  left join published_posts p on p.workspace_id = i.workspace_id and p.schedule_item_id = i.id
       and (p.status in ('published', 'deleted') or p.status = 'pending' and s.status = 'completed')
 where i.workspace_id = %(workspace)s
   and (%(ids)s::uuid[] is null or i.id = any (%(ids)s::uuid[]))
   and (%(item_statuses)s::text[] is null or i.status = any (%(item_statuses)s::text[]))
   and (%(states)s::text[] is null
        or app.post_state(i.status, s.status, s.requires_approval and s.approved_at is null, i.scheduled_at, %(now)s) = any (%(states)s::text[])
        or %(or_waiting)s::boolean and s.status = 'scheduled' and not (s.requires_approval and s.approved_at is null)
           and (s.due_at <= case when s.hand_off then %(now)s else g.held_before end or c.health = 'reconnect'))
   and (%(platform)s::text is null or pl.slug = %(platform)s::text)
   and (%(connection)s::uuid is null or i.platform_connection_id = %(connection)s::uuid)
   and (%(author)s::uuid is null or i.created_by = %(author)s::uuid)
   and (%(label)s::text is null or i.labels @> array[%(label)s::text])
   and (%(draft)s::uuid is null or i.adaptation_id = %(draft)s::uuid)
   and (%(text)s::text is null or s.content ilike %(text)s::text or a.title ilike %(text)s::text or a.original_idea ilike %(text)s::text
        or coalesce(i.content, a.adaptations -> pl.slug)::text ilike %(text)s::text)
   and (%(since)s::timestamptz is null or p.published_at >= %(since)s::timestamptz)
   and (%(from)s::timestamptz is null or i.scheduled_at >= %(from)s::timestamptz)
   and (%(until)s::timestamptz is null or i.scheduled_at < %(until)s::timestamptz)
   and case when %(sort)s::text in ('scheduled_at', '-scheduled_at') and %(ids)s::uuid[] is null
            then case when %(dated)s::boolean then i.scheduled_at is not null else i.scheduled_at is null end else true end
   and case when %(sort)s::text in ('published_at', '-published_at') then p.published_at is not null else true end
   and case when %(after_id)s::uuid is null then true
            when %(sort)s::text = 'scheduled_at' and %(dated)s::boolean then (i.scheduled_at, i.id) > (%(after)s::timestamptz, %(after_id)s::uuid)
            when %(sort)s::text = '-scheduled_at' and %(dated)s::boolean then (i.scheduled_at, i.id) < (%(after)s::timestamptz, %(after_id)s::uuid)
            when %(sort)s::text = 'scheduled_at' then i.id > %(after_id)s::uuid
            when %(sort)s::text = '-scheduled_at' then i.id < %(after_id)s::uuid
            when %(sort)s::text = 'created_at' then (i.created_at, i.id) > (%(after)s::timestamptz, %(after_id)s::uuid)
            when %(sort)s::text = '-created_at' then (i.created_at, i.id) < (%(after)s::timestamptz, %(after_id)s::uuid)
            when %(sort)s::text = 'published_at' then
                 p.published_at >= %(after)s::timestamptz and (p.published_at, i.id) > (%(after)s::timestamptz, %(after_id)s::uuid)
            else p.published_at <= %(after)s::timestamptz and (p.published_at, i.id) < (%(after)s::timestamptz, %(after_id)s::uuid) end
 order by case when %(sort)s::text = 'scheduled_at' then i.scheduled_at end,
          case when %(sort)s::text = '-scheduled_at' then i.scheduled_at end desc,
          case when %(sort)s::text = 'created_at' then i.created_at end,
          case when %(sort)s::text = '-created_at' then i.created_at end desc,
          case when %(sort)s::text = 'published_at' then p.published_at end,
          case when %(sort)s::text = '-published_at' then p.published_at end desc,
          case when %(sort)s::text not like '-%%' then i.id end,
          case when %(sort)s::text like '-%%' then i.id end desc
 limit %(limit)s;

-- name: tab_counts
-- How many posts each tab holds. Only what is under way is looked at row by row.
with items as (
    select i.status, count(*) as n, count(*) filter (where i.scheduled_at < %(now)s) as past
      from content_schedule_items i where i.workspace_id = %(workspace)s group by i.status
), active as (
    select s.status, s.requires_approval and s.approved_at is null as awaiting,
           c.health = 'reconnect' or s.due_at <= case when s.hand_off then %(now)s else (
               select app.held_before(w.id, w.settings, %(now)s) from workspaces w where w.id = %(workspace)s) end as waits
      from scheduled_posts s
      join platform_connections c on c.workspace_id = s.workspace_id and c.id = s.platform_connection_id
     where s.workspace_id = %(workspace)s and s.status in ('scheduled', 'processing', 'needs_review')
), sums as (
    select count(*) filter (where status = 'scheduled' and awaiting) as awaiting_approval,
           count(*) filter (where status = 'processing' or status = 'scheduled' and not awaiting) as scheduled,
           count(*) filter (where status = 'needs_review' or status = 'scheduled' and not awaiting and waits) as waiting
      from active
)
select coalesce(sum(i.n), 0)::bigint as all,
       coalesce(sum(i.n - i.past) filter (where i.status = 'queued'), 0)::bigint as planned,
       coalesce(sum(i.n) filter (where i.status = 'posted'), 0)::bigint as published,
       coalesce(sum(i.n) filter (where i.status = 'canceled'), 0)::bigint as canceled,
       (select s.awaiting_approval from sums s) as awaiting_approval, (select s.scheduled from sums s) as scheduled,
       (select s.waiting from sums s) + coalesce(sum(i.n) filter (where i.status = 'failed'), 0)::bigint
           + coalesce(sum(i.past) filter (where i.status = 'queued'), 0)::bigint as needs_attention,
       (select count(*) from content_adaptations a where a.workspace_id = %(workspace)s and a.deleted_at is null) as drafts
  from items i;

-- name: attempts
-- All tries of a post, first one first.
select t.id, t.number, t.worker_id, t.phase, t.remote_ids, t.error_class, t.error, t.started_at, t.sent_at, t.lost_at,
       case when t.phase = 'unknown' and t.finished_at is null then s.lease_expires_at end as looks_at, t.finished_at
  from publish_attempts t
  join scheduled_posts s on s.workspace_id = t.workspace_id and s.id = t.scheduled_post_id
 where t.workspace_id = %(workspace)s and s.schedule_item_id = %(item)s
 order by t.started_at, t.number;

-- name: commitments
-- Each time somebody scheduled the post.
select s.id, s.created_at, s.scheduled_for, s.timezone, s.user_id
  from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.schedule_item_id = %(item)s
 order by s.created_at;

-- name: decisions
-- What people did to the commitment later; only admins see the audit log, others get nothing.
select l.created_at, l.user_id, l.old_data ->> 'status' as was, l.new_data ->> 'status' as becomes,
       l.old_data ->> 'scheduled_for' as from_time, l.new_data ->> 'scheduled_for' as to_time
  from audit_log l
  join scheduled_posts s on s.workspace_id = l.workspace_id and s.id = l.record_id
 where l.workspace_id = %(workspace)s and l.table_name = 'scheduled_posts' and l.action = 'UPDATE' and l.user_id is not null
   and s.schedule_item_id = %(item)s
 order by l.created_at;

-- name: moves_made
-- Each time the post got another time, while it was planned and after it was scheduled (`committed`); what the events of the last
-- 30 days tell.
select e.at, e.actor as user_id, (e.data ->> 'from')::timestamptz as was, (e.data ->> 'to')::timestamptz as becomes,
       e.data ? 'platform' as committed
  from events e
 where e.workspace_id = %(workspace)s and e.subject = %(item)s and e.kind = 'post.moved'
 order by e.xact, e.position;

-- name: idea_of
-- The idea behind a post, and when its figures were last read.
select a.original_idea as idea, p.metrics_collected_at as metrics_at
  from content_schedule_items i
  left join content_adaptations a on a.workspace_id = i.workspace_id and a.id = i.adaptation_id
  left join published_posts p on p.workspace_id = i.workspace_id and p.schedule_item_id = i.id and p.status = 'published'
 where i.workspace_id = %(workspace)s and i.id = %(item)s;

-- name: members
-- Names of the people of the workspace.
select m.user_id, coalesce(m.full_name, 'somebody') as name from app.members(%(workspace)s) m;

-- name: today_counters
-- The figures at the head of Today.
select (select count(*) from scheduled_posts s where s.workspace_id = %(workspace)s and s.status = 'scheduled'
           and s.scheduled_for >= %(now)s and s.scheduled_for < %(now)s + interval '24 hours') as out_next_24h,
       (select count(*) from content_schedule_items i where i.workspace_id = %(workspace)s and i.status = 'queued'
           and i.scheduled_at >= %(now)s and i.scheduled_at < %(now)s + interval '7 days') as planned_next_7d,
       (select count(*) from published_posts p where p.workspace_id = %(workspace)s and p.status = 'published'
           and p.published_at > %(now)s - interval '7 days' and p.published_at <= %(now)s) as published_7d;

-- name: first_steps
-- What a person has tried: an idea of their own, a move; and what the workspace holds: a simulated history, a sibling.
select exists (select from content_adaptations a
                where a.workspace_id = %(workspace)s and a.user_id = %(user)s and a.source ->> 'via' = 'composer') as own,
       exists (select from content_schedule_items i where i.workspace_id = %(workspace)s and i.options @> '{"moved": true}') as move,
       exists (select from published_posts p
                where p.workspace_id = %(workspace)s and p.environment = 'sandbox' and p.metadata @> '{"history": true}') as history,
       exists (select from workspace_members m join workspaces w on w.id = m.workspace_id
                where m.user_id = %(user)s and m.workspace_id <> %(workspace)s and w.deleted_at is null
                  and w.environment is distinct from 'sandbox') as live;
