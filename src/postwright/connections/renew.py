"""Fresh tokens before the old ones end: early, one at a time per account, and kept before they are used.

A refresh token often works once. So whoever renews holds a lease on the account's tokens (never a lock: the network lies in
between), and the new pair is committed before anybody uses it. A network that fails disconnects nobody; only the platform's
definite word does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import httpx2
import psycopg
import structlog
from psycopg_pool import PoolTimeout

from postwright.connections import store
from postwright.connections.apps import app_for_worker
from postwright.connections.credentials import keep_renewed, open_credentials
from postwright.db.queries import Conn
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.kit.http import make_client
from postwright.notices.notify import notify
from postwright.platforms import registry
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import App, Renewed, Renews
from postwright.platforms.base import Platform
from postwright.platforms.errors import PlatformError, ReauthRequired, Suspended, Transient

log = structlog.get_logger()
T = TypeVar("T")

LEASE = timedelta(seconds=90)  # longer than an HTTP call with all its timeouts
REST = timedelta(minutes=5)  # before tokens are renewed once more because the platform refused them
AT_THE_LATEST = timedelta(minutes=2)  # a token that ends sooner is renewed before it is used
_TURN = 240.0  # seconds that one round begins renewals in: the next round goes on where it ended
_LOOK_AGAIN = 0.25  # seconds
_PAUSES = (0.2, 1.0, 3.0, 8.0, 15.0)  # seconds between tries to write down what cannot be asked for twice
_ENDED = "Its access has ended and could not be renewed yet; this is tried again by itself."


@dataclass(frozen=True, slots=True)
class _Held:
    """An account whose tokens are ours to renew just now."""

    workspace: UUID
    id: UUID
    account: Account
    credentials: Credentials
    environment: str
    platform: Platform
    renews: Renews
    app: App
    sealed: str  # the access token, as it stands in the row

    def __repr__(self) -> str:
        return f"_Held({self.platform.slug}, {self.id})"


def leads() -> Mapping[str, timedelta]:
    """How long before their end each platform's tokens are renewed."""
    ways = {slug: _way_of(each) for slug, each in registry.REGISTRY.items()}
    return {slug: way.renew_before for slug, way in ways.items() if way is not None and way.renew_before is not None}


async def renew_due(state: State, *, limit: int = 50) -> int:
    """Renews what ends soon, one account after the other; how many got fresh tokens. One that fails, whatever its server did, keeps
    no other waiting: it is put off for a while."""
    async with transaction(state.pool, SERVICE) as db:
        due = await store.due_for_renewal(db, leads(), state.clock(), limit)
    done, until = 0, asyncio.get_running_loop().time() + _TURN
    for each in due:
        if asyncio.get_running_loop().time() > until:
            break
        try:
            done += await renew(state, each.workspace_id, each.id)
        except Exception as error:
            known = isinstance(error, PlatformError)
            log.warning("tokens not renewed", account=str(each.id), error=type(error).__name__, exc_info=not known)
            async with transaction(state.pool, SERVICE) as db:
                await store.put_off_renewal(db, each.workspace_id, each.id, state.clock())
    return done


async def fresh(state: State, workspace: UUID, connection_id: UUID, credentials: Credentials) -> Credentials:
    """The tokens to use now: those given, or the renewed ones when those are about to end. For whoever is about to call the
    platform. Raises ReauthRequired, Transient."""
    if not credentials.renewable or credentials.expires_at is None or credentials.expires_at > state.clock() + AT_THE_LATEST:
        return credentials
    until = asyncio.get_running_loop().time() + LEASE.total_seconds()
    while not await renew(state, workspace, connection_id):
        async with transaction(state.pool, SERVICE) as db:
            _, now_there, _ = await open_credentials(db, workspace, connection_id, state.box)
        if now_there.access_token != credentials.access_token:
            return now_there
        if asyncio.get_running_loop().time() > until:
            raise Transient("The account's access is being renewed elsewhere")
        await asyncio.sleep(_LOOK_AGAIN)
    async with transaction(state.pool, SERVICE) as db:
        return (await open_credentials(db, workspace, connection_id, state.box))[1]


async def renew(state: State, workspace: UUID, connection_id: UUID, *, refused: str | None = None) -> bool:
    """Renews one account's tokens where they end soon, or where the platform `refused` this access token of theirs; False when
    somebody else does just now, or connected the account meanwhile. Raises ReauthRequired, Suspended, Transient, and then says so
    on the account."""
    held = await _hold(state, workspace, connection_id)
    if held is None:
        return False
    if not _ends_soon(held, state.clock()) and held.credentials.access_token != refused:
        await _firmly(state, lambda db: store.end_renewal(db, workspace, connection_id))
        return True  # somebody did a moment ago
    return await _to_its_end(_renew(state, held, refused=refused))


async def warn(state: State) -> int:
    """Tells those who can connect an account again when it will need it within a week, once; how many accounts."""
    async with transaction(state.pool, SERVICE) as db:
        ending = await store.warn_of_ending(db, state.clock())
        for each in ending:
            await notify(
                db,
                workspace=each.workspace_id,
                users=each.users,
                kind="account_reconnect",
                title=f"Connect {each.platform} {each.handle} again within a week",
                body=f"Its access ends on {each.ends_at:%Y-%m-%d %H:%M} UTC, and only you can renew it. Until then all goes on.",
                link=f"/accounts#account-{each.id}",
                incident=f"account:{each.id}",
            )
    return len(ending)


