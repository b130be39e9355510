-- name: claim
-- Takes due posts and opens an attempt for each, committed before the first byte leaves. Due means: its time came, no
-- longer ago than the workspace's grace; approved where it must be; its account is active, not paused, connected.
-- A setting that is no number counts as the default, and less than a minute as one: no setting stops a workspace, let alone
-- the others. Handles of the try before are taken along; when the content has changed since, only those of public thread parts.
-- A post for which the account's budget has nothing left is not taken: it waits for the moment of its token.
with due as (
    select s.workspace_id, s.id, s.platform_connection_id, s.due_at
      from scheduled_posts s
      join platform_connections c on c.workspace_id = s.workspace_id and c.id = s.platform_connection_id
      join workspaces w on w.id = s.workspace_id
     where s.status = 'scheduled' and s.due_at <= %(now)s
       and s.due_at > %(now)s::timestamptz - make_interval(mins =>
           case when w.settings ->> 'late_grace_minutes' ~ '^[0-9]{1,5}$' then greatest((w.settings ->> 'late_grace_minutes')::int, 1) else 15 end)
       and (not s.requires_approval or s.approved_at is not null)
       and c.is_active and c.paused_at is null and c.health <> 'reconnect'
       and w.deleted_at is null
     order by s.due_at
     limit %(limit)s
       for update of s skip locked
), granted as materialized (
    select a.workspace_id, a.platform_connection_id, t.granted, t.back_at, t.apart
      from (select d.workspace_id, d.platform_connection_id, count(*)::int as wanted from due d
             group by d.workspace_id, d.platform_connection_id order by d.platform_connection_id) a
      cross join lateral app.take_tokens(a.workspace_id, a.platform_connection_id, a.wanted, %(now)s) t
), ranked as (
    select d.workspace_id, d.id, g.granted, g.back_at, g.apart,
           row_number() over (partition by d.workspace_id, d.platform_connection_id order by d.due_at, d.id) as place
      from due d
      join granted g on g.workspace_id = d.workspace_id and g.platform_connection_id = d.platform_connection_id
), held as (
    update scheduled_posts s
       set next_retry_at = r.back_at + make_interval(secs => (r.place - r.granted - 1) * r.apart), error = %(held)s, last_error = %(held_message)s
      from ranked r
     where r.place > r.granted and s.workspace_id = r.workspace_id and s.id = r.id
), taken as (
    update scheduled_posts s
       set status = 'processing', worker_id = %(worker)s, lease_expires_at = %(lease)s, fence = s.fence + 1
      from ranked r
     where r.place <= r.granted and s.workspace_id = r.workspace_id and s.id = r.id
    returning s.*
), opened as (
    insert into publish_attempts (workspace_id, scheduled_post_id, number, worker_id, fence, fingerprint, remote_ids, started_at)
    select t.workspace_id, t.id, coalesce(last.number, 0) + 1, t.worker_id, t.fence, print.value,
           coalesce(case when last.fingerprint = print.value then last.remote_ids else (
               select jsonb_object_agg(key, value) from jsonb_each(last.remote_ids)
                where starts_with(key, 'part_') or starts_with(key, 'sending_')) end, '{}'), %(now)s
      from taken t
      cross join lateral (
           select encode(sha256(convert_to(t.platform_connection_id::text || t.content || t.snapshot::text, 'UTF8')), 'hex') as value) print
      left join lateral (
           select a.number, a.remote_ids, a.fingerprint from publish_attempts a
            where a.workspace_id = t.workspace_id and a.scheduled_post_id = t.id
            order by a.number desc limit 1) last on true
    returning workspace_id, scheduled_post_id, id, number, phase, remote_ids, sent_at, error
)
select t.workspace_id, t.id, t.fence, t.user_id, t.schedule_item_id as item_id, t.platform_connection_id as connection_id, t.platform,
       t.content, t.snapshot, t.scheduled_for, t.retry_count, t.lease_expires_at,
       o.id as attempt_id, o.number as attempt, o.phase, o.remote_ids, o.sent_at, o.error as attempt_error, (
           select min(x.sent_at) from publish_attempts x
            where x.workspace_id = t.workspace_id and x.scheduled_post_id = t.id and x.phase <> 'refused') as first_sent_at
  from taken t
  join opened o on o.workspace_id = t.workspace_id and o.scheduled_post_id = t.id
 order by t.due_at;

