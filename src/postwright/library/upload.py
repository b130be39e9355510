"""Bytes that somebody sends become a file of the library, or nothing: received piece by piece, opened, cleaned, stored."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from postwright.edge.state import State
from postwright.errors import InvalidInput, Unavailable
from postwright.kit.magic import Form
from postwright.library.clean import clean
from postwright.library.files import NewFile, keep_bytes
from postwright.library.limits import LARGEST, LARGEST_AT_ONCE, LONGEST_ALT, LONGEST_NAME, TooLarge, check_size, megabytes
from postwright.library.probe import Facts, probe, recognise

_BLOCK = 1024 * 1024  # bytes that are written at a time
_SPARE = 500_000_000  # bytes that the disk keeps for the database
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def incoming(state: State) -> Path:
    """Where bytes wait until they are a file: on the disk of the media, never in the storage."""
    place = state.settings.home / "incoming"
    place.mkdir(parents=True, exist_ok=True)
    return place


@asynccontextmanager
async def received(state: State, body: AsyncIterator[bytes], announced: int | None, most: int = LARGEST_AT_ONCE) -> AsyncIterator[Path]:
    """The body as a local file, gone when the block ends. Raises TooLarge before a byte is read when too many are announced,
    and while they come when they were not."""
    check_room(state, announced or 0, most)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=incoming(state)) as folder:
        path = Path(folder) / "body"
        got = await write(body, path, most)
        if announced is not None and got != announced:
            raise InvalidInput(
                f"Of {announced:,} bytes only {got:,} arrived. Nothing was kept: send it again.", field="file", rule="truncated"
            )
        yield path


def check_room(state: State, announced: int, most: int = LARGEST) -> None:
    """Raises TooLarge for what is never taken, Unavailable where the disk has no room for it."""
    check_size(announced, "file", most)
    need_disk(state, announced * 2)


def need_disk(state: State, size: int) -> None:
    """Raises Unavailable where the disk has no room for so many bytes more."""
    _need_free(incoming(state), size)


def _need_free(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size + _SPARE:
        raise Unavailable(
            "The disk of this server has no room for this file. Nothing more of it was kept.", field="file", rule="disk_space"
        )


async def write(body: AsyncIterator[bytes], path: Path, most: int, at: int = 0) -> int:
    """Writes what comes, from `at` on, a block at a time; how many bytes came. What arrived before a break is on the disk. Raises
    Unavailable once the disk would have no room for the file beside what came: how much that is, nobody needs to have announced."""
    got, waiting = 0, bytearray()
    file = await asyncio.to_thread(_open_at, path, at)
    try:
        async for piece in body:
            got += len(piece)
            if got > most:
                raise TooLarge(f"More than {megabytes(most)} arrived. Nothing was kept.", field="file", rule="size")
            waiting += piece
            if len(waiting) >= _BLOCK:
                await asyncio.to_thread(_need_free, path.parent, at + got)
                block = bytes(waiting)
                waiting.clear()  # first: who is stopped while it is written must not write it twice
                await asyncio.to_thread(file.write, block)
    finally:
        await asyncio.to_thread(_close, file, bytes(waiting))
    return got


async def take_in(state: State, path: Path, name: str, alt: str = "", most: int = LARGEST) -> NewFile:
    """The file in the storage, opened and cleaned. `path` is the sender's bytes, which this may change. Raises InvalidInput."""
    alt = _plain(alt)
    if len(alt) > LONGEST_ALT:
        raise InvalidInput(f"An alternative text has at most {LONGEST_ALT:,} characters.", field="alt_text", rule="max_length")
    facts = await asyncio.to_thread(examine, path, most)
    metadata: dict[str, Any] = {"name": display_name(name, facts.form), **facts.told()}
    return await keep_bytes(
        state.storage, path, f"media.{facts.form.ending}", facts.form.mime, width=facts.width, height=facts.height,
        duration=facts.duration, alt_text=alt, metadata=metadata, preview=facts.preview,
    )  # fmt: skip


def examine(path: Path, most: int = LARGEST) -> Facts:
    """Says what the file is and leaves it clean. Raises InvalidInput."""
    form = recognise(path)
    check_size(path.stat().st_size, form.kind, most)
    facts = probe(path, form)
    if form.kind == "image":
        path.write_bytes(clean(path.read_bytes(), form))
    return facts


def display_name(name: str, form: Form) -> str:
    """What people call it: no path, nothing that cannot be seen, and the ending that it really has."""
    last = _UNSEEN.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, ending = last.rpartition(".")
    stem = stem if dot and len(ending) <= 5 else last
    return f"{stem[: LONGEST_NAME - 6].strip() or form.kind}.{form.ending}"


def _plain(text: str) -> str:
    return _UNSEEN.sub("", text.replace("\r\n", " ").replace("\n", " ")).strip()


def _open_at(path: Path, at: int) -> Any:
    file = path.open("r+b" if at else "wb")
    file.seek(at)
    file.truncate()
    return file


def _close(file: Any, rest: bytes) -> None:
    with file:
        file.write(rest)
