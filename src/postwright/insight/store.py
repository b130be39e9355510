"""The statements of insight, one typed function each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.insight.models import Day, SandboxAccount, Target

_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Due:
    """A post whose figures are due for a look."""

    workspace_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest figures of a post; `id` is None while it is not published."""

    id: UUID | None
    metrics: Mapping[str, Any] | None
    metrics_collected_at: datetime | None
    published_at: datetime | None
    metadata: Mapping[str, Any] | None
    simulated: bool | None


async def targets(db: Conn, workspace: UUID, ids: Sequence[UUID]) -> list[Target]:
    return await _sql["targets"].rows(db, Target, workspace=workspace, ids=list(ids))


async def due_for_measuring(db: Conn, now: datetime, limit: int) -> list[Due]:
    return await _sql["due_for_measuring"].rows(db, Due, now=now, limit=limit)


async def lock_metrics(db: Conn, target: Target) -> Mapping[str, Any]:
    return await _sql["lock_metrics"].value(db, workspace=target.workspace_id, post=target.id) or {}


async def add_event(db: Conn, target: Target, added: Mapping[str, int | None], now: datetime) -> None:
    await _sql["add_event"].run(
        db, workspace=target.workspace_id, post=target.id, platform=target.platform_id, format=target.content_format, item=target.item_id,
        now=now, **added,
    )  # fmt: skip


async def keep_metrics(db: Conn, target: Target, metrics: Mapping[str, Any], now: datetime) -> bool:
    return await _sql["keep_metrics"].run(db, workspace=target.workspace_id, post=target.id, metrics=Jsonb(metrics), now=now) == 1


async def note_failure(db: Conn, target: Target, now: datetime, error: Mapping[str, Any] | None = None) -> None:
    await _sql["note_failure"].run(db, workspace=target.workspace_id, post=target.id, now=now, error=Jsonb(error))


async def tell_refused(db: Conn, target: Target, *, rule: str, body: str) -> None:
    """Called before the failure is noted: by what stands there it knows whether people were told."""
    await _sql["tell_refused"].run(
        db, workspace=target.workspace_id, connection=target.connection_id, post=target.id, item=target.item_id, rule=rule, body=body
    )


async def settle_refused(db: Conn, target: Target) -> None:
    await _sql["settle_refused"].run(db, workspace=target.workspace_id, connection=target.connection_id)


async def sum_up(db: Conn) -> int:
    return int(await _sql["sum_up"].value(db))


async def make_months(db: Conn, since: datetime, until: datetime) -> None:
    await _sql["make_months"].value(db, since=since, until=until)


async def enqueue(db: Conn, task: str, workspace: UUID, ids: Sequence[UUID] = ()) -> None:
    await _sql["enqueue"].value(db, task=task, workspace=workspace, ids=list(ids))


async def sandbox_accounts(db: Conn, workspace: UUID) -> list[SandboxAccount]:
    return await _sql["sandbox_accounts"].rows(db, SandboxAccount, workspace=workspace)


async def forget_history(db: Conn, workspace: UUID) -> None:
    await _sql["forget_history"].run(db, workspace=workspace)


async def count_history(db: Conn, workspace: UUID) -> int:
    return int(await _sql["count_history"].value(db, workspace=workspace))


async def add_history(db: Conn, workspace: UUID, posts: list[dict[str, Any]], days: list[dict[str, Any]], now: datetime) -> None:
    """Four statements, however many posts there are."""
    rows = Jsonb(posts)
    await _sql["add_history_items"].run(db, workspace=workspace, rows=rows)
    await _sql["post_history_items"].run(db, workspace=workspace, ids=[UUID(each["item_id"]) for each in posts])
    await _sql["add_history_posts"].run(db, workspace=workspace, rows=rows, now=now)
    await _sql["add_history_days"].run(db, workspace=workspace, rows=Jsonb(days), now=now)


async def latest(db: Conn, workspace: UUID, item: UUID) -> Latest | None:
    return await _sql["post_metrics"].one(db, Latest, workspace=workspace, item=item)


async def days(db: Conn, workspace: UUID, post: UUID) -> list[Day]:
    return await _sql["post_days"].rows(db, Day, workspace=workspace, post=post)


async def maintain(db: Conn, now: datetime) -> dict[str, Any]:
    done: dict[str, Any] = await _sql["maintain"].value(db, now=now)
    return done
