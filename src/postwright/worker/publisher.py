"""The publisher's process: alone in its event loop, with the worker's login."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket

from postwright.config import Settings
from postwright.db.connect import dsns
from postwright.edge.state import State
from postwright.process import open_state
from postwright.publishing.engine import Clients, Engine
from postwright.publishing.loop import Loop
from postwright.publishing.pace import Pace

_CONNECTIONS = 8


async def run(settings: Settings, stop: asyncio.Event, *, pace: Pace | None = None) -> None:
    """Publishes what falls due until `stop` is set, then finishes what it holds."""
    async with open_state(settings, "worker", size=_CONNECTIONS) as state:
        await publish(state, dsns(settings).worker_direct, stop, pace=pace or Pace())


async def publish(state: State, listen_dsn: str, stop: asyncio.Event, *, pace: Pace) -> None:
    """The same on a state that is open already."""
    clients = Clients(state.sandbox_url, pace.timeout.total_seconds())
    engine = Engine(state, worker_name(), pace, clients, state.box, stopping=stop)
    try:
        await Loop(engine, listen_dsn).run()
    finally:
        await clients.close()


def worker_name() -> str:
    """Names a process for good: a pid alone comes again."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
