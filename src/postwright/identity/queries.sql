-- name: register
-- A new user with a personal workspace; runs as app_auth.
select app_auth.register(%(email)s, %(password_hash)s, %(name)s, %(zone)s);

-- name: operator
-- The person who runs this instance, made at the first call; runs as app_auth.
select app_auth.operator(%(zone)s);

-- name: credentials
-- What a sign-in is checked against; runs as app_auth.
select user_id, password_hash, is_active from app_auth.credentials(%(email)s);

-- name: sign_in_wait
-- Until when this address from this client has to wait; null when it need not; runs as app_auth.
select app_auth.sign_in_wait(%(key)s);

-- name: note_sign_in
-- Counts failures and forgets them after a success; runs as app_auth.
select app_auth.note_sign_in(%(key)s, %(succeeded)s);

-- name: open_session
-- A new session; null when the user is deactivated; runs as app_auth.
select app_auth.open_session(%(user)s, %(hash)s, %(expires)s, %(agent)s, %(address)s::inet);

-- name: end_session
-- Ends a session of the caller's; its token is worth nothing from here on.
update sessions set revoked_at = %(now)s where id = %(session)s and user_id = %(user)s and revoked_at is null;

-- name: make_sign_in_link
-- Keeps the hash of a one-time link; runs as app_auth.
select app_auth.make_sign_in_link(%(user)s, %(hash)s, %(expires)s);

-- name: spend_sign_in_link
-- The user of a one-time link that still stands; spends it; runs as app_auth.
select app_auth.spend_sign_in_link(%(hash)s);

-- name: set_profile
-- The caller's own name, zone and week start; null keeps what is there.
update users
   set full_name = coalesce(%(name)s, full_name), timezone = coalesce(%(zone)s, timezone), week_start = coalesce(%(week_start)s, week_start)
 where id = %(user)s;

-- name: set_workspace_zone
-- The zone in which a workspace plans.
update workspaces set timezone = %(zone)s where id = %(workspace)s;

-- name: look_at_workspace
-- The workspace that this session looks at.
update sessions set workspace_id = %(workspace)s where id = %(session)s and user_id = %(user)s;

-- name: create_workspace
-- A new workspace whose owner is the caller.
select app.create_workspace(%(name)s);

-- name: leave_mark
-- Notes in a workspace's settings that something is to happen at the next sign-in.
update workspaces set settings = settings || jsonb_build_object(%(mark)s::text, true) where id = %(workspace)s;

-- name: take_mark
-- Takes such a note away; its workspace when it was there, so that of two sign-ins one acts.
update workspaces set settings = settings - %(mark)s::text where id = %(workspace)s and settings ? %(mark)s::text returning id;
