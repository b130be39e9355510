"""The application in this process, in front of Chromium: for what the demonstration's platforms do not show."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import uvicorn

from postwright import config
from postwright.db.bootstrap import Dsns
from postwright.db.session import open_pool
from postwright.edge.context import cookie_name
from postwright.edge.events import EventHub
from postwright.edge.state import State
from postwright.library.storage import Storage
from postwright.web.app import create_app
from tests.cast import PASSWORD, acting, gather

_KEY = b"k" * 32


@dataclass
class Here:
    """A running application with Alice signed in, and her workspace with two accounts on X."""

    url: str
    cookie: tuple[str, str]
    headers: dict[str, str]

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """One request of a program of hers."""
        answer = httpx2.request(method, f"{self.url}/api/v1{path}", headers=self.headers, json=body or None, timeout=30)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None


@contextmanager
def serve(dsns: Dsns, home: Path) -> Iterator[Here]:
    """Runs it in a thread of its own, on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_URL": url})
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_level="warning"))
    ready = threading.Event()

    async def run() -> None:
        from datetime import UTC, datetime

        async with open_pool(dsns.api, size=6) as pool:
            app.state.postwright = State(
                settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), None, "k", _KEY, "test"
            )  # fmt: skip
            app.state.events = EventHub(dsns.api)
            ready.set()
            await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield _enter(dsns, url, app.state.postwright)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)


def _enter(dsns: Dsns, url: str, state: State) -> Here:
    with psycopg.connect(dsns.owner, autocommit=True) as db:
        cast = gather(db)
        with acting(db, cast.alice, cast.workspace):
            for user in ("acme", "beta"):
                db.execute(
                    "insert into platform_connections (platform, platform_user_id, environment, handle, display_name, access_token)"
                    " values ('x', %s, 'sandbox', %s, %s, 'sealed')",
                    (user, f"{user}.example", user.capitalize()),
                )
    for _ in range(200):
        try:
            opened = httpx2.post(f"{url}/api/v1/sessions", json={"email": cast.alice.email, "password": PASSWORD}, timeout=30)
            break
        except httpx2.ConnectError:
            threading.Event().wait(0.05)  # the socket opens a moment after the pool
    token = opened.json()["token"]
    headers = {"Authorization": f"Bearer {token}", "X-Workspace": str(cast.workspace)}
    here = Here(url, (cookie_name(state), token), headers)
    here.ask("POST", f"/workspaces/{cast.workspace}/open")
    return here
