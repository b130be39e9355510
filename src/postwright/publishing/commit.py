"""Schedules posts: from the plan to a commitment with the content frozen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from postwright.calendar.store import lock_plan
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.render import age
from postwright.edge.served import Served
from postwright.errors import InvalidInput, NotFound
from postwright.kit.time import to_wall
from postwright.platforms.rules import Finding
from postwright.publishing import pause, verbs
from postwright.publishing.already import RULE, same
from postwright.publishing.preflight import COMMITTED, Weighed, When, weigh
from postwright.publishing.resolve import PlannedItem

__all__ = ["MAX_AT_ONCE", "Committed", "When", "check", "commit", "must_hold"]

MAX_AT_ONCE = 500
_FARTHEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of one post: its commitment, or what stopped it. Warnings come along with a commitment."""

    item_id: UUID
    scheduled_post_id: UUID | None
    findings: list[Finding]


async def commit(
    db: Conn,
    actor: Actor,
    item_ids: Sequence[UUID],
    *,
    now: datetime,
    when: When,
    again: Collection[UUID] = (),
    served_at: Served | str | None = None,
) -> list[Committed]:
    """Schedules each post for its slot, for now, or for a moment; in the order of `item_ids`.

    A rule stops only the post that breaks it. A post that is scheduled already keeps its commitment (and
    moves when `when` is a time). What the draft said on an account once is not said there again (rule already_sent)
    unless `again` names the account. `served_at` as for resolve_all. Raises InvalidInput when `when` itself is no usable time, Conflict
    where publishing is paused and they shall go out now.
    """
    if len(item_ids) > MAX_AT_ONCE:
        raise InvalidInput(f"At most {MAX_AT_ONCE} posts are scheduled at once.", field="ids", rule="max_items")
    if isinstance(when, datetime):
        _check_time(when, now)
    if when == "now":
        await pause.must_go_on(db, actor, now=now)
    ids = list(dict.fromkeys(item_ids))
    await lock_plan(db, actor.home)  # whoever plans, moves or schedules in this workspace takes turns
    await verbs.lock_commitments(db, actor.home, ids)
    items = {each.id: each for each in await verbs.items_to_commit(db, actor.home, ids)}
    kept = [each for each in items.values() if _is_committed(each)]
    await _retime(db, actor, [each for each in kept if each.commitment_status == "scheduled"], now, when)
    fresh = [items[each] for each in ids if each in items and items[each].status == "queued" and not _is_committed(items[each])]
    done = {each.id: Committed(each.id, each.commitment_id, []) for each in kept}  # scheduling twice is scheduling once
    done |= await _commit_fresh(db, actor, fresh, now, when, again, served_at)
    return [done[each] if each in done else _stopped(each, _not_plannable(items.get(each))) for each in ids]


def must_hold(done: Committed) -> None:
    """For a caller that schedules a single post: what stopped it is raised, as NotFound or InvalidInput."""
    if done.scheduled_post_id is not None:
        return
    first = next(each for each in done.findings if each.level == "error")
    if first.rule == "exists":
        raise NotFound(first.message)
    raise InvalidInput(first.message, field=first.field, rule=first.rule)


async def check(
    db: Conn, actor: Actor, item_ids: Sequence[UUID], *, now: datetime, served_at: Served | str | None = None
) -> dict[UUID, list[Finding]]:
    """What stands in the way of each post that is still planned, and what its platform warns of; changes nothing."""
    found = await verbs.items_to_commit(db, actor.home, list(item_ids), lock=False)
    open_ones = [each for each in found if each.status in {"queued", "scheduled"}]
    weighed = await weigh(db, actor, open_ones, now=now, when="slot", served_at=served_at)
    return {each.item.id: [one for one in each.findings if one.level == "warning" or not _is_committed(each.item)] for each in weighed}


def _is_committed(item: PlannedItem) -> bool:
    return item.commitment_status in COMMITTED


