"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.edge.paging import Cursor
from postwright.notices.letter import Due
from postwright.notices.models import Elsewhere, Kind, Notice

_sql = load(__package__)


async def notify(
    db: Conn, workspace: UUID, users: Sequence[UUID], *, kind: Kind, title: str, body: str | None, link: str | None, incident: str | None
) -> int:
    return int(
        await _sql["notify"].value(
            db, workspace=workspace, users=list(users), kind=kind, title=title, body=body, link=link, incident=incident
        )
    )


async def notices(
    db: Conn, workspace: UUID, user: UUID, *, unread: bool, kind: Kind | None, after: Cursor | None, limit: int
) -> list[Notice]:
    rows = await _sql["notices"].rows(
        db, Notice, workspace=workspace, user=user, unread=unread, kind=kind, limit=limit,
        after=after.value if after else None, after_id=after.id if after else None,
    )  # fmt: skip
    return [_typed(each) for each in rows]


async def notice(db: Conn, workspace: UUID, user: UUID, id: UUID) -> Notice | None:
    found = await _sql["notice"].one(db, Notice, workspace=workspace, user=user, id=id)
    return _typed(found) if found else None


async def count_unread(db: Conn, workspace: UUID, user: UUID, *, most: int) -> int:
    return int(await _sql["count_unread"].value(db, workspace=workspace, user=user, most=most))


async def unread_elsewhere(db: Conn, workspace: UUID, user: UUID) -> list[Elsewhere]:
    return await _sql["unread_elsewhere"].rows(db, Elsewhere, workspace=workspace, user=user)


async def read_one(db: Conn, workspace: UUID, user: UUID, id: UUID, *, now: datetime) -> bool:
    return await _sql["read_one"].run(db, workspace=workspace, user=user, id=id, now=now) == 1


async def read_all(db: Conn, workspace: UUID, user: UUID, *, until: datetime, now: datetime) -> int:
    return await _sql["read_all"].run(db, workspace=workspace, user=user, until=until, now=now)


def _typed(row: Notice) -> Notice:
    return replace(row, kind=Kind(row.kind))


@dataclass(frozen=True, slots=True)
class _Choice:
    kind: str
    email: bool


async def preferences(db: Conn, workspace: UUID, user: UUID) -> Mapping[Kind, bool]:
    rows = await _sql["preferences"].rows(db, _Choice, workspace=workspace, user=user)
    return {Kind(each.kind): each.email for each in rows if each.kind in set(Kind)}


async def prefer(db: Conn, workspace: UUID, user: UUID, kind: Kind, *, email: bool) -> None:
    await _sql["prefer"].run(db, workspace=workspace, user=user, kind=kind, email=email)


async def drop_stale_deliveries(db: Conn, *, now: datetime, oldest: datetime) -> int:
    return await _sql["drop_stale_deliveries"].run(db, now=now, oldest=oldest)


async def take_deliveries(db: Conn, *, now: datetime, lease: datetime, limit: int) -> list[Due]:
    return await _sql["take_deliveries"].rows(db, Due, now=now, lease=lease, limit=limit)


async def delivered(db: Conn, ids: Sequence[UUID], *, now: datetime) -> None:
    await _sql["delivered"].run(db, ids=list(ids), now=now)


async def delivery_failed(db: Conn, ids: Sequence[UUID], *, now: datetime, error: str, retry_at: datetime, tries: int) -> None:
    await _sql["delivery_failed"].run(db, ids=list(ids), now=now, error=error, retry_at=retry_at, tries=tries)
