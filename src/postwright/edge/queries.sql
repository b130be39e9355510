-- name: session
-- The session that a cookie's hash stands for, with its user; runs as app_auth.
select session_id, user_id, email, full_name, timezone, locale, week_start, workspace_id, last_seen_at, is_operator, verified, avatar_url
  from app_auth.session(%(hash)s);

-- name: touch_session
-- Moves a session's end; runs as app_auth.
select app_auth.touch_session(%(hash)s, %(expires)s);

-- name: use_key
-- Who a key stands for, counted; runs as app_auth.
select key_id, workspace_id, user_id, email, full_name, timezone, locale, week_start, key_name, scopes, connection_ids, used, resets_in
  from app_auth.use_key(%(hash)s);

-- name: caller_of
-- The user of an external token's subject; runs as app_auth.
select user_id, email, full_name, timezone, locale, week_start, workspace_id, is_active, is_operator, verified, avatar_url
  from app_auth.caller_of(%(subject)s);

-- name: register_subject
-- A user for a subject that is new here; null when another has the address; runs as app_auth.
select app_auth.register_subject(%(subject)s, %(email)s, %(name)s);

-- name: membership
-- The workspace the caller looks at and their role in it; nothing when they are no member.
select w.id, w.name, w.environment, w.timezone, m.role
  from workspaces w
  join workspace_members m on m.workspace_id = w.id
 where w.id = %(workspace)s and w.deleted_at is null and m.workspace_id = %(workspace)s and m.user_id = %(user)s;

-- name: workspaces
-- All workspaces of the caller, for the switch.
select w.id, w.name, w.environment, w.timezone, m.role
  from workspaces w
  join workspace_members m on m.workspace_id = w.id
 where m.user_id = %(user)s and w.deleted_at is null
 order by w.created_at;

-- name: claim_answer
-- Takes an Idempotency-Key for this transaction: waits for another that holds it; false when it was taken before.
select app.claim_answer(%(workspace)s, %(key)s, %(fingerprint)s);

-- name: kept_answer
-- The answer that a key got before.
select fingerprint, status, headers, body from app.kept_answer(%(workspace)s, %(key)s);

-- name: keep_answer
-- Keeps the answer with the work that it tells of.
select app.keep_answer(%(workspace)s, %(key)s, %(status)s, %(headers)s, %(body)s);
