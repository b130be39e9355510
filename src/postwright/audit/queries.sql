-- name: entries
-- What was done in a workspace, latest first.
select l.id, l.table_name, l.record_id, l.action, l.old_data, l.new_data, l.user_id, l.key_id, k.name as key_name, l.origin, l.created_at
  from audit_log l
  left join api_keys k on k.workspace_id = l.workspace_id and k.id = l.key_id
 where l.workspace_id = %(workspace)s
   and (%(person)s::uuid is null or l.user_id = %(person)s)
   and (not %(system)s::boolean or l.user_id is null)
   and (%(tables)s::text[] is null or l.table_name = any (%(tables)s))
   and (%(other_than)s::text[] is null or l.table_name <> all (%(other_than)s))
   and (%(action)s::text is null or l.action = %(action)s)
   and (%(record)s::uuid is null or l.record_id = %(record)s)
   and (%(since)s::timestamptz is null or l.created_at >= %(since)s)
   and (%(until)s::timestamptz is null or l.created_at < %(until)s)
   and (%(after)s::timestamptz is null or (l.created_at, l.id) < (%(after)s, %(after_id)s::uuid))
 order by l.created_at desc, l.id desc
 limit %(limit)s;

-- name: may_read
-- Whether the caller (still) administers the workspace.
select %(workspace)s::uuid = any (app.my_workspaces('admin'));

-- name: names
-- Names of members and of those who were members.
select n.user_id as id, coalesce(nullif(n.full_name, ''), 'A member') as name from app.names(%(workspace)s, %(people)s::uuid[]) n;

-- name: members
-- Whom one can filter by.
select m.user_id as id, coalesce(nullif(m.full_name, ''), m.email, 'A member') as name
  from app.members(%(workspace)s) m
 order by lower(coalesce(nullif(m.full_name, ''), m.email)), m.user_id;

-- name: kept_days
-- How long the workspace keeps its log, as app.prune reads it.
select coalesce(case when w.settings ->> 'audit_days' ~ '^\d{1,5}$' then (w.settings ->> 'audit_days')::int end, %(default)s)
  from workspaces w
 where w.id = %(workspace)s;
