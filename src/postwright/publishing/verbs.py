"""The statements behind people's verbs, one typed function each. Each runs as the person who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.calendar.store import lock_plan
from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.errors import NotFound
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


@dataclass(frozen=True, slots=True)
class NewTime:
    """A post's new place: the moment, and what the clock of its zone shows then."""

    item_id: UUID
    at: datetime
    wall: datetime
    timezone: str
    fold: int


@dataclass(frozen=True, slots=True)
class _Made:
    id: UUID
    item_id: UUID


async def items_to_commit(db: Conn, workspace: UUID, ids: list[UUID], *, lock: bool = True) -> list[PlannedItem]:
    """Those of the posts that there are; with `lock`, those that the caller may change, locked."""
    if lock:
        ids = await _sql["lock_items"].values(db, workspace=workspace, ids=ids)
    return await _sql["items_to_commit"].rows(db, PlannedItem, workspace=workspace, ids=ids)


async def lock_commitments(db: Conn, workspace: UUID, ids: list[UUID]) -> None:
    await _sql["lock_commitments"].values(db, workspace=workspace, ids=ids)


async def commit_posts(db: Conn, actor: Actor, posts: Sequence[tuple[PlannedItem, Resolved]]) -> dict[UUID, UUID]:
    """By post, its commitment."""
    rows = await _sql["commit_posts"].rows(
        db, _Made, workspace=actor.home, origin=actor.origin, ids=[item.id for item, _ in posts],
        contents=[resolved.content for _, resolved in posts], snapshots=[Jsonb(resolved.snapshot) for _, resolved in posts],
        ats=[item.scheduled_at for item, _ in posts], timezones=[item.timezone or "UTC" for item, _ in posts],
    )  # fmt: skip
    return {each.item_id: each.id for each in rows}


async def retime_items(db: Conn, workspace: UUID, times: Sequence[NewTime]) -> None:
    await _sql["retime_items"].run(
        db, workspace=workspace, ids=[each.item_id for each in times], ats=[each.at for each in times],
        walls=[each.wall for each in times], timezones=[each.timezone for each in times], folds=[each.fold for each in times],
    )  # fmt: skip


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


async def hold_item(db: Conn, actor: Actor, item: UUID) -> PlannedItem:
    """The post and the plan around it, locked until the transaction ends. Raises NotFound."""
    await lock_plan(db, actor.home)
    await lock_commitments(db, actor.home, [item])
    found = await items_to_commit(db, actor.home, [item])
    if not found:
        raise no_post()
    return found[0]


async def hold_standing(db: Conn, workspace: UUID, item: UUID) -> Standing:
    """Where a post stands, its commitment locked until the transaction ends. Raises NotFound."""
    await lock_commitments(db, workspace, [item])
    found = await standing(db, workspace, item)
    if found is None:
        raise no_post()
    return found


def no_post() -> NotFound:
    return NotFound("There is no such post.")
