-- name: notify
-- Tells members of a workspace; how many were told. The same incident, still unread, is counted instead of told again.
select app.notify(%(workspace)s, %(users)s::uuid[], %(kind)s, %(title)s, %(body)s, %(link)s, %(incident)s);

-- name: notices
-- The caller's notices in a workspace, latest first.
select n.id, n.kind, n.title, n.body, n.link, n.times, n.created_at, n.last_at, n.read_at
  from notifications n
 where n.workspace_id = %(workspace)s and n.user_id = %(user)s
   and (not %(unread)s::boolean or n.read_at is null)
   and (%(kind)s::text is null or n.kind = %(kind)s)
   and (%(after)s::timestamptz is null or (n.created_at, n.id) < (%(after)s, %(after_id)s::uuid))
 order by n.created_at desc, n.id desc
 limit %(limit)s;

-- name: notice
-- One notice of the caller's.
select n.id, n.kind, n.title, n.body, n.link, n.times, n.created_at, n.last_at, n.read_at
  from notifications n
 where n.workspace_id = %(workspace)s and n.user_id = %(user)s and n.id = %(id)s;

-- name: count_unread
-- How many the caller has not read; no further than `most`.
select count(*)
  from (select from notifications n
         where n.workspace_id = %(workspace)s and n.user_id = %(user)s and n.read_at is null limit %(most)s) unread;

-- name: unread_elsewhere
-- The caller's other workspaces in which they have unread notices.
select w.id as workspace_id, w.name, count(*) as unread
  from notifications n
  join workspaces w on w.id = n.workspace_id
 where n.user_id = %(user)s and n.workspace_id <> %(workspace)s and n.read_at is null
 group by w.id, w.name
 order by w.name;

-- name: read_one
-- Marks one notice as read; twice is once.
update notifications set read_at = coalesce(read_at, %(now)s)
 where workspace_id = %(workspace)s and user_id = %(user)s and id = %(id)s;

-- name: read_all
-- Marks all notices of the caller in a workspace as read; how many there were.
update notifications set read_at = %(now)s
 where workspace_id = %(workspace)s and user_id = %(user)s and read_at is null and created_at <= %(until)s;
