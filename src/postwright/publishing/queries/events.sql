-- The feed of events.

-- name: events_after
-- Events of a workspace in their order, after a place in it; none of a transaction that could still be preceded by another.
-- A place of a transaction to come is of the server before a restore: its position counts.
select e.id, e.kind, e.subject, e.at, e.actor, e.data, e.xact::text as xact, e.position
  from events e
 where e.workspace_id = %(workspace)s
   and e.xact < pg_snapshot_xmin(pg_current_snapshot())
   and (e.xact, e.position) > (
       case when %(xact)s::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) then '0'::xid8 else %(xact)s::text::xid8 end,
       %(position)s::bigint)
   and (%(kind)s::text is null or e.kind = %(kind)s::text or starts_with(e.kind, %(kind)s::text || '.'))
 order by e.xact, e.position
 limit %(limit)s;

-- name: events_end
-- The place behind every event that can be read now: where a reader begins that wants only what is to come.
select (pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1)::text;

-- name: prune_events
-- Events of more than 30 days go.
select app.prune_events(%(now)s);
