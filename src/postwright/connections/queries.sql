-- name: list_accounts
-- The accounts of a workspace in the order their people gave them.
select c.id, p.id as platform_id, c.platform, p.name as platform_name, c.platform_user_id, c.handle, c.display_name, c.avatar_url,
       c.timezone, c.environment, c.health, c.last_error, c.suspended_at, c.paused_at, c.is_active, c.host,
       case when jsonb_typeof(c.profile_data -> 'followers') = 'number' then (c.profile_data ->> 'followers')::bigint end as followers,
       c.token_expires_at, c.position, c.created_at, c.last_sync_at, c.scope, c.refresh_expires_at, c.renewable
  from platform_connections c
  join platforms p on p.slug = c.platform
 where c.workspace_id = %(workspace)s
   and (%(ids)s::uuid[] is null or c.id = any (%(ids)s::uuid[]))
 order by c.position, c.created_at, c.id;

-- name: save_account
-- Connects an account, or renews one that is connected: what its people chose once for all its posts stays. Its refresh token is
-- keep_refresh_token's. The access token and the
-- grant come as parameters twice because a signed-in user may write them and never read them, not even as `excluded`.
insert into platform_connections (workspace_id, platform, platform_user_id, environment, host, handle, display_name, avatar_url,
                                  access_token, grant_id, token_expires_at, scope, profile_data, position, renewable, last_sync_at)
values (%(workspace)s, %(platform)s, %(platform_user_id)s, %(environment)s, %(host)s, %(handle)s, %(display_name)s, %(avatar_url)s,
        %(access_token)s, %(grant)s, %(token_expires_at)s, %(scope)s, %(profile)s::jsonb, %(position)s, %(renewable)s, %(now)s)
on conflict (workspace_id, platform, platform_user_id, host) do update
   set handle = excluded.handle, display_name = excluded.display_name, avatar_url = coalesce(excluded.avatar_url, platform_connections.avatar_url),
       access_token = %(access_token)s, grant_id = %(grant)s, token_expires_at = excluded.token_expires_at,
       scope = excluded.scope, profile_data = platform_connections.profile_data || excluded.profile_data, is_active = true,
       renewable = platform_connections.renewable or excluded.renewable, last_sync_at = excluded.last_sync_at
returning id;

-- name: keep_refresh_token
-- The refresh token that came with a grant; a grant without one leaves the one from before.
update platform_connections set refresh_token = %(refresh_token)s, refresh_expires_at = %(expires_at)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: next_position
-- Where a new account stands: behind the others.
select coalesce(max(position) + 1, 0) from platform_connections where workspace_id = %(workspace)s;

-- name: lock_account
-- Holds an account; nothing when the asker may not change it.
select c.id from platform_connections c where c.workspace_id = %(workspace)s and c.id = %(id)s for update;

-- name: set_paused
-- Pauses an account or lets it go on.
update platform_connections set paused_at = %(paused_at)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: set_timezone
-- Gives an account a zone of its own, or with null that of its calendar.
update platform_connections set timezone = %(timezone)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: sealed_account
-- An account with its sealed tokens; only the service can read them.
select platform, platform_user_id, environment, host, handle, profile_data, access_token, refresh_token, token_expires_at,
       is_active, paused_at, health, refresh_expires_at, renewable
  from platform_connections
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: keep_tokens
-- Stores a renewed pair of tokens, unless somebody renewed it since it was read.
update platform_connections
   set access_token = %(access_token)s, refresh_token = %(refresh_token)s, token_expires_at = %(token_expires_at)s,
       refresh_expires_at = %(refresh_expires_at)s, renewing_until = null, last_sync_at = %(now)s
 where workspace_id = %(workspace)s and id = %(id)s and access_token = %(was)s;


-- name: keep_profile
-- What an account is called now, as its platform tells it; what it does not tell stays. An @ before the name is the same name.
-- Pictures of the sandbox are shown by ourselves.
update platform_connections
   set handle = case when ltrim(handle, '@') = ltrim(%(handle)s::text, '@') then handle else coalesce(%(handle)s::text, handle) end,
       display_name = coalesce(%(display_name)s::text, display_name),
       avatar_url = case when environment = 'live' and %(avatar_url)s::text like 'https://%%' then %(avatar_url)s::text else avatar_url end,
       profile_data = case when %(followers)s::bigint is null then profile_data
                           else coalesce(profile_data, '{}') || jsonb_build_object('followers', %(followers)s::bigint) end
 where workspace_id = %(workspace)s and id = %(id)s and is_active;

