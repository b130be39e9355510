"""Copies of a medium that keep a platform's rules: asked for by a person, made in the background, put in the original's place."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from postwright.db.queries import Conn
from postwright.db.session import Actor, transaction
from postwright.edge.state import State
from postwright.errors import InvalidInput, NotFound, PostwrightError, Unavailable
from postwright.library import shelf, store, transcode
from postwright.library.files import NewFile, add_file, keep_bytes
from postwright.library.models import Conversion
from postwright.platforms import registry
from postwright.studio.own_media import swap

log = structlog.get_logger()

_SILENT = timedelta(minutes=2)  # a worker that said nothing for so long is gone


async def ask(db: Conn, actor: Actor, file: UUID, platform: str, draft: UUID | None) -> UUID | None:
    """Has a copy of a file made that keeps the platform's rules; None when one is being made. Raises InvalidInput where none could."""
    found = registry.get(platform)
    row = await shelf.need(db, actor, file)
    transcode.plan(row, found.rules, found.name)
    made = await store.insert_conversion(db, actor.home, file=file, platform=found.slug, draft=draft)
    if made is not None:
        await store.enqueue_conversion(db, actor.home, made)
    return made


async def get(db: Conn, actor: Actor, id: UUID) -> Conversion:
    """How it stands. Raises NotFound."""
    found = await store.get_conversion(db, actor.home, id)
    if found is None:
        raise NotFound("There is no such conversion.", field="id", rule="exists")
    return found


async def convert(state: State, workspace: UUID, id: UUID) -> None:
    """Makes the copy. May run twice: one that is done is left alone; one that a worker left in the middle begins again once that
    worker is silent for long. Raises Unavailable until then, so that the queue tries again."""
    actor = Actor("service_role", workspace=workspace, origin="job")
    now = state.clock()
    async with transaction(state.pool, actor) as db:
        if not await store.begin_conversion(db, workspace, id, now=now, silent=now - _SILENT):
            found = await store.get_conversion(db, workspace, id)
            if found is not None and found.status == "running":
                raise Unavailable("Another worker is at this conversion, or died just now: looked at again later.", rule="busy")
            return
        wanted = await get(db, actor, id)
    try:
        new = await _make(state, actor, wanted)
    except (PostwrightError, OSError) as error:
        log.warning("a medium was not converted", conversion=str(id), error=str(error))
        async with transaction(state.pool, actor) as db:
            await store.end_conversion(db, workspace, id, result=None, error=str(error), now=state.clock())
        return
    try:
        async with transaction(state.pool, actor) as db:
            await _deliver(db, actor, wanted, new, state.clock())
    except BaseException:
        await state.storage.forget(new.id)
        raise


async def _make(state: State, actor: Actor, wanted: Conversion) -> NewFile:
    """The copy in the storage."""
    platform = registry.get(wanted.platform)
    async with transaction(state.pool, actor) as db:
        file = await shelf.need(db, actor, wanted.file_id)
    plan = transcode.plan(file, platform.rules, platform.name)
    source = state.storage.local_path(file.id, file.path)
    with tempfile.TemporaryDirectory(prefix="postwright-") as folder:
        out = Path(folder) / f"copy.{plan.ending}"
        progress = transcode.Progress()
        beating = asyncio.create_task(_beat(state, actor, wanted.id, progress))
        try:
            facts = await asyncio.to_thread(transcode.run, plan, source, out, progress)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
        stem = file.name.rpartition(".")[0] or file.name
        metadata = {"name": f"{stem}.{plan.ending}", "of": str(file.original or file.id), "for": wanted.platform, **facts.told()}
        return await keep_bytes(
            state.storage, out, f"media.{plan.ending}", plan.mime, width=facts.width, height=facts.height, duration=facts.duration,
            alt_text=file.alt_text or "", metadata=metadata,
        )  # fmt: skip


async def _beat(state: State, actor: Actor, id: UUID, progress: transcode.Progress) -> None:
    """Tells each second how far it is."""
    while True:
        await asyncio.sleep(1)
        async with transaction(state.pool, actor) as db:
            await store.beat_conversion(db, actor.home, id, progress=min(progress.percent, 99), now=state.clock())


async def _deliver(db: Conn, actor: Actor, wanted: Conversion, new: NewFile, now: datetime) -> None:
    """The row of the copy, and the copy where the original stood, if it still stands there."""
    await shelf.need_room(db, actor, new.size)
    await add_file(db, actor, new, owner=wanted.user_id)
    await store.end_conversion(db, actor.home, wanted.id, result=new.id, error=None, now=now)
    if wanted.adaptation_id is not None:
        author = replace(actor, user=wanted.user_id)
        with suppress(NotFound, InvalidInput):
            await swap(db, author, wanted.adaptation_id, wanted.platform, wanted.file_id, new.id, now)