-- name: take_over
-- Takes posts whose lease ran out: a worker died, or an unknown outcome has waited out its quarantine. A post without a
-- lease was taken by other hands than ours, and nobody else would ever look at it.
with lost as (
    select s.workspace_id, s.id, s.lease_expires_at as lapsed_at
      from scheduled_posts s
     where s.status = 'processing' and (s.lease_expires_at <= %(now)s or s.lease_expires_at is null)
     order by s.lease_expires_at
     limit %(limit)s
       for update skip locked
), taken as (
    update scheduled_posts s
       set worker_id = %(worker)s, lease_expires_at = %(lease)s, fence = s.fence + 1
      from lost
     where s.workspace_id = lost.workspace_id and s.id = lost.id
    returning s.*, lost.lapsed_at
), adopted as (
    update publish_attempts a
       set worker_id = %(worker)s, fence = t.fence
      from taken t
     where a.workspace_id = t.workspace_id and a.scheduled_post_id = t.id and a.finished_at is null
    returning a.workspace_id, a.scheduled_post_id, a.id, a.number, a.phase, a.remote_ids, a.sent_at, a.error
)
select t.workspace_id, t.id, t.fence, t.user_id, t.schedule_item_id as item_id, t.platform_connection_id as connection_id, t.platform,
       t.content, t.snapshot, t.scheduled_for, t.retry_count, t.lapsed_at as lease_expires_at,
       a.id as attempt_id, coalesce(a.number, 0) as attempt, coalesce(a.phase, 'claimed') as phase,
       coalesce(a.remote_ids, '{}') as remote_ids, a.sent_at, a.error as attempt_error, (
           select min(x.sent_at) from publish_attempts x
            where x.workspace_id = t.workspace_id and x.scheduled_post_id = t.id and x.phase <> 'refused') as first_sent_at
  from taken t
  left join adopted a on a.workspace_id = t.workspace_id and a.scheduled_post_id = t.id;

-- name: next_due
-- When there is something to do next: a post or a first comment falls due, or a lease runs out. Null: nothing in sight.
select least(
    (select min(greatest(f.next_try_at, f.lease_expires_at)) from first_comments f where f.status in ('waiting', 'sending', 'unknown')),
    (select min(s.due_at) from scheduled_posts s where s.status = 'scheduled' and s.due_at > %(now)s),
    (select min(s.lease_expires_at) from scheduled_posts s where s.status = 'processing'));

-- name: mark_overdue
-- Says on posts that are past their grace why they wait: a person decides whether they still go out.
with late as (
    select s.workspace_id, s.id
      from scheduled_posts s
      join workspaces w on w.id = s.workspace_id
     where s.status = 'scheduled' and s.due_at <= %(now)s::timestamptz - make_interval(mins =>
           case when w.settings ->> 'late_grace_minutes' ~ '^[0-9]{1,5}$' then greatest((w.settings ->> 'late_grace_minutes')::int, 1) else 15 end)
       and (not s.requires_approval or s.approved_at is not null)
       and s.error ->> 'class' is distinct from 'overdue'
     order by s.due_at
     limit 500
       for update of s skip locked
)
update scheduled_posts s set error = %(error)s, last_error = %(message)s
  from late
 where s.workspace_id = late.workspace_id and s.id = late.id
returning s.id;

-- name: renew_leases
-- The heartbeat of a worker's own posts; returns those that are still its own.
update scheduled_posts s set lease_expires_at = %(lease)s
 where s.status = 'processing' and s.worker_id = %(worker)s and s.id = any (%(ids)s::uuid[])
   and (s.workspace_id, s.id, s.fence) in (
       select * from unnest(%(workspaces)s::uuid[], %(ids)s::uuid[], %(fences)s::bigint[]))
   and s.lease_expires_at > %(now)s
returning s.id;

-- name: beat
-- Says that a worker is alive.
insert into worker_heartbeats (worker_id, kind, started_at, beat_at, pid)
values (%(worker)s, %(kind)s, %(started)s, %(now)s, %(pid)s)
on conflict (worker_id) do update set beat_at = excluded.beat_at;

