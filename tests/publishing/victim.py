"""A real publisher process that dies by its own SIGKILL at a chosen point: `python -m tests.publishing.victim '{...}'`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from postwright import config
from postwright.db.session import open_pool
from postwright.edge.state import State
from postwright.library.storage import Storage
from postwright.publishing import claim, loop, send
from postwright.publishing.ledger import AttemptLedger
from postwright.worker.publisher import publish
from tests.publishing.desk import KEY, QUICK

POINTS = ("claimed", "uploading", "sending", "landed", "completed")


def arm(point: str, nth: int) -> None:
    """Makes the process die when the `nth` post reaches the point: right after its row was claimed, before a byte left, after
    the answer came, after the outcome was written."""
    count = 0

    def reached() -> None:
        nonlocal count
        count += 1
        if count >= nth:
            os.kill(os.getpid(), signal.SIGKILL)

    _PATCHES[point](reached)


def _claimed(reached: Callable[[], None]) -> None:
    was = claim.claim_due

    async def claim_due(*args: Any) -> Any:
        found = await was(*args)
        for _ in found:
            reached()
        return found

    loop.claim_due = claim_due  # type: ignore[assignment]


def _phase(name: str) -> Callable[[Callable[[], None]], None]:
    def patch(reached: Callable[[], None]) -> None:
        was = AttemptLedger.enter

        async def enter(self: AttemptLedger, phase: Any) -> None:
            await was(self, phase)
            if phase == name:
                reached()

        AttemptLedger.enter = enter  # type: ignore[method-assign]

    return patch


def _around(name: str, *, before: bool) -> Callable[[Callable[[], None]], None]:
    def patch(reached: Callable[[], None]) -> None:
        was = getattr(send, name)

        async def around(*args: Any) -> None:
            if before:
                reached()
            await was(*args)
            if not before:
                reached()

        setattr(send, name, around)

    return patch


_PATCHES = {
    "claimed": _claimed,
    "uploading": _phase("uploading"),
    "sending": _phase("sending"),
    "landed": _around("complete", before=True),
    "completed": _around("complete", before=False),
}


async def main(given: dict[str, Any]) -> None:
    if given["point"] is not None:
        arm(given["point"], given["nth"])
    home = Path(given["home"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_pool(given["dsn"], size=4) as pool:
        settings = config.load({"POSTWRIGHT_HOME": str(home)})
        state = State(settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), given["sandbox"], given["key"], KEY, "test")
        await publish(state, given["dsn"], stop, pace=replace(QUICK, batch=2, in_flight=3))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
