"""Times in which nothing goes out: closing and opening them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from postwright.calendar import store
from postwright.calendar.models import Closed, ClosedTime
from postwright.connections.accounts import get_account
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import Cursor, Page, cut, mark
from postwright.errors import InvalidInput, NotFound

_LONGEST = timedelta(days=366)


async def close_time(
    db: Conn, actor: Actor, start: datetime, end: datetime, *, reason: str | None = None, connection_id: UUID | None = None
) -> UUID:
    """Closes a span for one account or, with None, for all. Posts already in it stay; moving into it is refused."""
    if start.tzinfo is None or end.tzinfo is None:
        raise InvalidInput("Give start and end with their offset from UTC.", field="start", rule="aware")
    if not timedelta(0) < end - start <= _LONGEST:
        raise InvalidInput("The end comes after the start, at most a year later.", field="end", rule="order")
    if connection_id is not None:
        await get_account(db, actor, connection_id)
    return await store.add_exception(db, actor.home, connection_id, start, end, (reason or "").strip()[:300] or None, actor.origin)


async def open_time(db: Conn, actor: Actor, exception_id: UUID, *, now: datetime) -> None:
    """Opens a closed span again; its record is kept."""
    if not await store.archive_exception(db, actor.home, exception_id, now):
        raise NotFound("There is no such closed time, or your role cannot open it.", field="id", rule="exists")


async def closed_times(db: Conn, actor: Actor, start: datetime, end: datetime) -> list[Closed]:
    """The closed spans that touch a span of time of at most ten years."""
    _check_span(start, end)
    return await store.closed_times(db, actor.home, start, end)


async def list_closed(
    db: Conn,
    actor: Actor,
    start: datetime,
    end: datetime,
    *,
    connection_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[ClosedTime]:
    """A page of them, earliest first; with an account, those that close it."""
    _check_span(start, end)
    of = mark("closed times", actor.home)
    cursor = Cursor.parse(after, of)
    place = (cursor.value, cursor.id) if cursor else (None, None)
    rows = await store.list_closed(db, actor.home, start, end, connection=connection_id, after=place, limit=limit + 1)
    return cut(rows, limit, lambda row: Cursor(row.start, row.id, of))


def _check_span(start: datetime, end: datetime) -> None:
    if not timedelta(0) < end - start <= 10 * _LONGEST:
        raise InvalidInput("The end comes after the start, at most ten years later.", field="end", rule="order")