-- name: due_for_naming
-- Accounts whose name was last heard a day ago, those first that waited longest.
select c.workspace_id, c.id
  from platform_connections c
  join workspaces w on w.id = c.workspace_id and w.deleted_at is null
 where c.is_active and c.paused_at is null and c.health in ('healthy', 'expiring') and c.platform = any (%(platforms)s::text[])
   and coalesce(c.named_at, c.created_at) <= %(now)s::timestamptz - interval '1 day'
 order by coalesce(c.named_at, c.created_at)
 limit %(limit)s;

-- name: note_named
-- Its platform was asked for its name, whatever it said: not again within a day.
update platform_connections set named_at = %(now)s where workspace_id = %(workspace)s and id = %(id)s;

-- name: held_account
-- The same, held until the transaction ends: whoever writes tokens by what stands there now.
select platform, platform_user_id, environment, host, handle, profile_data, access_token, refresh_token, token_expires_at,
       is_active, paused_at, health, refresh_expires_at, renewable
  from platform_connections
 where workspace_id = %(workspace)s and id = %(id)s
   for update;

-- name: begin_renewal
-- Takes the lease on an account's tokens: nothing when somebody else renews them, or there is nothing to renew.
update platform_connections c
   set renewing_until = %(until)s
 where c.workspace_id = %(workspace)s and c.id = %(id)s and c.is_active and c.health <> 'reconnect'
   and (c.renewing_until is null or c.renewing_until <= %(now)s)
returning c.id;

-- name: end_renewal
-- Gives the lease back.
update platform_connections set renewing_until = null where workspace_id = %(workspace)s and id = %(id)s;

-- name: due_for_renewal
-- Active accounts whose access token ends soon, of platforms whose tokens are renewed that long before (two arrays, side by side).
-- Workspaces take turns, each with those first that failed least: no number of accounts that fail takes the place of one that does not.
select due.workspace_id, due.id
  from (select c.workspace_id, c.id, c.renewal_failures, c.token_expires_at,
               row_number() over (partition by c.workspace_id order by c.renewal_failures, c.token_expires_at, c.id) as turn
          from platform_connections c
          join unnest(%(platforms)s::text[], %(leads)s::interval[]) as lead (platform, before) on lead.platform = c.platform
         where c.is_active and c.health <> 'reconnect' and c.token_expires_at <= %(now)s::timestamptz + lead.before
           and c.renewable and (c.renewing_until is null or c.renewing_until <= %(now)s)
           and (c.next_renewal_at is null or c.next_renewal_at <= %(now)s)) due
 order by due.turn, due.renewal_failures, due.token_expires_at
 limit %(limit)s;

-- name: put_off_renewal
-- An account that could not be renewed is left alone for a while: a minute, twice as long each further time, an hour at most.
update platform_connections
   set next_renewal_at = %(now)s::timestamptz + least(interval '1 minute' * 2 ^ least(renewal_failures, 10), interval '1 hour'),
       renewal_failures = least(renewal_failures + 1, 1000)
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: mark_reconnect
-- The platform said definitely that the grant is gone: only a person can mend it. Not when somebody did meanwhile.
update platform_connections set health = 'reconnect', last_error = %(message)s, renewing_until = null
 where workspace_id = %(workspace)s and id = %(id)s and access_token = %(was)s;

-- name: mark_suspended
-- The platform bars the account itself: nothing is tried there until a person has settled that. Not when somebody connected it
-- meanwhile.
update platform_connections set health = 'reconnect', suspended_at = %(now)s, last_error = %(message)s, renewing_until = null
 where workspace_id = %(workspace)s and id = %(id)s and access_token = %(was)s;

-- name: try_again
-- Lets an account that its platform barred be tried once more.
update platform_connections set suspended_at = null
 where workspace_id = %(workspace)s and id = %(id)s and suspended_at is not null;

-- name: mark_unreachable
-- The token has ended and could not be renewed for now: nothing is lost, and it is tried again.
update platform_connections set health = 'unreachable', last_error = %(message)s, renewing_until = null
 where workspace_id = %(workspace)s and id = %(id)s and health in ('healthy', 'expiring', 'unreachable');

