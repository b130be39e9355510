-- name: insert_file
-- A file that the storage holds already.
insert into files (id, workspace_id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, sha256, metadata, origin)
values (%(id)s, %(workspace)s, coalesce(%(user)s::uuid, auth.uid()), %(path)s, %(mime)s, %(size)s, %(width)s, %(height)s, %(duration)s,
        %(alt)s, %(sha256)s, %(metadata)s, %(origin)s)
returning id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, metadata, created_at;

-- name: get_files
-- Files by id, those deleted left out.
select id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, metadata, created_at
  from files
 where workspace_id = %(workspace)s and id = any (%(ids)s::uuid[]) and deleted_at is null;

-- name: delete_file
-- Takes a file out of the library; it can be brought back for 30 days.
update files set deleted_at = %(now)s where workspace_id = %(workspace)s and id = %(id)s and deleted_at is null;

-- name: workspaces_with_files_to_go
-- Where retire_cards or files_to_go may find something.
select distinct workspace_id from files
 where deleted_at < %(deleted_before)s
    or deleted_at is null and metadata ->> 'generated' in ('card', 'card_video') and created_at < %(made_before)s;

-- name: retire_cards
-- Takes cards out of the library that no draft (nor its undo) and no post names any more: others took their place.
with words as (
    select a.adaptations::text as said from content_adaptations a where a.workspace_id = %(workspace)s
    union all
    select i.content::text from content_schedule_items i where i.workspace_id = %(workspace)s and i.content is not null
    union all
    select s.snapshot::text from scheduled_posts s where s.workspace_id = %(workspace)s
), named as (
    select distinct found[1] as id
      from words, regexp_matches(lower(said), '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'g') found
)
update files f set deleted_at = %(now)s
 where f.workspace_id = %(workspace)s and f.deleted_at is null and f.project_id is null
   and f.metadata ->> 'generated' in ('card', 'card_video') and f.created_at < %(made_before)s
   and not exists (select from named n where n.id = f.id::text);

-- name: files_to_go
-- Files that were deleted long enough ago and that no post shows or will show.
select f.id
  from files f
 where f.workspace_id = %(workspace)s and f.deleted_at < %(deleted_before)s
   and not exists (select from scheduled_posts s
                    where s.workspace_id = f.workspace_id and s.status <> 'cancelled'
                      and position(f.id::text in lower(s.snapshot ->> 'media')) > 0)
   and not exists (select from content_schedule_items i
                    where i.workspace_id = f.workspace_id and i.status <> 'canceled'
                      and position(f.id::text in lower(i.content ->> 'media')) > 0)
   and not exists (select from cf_assembled_content a
                    where a.workspace_id = f.workspace_id and a.file_id = f.id
                      and (exists (select from published_posts p where p.workspace_id = a.workspace_id and p.assembled_content_id = a.id)
                           or exists (select from content_schedule_items i
                                       where i.workspace_id = a.workspace_id and i.assembled_content_id = a.id and i.status <> 'canceled')))
 order by f.id
 limit %(limit)s;

-- name: forget_files
-- Their rows, once the bytes are gone.
delete from files where workspace_id = %(workspace)s and id = any (%(ids)s::uuid[]) and deleted_at is not null;
