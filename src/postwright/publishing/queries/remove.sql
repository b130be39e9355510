-- Deleting a post at its platform.

-- name: removals_made
-- Each time somebody had the post deleted on its platform.
select r.created_at, r.user_id, r.status, r.error, r.finished_at
  from post_removals r
  join published_posts p on p.workspace_id = r.workspace_id and p.id = r.published_post_id
 where r.workspace_id = %(workspace)s and p.schedule_item_id = %(item)s
 order by r.created_at, r.id;

-- name: removable
-- The published posts of some items, with where they are.
select p.id, p.schedule_item_id as item_id, p.platform, p.platform_connection_id as connection_id, p.platform_post_id as remote_id, p.status,
       c.is_active, c.health, coalesce(c.display_name, c.handle) as account_name, p.platform_url as url,
       exists (select from post_removals r where r.workspace_id = p.workspace_id and r.published_post_id = p.id and r.status = 'asked') as asked,
       parts.known, parts.planned
  from published_posts p
 cross join lateral app.parts_of(p.workspace_id, p.id) parts
  left join platform_connections c on c.workspace_id = p.workspace_id and c.id = p.platform_connection_id
 where p.workspace_id = %(workspace)s and p.schedule_item_id = any (%(items)s::uuid[]) and p.status in ('published', 'deleted');

-- name: ask_removals
-- Somebody wants these published posts deleted on their platforms; one that is being deleted already is left at that.
insert into post_removals (workspace_id, published_post_id, origin)
select p.workspace_id, p.id, %(origin)s from published_posts p where p.workspace_id = %(workspace)s and p.id = any (%(posts)s::uuid[])
on conflict (workspace_id, published_post_id) where status = 'asked' do nothing
returning id;

-- name: enqueue_removals
-- Has the worker see to the deletions.
select app.enqueue('remove_posts', %(workspace)s, %(ids)s::uuid[]);

-- name: open_removals
-- Deletions that are still to be done, with where the posts are. For the service.
select r.id, r.workspace_id, r.published_post_id, p.platform_connection_id as connection_id, p.platform, p.platform_post_id as remote_id, r.tries,
       parts.known, parts.planned, parts.comment_id, coalesce(array(select jsonb_array_elements_text(r.error -> 'gone')), '{}') as gone
  from post_removals r
  join published_posts p on p.workspace_id = r.workspace_id and p.id = r.published_post_id
 cross join lateral app.parts_of(p.workspace_id, p.id) parts
 where r.workspace_id = %(workspace)s and r.id = any (%(ids)s::uuid[]) and r.status = 'asked';

-- name: lost_removals
-- Deletions that nobody sees to any more, because the worker went down with their job. For the service.
select r.workspace_id, array_agg(r.id) as ids from post_removals r
 where r.status = 'asked' and r.created_at < %(now)s::timestamptz - interval '15 minutes'
 group by r.workspace_id;

-- name: end_removal
-- The post is gone there (or was already); what it was stays. `error` says what of it is still public.
with ended as (
    update post_removals r set status = 'deleted', finished_at = %(now)s, tries = r.tries + 1, error = %(error)s
     where r.workspace_id = %(workspace)s and r.id = %(id)s and r.status = 'asked'
    returning r.workspace_id, r.published_post_id
)
update published_posts p set status = 'deleted'
  from ended e
 where p.workspace_id = e.workspace_id and p.id = e.published_post_id and p.status = 'published';

-- name: fail_removal
-- A try that did not succeed; `refused` ends it.
update post_removals r
   set tries = r.tries + 1, error = %(error)s, status = case when %(refused)s then 'refused' else r.status end,
       finished_at = case when %(refused)s then %(now)s::timestamptz end
 where r.workspace_id = %(workspace)s and r.id = %(id)s and r.status = 'asked';
