"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.library.models import FileRow

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
