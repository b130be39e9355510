"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postwright.audit.models import ACTIONS, KEPT_DAYS, TABLES, Kind, Row, View
from postwright.db.queries import Conn, load
from postwright.edge.paging import Cursor

_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Named:
    id: UUID
    name: str


async def entries(db: Conn, workspace: UUID, view: View, *, after: Cursor | None, limit: int) -> list[Row]:
    return await _sql["entries"].rows(db, Row, **parameters(workspace, view, after=after, limit=limit))


def parameters(workspace: UUID, view: View, *, after: Cursor | None, limit: int) -> dict[str, Any]:
    """What the query of entries is given; null where nothing was asked, so that the planner leaves the condition out."""
    tables = None if view.kind in {None, Kind.OTHER} else [table for table, kind in TABLES.items() if kind is view.kind]
    return {
        "workspace": workspace, "person": view.person if isinstance(view.person, UUID) else None, "system": view.person == "system",
        "tables": tables, "other_than": list(TABLES) if view.kind is Kind.OTHER else None,
        "action": next((action for action, verb in ACTIONS.items() if verb is view.verb), None), "record": view.record,
        "since": view.since, "until": view.until, "after": after.value if after else None, "after_id": after.id if after else None,
        "limit": limit,
    }  # fmt: skip


async def may_read(db: Conn, workspace: UUID) -> bool:
    return bool(await _sql["may_read"].value(db, workspace=workspace))


async def names(db: Conn, workspace: UUID, people: Collection[UUID]) -> dict[UUID, str]:
    return {each.id: each.name for each in await _sql["names"].rows(db, Named, workspace=workspace, people=list(people))}


async def members(db: Conn, workspace: UUID) -> list[Named]:
    return await _sql["members"].rows(db, Named, workspace=workspace)


async def kept_days(db: Conn, workspace: UUID) -> int:
    return int(await _sql["kept_days"].value(db, workspace=workspace, default=KEPT_DAYS))
