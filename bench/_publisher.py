"""One publisher as `up` runs it, over a database and a sandbox that a bench made: `python bench/_publisher.py '{...}'`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from postwright import config
from postwright.db.session import open_pool
from postwright.edge.state import State
from postwright.kit import log
from postwright.library.storage import Storage
from postwright.publishing.pace import Pace
from postwright.worker.publisher import publish


async def main(given: dict[str, Any]) -> None:
    """Publishes until SIGTERM."""
    stop, home = asyncio.Event(), Path(given["home"])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = config.load({"POSTWRIGHT_HOME": str(home)})
    async with open_pool(given["dsn"], size=given["connections"]) as pool:
        key = bytes.fromhex(given["key"])
        state = State(
            settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), given["sandbox"], given["sandbox_key"], key, "bench"
        )
        await publish(state, given["dsn"], stop, pace=Pace())


if __name__ == "__main__":
    log.configure(json=True)
    asyncio.run(main(json.loads(sys.argv[1])))
