"""The statements behind people's verbs, one typed function each. Each runs as the person who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.publishing.resolve import PlannedItem, Resolved

_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a post stands for a verb."""

    item: str
    commitment: str | None
    commitment_id: UUID | None
    connection_id: UUID | None
    platform: str


async def items_to_commit(db: Conn, workspace: UUID, ids: list[UUID]) -> list[PlannedItem]:
    return await _sql["items_to_commit"].rows(db, PlannedItem, workspace=workspace, ids=ids)


async def lock_commitments(db: Conn, workspace: UUID, ids: list[UUID]) -> None:
    await _sql["lock_commitments"].values(db, workspace=workspace, ids=ids)


async def commit_post(db: Conn, actor: Actor, item: PlannedItem, resolved: Resolved) -> UUID:
    made: UUID = await _sql["commit_post"].value(
        db, workspace=actor.home, item=item.id, adaptation=item.adaptation_id, connection=item.connection_id, platform=item.platform,
        content=resolved.content, snapshot=Jsonb(resolved.snapshot), at=item.scheduled_at, timezone=item.timezone or "UTC",
        origin=actor.origin,
    )  # fmt: skip
    return made


async def retime_item(db: Conn, workspace: UUID, item: UUID, *, at: datetime, wall: datetime, timezone: str, fold: int) -> None:
    await _sql["retime_item"].run(db, workspace=workspace, item=item, at=at, wall=wall, timezone=timezone, fold=fold)


async def cancel_item(db: Conn, workspace: UUID, item: UUID) -> bool:
    return await _sql["cancel_item"].run(db, workspace=workspace, item=item) == 1


async def dismiss_item(db: Conn, workspace: UUID, item: UUID) -> bool:
    return await _sql["dismiss_item"].run(db, workspace=workspace, item=item) == 1


async def last_phase(db: Conn, workspace: UUID, post: UUID) -> str | None:
    found: str | None = await _sql["last_phase"].value(db, workspace=workspace, post=post)
    return found


async def standing(db: Conn, workspace: UUID, item: UUID) -> Standing | None:
    return await _sql["item_status"].one(db, Standing, workspace=workspace, item=item)


async def retry_post(db: Conn, workspace: UUID, post: UUID, *, content: str, snapshot: Mapping[str, Any]) -> bool:
    return await _sql["retry_post"].run(db, workspace=workspace, post=post, content=content, snapshot=Jsonb(snapshot)) == 1


async def decide_post(db: Conn, workspace: UUID, post: UUID, status: str) -> bool:
    return await _sql["decide_post"].run(db, workspace=workspace, post=post, status=status) == 1


async def note_confirmed(db: Conn, workspace: UUID, post: UUID, *, url: str, remote_id: str | None, now: datetime) -> None:
    await _sql["note_confirmed"].run(db, workspace=workspace, post=post, url=url, remote_id=remote_id, now=now)


async def known_remote(db: Conn, workspace: UUID, connection: UUID | None, *, url: str, remote_id: str | None) -> bool:
    return bool(await _sql["known_remote"].value(db, workspace=workspace, connection=connection, url=url, remote_id=remote_id))
