-- name: notifications
-- The caller's messages in a workspace, latest first.
select n.id, n.kind, n.title, n.body, n.link, n.read_at, n.created_at
  from notifications n
 where n.workspace_id = %(workspace)s and n.user_id = %(user)s
 order by n.created_at desc
 limit %(limit)s;

-- name: read_notifications
-- Marks all of the caller's messages in a workspace as read.
update notifications set read_at = %(now)s where workspace_id = %(workspace)s and user_id = %(user)s and read_at is null;
