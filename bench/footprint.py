"""What Postwright takes of a machine: time to its first page, and memory of all its processes when idle.

Starts the tree of `make run` in a home of its own: once with nothing there (cold), once again (warm), then lets
it idle and adds up the proportional set size (PSS) of every process, PostgreSQL's included. RSS would count
PostgreSQL's shared pages several times.

Then one publisher alone, at rest and after it sent 1,000 posts at once through the sandbox: what one more publisher costs. The
target, 120 MB: five of them fit beside the 400 MB of the tree on a machine with 1 GB.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

import psutil
from _desk import CONNECTIONS, Desk, open_desk
from _figures import Figure, show
from tests.publishing.desk import KEY
from tests.publishing.real import SANDBOX_KEY

from postwright.db import embedded, instance

ROOT = Path(__file__).resolve().parent.parent
IDLE = 60.0  # seconds of rest before memory is read
PER_PUBLISHER = 120.0  # MB
_START_LIMIT = 240.0
_REST = 5.0  # seconds for a process to have done with what it began with


def main() -> None:
    """Reads the options, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds of rest before memory is read")
    parser.add_argument("--no-demo", action="store_true", help="without the demonstration that `make run` performs")
    parser.add_argument("--posts", type=int, default=1000, help="that the one publisher sends at once")
    options = parser.parse_args()
    with _home() as home:
        demo = [] if options.no_demo else ["--demo", "examples/launch.md"]
        show(chain(_measure(home, demo, options.idle), asyncio.run(_publisher(options.posts))), as_json=options.json)


def _measure(home: Path, demo: list[str], idle: float) -> Iterator[Figure]:
    with _up(home, demo) as cold:
        yield Figure("cold start: an empty home to its first page", cold.first_page, "s", target=120)
    with _up(home, []) as warm:
        yield Figure("warm start: to its first page", warm.first_page, "s", target=5)
        time.sleep(idle)
        by_name = _memory(warm.process)
        yield Figure("idle memory (PSS), all processes", sum(by_name.values()) / 1e6, "MB", target=400)
        for name, size in sorted(by_name.items(), key=lambda pair: -pair[1]):
            yield Figure(f"of it {name}", size / 1e6, "MB")
        before = _cpu(warm.process)
        time.sleep(20)
        yield Figure("idle processor time", (_cpu(warm.process) - before) / 20 * 100, "% of one core")


async def _publisher(posts: int) -> list[Figure]:
    """A publisher with nothing to do, and the same one when its burst is out."""
    async with open_desk() as desk:
        given = {
            "dsn": desk.dsns.worker, "home": str(desk.home), "sandbox": desk.sandbox.url, "sandbox_key": SANDBOX_KEY, "key": KEY.hex(),
            "connections": CONNECTIONS,
        }  # fmt: skip
        command = [sys.executable, str(ROOT / "bench" / "_publisher.py"), json.dumps(given)]
        with (desk.home / "publisher.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        try:
            await _until(desk, "select count(*) from worker_heartbeats", 1)
            await asyncio.sleep(_REST)
            idle = _pss(process.pid)
            desk.fill(posts, "now()", "burst")
            desk.owner.execute("notify postwright_due")  # as the trigger does, which `fill` leaves out
            await _until(desk, "select count(*) from scheduled_posts where status = 'completed'", posts)
            await asyncio.sleep(_REST)
            after = _pss(process.pid)
        finally:
            process.terminate()
            await process.wait()
    return [
        Figure("memory per publisher, idle (PSS)", idle / 1e6, "MB", target=PER_PUBLISHER),
        Figure(f"memory per publisher, after {posts:,} posts at once (PSS)", after / 1e6, "MB", target=PER_PUBLISHER),
    ]


async def _until(desk: Desk, count: str, least: int) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while (row := desk.owner.execute(count.encode()).fetchone()) is None or row[0] < least:
        if time.monotonic() > deadline:
            raise SystemExit(f"never came true ({row} of {least}): {count}\n{(desk.home / 'publisher.log').read_text()[-2000:]}")
        await asyncio.sleep(0.1)


class _Started:
    """A running tree and how long it took to serve."""

    def __init__(self, process: subprocess.Popen[bytes], first_page: float) -> None:
        self.process, self.first_page = psutil.Process(process.pid), first_page


@contextmanager
def _up(home: Path, more: list[str]) -> Iterator[_Started]:
    port = instance.free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("POSTWRIGHT_", "DATABASE_"))}
    environ |= {"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(port)}
    began = time.monotonic()
    command = [sys.executable, "-m", "postwright.cli.main", "up", *more]
    with (home.parent / "up.log").open("wb") as log, subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log) as up:
        try:
            _await_page(up, port, home.parent / "up.log")
            first_page = time.monotonic() - began
            while more and b"Sign in with" not in (home.parent / "up.log").read_bytes():
                if up.poll() is not None or time.monotonic() - began > _START_LIMIT:
                    raise SystemExit((home.parent / "up.log").read_text())
                time.sleep(0.2)
            yield _Started(up, first_page)
        finally:
            up.terminate()
            up.wait(60)


def _await_page(up: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while up.poll() is None and time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                asking.request("GET", "/sign-in")
                if asking.getresponse().status == 200:
                    return
            finally:
                asking.close()
        time.sleep(0.02)
    raise SystemExit(f"it does not serve:\n{log.read_text()}")


def _everybody(up: psutil.Process) -> Iterator[tuple[str, psutil.Process]]:
    """The supervisor, its children, and PostgreSQL, which is nobody's child."""
    yield "supervisor", up
    for child in up.children(recursive=True):
        words = child.cmdline()
        yield next((word for word in words[-1:] if word in ("web", "publisher", "jobs", "sandbox")), "other"), child
    data = Path(up.environ()["POSTWRIGHT_HOME"]).resolve() / "db"
    server = psutil.Process(embedded.status(data.parent).pid)
    for process in (server, *server.children()):
        yield "PostgreSQL", process


def _memory(up: psutil.Process) -> dict[str, float]:
    """Bytes of PSS by kind of process, from smaps_rollup (Linux)."""
    sizes: dict[str, float] = defaultdict(float)
    for name, process in _everybody(up):
        with suppress(psutil.NoSuchProcess, FileNotFoundError):
            sizes[name] += _pss(process.pid)
    return sizes


def _pss(pid: int) -> float:
    """Bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _cpu(up: psutil.Process) -> float:
    total = 0.0
    for _, process in _everybody(up):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


@contextmanager
def _home() -> Iterator[Path]:
    """Where the database's own user can go, and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="postwright bench "))
    folder.chmod(0o711)
    try:
        yield folder / "home"
    finally:
        embedded.stop(folder / "home")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
