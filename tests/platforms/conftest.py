"""The real sandbox over real sockets, media made here, and a ledger that remembers what an adapter told it."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import imageio_ffmpeg
import pytest
import uvicorn
from PIL import Image, ImageDraw

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.post import Media
from postwright.sandbox.server import make_app
from postwright.sandbox.world import Behaviour

WORKSPACE = "0190a000-0000-7000-8000-00000000a11c"  # Alice's
KEY = "sandbox-key-of-the-tests"


@dataclass
class Notebook:
    """A Ledger in memory. `phases` are in the order in which they came, `remote` is what would be on disk: like the engine's own,
    it saves what is about to be sent with the next write only."""

    remote: dict[str, Any] = field(default_factory=dict)
    phases: list[str] = field(default_factory=list)
    lose_lease_at: str | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    unwritten: dict[str, Any] = field(default_factory=dict)

    @property
    def remote_ids(self) -> Mapping[str, Any]:
        return self.remote | self.unwritten

    async def keep(self, **remote_ids: Any) -> None:
        self.unwritten |= remote_ids
        if not all(name.startswith("sending_") and value is not None for name, value in remote_ids.items()):
            self._write()

    def now(self) -> datetime:
        return self.clock()

    async def enter(self, phase: str) -> None:
        if phase == self.lose_lease_at:
            raise RuntimeError("the lease is lost")
        self.phases.append(phase)
        self._write()

    def _write(self) -> None:
        self.remote.update(self.unwritten)
        self.unwritten.clear()


@dataclass
class Clock:
    """The time as the pretend platforms have it."""

    ahead: float = 0.0  # seconds

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True)
class Sandbox:
    url: str
    clock: Clock

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Some time later there, while it lasts: an audience needs its time."""
        self.clock.ahead += seconds
        try:
            yield
        finally:
            self.clock.ahead -= seconds

    def accounts(self, *platforms: str) -> dict[str, tuple[Account, Credentials]]:
        answer = httpx2.post(
            f"{self.url}/_sandbox/accounts",
            json={"workspace": WORKSPACE, "platforms": list(platforms)},
            headers={"X-Sandbox-Key": KEY},
            trust_env=False,
        )
        answer.raise_for_status()
        return {
            told["platform"]: (
                Account(told["platform_user_id"], told["handle"], told["host"], told["profile"]),
                Credentials(told["access_token"], told["refresh_token"]),
            )
            for told in answer.json()["accounts"]
        }

    def posts(self, platform: str) -> list[dict[str, Any]]:
        """What the pretend platform has, newest first."""
        answer = httpx2.get(
            f"{self.url}/_sandbox/posts",
            params={"platform": platform, "workspace": WORKSPACE},
            headers={"X-Sandbox-Key": KEY},
            trust_env=False,
        )
        answer.raise_for_status()
        posts: list[dict[str, Any]] = answer.json()["posts"]
        return posts


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    clock = Clock()
    app = make_app(tmp_path_factory.mktemp("sandbox") / "ledger.db", KEY, behaviour=Behaviour(delay=0.2, limits=False), clock=clock)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    started = threading.Event()
    while not server.started and thread.is_alive():
        started.wait(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Sandbox(f"http://127.0.0.1:{port}", clock)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(sandbox_url=sandbox.url) as client:
        yield client


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """The suite prints no access log."""


@dataclass(frozen=True)
class Shelf:
    """Media files, and the address under which platforms that pull find them."""

    folder: Path
    base: str

    def image(self, name: str = "card.jpg", size: tuple[int, int] = (1080, 1350), alt: str = "A card") -> Media:
        path = self.folder / name
        if not path.exists():
            picture = Image.new("RGB", size, "#243447")
            ImageDraw.Draw(picture).rectangle((80, 80, size[0] - 80, size[1] - 80), outline="white", width=8)
            picture.save(path)
        mime = {"jpg": "image/jpeg", "png": "image/png"}[name.rsplit(".", 1)[1]]
        return Media(name, "image", mime, path.stat().st_size, *size, None, alt, path, f"{self.base}/{name}")

    def video(self, name: str = "card.mp4", seconds: float = 4) -> Media:
        path = self.folder / name
        if not path.exists():
            source = f"testsrc2=size=1080x1920:rate=24:duration={seconds}"
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "anullsrc"]
            command += ["-shortest", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
            subprocess.run(command, check=True)
        return Media(name, "video", "video/mp4", path.stat().st_size, 1080, 1920, seconds, "", path, f"{self.base}/{name}")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("media")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Shelf(folder, f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    thread.join(10)
