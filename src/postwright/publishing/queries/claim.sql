-- Who works on which post, how long they hold it, and that they live.

-- name: claim
-- Takes due posts and opens an attempt for each, committed before the first byte leaves. Due means: its time came, no
-- longer ago than the workspace's grace; approved where it must be; its account is active, not paused, connected.
-- A setting that is no number counts as the default, and less than a minute as one: no setting stops a workspace, let alone
-- the others. What fell due during a pause of all publishing waits for a decision. Handles of the try before are taken
-- along; when the content has changed since, only those of public thread parts; and the word of a person who looked at
-- the account and sent the post off again (platforms/chain.py). A post for which the account's budget has
-- nothing left is not taken: it waits for the moment of its token. Formats that have a limit of their own are counted apart.
-- Workspaces that hold their share of this publisher's hands already (`full`) are passed over; of the others each gets no more
-- than its share (publishing/shares.py).
with due as (
    select s.workspace_id, s.id, s.platform_connection_id, s.due_at, s.platform, s.snapshot ->> 'format' as format
      from scheduled_posts s
      join platform_connections c on c.workspace_id = s.workspace_id and c.id = s.platform_connection_id
      join workspaces w on w.id = s.workspace_id
     where s.status = 'scheduled' and s.due_at <= %(now)s
       and s.workspace_id <> all (%(full)s::uuid[])
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
    select d.*, coalesce(l.only_for, '') as counts_as,
           d.nth <= coalesce((%(left)s::jsonb ->> d.workspace_id::text)::int, %(most)s) as fits
      from (select due.*, row_number() over (partition by workspace_id order by due_at, id) as nth from due) d
      left join app.sending_limits l on l.platform = d.platform and l.only_for = d.format
), granted as materialized (
    select a.workspace_id, a.platform_connection_id, a.counts_as, a.wanted, t.granted, t.back_at, t.apart
      from (select d.workspace_id, d.platform_connection_id, d.counts_as, count(*)::int as wanted from counted d
             where d.fits
             group by d.workspace_id, d.platform, d.platform_connection_id, d.counts_as
             order by d.platform, d.platform_connection_id, d.counts_as) a  -- app.lock_budgets
      cross join lateral app.take_tokens(a.workspace_id, a.platform_connection_id, a.wanted, nullif(a.counts_as, ''), %(now)s) t
), ranked as (
    select d.workspace_id, d.id, g.granted, g.granted < g.wanted as spent, g.back_at, g.apart,
           row_number() over (partition by d.workspace_id, d.platform_connection_id, d.counts_as order by d.due_at, d.id) as place
      from counted d
      join granted g on g.workspace_id = d.workspace_id and g.platform_connection_id = d.platform_connection_id and g.counts_as = d.counts_as
), held as (
    update scheduled_posts s
       set next_retry_at = r.back_at + make_interval(secs => (r.place - r.granted - 1) * r.apart), error = %(held)s, last_error = %(held_message)s
      from ranked r
     where r.place > r.granted and r.spent and s.workspace_id = r.workspace_id and s.id = r.id
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
                where starts_with(key, 'part_') or starts_with(key, 'sending_')) end, '{}')
           || case when last.phase = 'unknown' and t.decided_at > last.started_at then '{"sending_denied": true}'::jsonb else '{}' end, %(now)s
      from taken t
      cross join lateral (
           select encode(sha256(convert_to(t.platform_connection_id::text || t.content || t.snapshot::text, 'UTF8')), 'hex') as value) print
      left join lateral (
           select a.number, a.remote_ids, a.fingerprint, a.phase, a.started_at from publish_attempts a
            where a.workspace_id = t.workspace_id and a.scheduled_post_id = t.id
            order by a.number desc limit 1) last on true
    returning workspace_id, scheduled_post_id, id, number, phase, remote_ids, sent_at, error
)
select t.workspace_id, t.id, t.fence, t.user_id, t.schedule_item_id as item_id, t.platform_connection_id as connection_id, t.platform,
       t.content, t.snapshot, t.scheduled_for, t.retry_count, t.lease_expires_at,
       o.id as attempt_id, o.number as attempt, o.phase, o.remote_ids, o.sent_at, o.error as attempt_error, (
           select min(x.sent_at) from publish_attempts x
            where x.workspace_id = t.workspace_id and x.scheduled_post_id = t.id and x.phase <> 'refused') as first_sent_at,
       greatest(t.scheduled_for, t.decided_at) as wanted_from
  from taken t
  join opened o on o.workspace_id = t.workspace_id and o.scheduled_post_id = t.id
 order by t.due_at;

