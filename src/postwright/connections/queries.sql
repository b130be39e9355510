-- name: list_accounts
-- The accounts of a workspace in the order their people gave them.
select c.id, p.id as platform_id, c.platform, p.name as platform_name, c.platform_user_id, c.handle, c.display_name, c.avatar_url,
       c.timezone, c.environment, c.health, c.last_error, c.paused_at, c.is_active, c.host,
       case when jsonb_typeof(c.profile_data -> 'followers') = 'number' then (c.profile_data ->> 'followers')::bigint end as followers,
       c.token_expires_at, c.position, c.created_at, c.last_sync_at
  from platform_connections c
  join platforms p on p.slug = c.platform
 where c.workspace_id = %(workspace)s
   and (%(ids)s::uuid[] is null or c.id = any (%(ids)s::uuid[]))
 order by c.position, c.created_at, c.id;

-- name: save_account
-- Connects an account, or renews one that is connected; its refresh token is keep_refresh_token's. The access token comes
-- as a parameter twice because a signed-in user may write it and never read it, not even as `excluded`.
insert into platform_connections (workspace_id, platform, platform_user_id, environment, host, handle, display_name, avatar_url,
                                  access_token, token_expires_at, scope, profile_data, position)
values (%(workspace)s, %(platform)s, %(platform_user_id)s, %(environment)s, %(host)s, %(handle)s, %(display_name)s, %(avatar_url)s,
        %(access_token)s, %(token_expires_at)s, %(scope)s, %(profile)s::jsonb, %(position)s)
on conflict (workspace_id, platform, platform_user_id) do update
   set handle = excluded.handle, display_name = excluded.display_name, avatar_url = coalesce(excluded.avatar_url, platform_connections.avatar_url),
       access_token = %(access_token)s, token_expires_at = excluded.token_expires_at,
       scope = excluded.scope, profile_data = excluded.profile_data, is_active = true
returning id;

-- name: keep_refresh_token
-- The refresh token that came with a grant; a grant without one leaves the one from before.
update platform_connections set refresh_token = %(refresh_token)s
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
       is_active, paused_at, health
  from platform_connections
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: keep_tokens
-- Stores a renewed pair of tokens, unless somebody renewed it since it was read.
update platform_connections
   set access_token = %(access_token)s, refresh_token = %(refresh_token)s, token_expires_at = %(token_expires_at)s
 where workspace_id = %(workspace)s and id = %(id)s and access_token = %(was)s;
