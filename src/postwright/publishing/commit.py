"""Schedules posts: from the plan to a commitment with the content frozen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import psycopg

from postwright.calendar.store import lock_plan
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.render import age
from postwright.errors import InvalidInput, NotFound
from postwright.kit.time import to_wall
from postwright.platforms.base import Finding
from postwright.publishing import verbs
from postwright.publishing.already import same_elsewhere
from postwright.publishing.resolve import PlannedItem, Resolved, resolve

When = Literal["slot", "now"] | datetime

MAX_AT_ONCE = 500
_FARTHEST = timedelta(days=730)
_COMMITTED = frozenset({"scheduled", "processing", "needs_review", "completed"})


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of one post: its commitment, or what stopped it. Warnings come along with a commitment."""

    item_id: UUID
    scheduled_post_id: UUID | None
    findings: list[Finding]


async def commit(
    db: Conn, actor: Actor, item_ids: Sequence[UUID], *, now: datetime, when: When, again: Collection[UUID] = ()
) -> list[Committed]:
    """Schedules each post for its slot, for now, or for a moment; in the order of `item_ids`.

    A rule stops only the post that breaks it. A post that is scheduled already keeps its commitment (and
    moves when `when` is a time). What the draft said on an account once is not said there again (rule already_sent)
    unless `again` names the account. Raises InvalidInput when `when` itself is no usable time.
    """
    if len(item_ids) > MAX_AT_ONCE:
        raise InvalidInput(f"At most {MAX_AT_ONCE} posts are scheduled at once.", field="ids", rule="max_items")
    if isinstance(when, datetime):
        _check_time(when, now)
    ids = list(dict.fromkeys(item_ids))
    await lock_plan(db, actor.home)  # whoever plans, moves or schedules in this workspace takes turns
    await verbs.lock_commitments(db, actor.home, ids)
    items = {each.id: each for each in await verbs.items_to_commit(db, actor.home, ids)}
    return [await _commit_one(db, actor, items.get(each), each, now, when, again) for each in ids]


def must_hold(done: Committed) -> None:
    """For a caller that schedules a single post: what stopped it is raised, as NotFound or InvalidInput."""
    if done.scheduled_post_id is not None:
        return
    first = next(each for each in done.findings if each.level == "error")
    if first.rule == "exists":
        raise NotFound(first.message)
    raise InvalidInput(first.message, field=first.field, rule=first.rule)


async def check(db: Conn, actor: Actor, item_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, list[Finding]]:
    """What stands in the way of each post that is still planned, and what its platform warns of; changes nothing."""
    found = await verbs.items_to_commit(db, actor.home, list(item_ids))
    return {each.id: await _findings(db, actor, each, now) for each in found if each.status in {"queued", "scheduled"}}


async def _findings(db: Conn, actor: Actor, item: PlannedItem, now: datetime) -> list[Finding]:
    resolved = await resolve(db, actor, item)
    if item.commitment_status in _COMMITTED:
        return [each for each in resolved.findings if each.level == "warning"]
    stops = (_check_slot(item, now), await _check_twice(db, actor, item, resolved, ()))
    return [*(each for each in stops if each), *resolved.findings]


async def _commit_one(
    db: Conn, actor: Actor, item: PlannedItem | None, item_id: UUID, now: datetime, when: When, again: Collection[UUID]
) -> Committed:
    if item is None:
        return _stopped(item_id, Finding("id", "exists", "There is no such post."))
    if item.commitment_status in _COMMITTED:
        return await _keep(db, actor, item, now, when)
    if item.status != "queued":
        return _stopped(item_id, _not_plannable(item))
    late = _check_slot(item, now) if when == "slot" else None
    resolved = await resolve(db, actor, item)
    twice = await _check_twice(db, actor, item, resolved, again)
    stops = [each for each in (late, twice) if each]
    if stops or resolved.stopped:
        return Committed(item_id, None, [*stops, *resolved.findings])
    return await _insert(db, actor, item, resolved, now, when)


async def _insert(db: Conn, actor: Actor, item: PlannedItem, resolved: Resolved, now: datetime, when: When) -> Committed:
    """In a savepoint of its own: a post that the database refuses takes no other down with it."""
    try:
        async with db.transaction():
            item = await _retime(db, actor, item, now, when)
            made = await verbs.commit_post(db, actor, item, resolved)
    except psycopg.errors.UniqueViolation:
        same = "The same content stands in this slot of this account already, or somebody scheduled it just now."
        return _stopped(item.id, Finding("scheduled_at", "one_slot", same))
    return Committed(item.id, made, list(resolved.findings))


async def _keep(db: Conn, actor: Actor, item: PlannedItem, now: datetime, when: When) -> Committed:
    """Scheduling twice is scheduling once; a time moves what has not begun."""
    if when != "slot" and item.commitment_status == "scheduled":
        await _retime(db, actor, item, now, when)
    return Committed(item.id, item.commitment_id, [])


async def _retime(db: Conn, actor: Actor, item: PlannedItem, now: datetime, when: When) -> PlannedItem:
    if when == "slot":
        return item
    at = when if isinstance(when, datetime) else now
    zone = item.timezone or "UTC"
    wall, fold = to_wall(at, zone)
    await verbs.retime_item(db, actor.home, item.id, at=at, wall=wall, timezone=zone, fold=fold)
    return replace(item, scheduled_at=at, timezone=zone)


def _check_time(when: datetime, now: datetime) -> None:
    if when.tzinfo is None:
        raise InvalidInput("Give the time with its offset, such as 2026-12-01T09:00:00Z.", field="when", rule="offset")
    if when < now:
        raise InvalidInput(f"That was {age(when, now)}: choose a time to come, or publish now.", field="when", rule="past")
    if when > now + _FARTHEST:
        raise InvalidInput("Posts are scheduled at most two years ahead.", field="when", rule="horizon")


def _check_slot(item: PlannedItem, now: datetime) -> Finding | None:
    if item.scheduled_at is None:
        return Finding("scheduled_at", "no_slot", "This post has no slot yet: give it a time, or publish it now.")
    if item.scheduled_at < now:
        return Finding("scheduled_at", "past", f"Its slot passed {age(item.scheduled_at, now)}: give it a new time, or publish it now.")
    return None


async def _check_twice(db: Conn, actor: Actor, item: PlannedItem, resolved: Resolved, again: Collection[UUID]) -> Finding | None:
    if item.adaptation_id is None or item.connection_id is None or item.connection_id in again:
        return None
    same = await same_elsewhere(db, actor.home, item.adaptation_id, item.connection_id, resolved.snapshot, apart=item.id)
    return same.finding() if same else None


def _not_plannable(item: PlannedItem) -> Finding:
    if item.status == "failed":
        return Finding("state", "state", "This post failed: send it again instead.")
    return Finding("state", "state", "This post was canceled: plan it anew." if item.status == "canceled" else "This post is out already.")


def _stopped(item_id: UUID, finding: Finding) -> Committed:
    return Committed(item_id, None, [finding])