async def _commit_fresh(
    db: Conn, actor: Actor, items: Sequence[PlannedItem], now: datetime, when: When, again: Collection[UUID], served_at: Served | str | None
) -> dict[UUID, Committed]:
    """What nobody committed to yet: what nothing stops is inserted at once, in one statement."""
    ready: list[Weighed] = []
    done: dict[UUID, Committed] = {}
    for each in await weigh(db, actor, items, now=now, when=when, again=again, served_at=served_at):
        twice = _twin(each, ready) if each.item.connection_id not in again else None
        if each.stopped or twice:
            done[each.item.id] = Committed(each.item.id, None, [*([twice] if twice else []), *each.findings])
        else:
            ready.append(each)
    return done | await _insert(db, actor, ready, now, when)


def _twin(post: Weighed, others: Sequence[Weighed]) -> Finding | None:
    """Two posts of one draft for one account are scheduled together, and say the same: the first one goes out."""
    item = post.item
    for each in others if item.adaptation_id else ():
        pair = (each.item.adaptation_id, each.item.connection_id)
        if pair == (item.adaptation_id, item.connection_id) and same(each.resolved.snapshot, post.resolved.snapshot):
            words = "Another of these posts says the same on the same account: one of them goes out."
            return Finding("account", RULE, words)
    return None


async def _insert(db: Conn, actor: Actor, posts: Sequence[Weighed], now: datetime, when: When) -> dict[UUID, Committed]:
    """In a savepoint; where the database refuses one of them, the halves try by themselves until it is found."""
    if not posts:
        return {}
    try:
        async with db.transaction():
            items = await _retime(db, actor, [each.item for each in posts], now, when)
            made = await verbs.commit_posts(db, actor, [(item, each.resolved) for item, each in zip(items, posts, strict=True)])
    except psycopg.errors.UniqueViolation:
        if len(posts) > 1:
            middle = len(posts) // 2
            first = await _insert(db, actor, posts[:middle], now, when)
            return first | await _insert(db, actor, posts[middle:], now, when)
        words = "The same content stands in this slot of this account already, or somebody scheduled it just now."
        return {posts[0].item.id: _stopped(posts[0].item.id, Finding("scheduled_at", "one_slot", words))}
    return {each.item.id: Committed(each.item.id, made[each.item.id], list(each.findings)) for each in posts}


async def _retime(db: Conn, actor: Actor, items: Sequence[PlannedItem], now: datetime, when: When) -> list[PlannedItem]:
    """The posts at their new time; in their slots they stay as they are."""
    if when == "slot" or not items:
        return list(items)
    at = when if isinstance(when, datetime) else now
    times = [verbs.NewTime(each.id, at, *_on_the_clock(at, each.timezone or "UTC")) for each in items]
    await verbs.retime_items(db, actor.home, times)
    return [replace(each, scheduled_at=at, timezone=each.timezone or "UTC") for each in items]


def _on_the_clock(at: datetime, zone: str) -> tuple[datetime, str, int]:
    wall, fold = to_wall(at, zone)
    return wall, zone, fold


def _check_time(when: datetime, now: datetime) -> None:
    if when.tzinfo is None:
        raise InvalidInput("Give the time with its offset, such as 2026-12-01T09:00:00Z.", field="when", rule="offset")
    if when < now:
        raise InvalidInput(f"That was {age(when, now)}: choose a time to come, or publish now.", field="when", rule="past")
    if when > now + _FARTHEST:
        raise InvalidInput("Posts are scheduled at most two years ahead.", field="when", rule="horizon")


def _not_plannable(item: PlannedItem | None) -> Finding:
    if item is None:
        return Finding("id", "exists", "There is no such post.")
    if item.status == "failed":
        return Finding("state", "state", "This post failed: send it again instead.")
    return Finding("state", "state", "This post was canceled: plan it anew." if item.status == "canceled" else "This post is out already.")


def _stopped(item_id: UUID, finding: Finding) -> Committed:
    return Committed(item_id, None, [finding])
