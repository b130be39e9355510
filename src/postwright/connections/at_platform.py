"""A call to an account's platform from the background: account, tokens and client, and no transaction open meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx2

from postwright.connections import store
from postwright.connections.credentials import open_credentials
from postwright.connections.refused import signed_in
from postwright.connections.renew import fresh
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.errors import NotFound
from postwright.kit.http import make_client
from postwright.platforms import registry
from postwright.platforms.account import Account, Credentials
from postwright.platforms.base import Platform
from postwright.platforms.errors import ReauthRequired, Transient


@dataclass(frozen=True, slots=True)
class There:
    """All that a call needs."""

    platform: Platform
    http: httpx2.AsyncClient
    account: Account
    credentials: Credentials


@asynccontextmanager
async def at_platform(state: State, workspace: UUID, connection: UUID) -> AsyncIterator[There]:
    """For the worker, whose login alone opens tokens. Raises NotFound for an account that is gone, Transient without a sandbox
    where the account is one of the sandbox (a simulated account never reaches the real platform) and where the platform refuses
    tokens that are replaced, ReauthRequired when a person must connect the account again."""
    async with transaction(state.pool, SERVICE) as db:
        sealed = await store.sealed_account(db, workspace, connection)
        if sealed is None:
            raise NotFound("The account is no longer connected.", field="connection_id", rule="exists")
        if sealed.health == "reconnect":
            raise ReauthRequired("The account must be connected again first.")
        account, credentials, environment = await open_credentials(db, workspace, connection, state.box)
    if environment != "live" and state.sandbox_url is None:
        raise Transient("The sandbox is not running on this machine. Start it with “postwright up”.")
    credentials = await fresh(state, workspace, connection, credentials)
    url = None if environment == "live" else state.sandbox_url
    async with make_client(sandbox_url=url, clock=state.clock) as client, signed_in(state, workspace, connection, credentials):
        yield There(registry.get(sealed.platform), client, account, credentials)
