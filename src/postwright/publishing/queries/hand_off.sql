-- Posts by hand.

-- name: turn_hand_offs
-- Tells of posts that a person posts by hand and whose time has come; reminds; gives up: {told, reminded, missed}.
select app.turn_hand_offs(%(now)s);

-- name: choose_way
-- A person says that they post it by hand, or that Postwright does.
select app.choose_way(%(item)s, %(by_hand)s);

-- name: post_by_hand
-- A person says that they posted it, and where; null: no such post waits for it.
select app.post_by_hand(%(item)s, %(url)s, %(remote_id)s, %(now)s);

-- name: hand_off_of
-- How far a post by hand is, and where its account is.
select s.hand_off, h.told_at, h.reminded_at, c.handle, c.host, l.detail as reason, w.environment is not distinct from 'sandbox' as simulated
  from scheduled_posts s
  join workspaces w on w.id = s.workspace_id
  left join hand_offs h on h.workspace_id = s.workspace_id and h.scheduled_post_id = s.id and h.done_at is null
  left join platform_connections c on c.workspace_id = s.workspace_id and c.id = s.platform_connection_id
  join platforms p on p.slug = s.platform
  left join platform_limits l on l.platform_id = p.id and l.name = 'by_hand' and l.content_format = s.snapshot ->> 'format'
 where s.workspace_id = %(workspace)s and s.schedule_item_id = %(item)s and s.status = 'scheduled';
