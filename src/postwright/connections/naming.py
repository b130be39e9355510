"""What an account is called now: people rename accounts, and their ids stay. Each is asked for once a day, with its audience."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import structlog

from postwright.connections import store
from postwright.connections.answered import note_answered
from postwright.connections.at_platform import There, at_platform
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.platforms.account import Profile
from postwright.platforms.registry import REGISTRY

log = structlog.get_logger()
_TURN = 240.0  # seconds that one round asks in: the next goes on where it ended


def tellers() -> list[str]:
    """The platforms that tell a name or an audience."""
    return [slug for slug, each in REGISTRY.items() if each.profile is not None or each.audience is not None]


async def name_due(state: State, *, limit: int = 100) -> int:
    """Asks about accounts whose turn it is, one after the other; how many answered."""
    async with transaction(state.pool, SERVICE) as db:
        due = await store.due_for_naming(db, tellers(), state.clock(), limit)
    done, until = 0, asyncio.get_running_loop().time() + _TURN
    for each in due:
        if asyncio.get_running_loop().time() > until:
            break
        done += await name(state, each.workspace_id, each.id)
    return done


async def name(state: State, workspace: UUID, connection_id: UUID) -> bool:
    """Asks the account's platform, no transaction open meanwhile. One that does not tell stays as it is, and keeps no other waiting:
    False."""
    try:
        async with at_platform(state, workspace, connection_id) as there:
            profile = await _ask(there)
    except Exception as error:
        log.warning("the account's name was not told", account=str(connection_id), error=type(error).__name__)
        async with transaction(state.pool, SERVICE) as db:
            await store.note_named(db, workspace, connection_id, state.clock())
        return False
    async with transaction(state.pool, SERVICE) as db:
        await store.keep_profile(db, workspace, connection_id, profile)
        await store.note_named(db, workspace, connection_id, state.clock())
        await note_answered(db, {(workspace, connection_id)}, state.clock())
    return True


async def _ask(there: There) -> Profile:
    """One call where one answer tells both."""
    platform, way = there.platform, (there.http, there.account, there.credentials)
    profile = await platform.profile(*way) if platform.profile else Profile()
    if profile.figures or platform.audience is None:
        return profile
    return replace(profile, figures=await platform.audience(*way))
