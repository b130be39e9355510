"""The notices of a person, and having read them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import Cursor, Page, cut, held, mark
from postwright.errors import NotFound
from postwright.notices import store
from postwright.notices.models import Elsewhere, Kind, Notice

MOST = 99  # that a bell counts


async def list_notices(
    db: Conn, actor: Actor, *, unread: bool = False, kind: Kind | None = None, after: Cursor | None = None, limit: int = 50
) -> Page[Notice]:
    """The caller's in the workspace, latest first. Raises InvalidInput on a cursor of another list."""
    of = mark("notices", actor.home)
    rows = await store.notices(db, actor.home, me(actor), unread=unread, kind=kind, after=held(after, of), limit=limit + 1)
    return cut(rows, limit, lambda row: Cursor(row.created_at, row.id, of))


async def count_unread(db: Conn, actor: Actor) -> int:
    """Up to MOST + 1, which reads "more than MOST"."""
    return await store.count_unread(db, actor.home, me(actor), most=MOST + 1)


async def elsewhere(db: Conn, actor: Actor) -> list[Elsewhere]:
    """Where else something waits for the caller."""
    return await store.unread_elsewhere(db, actor.home, me(actor))


async def read_notice(db: Conn, actor: Actor, id: UUID, *, now: datetime) -> Notice:
    """Marks it as read. Raises NotFound."""
    await store.read_one(db, actor.home, me(actor), id, now=now)
    found = await store.notice(db, actor.home, me(actor), id)
    if found is None:
        raise NotFound("There is no such notice, or it is not yours.", field="id", rule="exists")
    return found


async def read_all(db: Conn, actor: Actor, *, now: datetime, until: datetime | None = None) -> int:
    """Marks those up to `until` (all: none given) as read; how many there were."""
    return await store.read_all(db, actor.home, me(actor), until=until or now, now=now)


def me(actor: Actor) -> UUID:
    """Whose notices they are."""
    if actor.user is None:
        raise LookupError("notices are a person's")
    return actor.user
