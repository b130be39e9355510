"""The queries of exports, typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.edge.paging import Cursor
from postwright.exports.models import Count, Export, Job, Kind, Leaving, Media, Medium, Part

_sql = load(__package__)


async def add_export(db: Conn, workspace: UUID, kind: Kind) -> UUID:
    id: UUID = await _sql["add_export"].value(db, workspace=workspace, kind=kind)
    await _sql["enqueue_export"].value(db, workspace=workspace, id=id)
    return id


async def list_exports(db: Conn, actor: Actor, after: Cursor | None, limit: int) -> list[Export]:
    return await _sql["list_exports"].rows(
        db, Export, workspace=actor.home, user=actor.user, limit=limit, before=after.value if after else None,
        before_id=after.id if after else None,
    )  # fmt: skip


async def get_export(db: Conn, actor: Actor, id: UUID) -> Export | None:
    return await _sql["get_export"].one(db, Export, workspace=actor.home, user=actor.user, id=id)


async def asked_since(db: Conn, user: UUID, since: datetime) -> int:
    count: int = await _sql["asked_since"].value(db, user=user, since=since)
    return count


async def under_way(db: Conn, workspace: UUID, user: UUID, kind: Kind) -> bool:
    return bool(await _sql["under_way"].value(db, workspace=workspace, user=user, kind=kind))


async def remove_export(db: Conn, actor: Actor, id: UUID, now: datetime) -> int:
    return await _sql["remove_export"].run(db, workspace=actor.home, user=actor.user, id=id, now=now)


async def personal_workspace(db: Conn) -> UUID | None:
    found: UUID | None = await _sql["personal_workspace"].value(db)
    return found


async def export_counts(db: Conn, kind: Kind, workspace: UUID) -> list[Count]:
    return await _sql["export_counts"].rows(db, Count, kind=kind, workspace=workspace)


async def count_media(db: Conn, workspace: UUID) -> Media:
    found = await _sql["count_media"].one(db, Media, workspace=workspace)
    assert found is not None
    return found


async def begin_export(db: Conn, workspace: UUID, id: UUID, now: datetime) -> Job | None:
    return await _sql["begin_export"].one(db, Job, workspace=workspace, id=id, now=now)


async def export_plan(db: Conn, job: Job) -> list[Part]:
    return await _sql["export_plan"].rows(db, Part, kind=job.kind, user=job.user_id, workspace=job.workspace_id)


async def beat(db: Conn, job: Job, now: datetime, *, rows_total: int, rows_done: int, bytes_total: int, bytes_done: int) -> int:
    return await _sql["beat"].run(
        db, id=job.id, workspace=job.workspace_id, attempt=job.attempt, now=now, rows_total=rows_total, rows_done=rows_done,
        bytes_total=bytes_total, bytes_done=bytes_done,
    )  # fmt: skip


async def finish_export(
    db: Conn, job: Job, now: datetime, *, path: str, size: int, sha256: str, rows: int, bytes: int, expires: datetime
) -> int:
    return await _sql["finish_export"].run(
        db, id=job.id, workspace=job.workspace_id, attempt=job.attempt, now=now, path=path, size=size, sha256=sha256, rows=rows,
        bytes=bytes, expires=expires,
    )  # fmt: skip


async def fail_export(db: Conn, job: Job, now: datetime, error: str) -> int:
    return await _sql["fail_export"].run(db, id=job.id, workspace=job.workspace_id, attempt=job.attempt, now=now, error=error)


async def next_media(db: Conn, workspace: UUID, after: UUID | None, limit: int) -> list[Medium]:
    return await _sql["next_media"].rows(db, Medium, workspace=workspace, after=after, limit=limit)


async def expire_exports(db: Conn, now: datetime) -> int:
    return await _sql["expire_exports"].run(db, now=now)


async def restart_silent(db: Conn, before: datetime) -> int:
    return len([job for job in await _sql["silent_exports"].values(db, before=before) if job is not None])


async def kept_exports(db: Conn, ids: Sequence[UUID]) -> set[UUID]:
    return set(await _sql["kept_exports"].values(db, ids=list(ids)))


async def forget_old_exports(db: Conn, before: datetime) -> int:
    return await _sql["forget_old_exports"].run(db, before=before)


async def loose_media(db: Conn, limit: int) -> list[str]:
    return await _sql["loose_media"].values(db, limit=limit)


async def forgot_media(db: Conn, places: Sequence[str]) -> None:
    await _sql["forgot_media"].value(db, places=list(places))


async def leaving(db: Conn) -> list[Leaving]:
    return await _sql["leaving"].rows(db, Leaving)


async def delete_me(db: Conn) -> None:
    await _sql["delete_me"].value(db)


async def session_began(db: Conn, session: UUID, user: UUID) -> datetime | None:
    found: datetime | None = await _sql["session_began"].value(db, session=session, user=user)
    return found
