"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from postwright.comments.models import About, Comment, Person, Subject
from postwright.db.queries import Conn, load
from postwright.edge.paging import Cursor

_sql = load(__package__)


async def subject(db: Conn, workspace: UUID, about: About) -> Subject | None:
    return await _sql[about.what].one(db, Subject, workspace=workspace, id=about.id)


async def comments(db: Conn, workspace: UUID, about: About, *, open: bool | None, after: Cursor | None, limit: int) -> list[Comment]:
    return await _sql[f"of_{about.what}"].rows(
        db, Comment, workspace=workspace, id=about.id, open=open, limit=limit,
        after=after.value if after else None, after_id=after.id if after else None,
    )  # fmt: skip


async def comment(db: Conn, workspace: UUID, id: UUID) -> Comment | None:
    return await _sql["comment"].one(db, Comment, workspace=workspace, id=id)


async def names(db: Conn, workspace: UUID, people: Collection[UUID]) -> list[Person]:
    return await _sql["names"].rows(db, Person, workspace=workspace, people=list(people))


async def members(db: Conn, workspace: UUID) -> list[Person]:
    return await _sql["members"].rows(db, Person, workspace=workspace)


async def add(db: Conn, workspace: UUID, about: About, *, body: str, mentions: Sequence[UUID], origin: str) -> UUID:
    draft, post = _columns(about)
    made: UUID = await _sql["add"].value(db, workspace=workspace, draft=draft, post=post, body=body, mentions=list(mentions), origin=origin)
    return made


async def change(db: Conn, workspace: UUID, id: UUID, user: UUID, *, body: str, mentions: Sequence[UUID]) -> bool:
    return await _sql["change"].run(db, workspace=workspace, id=id, user=user, body=body, mentions=list(mentions)) == 1


async def settle(db: Conn, workspace: UUID, id: UUID, *, resolved: bool, now: datetime) -> bool:
    return await _sql["settle"].run(db, workspace=workspace, id=id, resolved=resolved, now=now) == 1


async def remove(db: Conn, workspace: UUID, id: UUID) -> bool:
    return await _sql["remove"].run(db, workspace=workspace, id=id) == 1


async def talkers(db: Conn, workspace: UUID, about: About) -> list[UUID]:
    draft, post = _columns(about)
    return await _sql["talkers"].values(db, workspace=workspace, draft=draft, post=post)


def _columns(about: About) -> tuple[UUID | None, UUID | None]:
    return (about.id, None) if about.what == "draft" else (None, about.id)
