-- Links that people gave, and under which ids platforms know the posts there.

-- name: owner_of_link
-- The account whose post a link is said to lead to.
select c.platform, c.platform_user_id, c.handle, c.host, coalesce(c.profile_data, '{}') as profile
  from platform_connections c where c.workspace_id = %(workspace)s and c.id = %(connection)s;

-- name: nameless_posts
-- Posts that people confirmed by a link within the last day, on platforms whose links carry no id. For the service.
select p.workspace_id, p.id, p.platform_connection_id as connection_id, p.platform_url as url
  from published_posts p
 where p.status = 'published' and p.platform_post_id is null and p.platform_connection_id is not null and p.platform = any (%(platforms)s::text[])
   and p.platform_url like 'https://%%' and p.metadata ? 'confirmed_at' and p.created_at > now() - interval '1 day'
 order by p.created_at
 limit 50;

-- name: name_post
-- The post's id there is known now: its first comment may be looked for and written.
with named as (
    update published_posts p set platform_post_id = %(remote_id)s
     where p.workspace_id = %(workspace)s and p.id = %(post)s and p.platform_post_id is null
    returning p.workspace_id, p.id, p.platform_post_id
)
insert into first_comments (workspace_id, scheduled_post_id, platform_connection_id, platform, remote_id, content, sent_at)
select s.workspace_id, s.id, s.platform_connection_id, s.platform, n.platform_post_id, s.snapshot #>> '{options,first_comment}', now()
  from named n
  join scheduled_posts s on s.workspace_id = n.workspace_id and s.published_post_id = n.id
 where coalesce(trim(s.snapshot #>> '{options,first_comment}'), '') <> ''
on conflict (workspace_id, scheduled_post_id, part) do nothing;
