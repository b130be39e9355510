-- name: draft
-- What a draft is called, and who made it; nothing when it is deleted.
select coalesce(nullif(a.title, ''), left(a.original_idea, 80)) as title, a.user_id as author
  from content_adaptations a
 where a.workspace_id = %(workspace)s and a.id = %(id)s and a.deleted_at is null;

-- name: post
-- What a post is called, and who made it.
select coalesce(nullif(a.title, ''), left(a.original_idea, 80), nullif(i.content ->> 'title', ''), left(i.content ->> 'text', 80), 'a post') as title,
       i.created_by as author
  from content_schedule_items i
  left join content_adaptations a on a.workspace_id = i.workspace_id and a.id = i.adaptation_id
 where i.workspace_id = %(workspace)s and i.id = %(id)s;

-- name: of_draft
-- The comments of a draft, the first one first.
select c.id, c.user_id, c.adaptation_id, c.schedule_item_id, c.body, c.mentions, c.origin, c.created_at, c.edited_at, c.resolved_at, c.resolved_by
  from comments c
 where c.workspace_id = %(workspace)s and c.adaptation_id = %(id)s
   and (%(open)s::boolean is null or %(open)s = (c.resolved_at is null))
   and (%(after)s::timestamptz is null or (c.created_at, c.id) > (%(after)s, %(after_id)s::uuid))
 order by c.created_at, c.id
 limit %(limit)s;

-- name: of_post
-- The comments of a post, the first one first.
select c.id, c.user_id, c.adaptation_id, c.schedule_item_id, c.body, c.mentions, c.origin, c.created_at, c.edited_at, c.resolved_at, c.resolved_by
  from comments c
 where c.workspace_id = %(workspace)s and c.schedule_item_id = %(id)s
   and (%(open)s::boolean is null or %(open)s = (c.resolved_at is null))
   and (%(after)s::timestamptz is null or (c.created_at, c.id) > (%(after)s, %(after_id)s::uuid))
 order by c.created_at, c.id
 limit %(limit)s;

-- name: comment
-- One comment.
select c.id, c.user_id, c.adaptation_id, c.schedule_item_id, c.body, c.mentions, c.origin, c.created_at, c.edited_at, c.resolved_at, c.resolved_by
  from comments c
 where c.workspace_id = %(workspace)s and c.id = %(id)s;

-- name: names
-- Present names and pictures of members and of those who were members.
select n.user_id as id, coalesce(nullif(n.full_name, ''), 'A member') as name, n.avatar_url, n.is_member
  from app.names(%(workspace)s, %(people)s::uuid[]) n;

-- name: members
-- Whom a comment can name.
select m.user_id as id, coalesce(nullif(m.full_name, ''), 'A member') as name, m.avatar_url, true as is_member
  from app.members(%(workspace)s) m
 order by lower(m.full_name), m.user_id;

-- name: add
-- Adds a comment of the caller's.
insert into comments (workspace_id, adaptation_id, schedule_item_id, body, mentions, origin)
values (%(workspace)s, %(draft)s, %(post)s, %(body)s, %(mentions)s::uuid[], %(origin)s)
returning id;

-- name: change
-- Changes the words of the caller's own comment.
update comments set body = %(body)s, mentions = %(mentions)s::uuid[]
 where workspace_id = %(workspace)s and id = %(id)s and user_id = %(user)s;

-- name: settle
-- Resolves or reopens a comment; what stands so already stays as it is.
update comments set resolved_at = case when %(resolved)s then coalesce(resolved_at, %(now)s) end
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: remove
-- Removes a comment.
delete from comments where workspace_id = %(workspace)s and id = %(id)s;

-- name: talkers
-- Who has commented there.
select distinct c.user_id
  from comments c
 where c.workspace_id = %(workspace)s and c.user_id is not null
   and ((%(draft)s::uuid is not null and c.adaptation_id = %(draft)s) or (%(post)s::uuid is not null and c.schedule_item_id = %(post)s));
