"""The media of a post: as the rules see them, and as an adapter needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.state import State
from postwright.errors import NotFound
from postwright.library.files import FileRow, get_files
from postwright.library.storage import media_url
from postwright.platforms.errors import Rejected
from postwright.platforms.post import Media
from postwright.publishing.snapshot import media_of


async def describe_media(db: Conn, actor: Actor, wanted: Sequence[tuple[UUID, str]]) -> tuple[Media, ...]:
    """Sizes, kinds and alternative texts, in order; deleted files are left out. Enough for a check, not for an upload."""
    return (await describe_all(db, actor, [wanted]))[0]


async def describe_all(db: Conn, actor: Actor, wanted: Sequence[Sequence[tuple[UUID, str]]]) -> list[tuple[Media, ...]]:
    """The same of many posts, by one statement."""
    ids = list(dict.fromkeys(file_id for each in wanted for file_id, _ in each))
    files = {each.id: each for each in await get_files(db, actor, ids)} if ids else {}
    return [tuple(_described(files[file_id], alt) for file_id, alt in each if file_id in files) for each in wanted]


async def load_media(db: Conn, state: State, workspace: UUID, snapshot: Mapping[str, Any], *, expires: datetime) -> tuple[Media, ...]:
    """With a readable path and a signed address each. Raises Rejected when a file was deleted."""
    wanted = media_of(snapshot)
    if not wanted:
        return ()
    actor = Actor("service_role", workspace=workspace)
    files = {each.id: each for each in await get_files(db, actor, [file_id for file_id, _ in wanted])}
    if any(file_id not in files for file_id, _ in wanted):
        raise Rejected("A medium of this post was deleted. Attach it again.", field="media", rule="media_missing")
    return tuple(
        replace(_described(files[file_id], alt), path=_own_file(state, files[file_id]), url=media_url(state, file_id, expires))
        for file_id, alt in wanted
    )


def _own_file(state: State, file: FileRow) -> Path:
    try:
        return cast("Path", state.storage.local_path(file.id, file.path))
    except NotFound:
        raise Rejected("A medium of this post is not there. Attach it again.", field="media", rule="media_missing") from None


def _described(file: FileRow, alt: str) -> Media:
    mime = file.mime_type or "application/octet-stream"
    return Media(
        id=str(file.id),
        kind="image" if file.kind == "other" else file.kind,
        mime_type=mime,
        size=file.size_bytes or 0,
        width=file.width or 0,
        height=file.height or 0,
        duration=float(file.duration_seconds) if file.duration_seconds is not None else None,
        alt=alt or file.alt_text or "",
        path=Path(),
        url="",
        codec=file.codec,
        fps=file.fps,
        pages=file.pages,
        name=file.name,
    )
