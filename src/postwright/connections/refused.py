"""A platform refuses an account's tokens: is that the end of its access, or only of these tokens?

A refusal is about the tokens that were used, and those may be old news: the account was connected again meanwhile, or they ended
while the machine slept or a long upload ran. So a person is asked for only where the tokens as they stand now were refused, and
cannot be renewed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from uuid import UUID

import structlog

from postwright.connections import store
from postwright.connections.credentials import open_credentials
from postwright.connections.renew import renew
from postwright.db.queries import Conn
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.platforms.account import Credentials
from postwright.platforms.errors import PlatformError, ReauthRequired, Suspended, Transient

log = structlog.get_logger()
_AGAIN = "The platform refused the account's access, which is renewed by itself. If it goes on refusing, connect the account again."


class _Left(Enum):
    """What is left to an account whose tokens were refused."""

    OTHERS = auto()  # it has other tokens by now
    RENEWAL = auto()
    NOTHING = auto()


@asynccontextmanager
async def signed_in(state: State, workspace: UUID, connection_id: UUID, used: Credentials) -> AsyncIterator[None]:
    """Around every call with an account's tokens. Lets ReauthRequired pass only when a person must connect the account again,
    and then the account says so; raises Transient where the next try has other tokens. An account that its platform bars is set
    aside in the same way, whatever was asked when the platform told.

    Transient is right at a send as well: a platform that refuses the tokens of a call has done nothing of what it was asked for.
    """
    try:
        yield
    except ReauthRequired as refusal:
        if await _is_over(state, workspace, connection_id, used, refusal):
            raise
        log.info("refused tokens are renewed or were changed meanwhile", account=str(connection_id))
        raise Transient(_AGAIN, detail=refusal.detail) from refusal
    except PlatformError as error:
        barred = error if isinstance(error, Suspended) else error.__cause__
        if isinstance(barred, Suspended):
            await _set_aside(state, workspace, connection_id, used, barred)
        raise


async def _set_aside(state: State, workspace: UUID, connection_id: UUID, used: Credentials, barred: Suspended) -> None:
    """Unless it has other tokens by now: then the next call tells whether these are barred as well."""
    async with transaction(state.pool, SERVICE) as db:
        row = await store.held_account(db, workspace, connection_id)
        if row is None or not row.is_active or row.health == "reconnect":  # told of already, however many posts met it
            return
        _, there, _ = await open_credentials(db, workspace, connection_id, state.box)
        if there.access_token == used.access_token and await store.mark_suspended(
            db, workspace, connection_id, was=row.access_token, message=barred.message, now=state.clock()
        ):
            log.warning("an account is barred by its platform", account=str(connection_id), platform=row.platform)


async def _is_over(state: State, workspace: UUID, connection_id: UUID, used: Credentials, refusal: ReauthRequired) -> bool:
    """Renews what can be renewed, one at a time as ever. Raises Transient where that fails for now."""
    async with transaction(state.pool, SERVICE) as db:
        left = await _left(db, state, workspace, connection_id, used, refusal)
    if left is not _Left.RENEWAL:
        return left is _Left.NOTHING
    try:
        await renew(state, workspace, connection_id, refused=used.access_token)
    except ReauthRequired:
        return True
    return False


async def _left(db: Conn, state: State, workspace: UUID, connection_id: UUID, used: Credentials, refusal: ReauthRequired) -> _Left:
    """By the row as it is now, held: whoever connects the account at this moment is not overruled."""
    row = await store.held_account(db, workspace, connection_id)
    if row is None or not row.is_active:
        return _Left.NOTHING
    _, there, _ = await open_credentials(db, workspace, connection_id, state.box)
    if there.access_token != used.access_token:
        return _Left.OTHERS
    if row.health == "reconnect":
        return _Left.NOTHING
    if there.renewable:
        return _Left.RENEWAL
    await store.mark_reconnect(db, workspace, connection_id, was=row.access_token, message=refusal.message)
    return _Left.NOTHING
