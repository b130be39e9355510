-- What came of a try: its handles and phases, its end, and what follows from that.

-- name: keep_remote_ids
-- Saves handles in attempts, each while the fence is the worker's own; the attempts in which they are saved.
update publish_attempts a set remote_ids = a.remote_ids || w.remote_ids
  from unnest(%(workspaces)s::uuid[], %(attempts)s::uuid[], %(fences)s::bigint[], %(remote_ids)s::jsonb[]) w (workspace_id, id, fence, remote_ids),
       scheduled_posts s
 where a.workspace_id = w.workspace_id and a.id = w.id and a.fence = w.fence and a.finished_at is null
   and s.workspace_id = a.workspace_id and s.id = a.scheduled_post_id and s.fence = w.fence and s.status = 'processing'
returning a.id;

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
           lost_at = case when %(phase)s = 'unknown' then coalesce(a.lost_at, %(now)s) else a.lost_at end,
           error = %(attempt_error)s, error_class = %(error_class)s
      from settled
     where a.workspace_id = settled.workspace_id and a.scheduled_post_id = settled.id and a.finished_at is null
)
select id from settled;

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

-- name: spend_tokens
-- What a post takes of a limit beyond the one that its claim took.
select app.spend_tokens(%(workspace)s, %(connection)s, %(budget)s, %(amount)s, %(now)s);

-- name: return_token
-- What a try took out of the account's budget and did not use.
select app.return_token(%(workspace)s, %(connection)s, %(format)s);

-- name: enqueue_measuring
-- Asks the jobs to fetch the first figures of posts that just went out.
select app.enqueue('measure_posts', %(workspace)s, %(ids)s::uuid[]);

-- name: ask_after_sign_in
-- Unconfirmed posts whose platform could not be asked before a person connected the account again: with the account back, their last try
-- is open once more, and as one whose lease ran out it is asked about at once.
with back as (
    select s.workspace_id, s.id
      from scheduled_posts s
      join platform_connections c on c.workspace_id = s.workspace_id and c.id = s.platform_connection_id
     where s.status = 'needs_review' and s.error ->> 'rule' = %(rule)s and c.is_active and c.health <> 'reconnect'
     order by s.id
     limit 100
       for update of s skip locked
), opened as (
    update publish_attempts a set finished_at = null
      from back b
     where a.workspace_id = b.workspace_id and a.scheduled_post_id = b.id and a.phase = 'unknown'
       and a.number = (select max(l.number) from publish_attempts l where l.workspace_id = b.workspace_id and l.scheduled_post_id = b.id)
    returning a.workspace_id, a.scheduled_post_id
)
update scheduled_posts s set status = 'processing', lease_expires_at = %(now)s, error = null, last_error = null
  from opened o
 where s.workspace_id = o.workspace_id and s.id = o.scheduled_post_id
returning s.id;

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
-- Tells the person who scheduled it that the post needs them; where they have left, owners and admins. Not who was told of the
-- incident behind it (`part_of`) and has not looked yet: it is one.
with concerned as (
    select m.user_id from workspace_members m
     where m.workspace_id = %(workspace)s
       and case when exists (select from workspace_members a where a.workspace_id = %(workspace)s and a.user_id = %(user)s)
                then m.user_id = %(user)s else m.role in ('owner', 'admin') end
       and not exists (select from notifications n
                        where n.workspace_id = m.workspace_id and n.user_id = m.user_id and n.incident = %(part_of)s and n.read_at is null)
)
select app.notify(%(workspace)s, array(select user_id from concerned), %(kind)s, %(title)s, %(body)s, %(link)s, %(incident)s, %(data)s);
