"""What one publisher holds while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx2

from postwright.db.queries import Conn
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.kit.crypto import Box
from postwright.kit.http import make_client
from postwright.platforms import registry
from postwright.platforms.base import Platform
from postwright.platforms.errors import Transient
from postwright.publishing.pace import Pace
from postwright.publishing.store import Claim


class Clients:
    """One HTTP client per platform and environment, made when first needed."""

    def __init__(self, sandbox_url: str | None, timeout: float) -> None:
        self._sandbox_url = sandbox_url
        self._timeout = timeout
        self._made: dict[tuple[str, str], httpx2.AsyncClient] = {}

    def get(self, platform: str, environment: str) -> httpx2.AsyncClient:
        """Raises Transient when a sandbox account asks and no sandbox is known: never falls through to the real platform."""
        if environment != "live" and self._sandbox_url is None:
            raise Transient("The sandbox is not running on this machine. Start it with “postwright up”.")
        key = (platform, environment)
        if key not in self._made:
            url = None if environment == "live" else self._sandbox_url
            self._made[key] = make_client(sandbox_url=url, timeout=self._timeout)
        return self._made[key]

    async def close(self) -> None:
        for client in self._made.values():
            await client.aclose()


@dataclass(frozen=True, slots=True)
class Engine:
    """The publisher's state, settings and hands. `in_flight` is what it holds leases on right now."""

    state: State
    worker: str
    pace: Pace
    clients: Clients
    box: Box
    platform_of: Callable[[str], Platform] = registry.get
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: dict[UUID, Claim] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Conn]:
        """A short transaction of the service role; never open during a call to a platform."""
        async with transaction(self.state.pool, SERVICE) as db:
            yield db
