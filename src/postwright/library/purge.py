"""Letting files go for good, row and bytes, when nobody can want them back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from postwright.db.session import SERVICE, Actor, transaction
from postwright.edge.state import State
from postwright.library import store
from postwright.library.storage import StorageError

log = structlog.get_logger()

KEPT = timedelta(days=30)  # how long a deleted file can be brought back
_SETTLED = timedelta(days=1)  # a younger card may be on its way into a draft, or back into one
_AT_ONCE = 500


async def purge_files(state: State, now: datetime) -> int:
    """Lets go what was deleted 30 days ago and takes replaced cards out of the library; how many files went.

    What a post holds that is scheduled or went out stays, however long ago it was deleted. May run twice:
    the bytes go first, so whatever stops it leaves rows to find them by.
    """
    deleted_before, made_before = now - KEPT, now - _SETTLED
    async with transaction(state.pool, SERVICE) as db:
        workspaces = await store.workspaces_with_files_to_go(db, deleted_before=deleted_before, made_before=made_before)
    gone = 0
    for workspace in workspaces:
        async with transaction(state.pool, Actor("service_role", workspace=workspace)) as db:
            await store.retire_cards(db, workspace, made_before=made_before, now=now)
        while count := await _let_go(state, workspace, deleted_before):
            gone += count
    return gone


async def _let_go(state: State, workspace: UUID, deleted_before: datetime) -> int:
    """Some of a workspace's files; 0 when none is left."""
    actor = Actor("service_role", workspace=workspace)
    async with transaction(state.pool, actor) as db:
        ids = await store.files_to_go(db, workspace, deleted_before=deleted_before, limit=_AT_ONCE)
    gone = [id for id in ids if await _bytes_gone(state, id)]
    async with transaction(state.pool, actor) as db:
        return await store.forget_files(db, workspace, gone) if gone else 0


async def _bytes_gone(state: State, id: UUID) -> bool:
    """One file that cannot be removed keeps no other from going; the next run tries it again."""
    try:
        await state.storage.forget(id)
    except (OSError, StorageError) as error:
        log.warning("a deleted file cannot be removed", file=str(id), error=str(error))
        return False
    return True
