-- name: claim
-- Takes due posts and opens an attempt for each, committed before the first byte leaves. Due means: its time came, no
-- longer ago than the workspace's grace; approved where it must be; its account is active, not paused, connected.
-- A setting that is no number counts as the default, and less than a minute as one: no setting stops a workspace, let alone
-- the others. What fell due during a pause of all publishing waits for a decision. Handles of the try before are taken
-- along; when the content has changed since, only those of public thread parts. A post for which the account's budget has
-- nothing left is not taken: it waits for the moment of its token. Formats that have a limit of their own are counted apart.
with due as (
    select s.workspace_id, s.id, s.platform_connection_id, s.due_at, s.platform, s.snapshot ->> 'format' as format
      from scheduled_posts s
      join platform_connections c on c.workspace_id = s.workspace_id and c.id = s.platform_connection_id
      join workspaces w on w.id = s.workspace_id
     where s.status = 'scheduled' and s.due_at <= %(now)s
       and s.due_at > %(now)s::timestamptz - make_interval(mins =>
           case when w.settings ->> 'late_grace_minutes' ~ '^[0-9]{1,5}$' then greatest((w.settings ->> 'late_grace_minutes')::int, 1) else 15 end)
       and (not s.requires_approval or s.approved_at is not null) and not s.hand_off
       and c.is_active and c.paused_at is null and c.health <> 'reconnect'
       and w.deleted_at is null
       and not exists (select from publishing_pauses p where p.workspace_id = s.workspace_id and p.began_at <= %(now)s and p.ends_at >= s.due_at)
       and not exists (select from publishing_pauses p where p.workspace_id is null and p.began_at <= %(now)s and p.ends_at >= s.due_at)
     order by s.due_at
     limit %(limit)s
       for update of s skip locked
), counted as (
    select d.*, coalesce(l.only_for, '') as counts_as
      from due d
      left join app.sending_limits l on l.platform = d.platform and l.only_for = d.format
), granted as materialized (
    select a.workspace_id, a.platform_connection_id, a.counts_as, t.granted, t.back_at, t.apart
      from (select d.workspace_id, d.platform_connection_id, d.counts_as, count(*)::int as wanted from counted d
             group by d.workspace_id, d.platform_connection_id, d.counts_as order by d.platform_connection_id, d.counts_as) a
      cross join lateral app.take_tokens(a.workspace_id, a.platform_connection_id, a.wanted, nullif(a.counts_as, ''), %(now)s) t
), ranked as (
    select d.workspace_id, d.id, g.granted, g.back_at, g.apart,
           row_number() over (partition by d.workspace_id, d.platform_connection_id, d.counts_as order by d.due_at, d.id) as place
      from counted d
      join granted g on g.workspace_id = d.workspace_id and g.platform_connection_id = d.platform_connection_id and g.counts_as = d.counts_as
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
     where s.status = 'scheduled' and s.due_at <= %(now)s
       and (not s.requires_approval or s.approved_at is not null) and not s.hand_off
       and s.due_at <= app.held_before(w.id, w.settings, %(now)s)
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

-- name: correct_named_budget
-- The same of one limit by its name.
select app.correct_named_budget(%(workspace)s, %(connection)s, %(budget)s, %(left)s::int, %(most)s::int, %(until)s::timestamptz, %(now)s);

-- name: ask_quota
-- Notes that the platform is asked for an account's quota; nothing when it was asked since `before`, or is not counted.
update rate_budgets b set asked_at = %(now)s
 where b.workspace_id = %(workspace)s and b.platform_connection_id = %(connection)s and b.name = %(budget)s
   and (b.asked_at is null or b.asked_at <= %(before)s)
returning b.id;

-- name: hear_quota
-- What the platform says is used up of an account's limit in a window that moves along; what it cannot have counted yet, because
-- it is under way, is used as well. When the next one is free: as soon as enough of what we published leaves the window; where
-- others published too, that is found by asking again. Until then the bucket is closed, not empty: one goes right when it opens.
with ours as (
    select p.published_at, row_number() over (order by p.published_at) as place, count(*) over () as known
      from published_posts p
     where p.workspace_id = %(workspace)s and p.platform_connection_id = %(connection)s
       and p.published_at > %(now)s::timestamptz - make_interval(secs => %(seconds)s::int)
), opens as (
    select coalesce((select o.published_at + make_interval(secs => %(seconds)s::int) from ours o
                      where o.known >= %(used)s::int and o.place = greatest(%(used)s::int - %(most)s::int, 0) + 1),
                    %(now)s::timestamptz + make_interval(secs => %(seconds)s::int / 24.0)) as at
), underway as (
    select count(*) as posts from scheduled_posts s
     where s.workspace_id = %(workspace)s and s.platform_connection_id = %(connection)s and s.status = 'processing'
)
update rate_budgets b
   set capacity = %(most)s::int, per_seconds = %(seconds)s::int, filled_at = %(now)s, told_at = %(now)s,
       remaining = case when %(used)s::int < %(most)s::int then greatest(%(most)s::int - %(used)s::int - underway.posts, 0) else 1 end,
       blocked_until = case when %(used)s::int < %(most)s::int then b.blocked_until else opens.at end
  from opens, underway
 where b.workspace_id = %(workspace)s and b.platform_connection_id = %(connection)s and b.name = %(budget)s
returning opens.at as opens_at;

-- name: return_token
-- What a try took out of the account's budget and did not use.
select app.return_token(%(workspace)s, %(connection)s, %(format)s);

-- name: enqueue_measuring
-- Asks the jobs to fetch the first figures of posts that just went out.
select app.enqueue('measure_posts', %(workspace)s, %(ids)s::uuid[]);

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
-- The last sign of life of a kind of worker, gone ones included; null when none ever ran.
select app.last_beat(%(kind)s);

-- name: items_to_commit
-- Posts that somebody schedules, locked: the draft's variant, the account's condition, and the commitment there may be.
select i.id, i.status, i.scheduled_at, i.timezone, i.platform_connection_id as connection_id, i.adaptation_id, i.content_format, i.options,
       pl.slug as platform, coalesce(i.content, a.adaptations -> pl.slug) as variant, a.deleted_at is not null as draft_deleted,
       c.is_active, c.paused_at is not null as paused, c.health, coalesce(c.display_name, c.handle) as account_name,
       s.id as commitment_id, s.status as commitment_status, coalesce(s.snapshot, '{}') as snapshot, s.approved_at,
       coalesce(s.requires_approval, w.settings @> '{"require_approval": true}') as needs_approval, c.token_expires_at, c.scope
  from content_schedule_items i
  join workspaces w on w.id = i.workspace_id
  join platforms pl on pl.id = i.platform_id
  left join content_adaptations a on a.workspace_id = i.workspace_id and a.id = i.adaptation_id
  left join platform_connections c on c.workspace_id = i.workspace_id and c.id = i.platform_connection_id
  left join lateral (
       select x.id, x.status, x.snapshot, x.approved_at, x.requires_approval from scheduled_posts x
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
select i.id as item_id, i.adaptation_id as draft_id, i.platform_connection_id as connection_id, s.platform, s.snapshot,
       case s.status when 'failed' then 'given_up' else s.status end as status,
       coalesce(p.published_at, i.scheduled_at) as at, i.timezone
  from content_schedule_items i
  join scheduled_posts s on s.workspace_id = i.workspace_id and s.schedule_item_id = i.id
  left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
 where i.workspace_id = %(workspace)s and i.adaptation_id = any (%(drafts)s::uuid[])
   and (i.adaptation_id, i.platform_connection_id) in (select * from unnest(%(drafts)s::uuid[], %(connections)s::uuid[]))
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

-- name: pauses
-- The pauses of all publishing that hold now: the workspace's and the server's, with who began them.
select p.id, p.workspace_id, p.reason, p.began_at, p.resumes_at, p.paused_by as user_id,
       coalesce(m.full_name, case when p.workspace_id is null then 'Whoever runs this server' else 'Somebody' end) as who
  from publishing_pauses p
  left join app.members(%(workspace)s) m on m.user_id = p.paused_by
 where (p.workspace_id = %(workspace)s or p.workspace_id is null) and p.began_at <= %(now)s and p.ends_at > %(now)s
 order by p.workspace_id nulls first;

-- name: close_pauses
-- Writes down that a pause with a time to resume is over, so that a new one can begin.
update publishing_pauses p set ended_at = p.resumes_at
 where p.workspace_id = %(workspace)s and p.ended_at is null and p.resumes_at <= %(now)s;

-- name: begin_pause
-- Pauses all publishing of a workspace; nothing where somebody was faster.
insert into publishing_pauses (workspace_id, reason, began_at, resumes_at)
values (%(workspace)s, %(reason)s, %(now)s, %(until)s)
on conflict (workspace_id) where ended_at is null do nothing
returning id;

-- name: change_pause
-- Another reason or another end for the pause that holds.
update publishing_pauses p set reason = %(reason)s, resumes_at = %(until)s
 where p.workspace_id = %(workspace)s and p.ended_at is null;

-- name: end_pause
-- Publishing goes on; what fell due meanwhile waits for a decision.
update publishing_pauses p set ended_at = greatest(%(now)s, p.began_at)
 where p.workspace_id = %(workspace)s and p.ended_at is null and (p.resumes_at is null or p.resumes_at > %(now)s);

-- name: pause_server
-- The same for the whole server, by whoever runs it; null where it is paused already.
select app_auth.pause_server(%(by)s, %(reason)s, %(now)s, %(until)s);

-- name: resume_server
-- Publishing of the whole server goes on.
select app_auth.resume_server(%(by)s, %(now)s);

-- name: standing
-- For the web process, of all workspaces: the publisher's last sign of life, and every pause that holds.
select app_auth.standing(%(now)s);

-- name: late_policy
-- How late a post may still go out by itself, in minutes.
select extract(epoch from app.late_grace(w.settings))::int / 60 from workspaces w where w.id = %(workspace)s;

-- name: set_late_policy
-- Admins set it.
update workspaces w set settings = w.settings || jsonb_build_object('late_grace_minutes', %(minutes)s::int) where w.id = %(workspace)s;

-- name: held_posts
-- Posts whose time passed while they could not go out, the oldest first: each waits for a decision.
select s.schedule_item_id as id
  from scheduled_posts s
  join workspaces w on w.id = s.workspace_id
 where s.workspace_id = %(workspace)s and s.status = 'scheduled' and s.due_at <= %(now)s and s.schedule_item_id is not null
   and (not s.requires_approval or s.approved_at is not null) and not s.hand_off
   and s.due_at <= app.held_before(w.id, w.settings, %(now)s)
 order by s.due_at, s.id
 limit %(limit)s;

-- name: events_after
-- Events of a workspace in their order, after a place in it; none of a transaction that could still be preceded by another.
-- A place of a transaction to come is of the server before a restore: its position counts.
select e.id, e.kind, e.subject, e.at, e.actor, e.data, e.xact::text as xact, e.position
  from events e
 where e.workspace_id = %(workspace)s
   and e.xact < pg_snapshot_xmin(pg_current_snapshot())
   and (e.xact, e.position) > (
       case when %(xact)s::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) then '0'::xid8 else %(xact)s::text::xid8 end,
       %(position)s::bigint)
   and (%(kind)s::text is null or e.kind = %(kind)s::text or starts_with(e.kind, %(kind)s::text || '.'))
 order by e.xact, e.position
 limit %(limit)s;

-- name: events_end
-- The place behind every event that can be read now: where a reader begins that wants only what is to come.
select (pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1)::text;

-- name: prune_events
-- Events of more than 30 days go.
select app.prune_events(%(now)s);

-- name: turn_hand_offs
-- Tells of posts that a person posts by hand and whose time has come; reminds; gives up: {told, reminded, missed}.
select app.turn_hand_offs(%(now)s);

-- name: choose_way
-- A person says that they post it by hand, or that Postwright does.
select app.choose_way(%(item)s, %(by_hand)s);

-- name: post_by_hand
-- A person says that they posted it, and where; null: no such post waits for it.
select app.post_by_hand(%(item)s, %(url)s, %(remote_id)s, %(now)s);

-- name: hand_off_of
-- How far a post by hand is, and where its account is.
select s.hand_off, h.told_at, h.reminded_at, c.handle, c.host, l.detail as reason
  from scheduled_posts s
  left join hand_offs h on h.workspace_id = s.workspace_id and h.scheduled_post_id = s.id and h.done_at is null
  left join platform_connections c on c.workspace_id = s.workspace_id and c.id = s.platform_connection_id
  join platforms p on p.slug = s.platform
  left join platform_limits l on l.platform_id = p.id and l.name = 'by_hand' and l.content_format = s.snapshot ->> 'format'
 where s.workspace_id = %(workspace)s and s.schedule_item_id = %(item)s and s.status = 'scheduled';
-- name: items_to_look_at
-- The same as items_to_commit for somebody who only looks, nothing locked: the draft's variant, the account's condition, and the commitment there may be.
select i.id, i.status, i.scheduled_at, i.timezone, i.platform_connection_id as connection_id, i.adaptation_id, i.content_format, i.options,
       pl.slug as platform, coalesce(i.content, a.adaptations -> pl.slug) as variant, a.deleted_at is not null as draft_deleted,
       c.is_active, c.paused_at is not null as paused, c.health, coalesce(c.display_name, c.handle) as account_name,
       s.id as commitment_id, s.status as commitment_status, coalesce(s.snapshot, '{}') as snapshot, s.approved_at,
       coalesce(s.requires_approval, w.settings @> '{"require_approval": true}') as needs_approval, c.token_expires_at, c.scope
  from content_schedule_items i
  join workspaces w on w.id = i.workspace_id
  join platforms pl on pl.id = i.platform_id
  left join content_adaptations a on a.workspace_id = i.workspace_id and a.id = i.adaptation_id
  left join platform_connections c on c.workspace_id = i.workspace_id and c.id = i.platform_connection_id
  left join lateral (
       select x.id, x.status, x.snapshot, x.approved_at, x.requires_approval from scheduled_posts x
        where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
        order by x.created_at desc limit 1) s on true
 where i.workspace_id = %(workspace)s and i.id = any (%(ids)s::uuid[]);

-- name: said_lately
-- Of each post (ids, connections and contents are parallel) when another one last said the same on its account. What is on its
-- way counts as well; what was canceled or failed left nothing behind.
select w.id as item_id, max(coalesce(p.published_at, s.scheduled_for)) as at
  from unnest(%(ids)s::uuid[], %(connections)s::uuid[], %(contents)s::text[]) as w (id, connection_id, content)
  join scheduled_posts s on s.workspace_id = %(workspace)s and s.platform_connection_id = w.connection_id and s.content = w.content
  left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
 where s.workspace_id = %(workspace)s and s.scheduled_for >= %(since)s and s.status in ('scheduled', 'processing', 'needs_review', 'completed')
   and s.schedule_item_id is distinct from w.id
   and p.published_at is not null
 group by w.id;

-- name: budgets
-- What is left of the platforms' limits for some accounts.
select b.platform_connection_id as connection_id, b.name, b.remaining::float8 as remaining, b.capacity::float8 as capacity,
       b.per_seconds::float8 as per_seconds, b.blocked_until, b.updated_at, b.only_for
  from rate_budgets b
 where b.workspace_id = %(workspace)s and b.platform_connection_id = any (%(connections)s::uuid[]);

-- name: retime_items
-- New times for several posts (the arrays are parallel); what their slots were stays in planned_start. Commitments follow by trigger.
update content_schedule_items i
   set planned_start = coalesce(i.planned_start, i.scheduled_at), scheduled_at = t.at, wall_time = t.wall, timezone = t.timezone, fold = t.fold
  from unnest(%(ids)s::uuid[], %(ats)s::timestamptz[], %(walls)s::timestamp[], %(timezones)s::text[], %(folds)s::smallint[])
       as t (id, at, wall, timezone, fold)
 where i.workspace_id = %(workspace)s and i.id = t.id;

-- name: commit_posts
-- The commitments of several posts: content as it is now, the account, the time.
insert into scheduled_posts (workspace_id, schedule_item_id, adaptation_id, platform_connection_id, platform, content, snapshot,
                             scheduled_for, timezone, origin)
select i.workspace_id, i.id, i.adaptation_id, i.platform_connection_id, pl.slug, t.content, t.snapshot, t.at, t.timezone, %(origin)s
  from unnest(%(ids)s::uuid[], %(contents)s::text[], %(snapshots)s::jsonb[], %(ats)s::timestamptz[], %(timezones)s::text[])
       as t (id, content, snapshot, at, timezone)
  join content_schedule_items i on i.workspace_id = %(workspace)s and i.id = t.id
  join platforms pl on pl.id = i.platform_id
 where i.workspace_id = %(workspace)s
returning id, schedule_item_id as item_id;

-- name: edits_made
-- Each time somebody changed what the post says.
select e.created_at, e.user_id, e.voided_approval, e.restored_from is not null as restored
  from post_edits e
 where e.workspace_id = %(workspace)s and e.schedule_item_id = %(item)s
 order by e.created_at, e.id;

-- name: removals_made
-- Each time somebody had the post deleted on its platform.
select r.created_at, r.user_id, r.status, r.error, r.finished_at
  from post_removals r
  join published_posts p on p.workspace_id = r.workspace_id and p.id = r.published_post_id
 where r.workspace_id = %(workspace)s and p.schedule_item_id = %(item)s
 order by r.created_at, r.id;

-- name: list_edits
-- What the post said before and after each change, the latest first; `name` is who made it, null for somebody who left.
select e.id, e.created_at, e.user_id, m.full_name as name, e.before, e.after, e.voided_approval, e.restored_from, e.origin
  from post_edits e
  left join app.members(%(workspace)s) m on m.user_id = e.user_id
 where e.workspace_id = %(workspace)s and e.schedule_item_id = %(item)s
   and (%(after)s::timestamptz is null or (e.created_at, e.id) < (%(after)s::timestamptz, %(after_id)s::uuid))
 order by e.created_at desc, e.id desc
 limit %(limit)s;

-- name: one_edit
-- What the post said before one change.
select e.before from post_edits e where e.workspace_id = %(workspace)s and e.schedule_item_id = %(item)s and e.id = %(edit)s;

-- name: set_content
-- The post says this from now on, by itself: it no longer follows its draft.
update content_schedule_items i set content = %(content)s
 where i.workspace_id = %(workspace)s and i.id = %(item)s;

-- name: change_commitment
-- A scheduled or failed post says something else from now on. An approval that was given is void by trigger.
update scheduled_posts s set content = %(content)s, snapshot = %(snapshot)s
 where s.workspace_id = %(workspace)s and s.id = %(post)s and s.status in ('scheduled', 'failed');

-- name: note_edit
-- Who changed what a post says, before and after.
insert into post_edits (workspace_id, schedule_item_id, before, after, voided_approval, restored_from, origin)
values (%(workspace)s, %(item)s, %(before)s, %(after)s, %(voided)s, %(restored_from)s, %(origin)s)
returning id;

-- name: removable
-- The published posts of some items, with where they are.
select p.id, p.schedule_item_id as item_id, p.platform, p.platform_connection_id as connection_id, p.platform_post_id as remote_id, p.status,
       c.is_active, c.health, coalesce(c.display_name, c.handle) as account_name, p.platform_url as url,
       exists (select from post_removals r where r.workspace_id = p.workspace_id and r.published_post_id = p.id and r.status = 'asked') as asked
  from published_posts p
  left join platform_connections c on c.workspace_id = p.workspace_id and c.id = p.platform_connection_id
 where p.workspace_id = %(workspace)s and p.schedule_item_id = any (%(items)s::uuid[]) and p.status in ('published', 'deleted');

-- name: item_exists
-- Whether there is such a post.
select exists (select from content_schedule_items i where i.workspace_id = %(workspace)s and i.id = %(item)s);

-- name: ask_removals
-- Somebody wants these published posts deleted on their platforms; one that is being deleted already is left at that.
insert into post_removals (workspace_id, published_post_id, origin)
select p.workspace_id, p.id, %(origin)s from published_posts p where p.workspace_id = %(workspace)s and p.id = any (%(posts)s::uuid[])
on conflict (workspace_id, published_post_id) where status = 'asked' do nothing
returning id;

-- name: enqueue_removals
-- Has the worker see to the deletions.
select app.enqueue('remove_posts', %(workspace)s, %(ids)s::uuid[]);

-- name: open_removals
-- Deletions that are still to be done, with where the posts are. For the service.
select r.id, r.workspace_id, r.published_post_id, p.platform_connection_id as connection_id, p.platform, p.platform_post_id as remote_id, r.tries
  from post_removals r
  join published_posts p on p.workspace_id = r.workspace_id and p.id = r.published_post_id
 where r.workspace_id = %(workspace)s and r.id = any (%(ids)s::uuid[]) and r.status = 'asked';

-- name: lost_removals
-- Deletions that nobody sees to any more, because the worker went down with their job. For the service.
select r.workspace_id, array_agg(r.id) as ids from post_removals r
 where r.status = 'asked' and r.created_at < %(now)s::timestamptz - interval '15 minutes'
 group by r.workspace_id;

-- name: end_removal
-- The post is gone there (or was already); what it was stays.
with ended as (
    update post_removals r set status = 'deleted', finished_at = %(now)s, tries = r.tries + 1, error = null
     where r.workspace_id = %(workspace)s and r.id = %(id)s and r.status = 'asked'
    returning r.workspace_id, r.published_post_id
)
update published_posts p set status = 'deleted'
  from ended e
 where p.workspace_id = e.workspace_id and p.id = e.published_post_id and p.status = 'published';

-- name: fail_removal
-- A try that did not succeed; `refused` ends it.
update post_removals r
   set tries = r.tries + 1, error = %(error)s, status = case when %(refused)s then 'refused' else r.status end,
       finished_at = case when %(refused)s then %(now)s::timestamptz end
 where r.workspace_id = %(workspace)s and r.id = %(id)s and r.status = 'asked';

-- name: copy_item
-- A planned post with content of its own, on another account or at another time. The draft that it came from is kept in mind.
insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, adaptation_id, content, content_format,
                                    labels, scheduled_at, wall_time, timezone, fold, slot_reason, slot_value, origin)
