"""A real publisher process that dies by its own SIGKILL at a chosen point: `python -m tests.publishing.victim '{...}'`.

With `--serve` it makes such processes, one after the other, as it is told by the lines that it reads: each is a fork of one in which
everything is imported already, so that a thousand of them die in minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from postwright import config
from postwright.db.session import open_pool
from postwright.edge.state import State
from postwright.library.storage import Storage
from postwright.publishing import claim, first_comment, loop, reconcile, send
from postwright.publishing.ledger import AttemptLedger
from postwright.worker.publisher import publish
from tests.publishing.desk import KEY, QUICK

# In the order in which a post goes through them: a part is of threads only, confirming of platforms with containers.
EVERYWHERE = (
    "claimed", "uploading", "sending", "part", "confirming", "landed", "completed", "reconciling", "answered", "commenting", "commented",
)  # fmt: skip

_SAYS = 1  # where a process says at which point it dies
PACE = replace(QUICK, batch=2, in_flight=3, tries=60, asks=20, asks_confirming=20)


def arm(points: Collection[str], nth: int, *, after: float | None = None) -> None:
    """Makes the process die when the `nth` post reaches one of the points: right after its row was claimed, before a byte left, after
    the answer came, after the outcome was written. `after` so many seconds in which none did, it dies at whatever point comes next."""
    count, begun = 0, datetime.now(UTC)

    def at(name: str) -> Callable[[], None]:
        def reached() -> None:
            nonlocal count
            count += name in points
            if count >= nth or (after is not None and datetime.now(UTC) - begun > timedelta(seconds=after)):
                os.write(_SAYS, f"{name}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)

        return reached

    for each, patch in _PATCHES.items():
        if each in points or after is not None:
            patch(at(each))


def _claimed(reached: Callable[[], None]) -> None:
    was = claim.claim_due

    async def claim_due(*args: Any) -> Any:
        found = await was(*args)
        for _ in found:
            reached()
        return found

    loop.claim_due = claim_due  # type: ignore[attr-defined, assignment]


def _phase(name: str) -> Callable[[Callable[[], None]], None]:
    def patch(reached: Callable[[], None]) -> None:
        was = AttemptLedger.enter

        async def enter(self: AttemptLedger, phase: Any) -> None:
            await was(self, phase)
            if phase == name:
                reached()

        AttemptLedger.enter = enter  # type: ignore[method-assign]

    return patch


def _part(reached: Callable[[], None]) -> None:
    """A part of a thread is out and noted, the next one is not begun."""
    was = AttemptLedger.keep

    async def keep(self: AttemptLedger, **remote_ids: Any) -> None:
        await was(self, **remote_ids)
        if "part_0" in remote_ids and len(self._claim.snapshot.get("thread") or ()) > 1:
            reached()

    AttemptLedger.keep = keep  # type: ignore[method-assign]


def _around(where: Any, *names: str, before: bool) -> Callable[[Callable[[], None]], None]:
    def patch(reached: Callable[[], None]) -> None:
        for name in names:
            setattr(where, name, _wrapped(getattr(where, name), reached, before=before))

    return patch


def _wrapped(was: Any, reached: Callable[[], None], *, before: bool) -> Any:
    async def around(*args: Any) -> None:
        if before:
            reached()
        await was(*args)
        if not before:
            reached()

    return around


def _commenting(reached: Callable[[], None]) -> None:
    """It is noted that a comment may leave, and it has not."""
    was = first_comment._leaving

    @asynccontextmanager
    async def leaving(*args: Any) -> AsyncIterator[None]:
        async with was(*args):
            reached()
            yield

    first_comment._leaving = leaving  # type: ignore[assignment]


_PATCHES = {
    "claimed": _claimed,
    "uploading": _phase("uploading"),
    "sending": _phase("sending"),
    "confirming": _phase("confirming"),
    "part": _part,
    "landed": _around(send, "complete", before=True),
    "completed": _around(send, "complete", before=False),
    "reconciling": _around(loop, "reconcile", before=True),
    "answered": _around(reconcile, "complete", "settle", before=True),  # the platform told, nothing is written yet
    "commenting": _commenting,
    "commented": _around(first_comment, "_settle", before=True),
}


async def main(given: dict[str, Any]) -> None:
    """No `points`: publishes until SIGTERM, as others do. `patience`: seconds after which it stops by itself."""
    if given["points"]:
        arm(given["points"], given["nth"], after=given.get("after"))
    home = Path(given["home"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    if given.get("patience"):
        asyncio.get_running_loop().call_later(given["patience"], stop.set)
    async with open_pool(given["dsn"], size=4) as pool:
        settings = config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(given.get("port", 8080))})
        state = State(settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), given["sandbox"], given["key"], KEY, "test")
        await publish(state, given["dsn"], stop, pace=PACE)


def serve() -> None:
    """A line in, a process; a line out when it is gone: its exit status, behind the name of the point at which it died."""
    global _SAYS
    _SAYS = os.dup(1)
    os.dup2(2, 1)  # the log's place
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            random.seed()
            sys.stdin.close()
            asyncio.run(main(json.loads(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        os.write(_SAYS, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["--serve"] else asyncio.run(main(json.loads(sys.argv[1])))
