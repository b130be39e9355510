-- name: register
-- A new user with a personal workspace; runs as app_auth.
select app_auth.register(%(email)s, %(password_hash)s, %(name)s, %(zone)s);

-- name: operator
-- The person who runs this instance, made at the first call; runs as app_auth.
select app_auth.operator(%(zone)s);

-- name: credentials
-- What a sign-in is checked against; runs as app_auth.
select user_id, password_hash, is_active from app_auth.credentials(%(email)s);

-- name: begin_sign_in
-- Lets somebody try a password: null; else from when on they may; runs as app_auth.
select app_auth.begin_sign_in(%(key)s);

-- name: note_sign_in
-- Counts failures and forgets them after a success; runs as app_auth.
select app_auth.note_sign_in(%(key)s, %(succeeded)s);

-- name: open_session
-- A new session; null when the user is deactivated; runs as app_auth.
select app_auth.open_session(%(user)s, %(hash)s, %(expires)s, %(agent)s, %(address)s::inet, %(former)s);

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
-- The caller's own name, zone, week start and locale; null keeps what is there.
update users
   set full_name = coalesce(%(name)s, full_name), timezone = coalesce(%(zone)s, timezone), week_start = coalesce(%(week_start)s, week_start),
       locale = coalesce(%(locale)s, locale)
 where id = %(user)s;

-- name: take_turn
-- Takes a turn of an act that may be done only so often; from when on there is one again, null: go on; runs as app_auth.
select app_auth.take_turn(%(key)s, %(most)s, %(span)s);

-- name: sign_up_open
-- Whether everybody may sign up; null: nobody decided; runs as app_auth.
select app_auth.sign_up_open();

-- name: invited
-- Whether an invitation to that address stands; runs as app_auth.
select app_auth.invited(%(email)s, %(hash)s);

-- name: make_letter_link
-- Keeps the hash of a link that goes out in a letter; runs as app_auth.
select app_auth.make_letter_link(
    %(hash)s, %(purpose)s, %(user)s, %(email)s, %(name)s, %(zone)s, %(next)s, %(emailed)s, %(expires)s);

-- name: letter_link
-- What such a link is for, while it stands; runs as app_auth.
select purpose, user_id, email, full_name, timezone, next from app_auth.letter_link(%(hash)s);

-- name: finish_sign_up
-- Makes the account of a sign-up link; null when it is spent; runs as app_auth.
select app_auth.finish_sign_up(%(hash)s, %(password_hash)s, %(name)s);

-- name: confirm_address
-- Proves the address of a link for its user; nothing when it is not theirs or spent; runs as app_auth.
select was, became from app_auth.confirm_address(%(hash)s, %(user)s);

-- name: set_address
-- Gives somebody another address, unproved; runs as app_auth.
select app_auth.set_address(%(user)s, %(email)s);

-- name: account
-- What a person proves themselves with; runs as app_auth.
select email, full_name, password_hash, verified, placeholder from app_auth.account(%(user)s);

-- name: account_at
-- Whose address that is; runs as app_auth.
select user_id, full_name, email from app_auth.account_at(%(email)s);

-- name: ask_reset
-- Notes for the operator that somebody asks for a new password; runs as app_auth.
select app_auth.ask_reset(%(user)s);

-- name: reset_password
-- Sets the password of a reset link, ends all sessions; whose it was, null when it is spent; runs as app_auth.
select app_auth.reset_password(%(hash)s, %(password_hash)s);

-- name: change_password
-- Sets a password, ends the other sessions, gives this one a new token; runs as app_auth.
select app_auth.change_password(%(user)s, %(password_hash)s, %(session)s, %(fresh)s);

-- name: sessions
-- The caller's sessions that stand, newest first, after a cursor.
select id, user_agent, ip, created_at, last_seen_at, expires_at
  from sessions
 where user_id = %(user)s and revoked_at is null and expires_at > %(now)s
   and (%(before)s::timestamptz is null or (created_at, id) < (%(before)s::timestamptz, %(before_id)s::uuid))
 order by created_at desc, id desc
 limit %(limit)s;

-- name: end_one_session
-- Ends a session of the caller's; its id when it stood.
update sessions set revoked_at = %(now)s where id = %(session)s and user_id = %(user)s and revoked_at is null returning id;

-- name: end_other_sessions
-- Ends all of the caller's sessions but one; how many.
with ended as (
    update sessions set revoked_at = %(now)s
     where user_id = %(user)s and id <> %(session)s and revoked_at is null and expires_at > %(now)s returning 1)
select count(*)::int from ended;

-- name: set_picture
-- Where the caller's picture is served; null takes it away; the address that it had before.
with was as (select id, avatar_url from users where id = %(user)s for update)
update users u set avatar_url = %(address)s from was where u.id = was.id returning was.avatar_url;

-- name: picture
-- Where the picture of somebody is served whom the caller shares a workspace with.
select app.picture(%(person)s);

-- name: require_operator
-- Refuses who does not run this server; runs as app_auth.
select app_auth.require_operator(%(operator)s);

-- name: people
-- All people of this server, newest first, after a cursor; runs as app_auth.
select id, email, full_name, avatar_url, verified, is_active, is_operator, has_password, workspaces, created_at, last_seen_at, asked_at
  from app_auth.people(%(operator)s, %(sought)s, %(before)s, %(before_id)s, %(limit)s);

-- name: set_active
-- Locks somebody out at once, or lets them in again; null when there is no such person; runs as app_auth.
select app_auth.set_active(%(operator)s, %(person)s, %(active)s);

-- name: set_operator
-- Makes somebody an operator, or takes that away; runs as app_auth.
select app_auth.set_operator(%(operator)s, %(person)s, %(operates)s);

-- name: set_sign_up
-- Opens or closes sign-up for everybody; null: as the place suggests; runs as app_auth.
select app_auth.set_sign_up(%(operator)s, %(open)s);

-- name: set_workspace_zone
-- The zone in which a workspace plans.
update workspaces set timezone = %(zone)s where id = %(workspace)s;

-- name: leave_mark
-- Notes in a workspace's settings that something is to happen at the next sign-in.
update workspaces set settings = settings || jsonb_build_object(%(mark)s::text, true) where id = %(workspace)s;

-- name: take_mark
-- Takes such a note away; its workspace when it was there, so that of two sign-ins one acts.
update workspaces set settings = settings - %(mark)s::text where id = %(workspace)s and settings ? %(mark)s::text returning id;

-- name: link_subject
-- Ties the account of an address to a subject of the identity provider; null: nobody has the address.
select app_auth.link_subject(%(email)s, %(subject)s);