-- name: warn_of_ending
-- Marks accounts whose access a person must renew within a week; each is told of once.
update platform_connections c
   set health = 'expiring'
  from platforms p
 where p.slug = c.platform and c.is_active and c.health = 'healthy'
   and case when c.renewable then c.refresh_expires_at else c.token_expires_at end
       between %(now)s::timestamptz and %(now)s::timestamptz + interval '7 days'
returning c.workspace_id, c.id, p.name as platform, coalesce(c.handle, c.display_name, c.platform_user_id) as handle,
          case when c.renewable then c.refresh_expires_at else c.token_expires_at end as ends_at,
          array(select m.user_id from workspace_members m where m.workspace_id = c.workspace_id and m.role in ('owner', 'admin')) as users;

-- name: standing
-- What hangs on an account, by what would become of it.
select count(*) filter (where i.status = 'queued')::int as planned,
       count(*) filter (where s.status = 'scheduled')::int as scheduled,
       count(*) filter (where s.status = 'processing')::int as publishing,
       count(*) filter (where s.status = 'needs_review')::int as unconfirmed,
       (select count(*)::int from published_posts p
         where p.workspace_id = %(workspace)s and p.platform_connection_id = %(id)s and p.status = 'published') as published
  from content_schedule_items i
  left join scheduled_posts s on s.workspace_id = i.workspace_id and s.schedule_item_id = i.id
   and s.status in ('scheduled', 'processing', 'needs_review')
 where i.workspace_id = %(workspace)s and i.platform_connection_id = %(id)s and i.status in ('queued', 'scheduled');

-- name: disconnect
-- Ends an account's use. Its tokens stay until the job that takes them back at the platform has run.
update platform_connections set is_active = false, paused_at = null
 where workspace_id = %(workspace)s and id = %(id)s and is_active;

-- name: cancel_scheduled_of
-- Cancels what is scheduled on an account, by the plan: the commitments follow. What is going out right now is not touched.
update content_schedule_items i set status = 'canceled'
 where i.workspace_id = %(workspace)s and i.platform_connection_id = %(id)s
   and (i.status = 'scheduled' or (i.status = 'queued' and %(planned)s))
   and not exists (select from scheduled_posts s
                    where s.workspace_id = i.workspace_id and s.schedule_item_id = i.id and s.status in ('processing', 'needs_review'));

-- name: leave_planned_of
-- Planned posts stay in their slots, without an account.
update content_schedule_items i set platform_connection_id = null
 where i.workspace_id = %(workspace)s and i.platform_connection_id = %(id)s and i.status = 'queued';

-- name: enqueue_revoking
-- Asks the jobs to take an account's tokens back at its platform.
select app.enqueue('revoke_account', %(workspace)s, array[%(id)s]::uuid[]);

-- name: left_to_revoke
-- Disconnected accounts whose access was not taken back: their jobs ended otherwise than they should.
select c.workspace_id, c.id from platform_connections c
 where not c.is_active and c.leaving_since <= %(before)s
 order by c.leaving_since limit %(limit)s;

-- name: leaving_since
-- Since when a disconnected account waits for that; null when there is nothing to wait for.
select c.leaving_since from platform_connections c where c.workspace_id = %(workspace)s and c.id = %(id)s;

-- name: forget_tokens
-- A disconnected account keeps no token.
update platform_connections set access_token = %(nothing)s, refresh_token = null, token_expires_at = null, refresh_expires_at = null,
       renewable = false, leaving_since = null
 where workspace_id = %(workspace)s and id = %(id)s and not is_active;

-- name: set_positions
-- The order that people gave their accounts.
update platform_connections c set position = o.place - 1
  from unnest(%(ids)s::uuid[]) with ordinality as o (id, place)
 where c.workspace_id = %(workspace)s and c.id = o.id;

-- name: app
-- The app of a platform, for the web; asked as app_auth. With a redirect address: none that was registered for another.
select * from app_auth.platform_app(%(platform)s, %(host)s, %(redirect)s);

-- name: app_for_worker
-- The same for the worker.
select * from app.platform_app(%(platform)s, %(host)s);

-- name: platforms_with_app
-- The platforms whose app is written down.
select platform from app_auth.platforms_with_app();

-- name: app_trouble
-- What a platform said of its app when it was asked.
select * from app_auth.platform_app_trouble(%(platform)s, %(client_id)s);

