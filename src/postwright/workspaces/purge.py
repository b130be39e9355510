"""Removes for good what was deleted more than thirty days ago: the storage's files first, then the rows that name them."""

from __future__ import annotations

from uuid import UUID

import structlog

from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.workspaces import store

log = structlog.get_logger()

_AT_ONCE = 20  # workspaces an hour: a purge rewrites indexes, and nobody waits for it


async def purge(state: State) -> int:
    """How many workspaces went. May run twice and at any time: a file that is gone is fine."""
    now = state.clock()
    async with transaction(state.pool, SERVICE) as db:
        due = await store.to_purge(db, now, limit=_AT_ONCE)
    gone = 0
    for workspace in due:
        await _remove_files(state, workspace)
        async with transaction(state.pool, SERVICE) as db:
            gone += await store.purge(db, workspace, now)
        log.info("workspace purged", workspace=str(workspace))
    return gone


async def _remove_files(state: State, workspace: UUID) -> None:
    """Previews too. By the files' ids, never by the paths in their rows: people write rows, and a row must not name another's file."""
    async with transaction(state.pool, SERVICE) as db:
        files = await store.files_to_purge(db, workspace)
    for file in files:
        await state.storage.forget(file)
