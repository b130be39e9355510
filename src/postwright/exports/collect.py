"""Making an archive: all rows in one snapshot, then the media, then what was packed.

The rows are read in one repeatable-read transaction that may last minutes, the one exception from the rule that jobs are
several short transactions: rows of different moments would refer to what is not there. It only reads, so that nobody waits
for it. The media follow outside any transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import structlog

from postwright.db.queries import Conn
from postwright.db.session import Actor, enter, transaction
from postwright.edge.access import RANK
from postwright.edge.state import State
from postwright.errors import NotFound
from postwright.exports import store
from postwright.exports.archive import Archive, Entry, off_loop
from postwright.exports.models import Job, Kind, Medium, Part
from postwright.exports.names import Names
from postwright.exports.tell import manifest, readme
from postwright.library.storage import Storage, StorageError, path_of

log = structlog.get_logger()

KEPT = timedelta(days=7)
_TRIES = 3  # how often an export is begun: what kills its worker each time is not worth a fourth
_BEAT = 1.0  # seconds between two words about how far it is
_NO_ROOM = "There was no room for the archive, or the disk refused it. Nothing is left of it; the operator makes room."
_OUR_FAULT = "Something went wrong on our side. Nothing is left of it; the operator finds the cause in the log."
_AT_ONCE = 500  # rows of media asked for at a time


class Superseded(Exception):
    """Another attempt has it by now, or its maker wants it no longer."""


@dataclass(slots=True)
class Progress:
    """How far it is."""

    rows_total: int = 0
    rows: int = 0
    bytes_total: int = 0
    bytes: int = 0
    told_at: float = field(default=0.0)


def archives(state: State) -> Storage:
    """Where archives lie: apart from the media, so that no signed address of a medium ever opens one."""
    return Storage(state.settings.home / "exports" / "archives")


def parts(state: State) -> Path:
    """Where they grow."""
    place = state.settings.home / "exports" / "parts"
    place.mkdir(parents=True, exist_ok=True)
    return place


async def make_export(state: State, workspace: UUID, id: UUID) -> bool:
    """Makes the archive that was asked for; False when it is not this worker's to finish. May run twice, and at once."""
    async with transaction(state.pool, Actor("service_role", workspace=workspace)) as db:
        job = await store.begin_export(db, workspace, id, state.clock())
    if job is None:
        return False
    for left in parts(state).glob(f"{id}-*"):
        left.unlink(missing_ok=True)
    if refusal := _refusal(job):
        return await _fail(state, job, refusal)
    part = parts(state) / f"{id}-{job.attempt}.zip"
    try:
        progress = await _pack(state, job, part)
        await _hand_over(state, job, part, progress)
    except Superseded:
        return False
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise  # the database went away: begun again once it is back
    except (OSError, StorageError) as error:
        log.warning("an export found no room", export=str(id), error=str(error))
        return await _fail(state, job, _NO_ROOM)
    except Exception:
        log.exception("an export failed", export=str(id))
        return await _fail(state, job, _OUR_FAULT)
    finally:
        part.unlink(missing_ok=True)
    log.info("export made", export=str(id), rows=progress.rows, bytes=progress.bytes)
    return True


def _refusal(job: Job) -> str | None:
    """Who asked may have lost the right to it while it waited."""
    if job.attempt > _TRIES:
        return f"It was begun {_TRIES} times, and each time the worker ended. The operator finds the cause in the log."
    if job.kind == Kind.WORKSPACE and RANK.get(job.role or "", 0) < RANK["admin"]:
        return "The data of a workspace are for its admins, and you are none any more."
    return None


async def _pack(state: State, job: Job, part: Path) -> Progress:
    """Writes the whole archive to a local file."""
    progress, now = Progress(), state.clock()
    archive = Archive(part, now)
    try:
        entries = await _pack_rows(state, job, archive, progress)
        media, missing = await _pack_media(state, job, archive, progress)
        await archive.add_text("README.txt", readme(job, now, media=len(media)))
        await archive.add_json("manifest.json", manifest(job, now, [*entries, *media], missing))
        await off_loop(archive.close)
    finally:
        archive.abandon()
    return progress


# Rows


async def _pack_rows(state: State, job: Job, archive: Archive, progress: Progress) -> list[Entry]:
    async with _snapshot(state, job) as db:
        plan = await store.export_plan(db, job)
        counted = {part.name: await _count(db, part) for part in plan}
        progress.rows_total = sum(counted.values())
        progress.bytes_total = (await store.count_media(db, job.workspace_id)).bytes
        await _tell(state, job, progress)
        return [await _pack_table(state, job, archive, progress, db, part) for part in plan]


@asynccontextmanager
async def _snapshot(state: State, job: Job) -> AsyncIterator[Conn]:
    async with state.pool.connection() as db, db.transaction():
        await db.execute("set transaction isolation level repeatable read, read only")
        await enter(db, Actor("service_role", workspace=job.workspace_id))
        yield db


async def _count(db: Conn, part: Part) -> int:
    row = await (await db.execute(f"select count(*) from ({part.query}) r".encode())).fetchone()
    return int(row[0]) if row else 0


