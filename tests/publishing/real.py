"""The real thing for tests: the sandbox as a process of its own, media served over HTTP, accounts of all platforms."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import uvicorn
from fastapi import FastAPI
from PIL import Image

from postwright import config
from postwright.connections.connect import fetch_sandbox_accounts, save_accounts
from postwright.db.bootstrap import Dsns
from postwright.db.instance import free_port
from postwright.db.session import Pool, transaction
from postwright.edge.state import State
from postwright.kit.crypto import Box
from postwright.library.files import add_file, keep_bytes
from postwright.library.pages import router as media_pages
from postwright.library.storage import Storage
from postwright.publishing.engine import Clients, Engine
from postwright.publishing.loop import Loop
from postwright.publishing.pace import Pace
from tests.cast import Cast
from tests.publishing.desk import KEY, QUICK, actor

SANDBOX_KEY = "the key of these tests"
SIX = ("youtube", "tiktok", "instagram", "x", "linkedin", "facebook")


@dataclass(frozen=True)
class Sandbox:
    """A running pretend internet."""

    url: str

    def posts(self, **query: str) -> list[dict[str, Any]]:
        """Its own ledger of what was posted."""
        answer = httpx2.get(f"{self.url}/_sandbox/posts", params=query, headers={"X-Sandbox-Key": SANDBOX_KEY}, timeout=10)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["posts"]
        return found


@contextmanager
def run_sandbox(folder: Path, *extra: str) -> Iterator[Sandbox]:
    """The sandbox in a process of its own, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "postwright.sandbox", "--port", str(port), "--ledger", str(folder / "sandbox.db"), "--delay", "0.1"]
    log = (folder / "sandbox.log").open("wb")
    process = subprocess.Popen([*command, *extra], env=os.environ | {"POSTWRIGHT_SANDBOX_KEY": SANDBOX_KEY}, stdout=log, stderr=log)
    try:
        _await_health(f"http://127.0.0.1:{port}/_sandbox/health", process, folder / "sandbox.log")
        yield Sandbox(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(url, headers={"X-Sandbox-Key": SANDBOX_KEY}).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"the sandbox did not start: {log.read_text()}")


@asynccontextmanager
async def serve_media(state: State) -> AsyncIterator[None]:
    """Signed media links, as the web serves them, for platforms that pull."""
    app = FastAPI()
    app.state.postwright = state
    app.include_router(media_pages)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=state.settings.port, log_level="warning", lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not task.done()
    try:
        yield
    finally:
        server.should_exit = True
        await task


@dataclass(frozen=True)
class Studio:
    """A workspace with sandbox accounts, and files to post."""

    dsns: Dsns
    api: Pool
    state: State
    cast: Cast
    sandbox: Sandbox
    accounts: dict[str, UUID]
    home: Path

    @property
    def bob(self) -> Any:
        return actor(self.cast.bob, self.cast.workspace)

    async def picture(self) -> UUID:
        file = self.home / "picture.jpg"
        Image.new("RGB", (1080, 1350), (20, 60, 120)).save(file)
        return await self._keep(file, "image/jpeg", width=1080, height=1350)

    async def film(self, make: Any) -> UUID:
        """A short vertical film that `make` writes to a path; returns its facts."""
        file = self.home / "film.mp4"
        width, height, seconds = await asyncio.to_thread(make, file)
        return await self._keep(file, "video/mp4", width=width, height=height, duration=seconds)

    async def _keep(self, file: Path, mime: str, **facts: Any) -> UUID:
        new = await keep_bytes(self.state.storage, file, file.name, mime, **facts)
        async with transaction(self.api, self.bob) as db:
            return (await add_file(db, self.bob, new)).id


@asynccontextmanager
async def open_studio(
    dsns: Dsns, api: Pool, worker: Pool, cast: Cast, home: Path, sandbox: Sandbox, platforms: tuple[str, ...]
) -> AsyncIterator[Studio]:
    """Accounts granted by the sandbox and connected by Alice."""
    settings = config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(free_port())})
    state = State(settings, worker, Storage(home / "media"), lambda: datetime.now(UTC), sandbox.url, SANDBOX_KEY, KEY, "test")
    granted = await fetch_sandbox_accounts(sandbox.url, SANDBOX_KEY, cast.workspace, platforms)
    alice = actor(cast.alice, cast.workspace)
    async with transaction(api, alice) as db:
        ids = await save_accounts(db, alice, granted, Box.from_key(KEY), state.clock())
    async with serve_media(state):
        yield Studio(dsns, api, state, cast, sandbox, {each.platform: at for each, at in zip(granted, ids, strict=True)}, home)


@asynccontextmanager
async def running_publisher(state: State, listen_dsn: str, pace: Pace = QUICK, name: str = "publisher-1") -> AsyncIterator[Engine]:
    """A whole publisher in this event loop, stopped in good order at the end."""
    clients = Clients(state.sandbox_url, pace.timeout.total_seconds())
    engine = Engine(state, name, pace, clients, Box.from_key(state.key))
    task = asyncio.create_task(Loop(engine, listen_dsn).run())
    try:
        yield engine
    finally:
        engine.stopping.set()
        await asyncio.wait_for(task, 15)
        await clients.close()


async def until(condition: Any, seconds: float = 20) -> Any:
    """Waits for a condition to hold and returns what it said; fails the test when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = await condition()
        if found:
            return found
        await asyncio.sleep(0.03)
    raise AssertionError(f"never came true: {condition}")