-- name: take_over
-- Takes posts whose lease ran out: a worker died, or an unknown outcome has waited out its quarantine. A post without a
-- lease was taken by other hands than ours, and nobody else would ever look at it. Shares as in `claim`.
with lost as (
    select s.workspace_id, s.id, s.lease_expires_at as lapsed_at
      from scheduled_posts s
     where s.status = 'processing' and (s.lease_expires_at <= %(now)s or s.lease_expires_at is null)
       and s.workspace_id <> all (%(full)s::uuid[])
     order by s.lease_expires_at
     limit %(limit)s
       for update skip locked
), counted as (
    select lost.*, row_number() over (partition by workspace_id order by lapsed_at, id) as nth from lost
), taken as (
    update scheduled_posts s
       set worker_id = %(worker)s, lease_expires_at = %(lease)s, fence = s.fence + 1
      from counted d
     where d.nth <= coalesce((%(left)s::jsonb ->> d.workspace_id::text)::int, %(most)s)
       and s.workspace_id = d.workspace_id and s.id = d.id
    returning s.*, d.lapsed_at
), adopted as (
    update publish_attempts a
       set worker_id = %(worker)s, fence = t.fence, lost_at = case when a.phase = 'sending' then coalesce(a.lost_at, t.lapsed_at) else a.lost_at end
      from taken t
     where a.workspace_id = t.workspace_id and a.scheduled_post_id = t.id and a.finished_at is null
    returning a.workspace_id, a.scheduled_post_id, a.id, a.number, a.phase, a.remote_ids, a.sent_at, a.error
)
select t.workspace_id, t.id, t.fence, t.user_id, t.schedule_item_id as item_id, t.platform_connection_id as connection_id, t.platform,
       t.content, t.snapshot, t.scheduled_for, t.retry_count, t.lapsed_at as lease_expires_at,
       a.id as attempt_id, coalesce(a.number, 0) as attempt, coalesce(a.phase, 'claimed') as phase,
       coalesce(a.remote_ids, '{}') as remote_ids, a.sent_at, a.error as attempt_error, (
           select min(x.sent_at) from publish_attempts x
            where x.workspace_id = t.workspace_id and x.scheduled_post_id = t.id and x.phase <> 'refused') as first_sent_at,
       greatest(t.scheduled_for, t.decided_at) as wanted_from
  from taken t
  left join adopted a on a.workspace_id = t.workspace_id and a.scheduled_post_id = t.id;

-- name: next_due
-- When there is something to do next: a post falls due, or a first comment that may be written, or a lease runs out. Null: nothing in
-- sight.
select least(
    (select min(o.due_at) from app.comments_to_write(%(now)s, %(comments_since)s) o),
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

-- name: is_shared
-- Whether more than one workspace publishes here.
select count(*) > 1 from (select distinct workspace_id from platform_connections where is_active limit 2) those;

-- name: database_time
-- The one clock that all publishers share, as it stands now (not when the transaction began).
select clock_timestamp();

-- name: forget_worker
-- A worker that stopped in good order leaves no silence to worry about; old dead ones go too.
delete from worker_heartbeats where worker_id = %(worker)s or (kind = %(kind)s and beat_at < %(stale)s);

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

-- name: last_beat
-- The last sign of life of a kind of worker, gone ones included; null when none ever ran.
select app.last_beat(%(kind)s);
