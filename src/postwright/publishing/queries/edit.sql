-- What people change of a post before it goes out: its content, its labels; and copies of it.

-- name: edits_made
-- Each time somebody changed what the post says.
select e.created_at, e.user_id, e.voided_approval, e.restored_from is not null as restored
  from post_edits e
 where e.workspace_id = %(workspace)s and e.schedule_item_id = %(item)s
 order by e.created_at, e.id;

-- name: list_edits
-- What the post said before and after each change, the latest first; `name` is who made it, null for somebody who left.
select e.id, e.created_at, e.user_id, m.full_name as name, e.before, e.after, e.voided_approval, e.restored_from, e.origin
  from post_edits e
  left join app.members(%(workspace)s) m on m.user_id = e.user_id
 where e.workspace_id = %(workspace)s and e.schedule_item_id = %(item)s
   and (%(after)s::timestamptz is null or (e.created_at, e.id) < (%(after)s::timestamptz, %(after_id)s::uuid))
 order by e.created_at desc, e.id desc
 limit %(limit)s;

-- name: one_edit
-- What the post said before one change.
select e.before from post_edits e where e.workspace_id = %(workspace)s and e.schedule_item_id = %(item)s and e.id = %(edit)s;

-- name: set_content
-- The post says this from now on, by itself: it no longer follows its draft.
update content_schedule_items i set content = %(content)s
 where i.workspace_id = %(workspace)s and i.id = %(item)s;

-- name: change_commitment
-- A scheduled or failed post says something else from now on. An approval that was given is void by trigger.
update scheduled_posts s set content = %(content)s, snapshot = %(snapshot)s
 where s.workspace_id = %(workspace)s and s.id = %(post)s and s.status in ('scheduled', 'failed');

-- name: note_edit
-- Who changed what a post says, before and after.
insert into post_edits (workspace_id, schedule_item_id, before, after, voided_approval, restored_from, origin)
values (%(workspace)s, %(item)s, %(before)s, %(after)s, %(voided)s, %(restored_from)s, %(origin)s)
returning id;

-- name: item_exists
-- Whether there is such a post.
select exists (select from content_schedule_items i where i.workspace_id = %(workspace)s and i.id = %(item)s);

-- name: copy_item
-- A planned post with content of its own, on another account or at another time. The draft that it came from is kept in mind.
insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, adaptation_id, content, content_format,
                                    labels, scheduled_at, wall_time, timezone, fold, slot_reason, slot_value, origin)
select i.workspace_id, i.calendar_id, pl.id, c.id, i.adaptation_id, %(content)s, %(format)s, i.labels, %(at)s, %(wall)s, %(timezone)s, %(fold)s,
       %(reason)s, %(value)s, %(origin)s
  from content_schedule_items i
  join platform_connections c on c.workspace_id = i.workspace_id and c.id = %(connection)s
  join platforms pl on pl.slug = c.platform
 where i.workspace_id = %(workspace)s and i.id = %(item)s
returning id;

-- name: label_items
-- Adds a label to posts, or takes it off; which.
update content_schedule_items i
   set labels = case when %(off)s then array_remove(i.labels, %(label)s::text) else array_append(array_remove(i.labels, %(label)s::text), %(label)s::text) end
 where i.workspace_id = %(workspace)s and i.id = any (%(ids)s::uuid[]) and (cardinality(i.labels) < 50 or %(off)s)
returning i.id;

-- name: public_parts
-- How many parts of a thread are out by what the latest try kept, and what the commitment says.
select (select count(*) from jsonb_each(last.remote_ids) kept where kept.key ~ '^part_[0-9]+$' and kept.value <> 'null')::int as count,
       s.content, s.snapshot
  from scheduled_posts s
  cross join lateral (
       select a.remote_ids from publish_attempts a
        where a.workspace_id = s.workspace_id and a.scheduled_post_id = s.id
        order by a.number desc limit 1) last
 where s.workspace_id = %(workspace)s and s.id = %(post)s;
