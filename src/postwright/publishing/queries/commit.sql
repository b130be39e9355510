-- From the plan to a commitment, and what people decide about one.

-- name: lock_items
-- Posts that somebody is about to commit to, in one order for all.
select i.id from content_schedule_items i
 where i.workspace_id = %(workspace)s and i.id = any (%(ids)s::uuid[]) order by i.id
   for update;

-- name: items_to_commit
-- Posts with what they would go out with: the draft's variant, the account's condition, and the commitment there may be.
select i.id, i.status, i.scheduled_at, i.timezone, i.platform_connection_id as connection_id, i.adaptation_id, i.content_format, i.options,
       pl.slug as platform, coalesce(i.content, a.adaptations -> pl.slug) as variant, a.deleted_at is not null as draft_deleted,
       c.is_active, c.paused_at is not null as paused, case when c.suspended_at is not null then 'suspended' else c.health end as health,
       coalesce(c.display_name, c.handle) as account_name,
       s.id as commitment_id, s.status as commitment_status, coalesce(s.snapshot, '{}') as snapshot, s.approved_at,
       coalesce(s.requires_approval, w.settings @> '{"require_approval": true}') as needs_approval, c.token_expires_at, c.scope,
       c.environment
  from content_schedule_items i
  join workspaces w on w.id = i.workspace_id
  join platforms pl on pl.id = i.platform_id
  left join content_adaptations a on a.workspace_id = i.workspace_id and a.id = i.adaptation_id
  left join platform_connections c on c.workspace_id = i.workspace_id and c.id = i.platform_connection_id
  left join lateral (
       select x.id, x.status, x.snapshot, x.approved_at, x.requires_approval from scheduled_posts x
        where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
        order by x.created_at desc limit 1) s on true
 where i.workspace_id = %(workspace)s and i.id = any (%(ids)s::uuid[]);

-- name: lock_commitments
-- The commitments of some posts, locked before their items are: the publisher takes them in this order too.
select s.id from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.schedule_item_id = any (%(ids)s::uuid[]) and s.status in ('scheduled', 'failed', 'needs_review')
 order by s.id
   for update;

-- name: cancel_item
-- Takes a post out of the plan; its commitment follows by trigger, which refuses when it is being published.
update content_schedule_items i set status = 'canceled'
 where i.workspace_id = %(workspace)s and i.id = %(item)s and i.status in ('queued', 'scheduled');

-- name: dismiss_item
-- Puts a failed post away; what was tried stays in the ledger.
update content_schedule_items i set status = 'canceled'
 where i.workspace_id = %(workspace)s and i.id = %(item)s and i.status = 'failed';

-- name: last_phase
-- How the latest try of a commitment ended.
select a.phase from publish_attempts a
 where a.workspace_id = %(workspace)s and a.scheduled_post_id = %(post)s
 order by a.number desc limit 1;

-- name: item_status
-- Whether the post exists, and where its commitment stands.
select i.status as item, s.status as commitment, s.id as commitment_id, i.platform_connection_id as connection_id, pl.slug as platform
  from content_schedule_items i
  join platforms pl on pl.id = i.platform_id
  left join lateral (
       select x.id, x.status from scheduled_posts x
        where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
        order by x.created_at desc limit 1) s on true
 where i.workspace_id = %(workspace)s and i.id = %(item)s;

-- name: retry_post
-- A person sends a failed post off again, with the content as it is now.
update scheduled_posts s set status = 'scheduled', content = %(content)s, snapshot = %(snapshot)s
 where s.workspace_id = %(workspace)s and s.id = %(post)s and s.status = 'failed';

-- name: decide_post
-- A person says how an unconfirmed post ended.
update scheduled_posts s set status = %(status)s
 where s.workspace_id = %(workspace)s and s.id = %(post)s and s.status = 'needs_review';

-- name: note_confirmed
-- What a person saw on the account; the publisher turns it into a published post (adopt_confirmed).
insert into published_posts (workspace_id, adaptation_id, platform_connection_id, schedule_item_id, platform, status, content, metadata, scheduled_for)
select s.workspace_id, s.adaptation_id, s.platform_connection_id, s.schedule_item_id, s.platform, 'pending', s.content,
       jsonb_build_object('confirmed_url', %(url)s::text, 'confirmed_id', %(remote_id)s::text, 'confirmed_at', %(now)s::timestamptz), s.scheduled_for
  from scheduled_posts s
 where s.workspace_id = %(workspace)s and s.id = %(post)s;

-- name: known_remote
-- Whether a link or an id on the platform already stands for another post of this account.
select exists (
    select from published_posts p
     where p.workspace_id = %(workspace)s and p.platform_connection_id = %(connection)s
       and (p.platform_url = %(url)s or p.platform_post_id = %(remote_id)s
            or p.status = 'pending' and (p.metadata ->> 'confirmed_url' = %(url)s or p.metadata ->> 'confirmed_id' = %(remote_id)s)));

-- name: retime_items
-- New times for several posts (the arrays are parallel); what their slots were stays in planned_start. Commitments follow by trigger.
update content_schedule_items i
   set planned_start = coalesce(i.planned_start, i.scheduled_at), scheduled_at = t.at, wall_time = t.wall, timezone = t.timezone, fold = t.fold
  from unnest(%(ids)s::uuid[], %(ats)s::timestamptz[], %(walls)s::timestamp[], %(timezones)s::text[], %(folds)s::smallint[])
       as t (id, at, wall, timezone, fold)
 where i.workspace_id = %(workspace)s and i.id = t.id;

-- name: commit_posts
-- The commitments of several posts: content as it is now, the account, the time.
insert into scheduled_posts (workspace_id, schedule_item_id, adaptation_id, platform_connection_id, platform, content, snapshot,
                             scheduled_for, timezone, origin)
select i.workspace_id, i.id, i.adaptation_id, i.platform_connection_id, pl.slug, t.content, t.snapshot, t.at, t.timezone, %(origin)s
  from unnest(%(ids)s::uuid[], %(contents)s::text[], %(snapshots)s::jsonb[], %(ats)s::timestamptz[], %(timezones)s::text[])
       as t (id, content, snapshot, at, timezone)
  join content_schedule_items i on i.workspace_id = %(workspace)s and i.id = t.id
  join platforms pl on pl.id = i.platform_id
 where i.workspace_id = %(workspace)s
returning id, schedule_item_id as item_id;
