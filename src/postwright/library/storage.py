"""Where files lie: a local folder by default, through obstore, so that S3 can take its place.

A file lies at `{first two signs of its id}/{id}/{name}`: from its id alone it can be found and served,
and a name that somebody chose never decides where something is written.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import obstore
from obstore.exceptions import BaseError as StorageError
from obstore.store import LocalStore

from postwright.errors import NotFound
from postwright.kit.crypto import sign

if TYPE_CHECKING:
    from postwright.edge.state import State

__all__ = ["MIME_TYPES", "PREVIEW", "Storage", "StorageError", "Stored", "media_path", "media_url", "path_of", "place_of"]

MIME_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}  # what is shown in place; everything else is only ever downloaded
_DOWNLOADED = {"pdf": "application/pdf"}  # what carries scripts of its own is never shown in place
PREVIEW = "preview.jpg"  # beside a document, under the same id: a picture of its first page
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.[a-z0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the storage. `mime_type` follows from its name's ending."""

    path: str
    size: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def mime_type(self) -> str:
        return (MIME_TYPES | _DOWNLOADED).get(self.name.rpartition(".")[2], "application/octet-stream")


class Storage:
    """Files under one root. A write appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._store = LocalStore(prefix=root, automatic_cleanup=True)  # a file that goes takes its folder along

    async def put(self, path: str, data: bytes | Path, mime: str) -> int:
        """Stores bytes or a local file; its size in bytes. `mime` is for stores that keep it."""
        await obstore.put_async(self._store, path, data)
        return len(data) if isinstance(data, bytes) else _size(data)

    async def read(self, path: str) -> bytes:
        """All of a file. Raises NotFound."""
        try:
            return bytes(await (await obstore.get_async(self._store, path)).bytes_async())
        except FileNotFoundError:
            raise _gone() from None

    async def find(self, file_id: UUID, *, preview: bool = False) -> Stored:
        """The file of that id, or the picture of it that lies beside it. Raises NotFound."""
        listing = await obstore.list(self._store, prefix=place_of(file_id)).collect_async()
        found = [Stored(each["path"], each["size"]) for each in listing]
        fitting = [each for each in found if (each.name == PREVIEW) is preview]
        if not fitting:
            raise _gone()
        return fitting[0]

    async def stream(self, path: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`."""
        found = await obstore.get_async(self._store, path, options={"range": (start, end)})
        async for chunk in found.stream(min_chunk_size=256 * 1024):
            yield bytes(chunk)

    async def delete(self, path: str) -> None:
        """Removes a file; one that is not there is fine."""
        try:
            await obstore.delete_async(self._store, path)
        except FileNotFoundError:
            return

    async def forget(self, file_id: UUID) -> None:
        """Removes all that lies under the id of a file, whatever its row says; nothing there is fine."""
        for each in await obstore.list(self._store, prefix=place_of(file_id)).collect_async():
            await self.delete(each["path"])

    def local_path(self, file_id: UUID, path: str) -> Path:
        """Where that file lies on this machine. Raises NotFound for a path that is not the file's own: rows are
        written by people, and a row must not name another's file."""
        place, _, name = path.rpartition("/")
        if place != place_of(file_id) or not _PLAIN_NAME.fullmatch(name):
            raise _gone()
        return self.root / path


def _size(file: Path) -> int:
    return file.stat().st_size


def place_of(file_id: UUID) -> str:
    """The folder of a file."""
    return f"{str(file_id)[:2]}/{file_id}"


def path_of(file_id: UUID, name: str) -> str:
    """The place of a new file. `name` must be plain; ValueError otherwise, because no person's name may come here."""
    if not _PLAIN_NAME.fullmatch(name):
        raise ValueError(f"not a plain file name: {name!r}")
    return f"{place_of(file_id)}/{name}"


def media_url(state: State, file_id: UUID | str, expires: datetime, name: str = "media") -> str:
    """A signed address, absolute, that shows a file without a session until `expires`."""
    until = int(expires.timestamp())
    return f"{state.settings.base_url}{media_path(state.key, file_id, until, name)}"


def media_path(key: bytes, file_id: UUID | str, until: int, name: str = "media") -> str:
    """The same without the host, for our own pages. `until` is in Unix seconds."""
    return f"/media/{file_id}/{name}?exp={until}&sig={sign(key, f'media:{file_id}', until)}"


def _gone() -> NotFound:
    return NotFound("This file is no longer there.", field="file", rule="exists")
