"""One process of the tree: `python -m postwright.worker.child NAME`. Imports only what that process needs.

Its standard input is a pipe that `up` holds open: when `up` dies, however suddenly, the pipe closes
and the child ends in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable

from postwright import config
from postwright.config import Settings

NAMES = ("web", "publisher", "jobs", "sandbox")
_Run = Callable[[Settings, asyncio.Event], Awaitable[None]]
_WEB_GRACE = 3  # seconds that open live streams have to end


def main(name: str) -> None:
    """Runs that process until SIGTERM, SIGINT or the end of its standard input."""
    from postwright.kit import log

    os.umask(0o077)  # what people upload and what we log is nobody else's to read
    settings = config.load()
    log.configure(json=settings.log_json)
    if os.environ.get("POSTWRIGHT_PARENT") == "pipe":
        threading.Thread(target=_end_with_parent, daemon=True).start()
    {"web": _web, "publisher": _publisher, "jobs": _jobs, "sandbox": _sandbox}[name](settings)


def _web(settings: Settings) -> None:
    import uvicorn

    uvicorn.run(
        "postwright.web.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_WEB_GRACE,
    )


def _publisher(settings: Settings) -> None:
    from postwright.worker import publisher

    asyncio.run(_until_told(settings, publisher.run))


def _jobs(settings: Settings) -> None:
    from postwright.worker import jobs

    asyncio.run(_until_told(settings, jobs.run))


def _sandbox(settings: Settings) -> None:
    from postwright.db.instance import load_instance
    from postwright.sandbox.server import run

    ours = load_instance(settings)
    run(ours.sandbox_port, settings.home / "sandbox" / "ledger.sqlite3", ours.sandbox_key)


async def _until_told(settings: Settings, run: _Run) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(settings, stop)


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
