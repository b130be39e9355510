"""A sandbox over real sockets whose clock the test moves, and small files to bring to it."""

from __future__ import annotations

import http.server
import io
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from PIL import Image

from postwright.sandbox.server import make_app
from postwright.sandbox.world import Behaviour

KEY = "the-key-of-this-test"
START = 1_795_168_800.0  # 2026-11-20 10:00 UTC, a Friday


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class Grant:
    """An account that the sandbox authorised."""

    id: str
    handle: str
    token: str
    refresh: str
    answer: dict[str, Any] = field(repr=False)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Sandbox:
    """The running server; `http` talks to it as an adapter would, under /{host}/{path}."""

    http: httpx2.Client
    clock: Clock
    ledger: Path

    def account(self, platform: str, workspace: str | None = None) -> Grant:
        body = {"workspace": workspace or str(uuid.uuid4()), "platforms": [platform]}
        answer = self.http.post("/_sandbox/accounts", json=body, headers={"X-Sandbox-Key": KEY}).json()["accounts"][0]
        return Grant(answer["platform_user_id"], answer["handle"], answer["access_token"], answer["refresh_token"], answer)

    def admin(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return self.http.request(method, f"/_sandbox{path}", headers={"X-Sandbox-Key": KEY}, **more)

    def shown(self, platform: str, remote_id: str) -> dict[str, Any]:
        """The post as the sandbox's own page has it."""
        answer = self.admin("GET", f"/posts/{platform}/{remote_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    yield from serve(tmp_path_factory.mktemp("sandbox") / "ledger.db", Behaviour())


def serve(ledger: Path, behaviour: Behaviour) -> Iterator[Sandbox]:
    clock = Clock()
    app = make_app(ledger, KEY, behaviour=behaviour, clock=clock)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the sandbox did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield Sandbox(client, clock, ledger)
    server.should_exit = True
    thread.join(20)


@dataclass(frozen=True)
class Files:
    """A little web of our own for platforms that pull; names map to bytes."""

    base: str
    held: dict[str, bytes]

    def put(self, name: str, data: bytes) -> str:
        self.held[name] = data
        return f"{self.base}/{name}"


@pytest.fixture(scope="session")
def files() -> Iterator[Files]:
    held: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = held.get(self.path.lstrip("/"))
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Files(f"http://127.0.0.1:{server.server_address[1]}", held)
    server.shutdown()
    server.server_close()
    thread.join(10)


def picture(width: int = 1080, height: int = 1080, kind: str = "JPEG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), "#3d6b59").save(target, kind)
    return target.getvalue()


def movie(seconds: float = 8.0, width: int = 1080, height: int = 1920, padding: int = 0) -> bytes:
    """A movie's boxes with no picture in them: what a platform looks at first."""
    mvhd = struct.pack(">B3xIIII", 0, 0, 0, 1000, int(seconds * 1000)) + bytes(80)
    tkhd = bytes(76) + struct.pack(">II", width << 16, height << 16)
    moov = _box(b"moov", _box(b"mvhd", mvhd) + _box(b"trak", _box(b"tkhd", tkhd)))
    return _box(b"ftyp", b"isom\0\0\2\0isommp41") + _box(b"mdat", bytes(padding)) + moov


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body
