"""Tidying: archives whose week is over, exports whose worker fell silent, bytes that nothing names any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.exports import store
from postwright.exports.collect import archives, parts
from postwright.library.storage import StorageError

log = structlog.get_logger()

SILENT = timedelta(minutes=3)  # a worker tells how far it is each second
_REMEMBERED = timedelta(days=90)
_AT_ONCE = 500


async def sweep(state: State, now: datetime) -> None:
    """May run twice and at any time."""
    async with transaction(state.pool, SERVICE) as db:
        await store.expire_exports(db, now)
        again = await store.restart_silent(db, now - SILENT)
        await store.forget_old_exports(db, now - _REMEMBERED)
    if again:
        log.warning("exports whose worker fell silent start again", count=again)
    await _forget_archives(state)
    await forget_loose_media(state)


async def _forget_archives(state: State) -> None:
    """Whatever lies among the archives and belongs to none that is kept: expired, given up, deleted with its person or workspace."""
    lying = list(_lying(state))  # once: what begins to grow after this is not ours to judge
    async with transaction(state.pool, SERVICE) as db:
        kept = await store.kept_exports(db, sorted({id for id, _ in lying}))
    for id, part in lying:
        if id in kept:
            continue
        if part:
            part.unlink(missing_ok=True)
        else:
            await archives(state).forget(id)


def _lying(state: State) -> Iterator[tuple[UUID, Path | None]]:
    """The ids of all archives, and of all that grow with their files."""
    for place in archives(state).root.glob("??/*"):
        if _is_id(place.name):
            yield UUID(place.name), None
    for part in parts(state).iterdir():
        if _is_id(part.name[:36]):
            yield UUID(part.name[:36]), part


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


async def forget_loose_media(state: State) -> int:
    """Removes the media of accounts that were deleted; how many went."""
    gone = 0
    while True:
        async with transaction(state.pool, SERVICE) as db:
            places = await store.loose_media(db, _AT_ONCE)
        try:
            for place in places:
                await (state.storage.forget(UUID(place)) if _is_id(place) else state.storage.delete(place))
        except (OSError, StorageError) as error:
            log.warning("media of a deleted account cannot be removed yet", error=str(error))
            return gone
        if not places:
            return gone
        async with transaction(state.pool, SERVICE) as db:
            await store.forgot_media(db, places)
        gone += len(places)