-- name: note_untried_app
-- The same written down for an app that nobody asked about.
select app_auth.note_untried_app(%(platform)s, %(client_id)s, %(at)s, %(said)s);

-- name: apps
-- The apps, for whoever runs the server.
select * from app_auth.platform_apps(%(who)s);

-- name: keep_app
-- Writes an app down; without a secret the one that is kept stays.
select app_auth.keep_platform_app(%(who)s, %(platform)s, %(client_id)s, %(sealed)s, %(extra)s::text[], %(review)s);

-- name: note_app
-- What the platform said when it was asked about the app.
select app_auth.note_platform_app(%(who)s, %(platform)s, %(at)s, %(said)s);

-- name: forget_app
-- Forgets an app.
select app_auth.forget_platform_app(%(who)s, %(platform)s);

-- name: keep_server_app
-- Keeps the app that was registered on one server of many.
select app_auth.keep_server_app(%(platform)s, %(host)s, %(client_id)s, %(sealed)s, %(redirect)s);

-- name: begin_walk
-- Somebody sets out for a platform's page.
select app_auth.begin_walk(%(state)s, %(workspace)s, %(session)s, %(platform)s, %(host)s, %(environment)s, %(redirect_uri)s,
                           %(verifier)s, %(reconnects)s, %(expires)s);

-- name: spend_walk
-- ... and comes back: once.
select * from app_auth.spend_walk(%(state)s, %(session)s, %(at)s);

-- name: keep_offer
-- What was granted waits for a choice; null when it is made.
select app_auth.keep_offer(%(walk)s, %(session)s, %(offered)s);

-- name: offer
-- What waits for a choice.
select * from app_auth.offer(%(walk)s, %(session)s, %(at)s);

-- name: stale_accounts
-- Accounts with a token that another key than the present one sealed, by id: a batch to be sealed anew.
select c.id, c.workspace_id, c.platform, c.platform_user_id, c.host, c.access_token, c.refresh_token
  from platform_connections c
 where c.id > %(after)s and (c.access_token not like %(present)s or c.refresh_token not like %(present)s)
 order by c.id
 limit %(limit)s
   for update;

-- name: reseal_account
-- The same tokens, sealed anew.
update platform_connections set access_token = %(access_token)s, refresh_token = %(refresh_token)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: say_resealing
-- Tells the triggers of this transaction that the tokens stay what they are.
select set_config('app.resealing', 'on', true);

-- name: sealed_apps
-- The secrets of apps.
select * from app.sealed_apps();

-- name: reseal_app
-- An app's secret, sealed anew, unless it was changed meanwhile.
select app.reseal_app(%(platform)s, %(host)s, %(was)s, %(sealed)s);

-- name: note_answered
-- Accounts (the arrays are parallel) that answered just now; one of which that was noted since `before` stays as it is, and so does
-- one that somebody else changes at this moment. For the service.
update platform_connections c set last_sync_at = %(now)s
  from (select x.workspace_id, x.id
          from unnest(%(workspaces)s::uuid[], %(ids)s::uuid[]) w (workspace_id, id)
          join platform_connections x on x.workspace_id = w.workspace_id and x.id = w.id
         where x.last_sync_at is null or x.last_sync_at <= %(before)s
           for no key update of x skip locked) quiet
 where c.workspace_id = quiet.workspace_id and c.id = quiet.id;

-- name: grant_stands
-- Whether another account that is connected, of any workspace, needs what was granted for this one: it was granted at once, is the
-- same, or is another one of the same person, at a platform where a person's grants end together. Where it is not known who that
-- was, of this account or the other, it counts as the same person when one workspace, or one of our users, connected both; in the
-- sandbox every account is a person of its own.
select exists (
    select from platform_connections gone
      join platform_connections c on c.platform = gone.platform and c.environment = gone.environment and c.id <> gone.id and c.is_active
     where gone.workspace_id = %(workspace)s and gone.id = %(id)s
       and (c.grant_id = gone.grant_id
            or (c.platform_user_id = gone.platform_user_id and c.host is not distinct from gone.host)
            or gone.platform = any (%(together)s::text[])
               and coalesce(c.profile_data ->> 'granted_by' = gone.profile_data ->> 'granted_by',
                            gone.environment = 'live' and (c.workspace_id = gone.workspace_id or c.user_id = gone.user_id))));
