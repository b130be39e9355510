-- What stands in the way of a post, and what it costs.

-- name: earlier_posts
-- The posts of a draft that are on their way, out, or given up while nobody knew (status given_up: they may be out), an
-- account's latest first. Canceled and failed ones left nothing behind.
select i.id as item_id, i.adaptation_id as draft_id, i.platform_connection_id as connection_id, s.platform, s.snapshot,
       case s.status when 'failed' then 'given_up' else s.status end as status,
       coalesce(p.published_at, i.scheduled_at) as at, i.timezone
  from content_schedule_items i
  join scheduled_posts s on s.workspace_id = i.workspace_id and s.schedule_item_id = i.id
  left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
 where i.workspace_id = %(workspace)s and i.adaptation_id = any (%(drafts)s::uuid[])
   and (i.adaptation_id, i.platform_connection_id) in (select * from unnest(%(drafts)s::uuid[], %(connections)s::uuid[]))
   and (s.status in ('scheduled', 'processing', 'needs_review', 'completed')
        or s.status = 'failed' and 'unknown' = (
           select a.phase from publish_attempts a
            where a.workspace_id = s.workspace_id and a.scheduled_post_id = s.id order by a.number desc limit 1))
 order by i.platform_connection_id, s.created_at desc, s.id;

-- name: said_lately
-- Of each post (ids, connections and contents are parallel) when another one last said the same on its account. What is on its
-- way counts as well; what was canceled or failed left nothing behind.
select w.id as item_id, max(coalesce(p.published_at, s.scheduled_for)) as at
  from unnest(%(ids)s::uuid[], %(connections)s::uuid[], %(contents)s::text[]) as w (id, connection_id, content)
  join scheduled_posts s on s.workspace_id = %(workspace)s and s.platform_connection_id = w.connection_id and s.content = w.content
  left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
 where s.workspace_id = %(workspace)s and s.scheduled_for >= %(since)s and s.status in ('scheduled', 'processing', 'needs_review', 'completed')
   and s.schedule_item_id is distinct from w.id
   and p.published_at is not null
 group by w.id;

-- name: budgets
-- What is left of the platforms' limits for some accounts.
select b.platform_connection_id as connection_id, b.name, b.remaining::float8 as remaining, b.capacity::float8 as capacity,
       b.per_seconds::float8 as per_seconds, b.blocked_until, b.updated_at, b.only_for,
       (select l.source from platform_limits l join platforms p on p.id = l.platform_id
         where p.slug = c.platform and l.name = b.name order by l.checked_on desc limit 1) as source
  from rate_budgets b
  join platform_connections c on c.workspace_id = b.workspace_id and c.id = b.platform_connection_id
 where b.workspace_id = %(workspace)s and b.platform_connection_id = any (%(connections)s::uuid[]);

-- name: billed_posts
-- What may cost money in a span of time on accounts of some platforms: what went out, and what is to go out.
select s.platform_connection_id as connection_id, s.platform, s.content, s.snapshot, s.status
  from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.platform = any (%(platforms)s::text[])
   and s.scheduled_for >= %(start)s and s.scheduled_for < %(end)s and s.status in ('scheduled', 'processing', 'needs_review', 'completed');

-- name: cost_budget
-- What a workspace means to spend on its platforms in a month, dollars; null: it named nothing.
select (w.settings ->> 'monthly_platform_budget')::float8 from workspaces w
 where w.id = %(workspace)s and jsonb_typeof(w.settings -> 'monthly_platform_budget') = 'number';

-- name: set_cost_budget
-- Names what a workspace means to spend in a month, or takes it back (null).
update workspaces w
   set settings = case when %(dollars)s::float8 is null then w.settings - 'monthly_platform_budget'
                       else w.settings || jsonb_build_object('monthly_platform_budget', %(dollars)s::float8) end
 where w.id = %(workspace)s;
