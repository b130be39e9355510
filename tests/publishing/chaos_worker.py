"""A real publisher process for the chaos, with a clock that may be wrong: `python -m tests.publishing.chaos_worker '{...}'`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from postwright import config
from postwright.db.session import open_pool
from postwright.edge.state import State
from postwright.library.storage import Storage
from postwright.worker.publisher import publish
from tests.publishing.desk import KEY, QUICK

# Everything short, so that leases run out and quarantines end many times in a run.
PACE = replace(
    QUICK,
    lease=timedelta(seconds=5), beat=timedelta(seconds=1), timeout=timedelta(seconds=2), quarantine=timedelta(seconds=2.6),
    quota_pause=timedelta(seconds=1), retry_cap=timedelta(seconds=2), tries=40, asks=10, asks_confirming=20, batch=4, in_flight=8,
    stop_patience=timedelta(seconds=2),
)  # fmt: skip


async def main(given: dict[str, Any]) -> None:
    """Publishes until SIGTERM."""
    stop, wrong = asyncio.Event(), timedelta(seconds=given["skew"])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    home = Path(given["home"])
    settings = config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(given["port"])})
    async with open_pool(given["dsn"], size=4) as pool:
        state = State(
            settings, pool, Storage(home / "media"), lambda: datetime.now(UTC) + wrong, given["sandbox"], given["key"], KEY, "test"
        )
        await publish(state, given["dsn"], stop, pace=PACE)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
