"""What one publisher holds while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import httpx2
import psycopg

from postwright.connections.credentials import open_credentials
from postwright.connections.refused import signed_in
from postwright.connections.renew import fresh
from postwright.db.queries import Conn
from postwright.db.session import SERVICE
from postwright.edge.state import State
from postwright.kit.crypto import Box
from postwright.kit.http import machine_clock, make_client
from postwright.kit.timely import SendBy
from postwright.kit.together import Together
from postwright.platforms import registry
from postwright.platforms.account import Account, Credentials
from postwright.platforms.base import Platform
from postwright.platforms.errors import Transient
from postwright.publishing.heard import listen
from postwright.publishing.pace import Pace
from postwright.publishing.quota import Quotas
from postwright.publishing.scribe import Scribe
from postwright.publishing.store import Claim

Opened = tuple[Account, Credentials, str]
Key = tuple[UUID, UUID]  # workspace and connection
# What db.session.transaction says for the service, in one round trip: the publisher begins thousands in a burst.
_BEGIN = f"""begin; select set_config('role', '{SERVICE.role}', true), set_config('request.jwt.claims', '{SERVICE.claims()}', true),
              set_config('app.workspace_id', '', true), set_config('statement_timeout', '0', true),
              set_config('idle_in_transaction_session_timeout', '0', true), set_config('app.origin', '', true)""".encode()


class Clients:
    """One HTTP client per platform and environment, made when first needed."""

    def __init__(self, sandbox_url: str | None, timeout: float) -> None:
        self._sandbox_url = sandbox_url
        self._timeout = timeout
        self._made: dict[tuple[str, str], httpx2.AsyncClient] = {}
        self.clock: Callable[[], datetime] = machine_clock  # once there is an engine, the one that publishers share

    def get(self, platform: str, environment: str) -> httpx2.AsyncClient:
        """Raises Transient when a sandbox account asks and no sandbox is known: never falls through to the real platform."""
        if environment != "live" and self._sandbox_url is None:
            raise Transient("The sandbox is not running on this machine. Start it with “postwright up”.")
        key = (platform, environment)
        if key not in self._made:
            url = None if environment == "live" else self._sandbox_url
            self._made[key] = make_client(sandbox_url=url, timeout=self._timeout, clock=self._now)
            self._made[key].event_hooks["response"].append(partial(listen, self._now))
        return self._made[key]

    def _now(self) -> datetime:
        return self.clock()

    async def close(self) -> None:
        for client in self._made.values():
            await client.aclose()


@dataclass(slots=True)
class Drift:
    """How far this machine's clock is from the database's: what all publishers must agree on is measured by the latter."""

    offset: timedelta = timedelta(0)
    known: bool = False  # whether it was ever looked at

    def take(self, theirs: datetime, before: datetime, after: datetime) -> None:
        """What one look at the database's clock says; one that took long says nothing, a tenth of a second is no drift."""
        self.known = True
        if after - before < timedelta(seconds=1):
            found = theirs - (before + (after - before) / 2)
            self.offset = found if abs(found) > timedelta(seconds=0.1) else timedelta(0)


@dataclass(frozen=True, slots=True)
class Engine:
    """The publisher's state, settings and hands. `in_flight` is what it holds leases on right now, `send_by` until when
    each of these may be sent."""

    state: State
    worker: str
    pace: Pace
    clients: Clients
    box: Box
    platform_of: Callable[[str], Platform] = registry.get
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: dict[UUID, Claim] = field(default_factory=dict)
    send_by: dict[UUID, SendBy] = field(default_factory=dict)
    drift: Drift = field(default_factory=Drift)
    scribe: Scribe = field(init=False)
    quotas: Quotas = field(init=False)
    accounts: Together[Key, Opened] = field(init=False)  # read when asked for

    def __post_init__(self) -> None:
        self.clients.clock = self.now
        object.__setattr__(self, "scribe", Scribe(self))
        object.__setattr__(self, "quotas", Quotas(self))
        object.__setattr__(self, "accounts", Together(self._open_accounts))

    async def fresh(self, key: Key, credentials: Credentials) -> Credentials:
        """Tokens that are about to end, renewed. Raises ReauthRequired, Transient."""
        return await fresh(self._on_time, *key, credentials)

    @asynccontextmanager
    async def signed_in(self, key: Key, used: Credentials) -> AsyncIterator[None]:
        """Around every call to a platform with an account's tokens: what a refusal of these means. Raises ReauthRequired, Transient."""
        async with signed_in(self._on_time, *key, used):
            yield

    @property
    def _on_time(self) -> State:
        """The state with our clock: when tokens end and who renews them is counted on the one that publishers share."""
        return replace(self.state, clock=self.now)

    async def _open_accounts(self, keys: Sequence[Key]) -> list[Opened]:
        async with self.transaction() as db:
            found = {key: await open_credentials(db, *key, self.box) for key in dict.fromkeys(keys)}
        return [found[key] for key in keys]

    def now(self) -> datetime:
        """The moment, by the database's clock."""
        return self.state.clock() + self.drift.offset

    def may_send(self, post: UUID, held_until: float) -> SendBy:
        """Notes until when (by `awake_and_asleep`) the post is ours: bytes may leave as long as a call that begins then ends
        before that."""
        moment = held_until - self.pace.timeout.total_seconds()
        limit = self.send_by.setdefault(post, SendBy(moment))
        limit.moment = moment
        return limit

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Conn]:
        """A short transaction of the service role; never open during a call to a platform."""
        async with self.state.pool.connection() as db:
            await db.execute(_BEGIN)
            try:
                yield db
            except BaseException:
                with suppress(psycopg.Error):
                    await db.rollback()
                raise
            if (await db.execute(b"commit")).statusmessage != "COMMIT":
                raise psycopg.errors.InFailedSqlTransaction("the transaction was rolled back, not committed")
