-- name: insert_file
-- A file that the storage holds already.
insert into files (id, workspace_id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, sha256, metadata)
values (%(id)s, %(workspace)s, coalesce(%(user)s::uuid, auth.uid()), %(path)s, %(mime)s, %(size)s, %(width)s, %(height)s, %(duration)s,
        %(alt)s, %(sha256)s, %(metadata)s)
returning id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, metadata, created_at;

-- name: get_files
-- Files by id, those deleted left out.
select id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, metadata, created_at
  from files
 where workspace_id = %(workspace)s and id = any (%(ids)s::uuid[]) and deleted_at is null;

-- name: delete_file
-- Takes a file out of the library; it can be brought back for 30 days.
update files set deleted_at = %(now)s where workspace_id = %(workspace)s and id = %(id)s and deleted_at is null;
