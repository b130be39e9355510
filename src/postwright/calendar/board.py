"""The posts of a span of time, as the calendar shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from postwright.calendar import store
from postwright.calendar.guardrails import first_zone
from postwright.calendar.models import CalendarEntry
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import InvalidInput

LONGEST = timedelta(days=100)


async def between(
    db: Conn,
    actor: Actor,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    connection_ids: Sequence[UUID] | None = None,
    states: Sequence[str] | None = None,
) -> list[CalendarEntry]:
    """The posts from `start` up to `end`, earliest first; canceled ones are left out. A plan whose time passed is `missed`."""
    if start.tzinfo is None or end.tzinfo is None:
        raise InvalidInput("Give start and end with their offset from UTC.", field="start", rule="aware")
    if not timedelta(0) < end - start <= LONGEST:
        raise InvalidInput(f"Ask for at most {LONGEST.days} days, the end after the start.", field="end", rule="range")
    entries = await store.board(db, actor.home, start, end, now, connection_ids)
    return [replace(each, timezone=first_zone(each.timezone)) for each in entries if not states or each.state in states]
