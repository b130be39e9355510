"""Large files in pieces, by tus 1.0 (core and creation, expiration, termination): a broken line costs the last piece, not all.

What is on the disk counts: an offset is told only of bytes that are written. One piece at a time, by a lease of its row; each lease has a
number, and what is written down under an older one does not count.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from starlette.requests import ClientDisconnect

from postwright.db.queries import Conn
from postwright.db.session import SERVICE, Actor, transaction
from postwright.edge.state import State
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.library import shelf, store
from postwright.library.limits import LARGEST, LONGEST_ALT, MOST_UPLOADS
from postwright.library.models import FileRow, Upload
from postwright.library.upload import check_room, incoming, need_disk, take_in, write

KEPT = timedelta(days=1)  # after its last piece
PIECE = 64_000_000  # bytes of one piece at most
_LEASE = timedelta(minutes=10)
_WRITING = _LEASE - timedelta(minutes=1)  # who has the lease stops before another may take it


async def announce(db: Conn, state: State, actor: Actor, *, total: int, metadata: str, now: datetime) -> Upload:
    """Makes room for a file of `total` bytes. `metadata` as tus writes it. Raises TooLarge, InvalidInput; Conflict for more uploads
    at once than a person has."""
    if total <= 0:
        raise InvalidInput("Upload-Length says how many bytes the file has: at least one.", field="Upload-Length", rule="empty_file")
    told = read_metadata(metadata)
    alt = told.get("alt", "")
    if len(alt) > LONGEST_ALT:
        raise InvalidInput(f"An alternative text has at most {LONGEST_ALT:,} characters.", field="alt_text", rule="max_length")
    check_room(state, total)
    await store.lock_uploads(db, actor.home)
    under_way = await store.open_uploads(db, actor.home, now)
    if len(under_way) >= MOST_UPLOADS:
        words = f"{len(under_way)} uploads of yours are on their way: send the rest of one, or give one up."
        raise Conflict(f"{words} /api/v1/uploads/{under_way[0]} is the eldest.", field="Upload-Length", rule="most")
    await shelf.need_room(db, actor, total)
    name = told.get("filename", told.get("name", ""))[:1000]
    return await store.insert_upload(db, actor.home, name=name, alt=alt, total=total, expires=now + KEPT)


def read_metadata(text: str) -> dict[str, str]:
    """`name base64, name base64`. Raises InvalidInput."""
    found = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode().replace("\x00", "")
        except (binascii.Error, UnicodeDecodeError):
            words = f"Upload-Metadata: the value of {name[:40]!r} is not UTF-8 in base64."
            raise InvalidInput(words, field="Upload-Metadata", rule="base64") from None
    return found


async def look(state: State, actor: Actor, id: UUID, now: datetime) -> Upload:
    """How far it is. Raises NotFound when there is none, or its day is over."""
    async with transaction(state.pool, actor) as db:
        found = await store.get_upload(db, actor.home, id, now)
    if found is None:
        raise NotFound("There is no such upload, or its time is over: begin anew.", field="id", rule="exists")
    return found


async def take_piece(state: State, actor: Actor, id: UUID, at: int, body: AsyncIterator[bytes], now: datetime) -> Upload:
    """Writes the next piece; what arrived before a break counts. Of a whole one the lease goes on: `finish` is called with it.
    Raises Conflict for another offset than the one reached, Unavailable where the disk has no room for the rest."""
    found = await look(state, actor, id, now)
    need_disk(state, 2 * found.total_bytes - at)  # the rest of it, and then the file beside it
    async with transaction(state.pool, actor) as db:
        lease = await store.take_upload(db, actor.home, id, at=at, now=now, until=now + _LEASE)
    if lease is None:
        words = f"This upload is at {found.received_bytes:,} bytes, or another piece of it is on its way: ask how far it is."
        raise Conflict(words, field="Upload-Offset", rule="upload_offset")
    path, most, until = place(state, id), min(PIECE, found.total_bytes - at), None
    if at == found.total_bytes:
        _pick_up(_whole(state, id, lease - 1), path)
    try:
        with suppress(ClientDisconnect, TimeoutError):  # what came is on the disk
            async with asyncio.timeout(_WRITING.total_seconds()):
                await write(body, path, most, at)
        until = state.clock() + _LEASE
    except FileNotFoundError:
        raise _lost() from None
    finally:
        reached = min(path.stat().st_size, found.total_bytes) if path.exists() else 0
        async with transaction(state.pool, actor) as db:
            held = await store.advance_upload(db, actor.home, id, lease=lease, received=reached, expires=now + KEPT, until=until)
    if not held:
        raise _lost()
    return replace(found, received_bytes=reached, expires_at=now + KEPT, lease=lease)


async def finish(state: State, actor: Actor, upload: Upload) -> FileRow:
    """Makes a file of an upload that is whole, under the lease of its last piece. Raises InvalidInput for what is no medium; then
    nothing of it is left. Conflict where the lease is another's by now."""
    path = _whole(state, upload.id, upload.lease)
    new = None
    try:
        place(state, upload.id).rename(path)
        new = await take_in(state, path, upload.name, upload.alt_text, LARGEST)
        async with transaction(state.pool, actor) as db:
            row = await shelf.put(db, actor, new, upload.id)
            if not await store.finish_upload(db, actor.home, upload.id, row.id, lease=upload.lease):
                raise _lost()
    except BaseException as error:
        if new is not None:
            await state.storage.forget(new.id)
        async with transaction(state.pool, actor) as db:
            await store.remove_upload(db, actor.home, upload.id, lease=upload.lease)
        if isinstance(error, FileNotFoundError):
            raise _lost() from None
        raise
    finally:
        path.unlink(missing_ok=True)
    return row


def _whole(state: State, id: UUID, lease: int) -> Path:
    """Where it lies while it is made a file of: no piece is written to that name."""
    return incoming(state) / f"{id}.{lease}.whole"


def _pick_up(left: Path, path: Path) -> None:
    """What a process that died was about to make a file of."""
    with suppress(FileNotFoundError):
        left.rename(path)


def _lost() -> Conflict:
    return Conflict("What had arrived of this file is lost: begin anew.", field="Upload-Offset", rule="upload_offset")


async def give_up(state: State, actor: Actor, id: UUID) -> None:
    """Forgets it, row and bytes."""
    async with transaction(state.pool, actor) as db:
        await store.remove_upload(db, actor.home, id)
    place(state, id).unlink(missing_ok=True)


def place(state: State, id: UUID) -> Path:
    """Where its bytes gather."""
    return incoming(state) / f"{id}.part"


async def sweep(state: State, now: datetime) -> int:
    """Lets go of uploads that nobody went on with; how many."""
    async with transaction(state.pool, SERVICE) as db:
        over = await store.uploads_over(db, now)
    for id in over:
        place(state, id).unlink(missing_ok=True)
    await asyncio.to_thread(_sweep_disk, incoming(state), (now - 2 * KEPT).timestamp())
    return len(over)


def _sweep_disk(folder: Path, before: float) -> None:
    """What a killed process or a workspace that is gone left behind."""
    for each in folder.iterdir():
        if each.stat().st_mtime < before:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
