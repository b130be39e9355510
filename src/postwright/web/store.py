"""One typed function per query of the web itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn, load

_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to one person in one workspace."""

    id: UUID
    kind: str
    title: str
    body: str | None
    link: str | None
    read_at: datetime | None
    created_at: datetime


async def notifications(db: Conn, workspace: UUID, user: UUID, *, limit: int = 100) -> list[Notification]:
    return await _sql["notifications"].rows(db, Notification, workspace=workspace, user=user, limit=limit)


async def read_notifications(db: Conn, workspace: UUID, user: UUID, *, now: datetime) -> None:
    await _sql["read_notifications"].run(db, workspace=workspace, user=user, now=now)
