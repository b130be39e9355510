"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.library.models import Conversion, FileRow, Room, Upload

_sql = load(__package__)


async def insert_file(
    db: Conn,
    *,
    id: UUID,
    workspace: UUID,
    user: UUID | None,
    path: str,
    mime: str,
    size: int,
    width: int | None,
    height: int | None,
    duration: float | None,
    alt: str,
    sha256: str,
    metadata: Mapping[str, Any],
    origin: str,
) -> FileRow:
    row = await _sql["insert_file"].one(
        db, FileRow, id=id, workspace=workspace, user=user, path=path, mime=mime, size=size, width=width, height=height, duration=duration,
        alt=alt, sha256=sha256, metadata=Jsonb(dict(metadata)), origin=origin,
    )  # fmt: skip
    assert row is not None
    return row


async def get_files(db: Conn, workspace: UUID, ids: Sequence[UUID]) -> list[FileRow]:
    return await _sql["get_files"].rows(db, FileRow, workspace=workspace, ids=list(ids))


async def delete_file(db: Conn, workspace: UUID, id: UUID, now: datetime) -> int:
    return await _sql["delete_file"].run(db, workspace=workspace, id=id, now=now)


async def workspaces_with_files_to_go(db: Conn, *, deleted_before: datetime, made_before: datetime) -> list[UUID]:
    return await _sql["workspaces_with_files_to_go"].values(db, deleted_before=deleted_before, made_before=made_before)


async def retire_cards(db: Conn, workspace: UUID, *, made_before: datetime, now: datetime) -> int:
    return await _sql["retire_cards"].run(db, workspace=workspace, made_before=made_before, now=now)


async def files_to_go(db: Conn, workspace: UUID, *, deleted_before: datetime, limit: int) -> list[UUID]:
    return await _sql["files_to_go"].values(db, workspace=workspace, deleted_before=deleted_before, limit=limit)


async def forget_files(db: Conn, workspace: UUID, ids: Sequence[UUID]) -> int:
    return await _sql["forget_files"].run(db, workspace=workspace, ids=list(ids))


async def find_file(db: Conn, workspace: UUID, id: UUID) -> FileRow | None:
    return await _sql["find_file"].one(db, FileRow, workspace=workspace, id=id)


async def list_files(
    db: Conn,
    workspace: UUID,
    *,
    now: datetime,
    deleted: bool,
    own: bool,
    kind: str | None,
    text: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[FileRow]:
    when, last = after or (None, None)
    return await _sql["list_files"].rows(
        db, FileRow, workspace=workspace, now=now, deleted=deleted, own=own, kind=kind, text=text, after=when, after_id=last, limit=limit
    )


async def change_file(db: Conn, workspace: UUID, id: UUID, *, name: str | None, alt: str | None) -> int:
    return await _sql["change_file"].run(db, workspace=workspace, id=id, name=name, alt=alt)


async def restore_file(db: Conn, workspace: UUID, id: UUID) -> int:
    return await _sql["restore_file"].run(db, workspace=workspace, id=id)


async def posts_that_show(db: Conn, workspace: UUID, id: UUID) -> int:
    return int(await _sql["posts_that_show"].value(db, workspace=workspace, id=id))


async def media_room(db: Conn, workspace: UUID, *, usual: int, but: UUID | None = None) -> Room:
    found = await _sql["media_room"].one(db, Room, workspace=workspace, usual=usual, but=but)
    return found or Room(0, usual)


async def set_media_quota(db: Conn, workspace: UUID, quota: int) -> int:
    return await _sql["set_media_quota"].run(db, workspace=workspace, quota=quota)


async def lock_uploads(db: Conn, workspace: UUID) -> None:
    await _sql["lock_uploads"].run(db, workspace=workspace)


async def open_uploads(db: Conn, workspace: UUID, now: datetime) -> list[UUID]:
    return await _sql["open_uploads"].values(db, workspace=workspace, now=now)


async def insert_upload(db: Conn, workspace: UUID, *, name: str, alt: str, total: int, expires: datetime) -> Upload:
    row = await _sql["insert_upload"].one(db, Upload, workspace=workspace, name=name, alt=alt, total=total, expires=expires)
    assert row is not None
    return row


async def get_upload(db: Conn, workspace: UUID, id: UUID, now: datetime) -> Upload | None:
    return await _sql["get_upload"].one(db, Upload, workspace=workspace, id=id, now=now)


async def take_upload(db: Conn, workspace: UUID, id: UUID, *, at: int, now: datetime, until: datetime) -> int | None:
    found: int | None = await _sql["take_upload"].value(db, workspace=workspace, id=id, at=at, now=now, until=until)
    return found


async def advance_upload(
    db: Conn, workspace: UUID, id: UUID, *, lease: int, received: int, expires: datetime, until: datetime | None
) -> int:
    return await _sql["advance_upload"].run(
        db, workspace=workspace, id=id, lease=lease, received=received, expires=expires, until=until
    )  # fmt: skip


async def finish_upload(db: Conn, workspace: UUID, id: UUID, file: UUID, *, lease: int) -> int:
    return await _sql["finish_upload"].run(db, workspace=workspace, id=id, file=file, lease=lease)


async def remove_upload(db: Conn, workspace: UUID, id: UUID, *, lease: int | None = None) -> int:
    return await _sql["remove_upload"].run(db, workspace=workspace, id=id, lease=lease)


async def uploads_over(db: Conn, now: datetime) -> list[UUID]:
    return await _sql["uploads_over"].values(db, now=now)


async def insert_conversion(db: Conn, workspace: UUID, *, file: UUID, platform: str, draft: UUID | None) -> UUID | None:
    found: UUID | None = await _sql["insert_conversion"].value(db, workspace=workspace, file=file, platform=platform, draft=draft)
    return found


async def get_conversion(db: Conn, workspace: UUID, id: UUID) -> Conversion | None:
    return await _sql["get_conversion"].one(db, Conversion, workspace=workspace, id=id)


async def conversions_of_draft(db: Conn, workspace: UUID, draft: UUID) -> list[Conversion]:
    return await _sql["conversions_of_draft"].rows(db, Conversion, workspace=workspace, draft=draft)


async def begin_conversion(db: Conn, workspace: UUID, id: UUID, *, now: datetime, silent: datetime) -> int:
    return await _sql["begin_conversion"].run(db, workspace=workspace, id=id, now=now, silent=silent)


async def beat_conversion(db: Conn, workspace: UUID, id: UUID, *, progress: int, now: datetime) -> int:
    return await _sql["beat_conversion"].run(db, workspace=workspace, id=id, progress=progress, now=now)


async def end_conversion(db: Conn, workspace: UUID, id: UUID, *, result: UUID | None, error: str | None, now: datetime) -> int:
    return await _sql["end_conversion"].run(db, workspace=workspace, id=id, result=result, error=error, now=now)


async def enqueue_conversion(db: Conn, workspace: UUID, id: UUID) -> None:
    await _sql["enqueue_conversion"].value(db, workspace=workspace, id=id)