-- name: database_time
-- The one clock that all publishers share, as it stands now (not when the transaction began).
select clock_timestamp();

-- name: forget_worker
-- A worker that stopped in good order leaves no silence to worry about; old dead ones go too.
delete from worker_heartbeats where worker_id = %(worker)s or (kind = %(kind)s and beat_at < %(stale)s);

-- name: keep_remote_ids
-- Saves handles in attempts, each while the fence is the worker's own; the attempts in which they are saved.
update publish_attempts a set remote_ids = a.remote_ids || w.remote_ids
  from unnest(%(workspaces)s::uuid[], %(attempts)s::uuid[], %(fences)s::bigint[], %(remote_ids)s::jsonb[]) w (workspace_id, id, fence, remote_ids),
       scheduled_posts s
 where a.workspace_id = w.workspace_id and a.id = w.id and a.fence = w.fence and a.finished_at is null
   and s.workspace_id = a.workspace_id and s.id = a.scheduled_post_id and s.fence = w.fence and s.status = 'processing'
returning a.id;

-- name: hold_leases
-- Before a step that must not happen twice: which posts are still the worker's own. A lease that leaves too little for a call is
-- renewed; one that was lost or ran out is not.
with mine as (
    select s.workspace_id, s.id, s.lease_expires_at
      from unnest(%(workspaces)s::uuid[], %(posts)s::uuid[], %(fences)s::bigint[]) w (workspace_id, id, fence)
      join scheduled_posts s on s.workspace_id = w.workspace_id and s.id = w.id
     where s.fence = w.fence and s.status = 'processing' and s.worker_id = %(worker)s and s.lease_expires_at > %(now)s
), renewed as (
    update scheduled_posts s set lease_expires_at = %(lease)s
      from mine m
     where s.workspace_id = m.workspace_id and s.id = m.id and m.lease_expires_at < %(enough)s
       and s.status = 'processing' and s.worker_id = %(worker)s and s.lease_expires_at > %(now)s
    returning s.id, s.lease_expires_at
)
select m.id, coalesce(r.lease_expires_at, m.lease_expires_at) as until
  from mine m
  left join renewed r on r.id = m.id
 where m.lease_expires_at >= %(enough)s or r.id is not null;

-- name: enter_phases
-- Says where attempts are, with handles that belong to it; which ones could be told. `sent_at` keeps the last moment at which
-- something may have left.
update publish_attempts a
   set phase = w.phase, sent_at = case when w.phase = 'sending' then %(now)s else a.sent_at end, remote_ids = a.remote_ids || w.remote_ids
  from unnest(%(workspaces)s::uuid[], %(attempts)s::uuid[], %(fences)s::bigint[], %(phases)s::text[], %(remote_ids)s::jsonb[])
       w (workspace_id, id, fence, phase, remote_ids)
 where a.workspace_id = w.workspace_id and a.id = w.id and a.fence = w.fence and a.finished_at is null
returning a.id;

