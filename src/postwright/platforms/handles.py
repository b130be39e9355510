"""Files that an earlier try brought to a platform: used again while the platform still has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from postwright.platforms.base import Ledger
from postwright.platforms.errors import Rejected

A_DAY = timedelta(hours=23)  # what X, Facebook and Mastodon throw away after 24 h


async def bring_once(
    ledger: Ledger,
    name: str,
    lives: timedelta,
    bring: Callable[[], Awaitable[Any]],
    wait: Callable[[Any], Awaitable[None]] | None = None,
) -> Any:
    """The handle kept under `name`, unless it is older than it `lives`; else what `bring` gives, kept with its time.

    `wait` returns once the platform has processed the file; if it refuses the file, the handle is forgotten.
    """
    handle = ledger.remote_ids[name] if is_alive(ledger, name, lives) else await _bring(ledger, name, bring)
    if wait is not None:
        try:
            await wait(handle)
        except Rejected:
            await ledger.keep(**{name: None})
            raise
    return handle


def is_alive(ledger: Ledger, name: str, lives: timedelta) -> bool:
    """Whether a handle was kept under `name` and is younger than `lives`. One of unknown age is not."""
    known, at = ledger.remote_ids.get(name), ledger.remote_ids.get(f"{name}_at")
    return known is not None and at is not None and ledger.now() - datetime.fromisoformat(str(at)) < lives


async def _bring(ledger: Ledger, name: str, bring: Callable[[], Awaitable[Any]]) -> Any:
    began = ledger.now()
    handle = await bring()
    await ledger.keep(**{name: handle, f"{name}_at": began.isoformat()})
    return handle
