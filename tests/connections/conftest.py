"""The web before a real sandbox: people walk to its pages and back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from postwright import config
from postwright.db.session import Pool
from postwright.edge.state import State
from postwright.library.storage import Storage
from postwright.sandbox.server import make_app
from postwright.sandbox.world import Behaviour
from tests.cast import Cast
from tests.connections.desk import HOST, KEY, SANDBOX_KEY, Desk, Moment


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pretend internet over real sockets."""
    app = make_app(tmp_path_factory.mktemp("sandbox") / "ledger.db", SANDBOX_KEY, behaviour=Behaviour(delay=0.1))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False, ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    waiting = threading.Event()
    while not server.started and thread.is_alive():
        waiting.wait(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
async def desk(api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path, sandbox_url: str) -> AsyncIterator[Desk]:
    """The application as the web and the worker see it, and a clock that can be moved."""
    clock = Moment(datetime.now(UTC))
    settings = config.load({"POSTWRIGHT_HOME": str(tmp_path), "POSTWRIGHT_URL": HOST})
    states = [
        State(settings, pool, Storage(tmp_path / "media"), clock, sandbox_url, SANDBOX_KEY, KEY, "test") for pool in (api_pool, worker_pool)
    ]
    async with Desk.open(states[0], states[1], cast, clock) as made:
        yield made
