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

-- name: preferences
-- What the caller chose in a workspace: kinds by e-mail or not.
select p.kind, p.email from notice_preferences p where p.workspace_id = %(workspace)s and p.user_id = %(user)s;

-- name: prefer
-- Chooses for one kind.
insert into notice_preferences (workspace_id, user_id, kind, email) values (%(workspace)s, %(user)s, %(kind)s, %(email)s)
on conflict (workspace_id, user_id, kind) do update set email = excluded.email;

-- name: drop_stale_deliveries
-- Nobody wants a letter about what they have read, what is settled, or what is a day old.
update notice_deliveries d set ended_at = %(now)s
  from notifications n
 where d.way = 'email' and d.ended_at is null and n.workspace_id = d.workspace_id and n.id = d.notification_id
   and (n.read_at is not null or d.created_at < %(oldest)s);

-- name: take_deliveries
-- Takes what is due, with a lease; members only, and only people who may still sign in.
with due as (
    select d.workspace_id, d.id
      from notice_deliveries d
     where d.way = 'email' and d.ended_at is null and d.next_try_at <= %(now)s
     order by d.next_try_at
     limit %(limit)s
       for update skip locked
), taken as (
    update notice_deliveries d set next_try_at = %(lease)s, tries = d.tries + 1
      from due
     where d.workspace_id = due.workspace_id and d.id = due.id
    returning d.workspace_id, d.id, d.notification_id, d.user_id, d.tries
)
select t.id, t.workspace_id, w.name as workspace_name, w.environment, t.user_id, u.email, n.title, n.body, n.link, t.tries
  from taken t
  join notifications n on n.workspace_id = t.workspace_id and n.id = t.notification_id
  join workspaces w on w.id = t.workspace_id and w.deleted_at is null
  join users u on u.id = t.user_id and u.is_active
 order by t.user_id, t.workspace_id, n.created_at, n.id;

-- name: delivered
-- The server took the letter.
update notice_deliveries d set sent_at = %(now)s, ended_at = %(now)s, error = null where d.id = any (%(ids)s::uuid[]);

-- name: delivery_failed
-- It did not: tried again later, given up after the last try.
update notice_deliveries d
   set error = %(error)s, next_try_at = %(retry_at)s, ended_at = case when d.tries >= %(tries)s then %(now)s::timestamptz end
 where d.id = any (%(ids)s::uuid[]);
