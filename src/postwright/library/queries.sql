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

-- name: find_file
-- One file, a deleted one too.
select id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, metadata, created_at, deleted_at
  from files
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: list_files
-- The library, latest first: what is kept, or what was deleted and can still be restored.
select id, user_id, path, mime_type, size_bytes, width, height, duration_seconds, alt_text, metadata, created_at, deleted_at
  from files
 where workspace_id = %(workspace)s
   and case when %(deleted)s then deleted_at > %(now)s::timestamptz - interval '30 days' else deleted_at is null end
   and (%(own)s::boolean is false or metadata ->> 'generated' is null)
   and (%(kind)s::text is null or mime_type like case when %(kind)s::text = 'document' then 'application/pdf' else %(kind)s::text || '/%%' end)
   and (%(text)s::text is null or position(lower(%(text)s) in lower(coalesce(metadata ->> 'name', '') || ' ' || coalesce(alt_text, ''))) > 0)
   and (%(after)s::timestamptz is null or (created_at, id) < (%(after)s::timestamptz, %(after_id)s::uuid))
 order by created_at desc, id desc
 limit %(limit)s;

-- name: change_file
-- Another name or alternative text.
update files
   set alt_text = coalesce(%(alt)s::text, alt_text),
       metadata = case when %(name)s::text is null then metadata else metadata || jsonb_build_object('name', %(name)s::text) end
 where workspace_id = %(workspace)s and id = %(id)s and deleted_at is null;

-- name: restore_file
-- Brings a deleted file back.
update files set deleted_at = null where workspace_id = %(workspace)s and id = %(id)s;

-- name: posts_that_show
-- How many posts that are still to go out hold a file.
select count(*) from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.status in ('scheduled', 'processing', 'needs_review')
   and position(%(id)s::uuid::text in lower(s.snapshot ->> 'media')) > 0;

-- name: media_room
-- What the media of a workspace take, previews of documents and what is announced included, and what they may.
select coalesce((select sum(f.size_bytes + case when jsonb_typeof(f.metadata -> 'preview_bytes') = 'number'
                                                then greatest((f.metadata ->> 'preview_bytes')::numeric, 0) else 0 end)
                   from files f where f.workspace_id = w.id), 0)::bigint
         + app.announced_bytes(w.id, %(but)s::uuid) as used,
       coalesce((w.settings ->> 'media_quota_bytes')::bigint, %(usual)s)::bigint as quota
  from workspaces w
 where w.id = %(workspace)s;

-- name: set_media_quota
-- What the media of a workspace may take.
update workspaces set settings = settings || jsonb_build_object('media_quota_bytes', %(quota)s::bigint) where id = %(workspace)s;

-- name: lock_uploads
-- Who announces an upload in a workspace takes turns: room and number are looked at, then taken.
select pg_advisory_xact_lock(hashtextextended('uploads:' || %(workspace)s::text, 0));

-- name: open_uploads
-- The caller's own that are not whole yet, eldest first.
select id from uploads
 where workspace_id = %(workspace)s and user_id = auth.uid() and file_id is null and expires_at > %(now)s
 order by created_at, id;

-- name: insert_upload
-- A large file is announced.
insert into uploads (workspace_id, user_id, name, alt_text, total_bytes, expires_at)
values (%(workspace)s, auth.uid(), %(name)s, %(alt)s, %(total)s, %(expires)s)
returning id, name, alt_text, total_bytes, received_bytes, file_id, expires_at, lease;

-- name: get_upload
-- One of the caller's own, unless its time is over.
select id, name, alt_text, total_bytes, received_bytes, file_id, expires_at, lease
  from uploads
 where workspace_id = %(workspace)s and id = %(id)s and expires_at > %(now)s;

-- name: take_upload
-- Takes the right to write the next piece, or to make the file; nobody else has it until then. The number of this lease.
update uploads set taken_until = %(until)s, lease = lease + 1
 where workspace_id = %(workspace)s and id = %(id)s and file_id is null and received_bytes = %(at)s
   and (taken_until is null or taken_until < %(now)s)
returning lease;

-- name: advance_upload
-- A piece is on the disk. Who brought the last one keeps the lease, to make the file.
update uploads
   set received_bytes = %(received)s, expires_at = %(expires)s,
       taken_until = case when %(received)s = total_bytes then %(until)s::timestamptz end
 where workspace_id = %(workspace)s and id = %(id)s and lease = %(lease)s;

-- name: finish_upload
-- It became a file.
update uploads set file_id = %(file)s, taken_until = null
 where workspace_id = %(workspace)s and id = %(id)s and lease = %(lease)s and file_id is null;

-- name: remove_upload
-- Given up, or refused; with `lease` only by who holds it.
delete from uploads where workspace_id = %(workspace)s and id = %(id)s and (%(lease)s::int is null or lease = %(lease)s::int);

-- name: uploads_over
-- Removes uploads whose time is over, in every workspace.
delete from uploads where expires_at < %(now)s returning id;

-- name: insert_conversion
-- Somebody asks for a copy that fits a platform; nothing when one is being made.
insert into media_conversions (workspace_id, user_id, file_id, platform, adaptation_id)
values (%(workspace)s, auth.uid(), %(file)s, %(platform)s, %(draft)s)
on conflict (workspace_id, file_id, platform) where status in ('waiting', 'running') do nothing
returning id;

-- name: get_conversion
-- How a copy stands.
select id, file_id, platform, adaptation_id, user_id, status, progress, result_file_id, error
  from media_conversions
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: conversions_of_draft
-- The latest of each file and platform, of one draft.
select distinct on (file_id, platform) id, file_id, platform, adaptation_id, user_id, status, progress, result_file_id, error
  from media_conversions
 where workspace_id = %(workspace)s and adaptation_id = %(draft)s
 order by file_id, platform, created_at desc, id;

-- name: begin_conversion
-- A worker begins; nothing when it is done or another worker is at it.
update media_conversions set status = 'running', beat_at = %(now)s
 where workspace_id = %(workspace)s and id = %(id)s
   and (status = 'waiting' or status = 'running' and beat_at < %(silent)s);

-- name: beat_conversion
-- How far it is.
update media_conversions set progress = %(progress)s, beat_at = %(now)s
 where workspace_id = %(workspace)s and id = %(id)s and status = 'running';

-- name: end_conversion
-- It is there, or it failed.
update media_conversions
   set status = case when %(error)s::text is null then 'ready' else 'failed' end, error = %(error)s, result_file_id = %(result)s,
       progress = case when %(error)s::text is null then 100 else progress end, finished_at = %(now)s
 where workspace_id = %(workspace)s and id = %(id)s and status = 'running';

-- name: enqueue_conversion
-- Asks for the copy to be made.
select app.enqueue('convert_media', %(workspace)s, array[%(id)s]::uuid[]);
