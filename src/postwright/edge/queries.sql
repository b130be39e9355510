-- name: session
-- The session that a cookie's hash stands for, with its user; runs as app_auth.
select session_id, user_id, email, full_name, timezone, locale, week_start, workspace_id, last_seen_at
  from app_auth.session(%(hash)s);

-- name: touch_session
-- Moves a session's end; runs as app_auth.
select app_auth.touch_session(%(hash)s, %(expires)s);

-- name: membership
-- The workspace the caller looks at and their role in it; nothing when they are no member.
select w.id, w.name, w.environment, w.timezone, m.role
  from workspaces w
  join workspace_members m on m.workspace_id = w.id
 where w.id = %(workspace)s and m.workspace_id = %(workspace)s and m.user_id = %(user)s;

-- name: workspaces
-- All workspaces of the caller, for the switch.
select w.id, w.name, w.environment, w.timezone, m.role
  from workspaces w
  join workspace_members m on m.workspace_id = w.id
 where m.user_id = %(user)s and w.deleted_at is null
 order by w.created_at;