select i.workspace_id, i.calendar_id, pl.id, c.id, i.adaptation_id, %(content)s, %(format)s, i.labels, %(at)s, %(wall)s, %(timezone)s, %(fold)s,
       %(reason)s, %(value)s, %(origin)s
  from content_schedule_items i
  join platform_connections c on c.workspace_id = i.workspace_id and c.id = %(connection)s
  join platforms pl on pl.slug = c.platform
 where i.workspace_id = %(workspace)s and i.id = %(item)s
returning id;

-- name: label_items
-- Adds a label to posts, or takes it off; which.
update content_schedule_items i
   set labels = case when %(off)s then array_remove(i.labels, %(label)s::text) else array_append(array_remove(i.labels, %(label)s::text), %(label)s::text) end
 where i.workspace_id = %(workspace)s and i.id = any (%(ids)s::uuid[]) and (cardinality(i.labels) < 50 or %(off)s)
returning i.id;

-- name: billed_posts
-- What may cost money in a span of time on accounts of some platforms: what went out, and what is to go out.
select s.platform_connection_id as connection_id, s.platform, s.content, s.snapshot, s.status
  from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.platform = any (%(platforms)s::text[])
   and s.scheduled_for >= %(start)s and s.scheduled_for < %(end)s and s.status in ('scheduled', 'processing', 'needs_review', 'completed');

-- name: cost_budget
-- What a workspace means to spend on its platforms in a month, dollars; null: it named nothing.
select (w.settings ->> 'monthly_platform_budget')::float8 from workspaces w
 where w.id = %(workspace)s and jsonb_typeof(w.settings -> 'monthly_platform_budget') = 'number';

-- name: set_cost_budget
-- Names what a workspace means to spend in a month, or takes it back (null).
update workspaces w
   set settings = case when %(dollars)s::float8 is null then w.settings - 'monthly_platform_budget'
                       else w.settings || jsonb_build_object('monthly_platform_budget', %(dollars)s::float8) end
 where w.id = %(workspace)s;
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
