"""Where one is signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.edge.paging import Cursor, Page, cut, held, mark
from postwright.errors import NotFound
from postwright.identity import store
from postwright.identity.models import SessionRow


async def list_sessions(db: Conn, user: UUID, *, now: datetime, after: Cursor | None = None, limit: int = 50) -> Page[SessionRow]:
    """A person's sessions that stand, newest first."""
    of = mark("sessions", user)
    rows = await store.sessions(db, user, now=now, after=held(after, of), limit=limit + 1)
    return cut(rows, limit, lambda row: Cursor(row.created_at, row.id, of))


async def end_session(db: Conn, user: UUID, session: UUID, *, now: datetime) -> None:
    """Ends one of a person's own. Raises NotFound for another's, or one that has ended."""
    if not await store.end_one_session(db, session=session, user=user, now=now):
        raise NotFound("There is no such session, or it has ended.", field="session_id", rule="exists")