-- name: complete
-- Posts that are out: result, commitment and attempt in one statement, by id and fencing number. Said once more, because the
-- answer to the first time was lost, it changes nothing.
with told as (
    select * from unnest(%(workspaces)s::uuid[], %(posts)s::uuid[], %(fences)s::bigint[], %(attempts)s::uuid[], %(remotes)s::text[],
                         %(urls)s::text[], %(remote_ids)s::jsonb[], %(metadata)s::jsonb[])
                  w (workspace_id, post_id, fence, attempt_id, remote_id, url, remote_ids, metadata)
), mine as (
    select s.*, w.attempt_id, w.remote_id, w.url, w.remote_ids, w.metadata
      from told w
      join scheduled_posts s on s.workspace_id = w.workspace_id and s.id = w.post_id and s.fence = w.fence
     where s.published_post_id is null
     order by s.id
       for update of s
), numbered as materialized (
    select m.*, app.new_id() as result_id from mine m
), made as (
    insert into published_posts (id, workspace_id, user_id, adaptation_id, platform_connection_id, schedule_item_id, platform, content_format,
                                 environment, platform_post_id, platform_url, status, content, metadata, scheduled_for, published_at)
    select m.result_id, m.workspace_id, m.user_id, m.adaptation_id, m.platform_connection_id, m.schedule_item_id, m.platform,
           m.snapshot ->> 'format', c.environment, m.remote_id, m.url, 'published', m.content, m.metadata, m.scheduled_for, %(now)s
      from numbered m
      join platform_connections c on c.workspace_id = m.workspace_id and c.id = m.platform_connection_id
    returning id, workspace_id
), settled as (
    update scheduled_posts s
       set status = 'completed', published_post_id = made.id, worker_id = null, lease_expires_at = null, next_retry_at = null,
           error = null, last_error = null
      from numbered m
      join made on made.workspace_id = m.workspace_id and made.id = m.result_id
     where s.workspace_id = m.workspace_id and s.id = m.id and s.fence = m.fence
    returning s.id, s.workspace_id
), commented as (
    insert into first_comments (workspace_id, scheduled_post_id, platform_connection_id, platform, remote_id, content, next_try_at)
    select m.workspace_id, m.id, m.platform_connection_id, m.platform, m.remote_id, m.snapshot #>> '{options,first_comment}', %(now)s
      from numbered m
      join settled on settled.workspace_id = m.workspace_id and settled.id = m.id
     where coalesce(trim(m.snapshot #>> '{options,first_comment}'), '') <> ''
    on conflict (workspace_id, scheduled_post_id, part) do nothing
), closed as (
    update publish_attempts a
       set phase = 'done', finished_at = %(now)s, remote_ids = a.remote_ids || m.remote_ids, error = null, error_class = null
      from numbered m
      join settled on settled.workspace_id = m.workspace_id and settled.id = m.id
     where a.workspace_id = m.workspace_id and a.id = m.attempt_id
)
select m.id as post, m.workspace_id, made.id as published from numbered m join made on made.workspace_id = m.workspace_id and made.id = m.result_id;

-- name: settle
-- Ends or parks a try that did not complete: where the commitment goes, when to look again, what the attempt was.
with settled as (
    update scheduled_posts s
       set status = %(status)s, worker_id = null, lease_expires_at = %(lease)s, next_retry_at = %(retry_at)s,
           retry_count = s.retry_count + %(counted)s, last_retry_at = case when %(counted)s > 0 then %(now)s else s.last_retry_at end,
           error = coalesce(%(error)s::jsonb, s.error), last_error = coalesce(%(message)s, s.last_error)
     where s.workspace_id = %(workspace)s and s.id = %(post)s and s.fence = %(fence)s
    returning s.workspace_id, s.id
), closed as (
    update publish_attempts a
       set phase = %(phase)s, finished_at = case when %(open)s then null else %(now)s end,
           error = %(attempt_error)s, error_class = %(error_class)s
      from settled
     where a.workspace_id = settled.workspace_id and a.scheduled_post_id = settled.id and a.finished_at is null
)
select id from settled;

-- name: mark_connection
-- The platform said that an account must be connected again.
update platform_connections set health = 'reconnect', last_error = %(message)s
 where workspace_id = %(workspace)s and id = %(connection)s;

-- name: correct_budget
-- What the platform told of its own counting: how many are left, and until when it takes none.
select app.correct_budget(%(workspace)s, %(connection)s, %(left)s::int, %(until)s::timestamptz, %(now)s);

-- name: return_token
-- What a try took out of the account's budget and did not use.
select app.return_token(%(workspace)s, %(connection)s);

-- name: enqueue_measuring
-- Asks the jobs to fetch the first figures of posts that just went out.
select app.enqueue('measure_posts', %(workspace)s, %(ids)s::uuid[]);

-- name: posts
-- Posts with all that a list shows. Parameters that are null filter nothing; order and cursor are constants to the
-- planner (no statement is prepared), so each order walks its own index. `dated` splits an order by time of the slot
-- in two: posts that have one, then posts that have none.
with grace as (
    select w.id as workspace_id, w.environment, %(now)s::timestamptz - make_interval(mins =>
           case when w.settings ->> 'late_grace_minutes' ~ '^[0-9]{1,5}$' then greatest((w.settings ->> 'late_grace_minutes')::int, 1) else 15 end) as held_before
      from workspaces w where w.id = %(workspace)s
)
select i.id, app.post_state(i.status, s.status, s.requires_approval and s.approved_at is null, i.scheduled_at, %(now)s) as state,
       pl.slug as platform, i.platform_connection_id as connection_id,
       coalesce(c.display_name, c.handle) as account_name, c.handle, c.avatar_url, c.health as account_health,
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
       coalesce(s.status = 'scheduled' and s.due_at <= g.held_before and not (s.requires_approval and s.approved_at is null), false) as overdue,
       s.next_retry_at as next_try_at, i.created_at, greatest(i.updated_at, s.updated_at, p.updated_at) as updated_at,
       i.updated_at as changed_at
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
           and (s.due_at <= g.held_before or c.health = 'reconnect'))
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
           c.health = 'reconnect' or s.due_at <= %(now)s::timestamptz - make_interval(mins =>
               case when w.settings ->> 'late_grace_minutes' ~ '^[0-9]{1,5}$' then greatest((w.settings ->> 'late_grace_minutes')::int, 1) else 15 end) as waits
      from scheduled_posts s
      join workspaces w on w.id = s.workspace_id
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
select t.id, t.number, t.worker_id, t.phase, t.remote_ids, t.error_class, t.error, t.started_at, t.sent_at, t.finished_at
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

-- name: last_beat
-- The youngest heartbeat of a kind of worker; null when none ever ran or the last one said goodbye.
select max(h.beat_at) from worker_heartbeats h where h.kind = %(kind)s;

-- name: items_to_commit
-- Posts that somebody schedules, locked: the draft's variant, the account's condition, and the commitment there may be.
select i.id, i.status, i.scheduled_at, i.timezone, i.platform_connection_id as connection_id, i.adaptation_id, i.content_format, i.options,
       pl.slug as platform, coalesce(i.content, a.adaptations -> pl.slug) as variant, a.deleted_at is not null as draft_deleted,
       c.is_active, c.paused_at is not null as paused, c.health, coalesce(c.display_name, c.handle) as account_name,
       s.id as commitment_id, s.status as commitment_status, coalesce(s.snapshot, '{}') as snapshot
  from content_schedule_items i
  join platforms pl on pl.id = i.platform_id
  left join content_adaptations a on a.workspace_id = i.workspace_id and a.id = i.adaptation_id
  left join platform_connections c on c.workspace_id = i.workspace_id and c.id = i.platform_connection_id
  left join lateral (
       select x.id, x.status, x.snapshot from scheduled_posts x
        where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
        order by x.created_at desc limit 1) s on true
 where i.workspace_id = %(workspace)s and i.id = any (%(ids)s::uuid[])
   for update of i;

-- name: lock_commitments
-- The commitments of some posts, locked before their items are: the publisher takes them in this order too.
select s.id from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.schedule_item_id = any (%(ids)s::uuid[]) and s.status in ('scheduled', 'failed', 'needs_review')
 order by s.id
   for update;

-- name: commit_post
-- The commitment: content as it is now, the account, the time.
insert into scheduled_posts (workspace_id, schedule_item_id, adaptation_id, platform_connection_id, platform, content, snapshot,
                             scheduled_for, timezone, origin)
values (%(workspace)s, %(item)s, %(adaptation)s, %(connection)s, %(platform)s, %(content)s, %(snapshot)s, %(at)s, %(timezone)s, %(origin)s)
returning id;

-- name: retime_item
-- A new time for a post; what its slot was stays in planned_start. A commitment follows by trigger.
update content_schedule_items i
   set planned_start = coalesce(i.planned_start, i.scheduled_at), scheduled_at = %(at)s, wall_time = %(wall)s, timezone = %(timezone)s, fold = %(fold)s
 where i.workspace_id = %(workspace)s and i.id = %(item)s;

-- name: cancel_item
-- Takes a post out of the plan; its commitment follows by trigger, which refuses when it is being published.
update content_schedule_items i set status = 'canceled'
 where i.workspace_id = %(workspace)s and i.id = %(item)s and i.status in ('queued', 'scheduled');

-- name: dismiss_item
-- Puts a failed post away; what was tried stays in the ledger.
update content_schedule_items i set status = 'canceled'
 where i.workspace_id = %(workspace)s and i.id = %(item)s and i.status = 'failed';

-- name: last_phase
-- How the latest try of a commitment ended.
select a.phase from publish_attempts a
 where a.workspace_id = %(workspace)s and a.scheduled_post_id = %(post)s
 order by a.number desc limit 1;

-- name: item_status
-- Whether the post exists, and where its commitment stands.
select i.status as item, s.status as commitment, s.id as commitment_id, i.platform_connection_id as connection_id, pl.slug as platform
  from content_schedule_items i
  join platforms pl on pl.id = i.platform_id
  left join lateral (
       select x.id, x.status from scheduled_posts x
        where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
        order by x.created_at desc limit 1) s on true
 where i.workspace_id = %(workspace)s and i.id = %(item)s;

-- name: retry_post
-- A person sends a failed post off again, with the content as it is now.
update scheduled_posts s set status = 'scheduled', content = %(content)s, snapshot = %(snapshot)s
 where s.workspace_id = %(workspace)s and s.id = %(post)s and s.status = 'failed';

-- name: decide_post
-- A person says how an unconfirmed post ended.
update scheduled_posts s set status = %(status)s
 where s.workspace_id = %(workspace)s and s.id = %(post)s and s.status = 'needs_review';

-- name: note_confirmed
-- What a person saw on the account; the publisher turns it into a published post (adopt_confirmed).
insert into published_posts (workspace_id, adaptation_id, platform_connection_id, schedule_item_id, platform, status, content, metadata, scheduled_for)
select s.workspace_id, s.adaptation_id, s.platform_connection_id, s.schedule_item_id, s.platform, 'pending', s.content,
       jsonb_build_object('confirmed_url', %(url)s::text, 'confirmed_id', %(remote_id)s::text, 'confirmed_at', %(now)s::timestamptz), s.scheduled_for
  from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.id = %(post)s;

-- name: known_remote
-- Whether a link or an id on the platform already stands for another post of this account.
select exists (
    select from published_posts p
     where p.workspace_id = %(workspace)s and p.platform_connection_id = %(connection)s
       and (p.platform_url = %(url)s or p.platform_post_id = %(remote_id)s
            or p.status = 'pending' and (p.metadata ->> 'confirmed_url' = %(url)s or p.metadata ->> 'confirmed_id' = %(remote_id)s)));

-- name: adopt_confirmed
-- Makes what people confirmed into published posts; a first comment is looked for before it is written under such a one. The time is that of the send whose answer was lost. Of two that name the
-- same post there, one is taken: this statement serves every workspace and may fail for none.
with ready as (
    select distinct on (p.workspace_id, p.platform_connection_id, coalesce(p.metadata ->> 'confirmed_id', p.id::text))
           p.workspace_id, p.id, s.id as post_id, c.environment, p.metadata, (
           select max(a.sent_at) from publish_attempts a where a.workspace_id = s.workspace_id and a.scheduled_post_id = s.id) as sent_at
      from published_posts p
      join scheduled_posts s on s.workspace_id = p.workspace_id and s.schedule_item_id = p.schedule_item_id
       and s.status = 'completed' and s.published_post_id is null
      join platform_connections c on c.workspace_id = p.workspace_id and c.id = p.platform_connection_id
     where p.status = 'pending' and p.metadata ? 'confirmed_at' and coalesce(length(p.metadata ->> 'confirmed_id'), 0) <= 255
       and not exists (
           select from published_posts o
            where o.workspace_id = p.workspace_id and o.platform_connection_id = p.platform_connection_id
              and o.platform_post_id = p.metadata ->> 'confirmed_id')
     limit 100
), made as (
    update published_posts p
       set status = 'published', environment = r.environment, platform_url = r.metadata ->> 'confirmed_url',
           platform_post_id = r.metadata ->> 'confirmed_id', published_at = coalesce(r.sent_at, p.scheduled_for)
      from ready r
     where p.workspace_id = r.workspace_id and p.id = r.id
    returning p.workspace_id, p.id, r.post_id, p.platform_post_id
), commented as (
    insert into first_comments (workspace_id, scheduled_post_id, platform_connection_id, platform, remote_id, content, sent_at)
    select s.workspace_id, s.id, s.platform_connection_id, s.platform, m.platform_post_id, s.snapshot #>> '{options,first_comment}', now()
      from made m
      join scheduled_posts s on s.workspace_id = m.workspace_id and s.id = m.post_id
     where m.platform_post_id is not null and coalesce(trim(s.snapshot #>> '{options,first_comment}'), '') <> ''
    on conflict (workspace_id, scheduled_post_id, part) do nothing
)
update scheduled_posts s set published_post_id = m.id
  from made m
 where s.workspace_id = m.workspace_id and s.id = m.post_id
returning s.id;

-- name: notify_author
-- Tells the person who scheduled it that the post needs them; where they have left, owners and admins.
select app.notify(
           %(workspace)s,
           coalesce((select array_agg(m.user_id) from workspace_members m where m.workspace_id = %(workspace)s and m.user_id = %(user)s),
                    (select array_agg(m.user_id) from workspace_members m where m.workspace_id = %(workspace)s and m.role in ('owner', 'admin'))),
           %(kind)s, %(title)s, %(body)s, %(link)s, %(incident)s, %(data)s);

-- name: earlier_posts
-- The posts of a draft that are on their way, out, or given up while nobody knew (status given_up: they may be out), an
-- account's latest first. Canceled and failed ones left nothing behind.
select i.id as item_id, i.platform_connection_id as connection_id, s.platform, s.snapshot,
       case s.status when 'failed' then 'given_up' else s.status end as status,
       coalesce(p.published_at, i.scheduled_at) as at, i.timezone
  from scheduled_posts s
  join content_schedule_items i on i.workspace_id = s.workspace_id and i.id = s.schedule_item_id
  left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
 where s.workspace_id = %(workspace)s and i.adaptation_id = %(draft)s and i.platform_connection_id = any (%(connections)s::uuid[])
   and (s.status in ('scheduled', 'processing', 'needs_review', 'completed')
        or s.status = 'failed' and 'unknown' = (
           select a.phase from publish_attempts a
            where a.workspace_id = s.workspace_id and a.scheduled_post_id = s.id order by a.number desc limit 1))
 order by i.platform_connection_id, s.created_at desc, s.id;

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

-- name: take_comments
-- First comments that are due, and those whose worker was lost, for a while the worker's own. Not those of an account that cannot send.
with due as (
    select f.workspace_id, f.id
      from first_comments f
      join platform_connections c on c.workspace_id = f.workspace_id and c.id = f.platform_connection_id
     where f.status in ('waiting', 'sending', 'unknown') and f.next_try_at <= %(now)s
       and (f.lease_expires_at is null or f.lease_expires_at <= %(now)s)
       and c.is_active and c.paused_at is null and c.health <> 'reconnect'
     order by f.next_try_at
     limit %(limit)s
       for update of f skip locked
)
update first_comments f
   set worker_id = %(worker)s, lease_expires_at = %(lease)s, fence = f.fence + 1
  from due, scheduled_posts s
 where f.workspace_id = due.workspace_id and f.id = due.id and s.workspace_id = f.workspace_id and s.id = f.scheduled_post_id
returning f.workspace_id, f.id, f.fence, f.platform_connection_id as connection_id, f.platform, f.remote_id, f.content, f.tries, f.absent,
          f.sent_at, s.user_id, s.schedule_item_id as item_id;

-- name: comment_leaves
-- Notes that a first comment may leave now; nothing when it is no longer the worker's.
update first_comments f set status = 'sending', sent_at = %(now)s, lease_expires_at = %(lease)s
 where f.workspace_id = %(workspace)s and f.id = %(comment)s and f.fence = %(fence)s and f.lease_expires_at > %(now)s;

-- name: settle_comment
-- What became of a try to write a first comment, by its fence. One that waits again was proven not to have left.
update first_comments f
   set status = %(status)s, sent_at = case when %(status)s::text <> 'waiting' then f.sent_at end, next_try_at = coalesce(%(next_try)s::timestamptz, f.next_try_at), worker_id = null, lease_expires_at = null,
       tries = f.tries + %(counted)s, absent = %(absent)s, comment_id = coalesce(%(comment_id)s::text, f.comment_id), error = %(error)s::jsonb
 where f.workspace_id = %(workspace)s and f.id = %(comment)s and f.fence = %(fence)s;
