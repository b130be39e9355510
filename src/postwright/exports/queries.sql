-- name: add_export
-- Asks for an archive; the policies say who may have which.
insert into exports (workspace_id, kind) values (%(workspace)s, %(kind)s) returning id;

-- name: enqueue_export
-- Its job, in the same transaction.
select app.enqueue('make_export', %(workspace)s, array[%(id)s::uuid]);

-- name: list_exports
-- The caller's own, of this workspace and of their own data, latest first.
select e.id, e.workspace_id, w.name as workspace_name, w.environment, e.kind, e.status, e.rows_total, e.rows_done, e.bytes_total,
       e.bytes_done, e.size_bytes, e.sha256, e.error, e.path, e.created_at, e.finished_at, e.expires_at
  from exports e join workspaces w on w.id = e.workspace_id
 where e.workspace_id = any (array[%(workspace)s::uuid, app.personal_workspace()]) and e.user_id = %(user)s and e.removed_at is null
   and (%(before)s::timestamptz is null or (e.created_at, e.id) < (%(before)s, %(before_id)s::uuid))
 order by e.created_at desc, e.id desc
 limit %(limit)s;

-- name: get_export
-- One of the caller's own.
select e.id, e.workspace_id, w.name as workspace_name, w.environment, e.kind, e.status, e.rows_total, e.rows_done, e.bytes_total,
       e.bytes_done, e.size_bytes, e.sha256, e.error, e.path, e.created_at, e.finished_at, e.expires_at
  from exports e join workspaces w on w.id = e.workspace_id
 where e.workspace_id = any (array[%(workspace)s::uuid, app.personal_workspace()]) and e.user_id = %(user)s and e.removed_at is null
   and e.id = %(id)s;

-- name: asked_since
-- How many the caller asked for of late, those removed too.
select count(*) from exports where user_id = %(user)s and created_at > %(since)s and workspace_id = any (app.my_workspaces());

-- name: under_way
-- Whether one of the caller's is being made of this already.
select exists (select from exports
                where workspace_id = %(workspace)s and user_id = %(user)s and kind = %(kind)s and status in ('waiting', 'running') and removed_at is null);

-- name: remove_export
-- Its maker wants it no longer.
update exports set removed_at = %(now)s
 where workspace_id = any (array[%(workspace)s::uuid, app.personal_workspace()]) and user_id = %(user)s and id = %(id)s and removed_at is null;

-- name: personal_workspace
-- The caller's.
select app.personal_workspace();

-- name: export_counts
-- How many rows an export would hold now, by table.
select name, rows from app.export_counts(%(kind)s, %(workspace)s) order by name;

-- name: count_media
-- How many files of the library, and their bytes.
select count(*) as files, coalesce(sum(size_bytes), 0)::bigint as bytes from files where workspace_id = %(workspace)s;

-- name: begin_export
-- Takes an export on, for the first time or after a worker's death: whoever had it before may not finish it any more.
update exports e
   set status = 'running', attempt = e.attempt + 1, started_at = coalesce(e.started_at, %(now)s), beat_at = %(now)s, rows_done = 0, bytes_done = 0
  from workspaces w, users u
 where e.id = %(id)s and e.workspace_id = %(workspace)s and e.status in ('waiting', 'running') and e.removed_at is null
   and w.id = e.workspace_id and w.deleted_at is null and u.id = e.user_id and u.is_active
returning e.id, e.attempt, e.kind, e.user_id, e.workspace_id, w.name as workspace_name, w.environment, u.email, u.full_name, u.timezone,
          (select m.role from workspace_members m where m.workspace_id = e.workspace_id and m.user_id = e.user_id) as role;

-- name: export_plan
-- What it holds, table by table.
select name, query from app.export_plan(%(kind)s, %(user)s, %(workspace)s);

-- name: beat
-- How far it is; touches nothing once another attempt has it, or once its maker wants it no longer.
update exports set beat_at = %(now)s, rows_total = %(rows_total)s, rows_done = %(rows_done)s, bytes_total = %(bytes_total)s, bytes_done = %(bytes_done)s
 where id = %(id)s and workspace_id = %(workspace)s and attempt = %(attempt)s and status = 'running' and removed_at is null;

-- name: finish_export
-- It is ready, unless another attempt has it by now.
update exports
   set status = 'ready', path = %(path)s, size_bytes = %(size)s, sha256 = %(sha256)s, finished_at = %(now)s, expires_at = %(expires)s,
       rows_total = %(rows)s, rows_done = %(rows)s, bytes_total = %(bytes)s, bytes_done = %(bytes)s
 where id = %(id)s and workspace_id = %(workspace)s and attempt = %(attempt)s and status = 'running' and removed_at is null;

-- name: fail_export
-- It cannot be made, in words.
update exports set status = 'failed', error = %(error)s, finished_at = %(now)s
 where id = %(id)s and workspace_id = %(workspace)s and attempt = %(attempt)s and status in ('waiting', 'running');

-- name: next_media
-- Files of the library, some at a time, in the order of their ids.
select id, coalesce(metadata ->> 'name', path) as name, mime_type, size_bytes
  from files
 where workspace_id = %(workspace)s and (%(after)s::uuid is null or id > %(after)s::uuid)
 order by id
 limit %(limit)s;

-- name: expire_exports
-- Their week is over.
update exports set status = 'expired' where status = 'ready' and expires_at <= %(now)s;

-- name: silent_exports
-- Exports whose worker has been silent: their jobs are put into the queue again, unless one waits there.
select app.enqueue('make_export', e.workspace_id, array[e.id])
  from exports e join workspaces w on w.id = e.workspace_id join users u on u.id = e.user_id
 where e.status in ('waiting', 'running') and e.removed_at is null and coalesce(e.beat_at, e.created_at) < %(before)s
   and w.deleted_at is null and u.is_active;

-- name: kept_exports
-- Those among these ids whose archive is there, or on its way.
select id from exports where id = any (%(ids)s::uuid[]) and status in ('waiting', 'running', 'ready') and removed_at is null;

-- name: forget_old_exports
-- What was asked for long ago.
delete from exports where created_at < %(before)s;

-- name: loose_media
-- Files of deleted accounts whose bytes are still there.
select app.loose_media(%(limit)s);

-- name: forgot_media
-- They are gone.
select app.forgot_media(%(places)s);

-- name: leaving
-- What becomes of the caller's workspaces when their account goes.
select workspace_id, name, environment, personal, fate, members, accounts, drafts, scheduled, published, files from app.leaving();

-- name: delete_me
-- Deletes the caller's account.
select app.delete_me();

-- name: session_began
-- When the caller signed in here.
select created_at from sessions where id = %(session)s and user_id = %(user)s;
