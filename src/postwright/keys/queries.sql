-- name: keys
-- The workspace's keys, newest first; `standing` null: all of them.
select k.id, k.name, k.prefix, k.scopes, k.connection_ids, k.created_at, k.last_used_at, k.expires_at, k.revoked_at, k.user_id,
       coalesce(m.full_name, case when m.user_id is not null then 'Somebody' end) as maker, m.role as maker_role
  from api_keys k
  left join app.members(%(workspace)s) m on m.user_id = k.user_id
 where k.workspace_id = %(workspace)s
   and (%(standing)s::boolean is null or %(standing)s = (k.revoked_at is null and (k.expires_at is null or k.expires_at > %(now)s)))
   and (%(after)s::timestamptz is null or (k.created_at, k.id) < (%(after)s, %(after_id)s::uuid))
 order by k.created_at desc, k.id desc
 limit %(limit)s;

-- name: key
-- One key of the workspace.
select k.id, k.name, k.prefix, k.scopes, k.connection_ids, k.created_at, k.last_used_at, k.expires_at, k.revoked_at, k.user_id,
       coalesce(m.full_name, case when m.user_id is not null then 'Somebody' end) as maker, m.role as maker_role
  from api_keys k
  left join app.members(%(workspace)s) m on m.user_id = k.user_id
 where k.workspace_id = %(workspace)s and k.id = %(id)s;

-- name: count_standing
-- How many keys stand.
select count(*) from api_keys k
 where k.workspace_id = %(workspace)s and k.revoked_at is null and (k.expires_at is null or k.expires_at > %(now)s);

-- name: add_key
-- A new key; only its hash is kept.
insert into api_keys (workspace_id, name, prefix, key_hash, scopes, connection_ids, expires_at)
values (%(workspace)s, %(name)s, %(prefix)s, %(hash)s, %(scopes)s, %(accounts)s, %(expires)s)
returning id;

-- name: rename_key
-- Another name; requests from now on carry it as their origin.
update api_keys k set name = %(name)s where k.workspace_id = %(workspace)s and k.id = %(id)s and k.revoked_at is null;

-- name: revoke_key
-- Ends a key.
update api_keys k set revoked_at = %(now)s where k.workspace_id = %(workspace)s and k.id = %(id)s and k.revoked_at is null;

-- name: accounts
-- The accounts that a key may be held to, as their people ordered them.
select c.id, c.platform, c.handle, c.display_name from platform_connections c
 where c.workspace_id = %(workspace)s and c.is_active order by c.position, c.created_at, c.id;

-- name: warn_of_ending_keys
-- Tells the makers of keys that end within seven days, once a key; how many were told. As the service.
select app.warn_of_ending_keys(%(now)s);
