"""What all platform files share while the server runs."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast
from weakref import WeakValueDictionary

from starlette.requests import Request

from postwright.sandbox.faults import Faults
from postwright.sandbox.ledger import Ledger
from postwright.sandbox.media import MediaStore
from postwright.sandbox.records import Account
from postwright.sandbox.slowness import SLOWED
from postwright.sandbox.wire import Refusal

BUSY_AFTER = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the pretend internet behaves.

    `delay`: processing takes 0.5 to 1.5 times these seconds. `limits`: whether quotas refuse (a
    bench turns them off). `web`: the origin from which platforms may pull media, besides loopback. `takes_twice`: whether X takes
    the text that it has already, which hides no second send.
    """

    delay: float = 1.0
    limits: bool = True
    web: str | None = None
    takes_twice: bool = False


@dataclass(slots=True)
class Ahead:
    """A clock that may be put forward, for what platforms do after hours and days."""

    real: Callable[[], float]
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.real() + self.seconds


@dataclass(frozen=True, slots=True)
class World:
    ledger: Ledger
    media: MediaStore
    key: str
    clock: Ahead
    behaviour: Behaviour = field(default_factory=Behaviour)
    locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    faults: Faults = field(default_factory=Faults)

    @asynccontextmanager
    async def alone_with(self, handle_id: str) -> AsyncIterator[None]:
        """One upload at a time writes to a handle: a frozen client and its successor must not mix their bytes.

        Who waits longer than BUSY_AFTER seconds is refused with 503.
        """
        lock = self.locks.setdefault(handle_id, asyncio.Lock())
        try:
            async with asyncio.timeout(BUSY_AFTER):
                await lock.acquire()
        except TimeoutError:
            raise Refusal(503, {"error": "another upload of this file is under way"}, {"Retry-After": "5"}) from None
        try:
            yield
        finally:
            lock.release()

    def processed_at(self, thing_id: str) -> float:
        """When the platform will have processed something: the same thing always takes equally long, unless a fault slows it."""
        share = int.from_bytes(hashlib.sha256(thing_id.encode()).digest()[:2], "big") / 65535
        slowed = SLOWED.get()
        return self.clock() + self.behaviour.delay * (0.5 + share) + (slowed.take() if slowed else 0)


@dataclass(frozen=True, slots=True)
class BadToken:
    """Why a bearer token does not hold: missing, unknown, expired or revoked."""

    why: str


def world_of(request: Request) -> World:
    return cast("World", request.app.state.world)


def whose(world: World, token: str | None, platform: str, kind: str = "access") -> Account | BadToken:
    """The account behind a token of this platform."""
    if not token:
        return BadToken("missing")
    found = world.ledger.token(token)
    account = world.ledger.account(found.account_id) if found and found.kind == kind else None
    if found is None or account is None or account.platform != platform:
        return BadToken("unknown")
    if found.revoked_at is not None:
        return BadToken("revoked")
    return BadToken("expired") if found.expires_at <= world.clock() else account
