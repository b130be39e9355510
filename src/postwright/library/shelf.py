"""The library of a workspace: looked through, named, deleted and brought back, within its room."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import Cursor, Page, cut, mark
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.library import store
from postwright.library.files import NewFile, add_file
from postwright.library.limits import LONGEST_ALT, LONGEST_NAME, QUOTA, TooLarge, megabytes
from postwright.library.models import FileRow, Room
from postwright.library.purge import KEPT

LEAST_QUOTA, MOST_QUOTA = 100_000_000, 100_000_000_000_000  # bytes


async def put(db: Conn, actor: Actor, new: NewFile, arrived: UUID | None = None) -> FileRow:
    """The row of a file that came from outside, or was cut or converted. `arrived`: the upload whose room it takes over. Raises
    TooLarge where the workspace has no room."""
    await need_room(db, actor, new.room, arrived)
    return await add_file(db, actor, new)


async def need_room(db: Conn, actor: Actor, size: int, arrived: UUID | None = None) -> None:
    """Raises TooLarge when the workspace's media would take more than they may."""
    room = await room_of(db, actor, arrived)
    if size > room.left:
        told = (
            f"The media of this workspace may take {megabytes(room.quota)}; {megabytes(room.used)} are taken, this has {megabytes(size)}."
        )
        raise TooLarge(f"{told} Delete some (deleted ones count for 30 days), or have an admin allow more.", field="file", rule="quota")


async def room_of(db: Conn, actor: Actor, arrived: UUID | None = None) -> Room:
    """What is taken, by uploads on their way too (but for the one that arrived just now), and what may be."""
    return await store.media_room(db, actor.home, usual=QUOTA, but=arrived)


async def set_quota(db: Conn, actor: Actor, quota: int) -> Room:
    """Admins say what the workspace's media may take, in bytes. What lies there stays, even if it is more."""
    if not LEAST_QUOTA <= quota <= MOST_QUOTA:
        words = f"The room for media is {megabytes(LEAST_QUOTA)} to {megabytes(MOST_QUOTA)}."
        raise InvalidInput(words, field="quota", rule="range")
    await store.set_media_quota(db, actor.home, quota)
    return await room_of(db, actor)


async def get(db: Conn, actor: Actor, id: UUID) -> FileRow:
    """One file, a deleted one too as long as it can be restored. Raises NotFound."""
    found = await store.find_file(db, actor.home, id)
    if found is None:
        raise NotFound("There is no such file.", field="file", rule="exists")
    return found


async def need(db: Conn, actor: Actor, id: UUID) -> FileRow:
    """One file that is not deleted. Raises NotFound, Conflict."""
    found = await get(db, actor, id)
    if found.deleted_at is not None:
        raise Conflict("This file is deleted: restore it to go on with it.", field="file", rule="deleted")
    return found


async def list_files(
    db: Conn,
    actor: Actor,
    *,
    now: datetime,
    deleted: bool = False,
    own: bool = False,
    kind: str | None = None,
    text: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[FileRow]:
    """Latest first. `own` leaves out what Postwright made. Raises InvalidInput on the cursor of another list."""
    of = mark("files", actor.home, deleted)
    cursor = Cursor.parse(after, of)
    start = (cursor.value, cursor.id) if cursor and cursor.value else None
    rows = await store.list_files(
        db, actor.home, now=now, deleted=deleted, own=own, kind=kind, text=text or None, after=start, limit=limit + 1
    )
    return cut(rows, limit, lambda row: Cursor(row.created_at, row.id, of))


async def change(db: Conn, actor: Actor, id: UUID, *, name: str | None, alt: str | None) -> FileRow:
    """Another name or alternative text. Raises NotFound, Conflict, InvalidInput."""
    await need(db, actor, id)
    for field, value, most in (("name", name, LONGEST_NAME), ("alt_text", alt, LONGEST_ALT)):
        if value is not None and len(value) > most:
            raise InvalidInput(f"{field} has at most {most:,} characters.", field=field, rule="max_length")
    if name is not None and not name.strip():
        raise InvalidInput("A file needs a name.", field="name", rule="not_blank")
    await store.change_file(db, actor.home, id, name=None if name is None else " ".join(name.split()), alt=alt)
    return await get(db, actor, id)


async def delete(db: Conn, actor: Actor, id: UUID, now: datetime) -> None:
    """Takes it out of the library for 30 days, then it is gone. Raises Conflict while a post that is still to go out shows it."""
    found = await get(db, actor, id)
    if found.deleted_at is not None:
        return
    if count := await store.posts_that_show(db, actor.home, id):
        many = "s show" if count != 1 else " shows"
        raise Conflict(f"{count} scheduled post{many} this file. Cancel or change them first.", field="file", rule="in_use")
    await store.delete_file(db, actor.home, id, now)


async def restore(db: Conn, actor: Actor, id: UUID, now: datetime) -> FileRow:
    """Brings it back within 30 days. Raises NotFound after them."""
    found = await get(db, actor, id)
    if found.deleted_at is not None and now - found.deleted_at > KEPT:
        raise NotFound("This file was deleted more than 30 days ago.", field="file", rule="restore_window")
    await store.restore_file(db, actor.home, id)
    return await get(db, actor, id)
