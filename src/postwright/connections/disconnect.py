"""Disconnecting an account: what was planned with it is spelled out and chosen; what it published stays."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import structlog

from postwright.connections import store
from postwright.connections.accounts import get_account
from postwright.connections.apps import app_for_worker
from postwright.connections.credentials import open_credentials, seal_context
from postwright.connections.models import AccountRow, Standing
from postwright.db.queries import Conn
from postwright.db.session import SERVICE, Actor, transaction
from postwright.edge.state import State
from postwright.errors import Conflict, Forbidden, NotFound
from postwright.kit.crypto import CannotOpen
from postwright.kit.http import make_client
from postwright.platforms import registry
from postwright.platforms.auth import App, Revokes
from postwright.platforms.errors import PlatformError, Transient

log = structlog.get_logger()
PATIENCE = timedelta(days=7)  # with a platform that cannot be reached
_SOON = timedelta(minutes=15)  # the job that disconnecting asked for has that long
_AT_ONCE = 200


class Plan(StrEnum):
    """What becomes of the planned posts of an account. Scheduled ones are canceled either way."""

    KEEP = "keep"  # they stay in their slots, without an account
    CANCEL = "cancel"


async def what_hangs_on(db: Conn, actor: Actor, connection_id: UUID) -> tuple[AccountRow, Standing]:
    """The account, and how many posts wait for it. Raises NotFound."""
    account = await get_account(db, actor, connection_id)
    return account, await store.standing(db, actor.home, connection_id)


async def disconnect(db: Conn, actor: Actor, connection_id: UUID, *, plan: Plan) -> Standing:
    """Ends the account's use; what had hung on it. Its tokens are taken back at the platform by a job, soon after.

    An account that is publishing right now is not torn away: Conflict, and nothing is changed. Raises Forbidden, NotFound.
    """
    account, hung = await what_hangs_on(db, actor, connection_id)
    if not account.is_active:
        return hung
    if not await store.disconnect(db, actor.home, connection_id):
        raise Forbidden("Disconnecting an account needs the role admin.", rule="role")
    await store.cancel_scheduled_of(db, actor.home, connection_id, planned=plan is Plan.CANCEL)
    after = await store.standing(db, actor.home, connection_id)  # what was claimed meanwhile shows now
    if after.publishing or after.unconfirmed:
        raise Conflict(_busy(after), field="account", rule="in_use")
    await store.leave_planned_of(db, actor.home, connection_id)
    await store.enqueue_revoking(db, actor.home, connection_id)
    return hung


async def revoke(state: State, workspace: UUID, connection_id: UUID, *, insist: bool) -> None:
    """Takes the grant back at the platform, unless another connected account stands on it, and forgets the tokens. Not when the
    account was connected again meanwhile.

    With `insist` a platform that cannot be reached raises Transient, for another try; without, the tokens are forgotten all the same.
    """
    try:
        await _take_back(state, workspace, connection_id)
    except Transient:
        if insist:
            raise
        log.warning("a grant was not taken back: the platform did not answer", account=str(connection_id))
    except (PlatformError, CannotOpen, NotFound) as error:
        log.info("a grant was not taken back", account=str(connection_id), error=type(error).__name__)
    async with transaction(state.pool, SERVICE) as db:
        await _forget(db, state, workspace, connection_id)


async def revoke_left(state: State) -> int:
    """Asks anew for what was not taken back a while after people disconnected it, whatever became of the jobs; how many accounts."""
    async with transaction(state.pool, SERVICE) as db:
        left = await store.left_to_revoke(db, state.clock() - _SOON, _AT_ONCE)
        for each in left:
            await store.enqueue_revoking(db, each.workspace_id, each.id)
    return len(left)


async def is_worth_insisting(state: State, workspace: UUID, connection_id: UUID) -> bool:
    """For some days; the tokens of somebody who left are not kept for ever."""
    async with transaction(state.pool, SERVICE) as db:
        since = await store.leaving_since(db, workspace, connection_id)
    return since is None or state.clock() < since + PATIENCE


async def _take_back(state: State, workspace: UUID, connection_id: UUID) -> None:
    async with transaction(state.pool, SERVICE) as db:
        row = await store.sealed_account(db, workspace, connection_id)
        if row is None or row.is_active:
            return
        if await store.grant_stands(db, workspace, connection_id):
            log.info("a grant was not taken back: another account stands on it", account=str(connection_id))
            return
        platform = registry.get(row.platform)
        way = platform.oauth or platform.keys
        account, credentials, environment = await open_credentials(db, workspace, connection_id, state.box)
        app = await app_for_worker(db, state, platform, environment, row.host) if platform.oauth else App("")
    if not isinstance(way, Revokes) or app is None or not credentials.access_token:
        return
    if environment != "live" and state.sandbox_url is None:
        raise Transient("The sandbox is not running on this machine.")
    async with make_client(sandbox_url=None if environment == "live" else state.sandbox_url, clock=state.clock) as http:
        await way.revoke(http, app, account, credentials)


async def _forget(db: Conn, state: State, workspace: UUID, connection_id: UUID) -> None:
    row = await store.held_account(db, workspace, connection_id)
    if row is not None and not row.is_active:
        context = seal_context(workspace, row.platform, row.platform_user_id, row.host)
        await store.forget_tokens(db, workspace, connection_id, state.box.seal("", f"{context}:access"))


def _busy(standing: Standing) -> str:
    if standing.publishing:
        return "A post is going out from this account right now. Wait until it is out, then disconnect. Nothing was changed."
    return (
        "We do not know whether a post of this account went out. Say first what you see on the account "
        "(Posts > Needs attention), then disconnect. Nothing was changed."
    )
