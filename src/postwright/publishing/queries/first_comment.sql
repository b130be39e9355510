-- First comments.

-- name: take_comments
-- First comments that are due and may be written, and those whose worker was lost, for a while the worker's own.
with due as (
    select f.workspace_id, f.id
      from app.comments_to_write(%(now)s, %(since)s) o
      join first_comments f on f.workspace_id = o.workspace_id and f.id = o.id
     where f.status in ('waiting', 'sending', 'unknown') and f.next_try_at <= %(now)s
       and (f.lease_expires_at is null or f.lease_expires_at <= %(now)s)
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

-- name: give_up_comments
-- First comments that nobody expects any more: not written though their posts are known to be out since before `since`, or (not
-- `there`) under posts that are gone. Whoever had one in hand writes nothing any more.
with late as (
    select f.workspace_id, f.id, s.user_id, s.schedule_item_id as item_id, coalesce(p.status = 'published', false) as there
      from first_comments f
      join scheduled_posts s on s.workspace_id = f.workspace_id and s.id = f.scheduled_post_id
      left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
     where f.status in ('waiting', 'sending', 'unknown') and (f.lease_expires_at is null or f.lease_expires_at <= %(now)s)
       and (p.status is distinct from 'published' or greatest(p.published_at, f.created_at) <= %(since)s)
     limit 100
       for update of f skip locked
)
update first_comments f set status = 'failed', fence = f.fence + 1, worker_id = null, lease_expires_at = null, error = %(error)s
  from late
 where f.workspace_id = late.workspace_id and f.id = late.id
returning f.workspace_id, late.user_id, late.item_id, late.there;

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
