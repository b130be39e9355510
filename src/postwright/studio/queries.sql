-- name: insert_draft
-- A new draft of the caller.
insert into content_adaptations (workspace_id, user_id, title, original_idea, source, adaptations, origin)
values (%(workspace)s, coalesce(%(user)s::uuid, auth.uid()), %(title)s, %(text)s, %(source)s, %(adaptations)s, %(origin)s)
returning id;

-- name: get_draft
-- One draft, deleted ones too.
select id, title, original_idea, source, adaptations, version, origin, user_id, created_at, updated_at, deleted_at
  from content_adaptations
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: lock_draft
-- One draft, locked until the transaction ends: two edits of it come one after the other.
select id, title, original_idea, source, adaptations, version, origin, user_id, created_at, updated_at, deleted_at
  from content_adaptations
 where workspace_id = %(workspace)s and id = %(id)s
   for update;

-- name: save_draft
-- Writes a changed draft and counts the change.
update content_adaptations
   set title = %(title)s, original_idea = %(text)s, source = %(source)s, adaptations = %(adaptations)s, version = %(version)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: set_deleted
-- Marks a draft as deleted, or brings it back (deleted_at null).
update content_adaptations
   set deleted_at = %(deleted_at)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: list_drafts
-- Drafts of the workspace, newest first: those kept, or those deleted less than 30 days ago; by words of title or idea.
select id, title, original_idea, source, adaptations, version, origin, user_id, created_at, updated_at, deleted_at
  from content_adaptations
 where workspace_id = %(workspace)s
   and case when %(deleted)s then deleted_at > %(now)s::timestamptz - interval '30 days' else deleted_at is null end
   and (%(text)s::text is null or position(lower(%(text)s) in lower(coalesce(title, '') || ' ' || original_idea)) > 0)
   and (%(after)s::timestamptz is null or (created_at, id) < (%(after)s, %(after_id)s::uuid))
 order by created_at desc, id desc
 limit %(limit)s;

-- name: find_same
-- Drafts of exactly this idea, newest first.
select id from content_adaptations
 where workspace_id = %(workspace)s and idea_hash = %(hash)s and deleted_at is null
 order by created_at desc limit 20;

-- name: member_name
-- What a member of the workspace is called; null for who left it.
select full_name from app.members(%(workspace)s) where user_id = %(user)s;

-- name: enqueue_render
-- Asks for a draft's pending media to be made.
select app.enqueue('render_media', %(workspace)s, array[%(id)s]::uuid[]);

-- name: own_draft_exists
-- Whether the caller ever made a draft here by hand.
select exists (select from content_adaptations where workspace_id = %(workspace)s and user_id = %(user)s and source ->> 'via' = 'composer');
