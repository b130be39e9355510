"""Files that an earlier try brought to a platform: used again while the platform still has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from postwright.platforms.capabilities import Ledger
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
            await ledger.keep(**{name: None, upload_of(name): None})
            raise
    return handle


async def bring_on(
    ledger: Ledger, name: str, lives: timedelta, begin: Callable[[], Awaitable[Any]], go_on: Callable[[Any, Any], Awaitable[Any]]
) -> Any:
    """What `go_on` makes of an upload in pieces: of the one that an earlier try began, unless the platform no longer takes it, else
    of a new one. It is told what `begin` gave, and of an earlier try's upload what `keep_done` kept (0: nothing), of a new one None."""
    upload = upload_of(name)
    if is_alive(ledger, upload, lives):
        with suppress(Rejected):  # thrown away there
            return await go_on(ledger.remote_ids[upload], ledger.remote_ids.get(f"{upload}_done") or 0)
    if ledger.remote_ids.get(f"{upload}_done") is not None:
        await ledger.keep(**{upload: None, f"{upload}_done": None})
    return await go_on(await _bring(ledger, upload, begin), None)


async def keep_done(ledger: Ledger, name: str, done: Any) -> None:
    """How far the upload of `name` has come: a new try goes on from there."""
    await ledger.keep(**{f"{upload_of(name)}_done": done})


def upload_of(name: str) -> str:
    """Under what the upload of a file is kept while it is under way."""
    return f"{name}_upload"


def is_alive(ledger: Ledger, name: str, lives: timedelta) -> bool:
    """Whether a handle was kept under `name` and is younger than `lives`. One of unknown age is not."""
    known, at = ledger.remote_ids.get(name), ledger.remote_ids.get(f"{name}_at")
    return known is not None and at is not None and ledger.now() - datetime.fromisoformat(str(at)) < lives


async def _bring(ledger: Ledger, name: str, bring: Callable[[], Awaitable[Any]]) -> Any:
    began = ledger.now()
    handle = await bring()
    await ledger.keep(**{name: handle, f"{name}_at": began.isoformat()})
    return handle
