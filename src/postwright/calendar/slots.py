"""Times worth posting at: the windows of the published baselines, inside everybody's guardrails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from postwright.calendar.guardrails import AccountRails, load_rails
from postwright.calendar.models import Guardrails, Slot, Taken
from postwright.calendar.rules import FARTHEST, breach
from postwright.calendar.value import appraise
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import InvalidInput
from postwright.kit.time import resolve, to_wall

STEP = timedelta(minutes=30)  # between candidates
LEAD = timedelta(minutes=10)  # a slot is at least that far off, so that somebody can still look
MAX_DAYS = 62


async def find_slots(
    db: Conn, actor: Actor, connection_ids: Sequence[UUID], *, start: datetime, days: int, now: datetime, content_format: str | None = None
) -> list[Slot]:
    """The free slots of each account in `days` days from `start`, the best first.

    Each is free as things stand; taking one may close others. `content_format` asks for one kind of
    post (a Reel, a Short) instead of what the platform usually gets.
    """
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"Look at 1 to {MAX_DAYS} days.", field="days", rule="range")
    if start.tzinfo is None:
        raise InvalidInput("Give the start with its offset from UTC.", field="start", rule="aware")
    if abs(start - now) > FARTHEST:
        raise InvalidInput("Look at most two years ahead.", field="start", rule="range")
    formats = dict.fromkeys(connection_ids, content_format)
    rails = await load_rails(db, actor, formats, around=(start, start + timedelta(days=days)), now=now)
    found = await asyncio.to_thread(lambda: [slot for each in rails for slot in account_slots(each, start, days, now)])
    order = {each: number for number, each in enumerate(connection_ids)}
    return sorted(found, key=lambda slot: (order[slot.connection_id], *rank(slot)))


def account_slots(account: AccountRails, start: datetime, days: int, now: datetime) -> list[Slot]:
    """The free slots of one account."""
    free = candidates(account.rails, account.taken, start, days, now)
    return [appraise(account, utc, wall, fold, now) for utc, wall, fold in free]


def rank(slot: Slot) -> tuple[int, datetime]:
    """Sorts the best slots first, of equals the earliest."""
    return -slot.value, slot.utc


def candidates(
    rails: Guardrails, taken: Iterable[Taken], start: datetime, days: int, now: datetime
) -> Iterator[tuple[datetime, datetime, int]]:
    """Each (instant, wall time, fold) of the horizon that lies in a window and breaks no rule. Pure."""
    taken = list(taken)
    first, _ = to_wall(start, rails.zone)
    for wall in _wall_times(first.date(), days):
        if not any(window.holds(wall) for window in rails.windows):
            continue
        found = resolve(wall, rails.zone)
        if found.shifted or not max(start, now + LEAD) <= found.utc < start + timedelta(days=days):
            continue
        if breach(found.utc, rails, taken, now) is None:
            yield found.utc, wall, found.fold


def _wall_times(first: date, days: int) -> Iterator[datetime]:
    wall = datetime.combine(first, time())
    end = wall + timedelta(days=days + 1)
    while wall < end:
        yield wall
        wall += STEP
