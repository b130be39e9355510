"""Posts whose time passed while they could not go out: each waits for a decision, one by one or many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from postwright.calendar.guardrails import AccountRails, load_rails
from postwright.calendar.models import Slot
from postwright.calendar.move import Refused, move
from postwright.calendar.plan import HORIZON
from postwright.calendar.slots import account_slots
from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.errors import InvalidInput, PostwrightError
from postwright.publishing import posts
from postwright.publishing.cancel import cancel
from postwright.publishing.commit import commit
from postwright.publishing.models import PostRow

_sql = load(__package__)

MOST = 100  # posts that are decided about at once
_SOONEST = timedelta(minutes=15)  # from now, for a new time


class HeldDecision(StrEnum):
    """What a person may decide about a held post."""

    SEND = "send"  # now
    SLOT = "slot"  # at its account's next free slot
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Held:
    """A held post with the time that is offered for it; None: its account has no free slot within four weeks."""

    post: PostRow
    offered: Slot | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one post; `problem` says what stopped it."""

    item_id: UUID
    problem: str | None


@dataclass(frozen=True, slots=True)
class _PausedOver:
    reason: str
    server: bool


async def list_held(db: Conn, actor: Actor, *, now: datetime, limit: int = MOST) -> list[Held]:
    """The oldest first, each with its account's next free slot (posts of one account are offered different ones)."""
    ids = await _sql["held_posts"].values(db, workspace=actor.home, now=now, limit=limit)
    rows = await posts.rows_by_id(db, actor, ids, now=now) if ids else []
    free = await _free_slots(db, actor, rows, now)
    return [Held(each, _next(free, each)) for each in rows]


async def decide_held(db: Conn, actor: Actor, ids: Sequence[UUID], decision: HeldDecision, *, now: datetime) -> list[Decided]:
    """The same for several posts; a rule stops only the post that breaks it. Raises InvalidInput for too many, Conflict where
    publishing is paused and they shall go out."""
    if not 1 <= len(ids) <= MOST:
        raise InvalidInput(f"Choose 1 to {MOST} posts.", field="ids", rule="max_items")
    wanted = list(dict.fromkeys(ids))
    if decision is HeldDecision.SEND:
        return await _send(db, actor, wanted, now)
    if decision is HeldDecision.SLOT:
        return await _place(db, actor, wanted, now)
    return [await _cancel(db, actor, each, now) for each in wanted]


async def place_at(db: Conn, actor: Actor, id: UUID, wall: datetime, *, now: datetime) -> Decided:
    """A time of a person's own for a held post, on the clock of the post's zone. What stops it names the nearest time that is allowed."""
    try:
        async with db.transaction():
            await move(db, actor, id, wall, None, 0, now)
    except Refused as refused:
        nearest = f" Nearest time that is allowed: {refused.nearest.wall:%a %d %b, %H:%M}." if refused.nearest else ""
        return Decided(id, refused.message + nearest)
    except PostwrightError as problem:
        return Decided(id, problem.message)
    return Decided(id, None)


async def why_held(db: Conn, actor: Actor, id: UUID, *, now: datetime) -> str:
    """What kept a held post from going out at its time, as far as the records tell; a sentence."""
    found = await _sql["held_by_pause"].one(db, _PausedOver, workspace=actor.home, item=id, now=now)
    if found is None:
        return "Its time passed while nothing could send it: no publisher ran, or its account could not send."
    whole = " of the whole server" if found.server else ""
    return f"Its time passed while publishing{whole} was paused ({found.reason})."


async def _send(db: Conn, actor: Actor, ids: list[UUID], now: datetime) -> list[Decided]:
    done = await commit(db, actor, ids, now=now, when="now")
    return [Decided(each.item_id, None if each.scheduled_post_id else each.findings[0].message) for each in done]


async def _place(db: Conn, actor: Actor, ids: list[UUID], now: datetime) -> list[Decided]:
    rows = {each.id: each for each in await posts.rows_by_id(db, actor, ids, now=now)}
    free = await _free_slots(db, actor, list(rows.values()), now)
    return [await _place_one(db, actor, each, _next(free, rows[each]) if each in rows else None, now) for each in ids]


async def _place_one(db: Conn, actor: Actor, id: UUID, slot: Slot | None, now: datetime) -> Decided:
    if slot is None:
        return Decided(id, "Its account has no free slot in the next four weeks, or there is no such post: choose a time yourself.")
    try:
        async with db.transaction():
            await move(db, actor, id, slot.wall, slot.zone, slot.fold, now, anyway=True)
    except PostwrightError as problem:
        return Decided(id, problem.message)
    return Decided(id, None)


async def _cancel(db: Conn, actor: Actor, id: UUID, now: datetime) -> Decided:
    try:
        async with db.transaction():
            await cancel(db, actor, id, now=now)
    except PostwrightError as problem:
        return Decided(id, problem.message)
    return Decided(id, None)


async def _free_slots(db: Conn, actor: Actor, rows: Sequence[PostRow], now: datetime) -> dict[UUID, list[Slot]]:
    """Of each account, the soonest first, a day's limit and the distance between posts kept among those that are given out."""
    kinds = {each.connection_id: each.content_format for each in rows if each.connection_id}
    if not kinds:
        return {}
    begin = now + _SOONEST
    rails = await load_rails(db, actor, kinds, around=(now, now + timedelta(days=HORIZON)), now=now)
    return {each.connection_id: await asyncio.to_thread(_soonest, each, begin, now) for each in rails}


def _soonest(account: AccountRails, begin: datetime, now: datetime) -> list[Slot]:
    return sorted(account_slots(account, begin, HORIZON, now), key=lambda slot: slot.utc)


def _next(free: dict[UUID, list[Slot]], post: PostRow) -> Slot | None:
    """Takes the slot out, and with it those of the same day: its neighbours would break the distance between posts."""
    slots = free.get(post.connection_id, []) if post.connection_id else []
    if not slots:
        return None
    taken = slots[0]
    free[taken.connection_id] = [each for each in slots if each.wall.date() != taken.wall.date()]
    return taken
