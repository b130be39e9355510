"""Files of a workspace: added, read, deleted. The bytes go to the storage first, outside any transaction."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import NotFound
from postwright.library import store
from postwright.library.models import FileRow
from postwright.library.storage import PREVIEW, Storage, path_of

__all__ = ["FileRow", "NewFile", "add_file", "delete_file", "get_files", "keep_bytes"]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file whose bytes the storage holds, before its row exists."""

    id: UUID
    path: str
    mime_type: str
    size: int  # bytes
    sha256: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None  # seconds
    alt_text: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """Bytes that it takes, its picture included."""
        return self.size + int(self.metadata.get("preview_bytes", 0))


async def keep_bytes(storage: Storage, source: Path, name: str, mime: str, *, preview: bytes | None = None, **facts: Any) -> NewFile:
    """Puts a finished local file into the storage under a new id; `facts` are NewFile's optional fields. The preview lies beside it
    and goes when it goes."""
    file_id = uuid4()
    path = path_of(file_id, name)
    digest = await asyncio.to_thread(_digest, source)
    size = await storage.put(path, source, mime)
    if preview is not None:
        await storage.put(path_of(file_id, PREVIEW), preview, "image/jpeg")
        facts["metadata"] = {**facts.get("metadata", {}), "preview_bytes": len(preview)}
    return NewFile(file_id, path, mime, size, digest, **facts)


def _digest(source: Path) -> str:
    with source.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


async def add_file(db: Conn, actor: Actor, new: NewFile, *, owner: UUID | None = None) -> FileRow:
    """The row of a stored file. `owner` is whose it is, where the service adds it."""
    return await store.insert_file(
        db, id=new.id, workspace=actor.home, user=owner or actor.user, path=new.path, mime=new.mime_type, size=new.size, width=new.width,
        height=new.height, duration=new.duration, alt=new.alt_text, sha256=new.sha256, metadata=new.metadata, origin=actor.origin,
    )  # fmt: skip


async def get_files(db: Conn, actor: Actor, ids: Sequence[UUID]) -> list[FileRow]:
    """The files of these ids that are there, in the order asked for."""
    found = {row.id: row for row in await store.get_files(db, actor.home, ids)} if ids else {}
    return [found[id] for id in ids if id in found]


async def delete_file(db: Conn, actor: Actor, id: UUID, now: datetime) -> None:
    """Takes a file out of the library; after 30 days it is gone (purge.py), but for what a post shows."""
    if not await store.delete_file(db, actor.home, id, now):
        raise NotFound("There is no such file.", field="file", rule="exists")