async def _pack_table(state: State, job: Job, archive: Archive, progress: Progress, db: Conn, part: Part) -> Entry:
    before = progress.rows

    async def lines() -> AsyncIterator[bytes]:
        async for block, rows in read_lines(db, part.query):
            progress.rows += rows
            yield block
            await _tell(state, job, progress, at_most_each=_BEAT)

    entry = await archive.add(f"rows/{part.name}.jsonl", lines(), facts={"table": part.name})
    entry.facts["rows"] = progress.rows - before
    return entry


async def read_lines(db: Conn, query: str, at_once: int = 256_000) -> AsyncIterator[tuple[bytes, int]]:
    """The rows of a query as JSON Lines, in blocks of about so many bytes, each with its number of rows. Streams: however
    many there are, one block is in memory."""
    gathered, rows = bytearray(), 0
    async with db.cursor() as cursor, cursor.copy(f"copy (select row_to_json(r) from ({query}) r) to stdout".encode()) as copy:
        async for row in copy:
            gathered += row
            rows += 1
            if len(gathered) >= at_once:
                yield _plain(gathered), rows
                gathered, rows = bytearray(), 0
    if rows:
        yield _plain(gathered), rows


def _plain(copied: bytearray) -> bytes:
    """JSON holds no tab and no line break of its own, so that all COPY does to it is to double its backslashes."""
    return bytes(copied.replace(b"\\\\", b"\\"))


# Media


async def _pack_media(state: State, job: Job, archive: Archive, progress: Progress) -> tuple[list[Entry], list[UUID]]:
    """All files of the workspace; those whose bytes are not there any more are only named."""
    names, entries, missing = Names(), [], []
    async for medium in _each_medium(state, job):
        try:
            stored = await state.storage.find(medium.id)  # by its id: people write rows, and a row must not name another's file
        except NotFound:
            missing.append(medium.id)
            continue
        pieces = _watched(state, job, progress, state.storage.stream(stored.path, 0, stored.size) if stored.size else _nothing())
        facts = {"file_id": str(medium.id), "mime_type": medium.mime_type}
        entries.append(await archive.add(f"media/{names.give(medium.name)}", pieces, packed=False, facts=facts))
    return entries, missing


async def _each_medium(state: State, job: Job) -> AsyncIterator[Medium]:
    last: UUID | None = None
    while True:
        async with transaction(state.pool, Actor("service_role", workspace=job.workspace_id)) as db:
            found = await store.next_media(db, job.workspace_id, last, _AT_ONCE)
        for each in found:
            yield each
        if len(found) < _AT_ONCE:
            return
        last = found[-1].id


async def _watched(state: State, job: Job, progress: Progress, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        progress.bytes += len(piece)
        yield piece
        await _tell(state, job, progress, at_most_each=_BEAT)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


# The end


async def _hand_over(state: State, job: Job, part: Path, progress: Progress) -> None:
    """Puts the finished file among the archives, and says so; whoever lost the export meanwhile leaves nothing there."""
    await _tell(state, job, progress)
    path, digest = path_of(job.id, f"archive-{job.attempt}.zip"), await asyncio.to_thread(_digest, part)
    size = await _keep(state, part, path)
    now = state.clock()
    async with transaction(state.pool, Actor("service_role", workspace=job.workspace_id)) as db:
        ours = await store.finish_export(
            db, job, now, path=path, size=size, sha256=digest, rows=progress.rows, bytes=progress.bytes, expires=now + KEPT
        )
    if not ours:
        await archives(state).delete(path)
        raise Superseded


async def _keep(state: State, part: Path, path: str) -> int:
    """Moves the file to its place, whole or not at all; its size. Both lie on one disk, so that no second copy needs room."""
    return await off_loop(_move, part, archives(state).root / path)


def _move(part: Path, place: Path) -> int:
    place.parent.mkdir(parents=True, exist_ok=True)
    return part.replace(place).stat().st_size


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


async def _tell(state: State, job: Job, progress: Progress, at_most_each: float = 0.0) -> None:
    """Says how far it is. Raises Superseded when it is not this attempt's any more."""
    now = asyncio.get_running_loop().time()
    if now - progress.told_at < at_most_each:
        return
    progress.told_at = now
    async with transaction(state.pool, Actor("service_role", workspace=job.workspace_id)) as db:
        ours = await store.beat(
            db, job, state.clock(), rows_total=progress.rows_total, rows_done=progress.rows, bytes_total=progress.bytes_total,
            bytes_done=progress.bytes,
        )  # fmt: skip
    if not ours:
        raise Superseded


async def _fail(state: State, job: Job, words: str) -> bool:
    async with transaction(state.pool, Actor("service_role", workspace=job.workspace_id)) as db:
        await store.fail_export(db, job, state.clock(), words)
    return False


def file_name(workspace: str, made: datetime, *, simulated: bool) -> str:
    """What the downloaded archive is called: plain letters, the day, and whether it is simulated."""
    plain = "-".join("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in workspace.lower()).split())[:60]
    return f"postwright-{plain or 'export'}-{made:%Y-%m-%d}{'-sandbox' if simulated else ''}.zip"