# Steps


async def _renew(state: State, held: _Held, *, refused: str | None) -> bool:
    try:
        renewed = await _ask(state, held)
    except (ReauthRequired, Suspended) as error:
        if not await _firmly(state, partial(_say, held, error, state.clock())):
            return False
        log.warning("an account must be connected again", account=str(held.id), platform=held.platform.slug)
        raise
    except PlatformError as error:
        await _firmly(state, lambda db: _let_go(db, state, held))
        raise error if isinstance(error, Transient) else Transient(error.message, detail=error.detail) from error
    kept = await _firmly(state, lambda db: _keep(db, state, held, renewed))
    if kept and refused is not None:
        await _firmly(state, lambda db: _rest(db, state, held))
    log.info("tokens renewed" if kept else "tokens were changed meanwhile", account=str(held.id), platform=held.platform.slug)
    return kept


async def _to_its_end(renewal: Coroutine[Any, Any, bool]) -> bool:
    """Not broken off with whoever asked for it (a publisher that stops, a lease that was lost): the platform may have given out a new
    pair already and forgotten the old one."""
    task = asyncio.create_task(renewal)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _hold(state: State, workspace: UUID, connection_id: UUID) -> _Held | None:
    """Takes the lease. None when another has it, or nothing can be renewed there. Raises Transient without an app."""
    now = state.clock()
    async with transaction(state.pool, SERVICE) as db:
        if not await store.begin_renewal(db, workspace, connection_id, now=now, until=now + LEASE):
            return None
        row = await store.held_account(db, workspace, connection_id)
        account, credentials, environment = await open_credentials(db, workspace, connection_id, state.box)
        assert row is not None
        platform = registry.get(row.platform)
        way = _way_of(platform)
        if way is None:
            raise Transient(f"{platform.name}'s tokens cannot be renewed")
        app = await app_for_worker(db, state, platform, environment, row.host) if platform.oauth else App("")
        if app is None:
            raise Transient(f"There is no app for {platform.name} any more: whoever runs this server writes one down")
        return _Held(workspace, connection_id, account, credentials, environment, platform, way, app, row.access_token)


def _way_of(platform: Platform) -> Renews | None:
    way = platform.oauth or platform.keys
    return way if isinstance(way, Renews) else None


def _ends_soon(held: _Held, now: datetime) -> bool:
    lead, ends = held.renews.renew_before, held.credentials.expires_at
    return lead is not None and ends is not None and ends <= now + max(lead, AT_THE_LATEST)


async def _ask(state: State, held: _Held) -> Renewed:
    """The call itself; no transaction is open. It ends well before the lease does."""
    live = held.environment == "live"
    if not live and state.sandbox_url is None:
        raise Transient("The sandbox is not running on this machine. Start it with “postwright up”.")
    try:
        url = None if live else state.sandbox_url
        async with asyncio.timeout(LEASE.total_seconds() / 2), make_client(sandbox_url=url, clock=state.clock) as http:
            return await held.renews.renew(http, held.app, held.account, held.credentials)
    except (httpx2.HTTPError, TimeoutError) as error:
        raise Transient(f"{held.platform.name} did not answer in time", detail=repr(error)) from error


async def _say(held: _Held, error: PlatformError, now: datetime, db: Conn) -> bool:
    """False when somebody connected the account meanwhile: what was refused is no longer its own."""
    if isinstance(error, Suspended):
        said = await store.mark_suspended(db, held.workspace, held.id, was=held.sealed, message=error.message, now=now)
    else:
        said = await store.mark_reconnect(db, held.workspace, held.id, was=held.sealed, message=error.message)
    if said:
        return True
    await store.end_renewal(db, held.workspace, held.id)
    return False


async def _keep(db: Conn, state: State, held: _Held, renewed: Renewed) -> bool:
    kept = await keep_renewed(db, held.workspace, held.id, state.box, held.credentials, renewed, state.clock())
    if kept and renewed.profile is not None:
        await store.keep_profile(db, held.workspace, held.id, renewed.profile)
    return kept


async def _rest(db: Conn, state: State, held: _Held) -> None:
    """A platform that refuses what it has just given out is not asked for more and more of it: the lease stays for a while."""
    now = state.clock()
    await store.begin_renewal(db, held.workspace, held.id, now=now, until=now + REST)


async def _let_go(db: Conn, state: State, held: _Held) -> None:
    """The lease ends. Only when the token has ended too is anything said: until then nobody needs to know."""
    ends = held.credentials.expires_at
    if ends is not None and ends <= state.clock():
        await store.mark_unreachable(db, held.workspace, held.id, _ENDED)
    else:
        await store.end_renewal(db, held.workspace, held.id)


async def _firmly(state: State, write: Callable[[Conn], Awaitable[T]]) -> T:
    """Insists while the database is away: a pair that was given out once cannot be asked for again."""
    for pause in _PAUSES:
        try:
            async with transaction(state.pool, SERVICE) as db:
                return await write(db)
        except (psycopg.OperationalError, PoolTimeout) as error:
            log.warning("database away while tokens are written; trying again", error=type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)
    async with transaction(state.pool, SERVICE) as db:
        return await write(db)
