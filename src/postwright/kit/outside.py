"""Asks this server's own public address, as a platform would that fetches a medium. What is seen is seen from this machine: a router
may still be closed to others, and one that does not let its own network in by its outer address is open to them.

Only the address that the operator set is ever fetched, and no redirect is followed.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from postwright.kit.http import is_public, make_client
from postwright.kit.reach import ADVICE, FETCHING, unreachable

_TIMEOUT = 10.0  # seconds
_BELIEVED = timedelta(days=7)  # an older look says nothing of now
_FILE = "reach.json"
_ANSWER = {"status": "ok"}  # of /healthz
Resolve = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an address saw; `trouble` None: it answered as we do."""

    address: str
    at: datetime
    trouble: str | None

    def words(self) -> str:
        """The sentence for people."""
        if self.trouble is None:
            return f"From this machine {self.address} answers, over its public name."
        return f"From this machine {self.address} does not work: {self.trouble}."


async def look(address: str, *, now: datetime, resolve: Resolve | None = None, http: httpx2.AsyncClient | None = None) -> Look:
    """Fetches /healthz of the address by way of DNS."""
    trouble = unreachable(address) or await _resolved(address, resolve or _resolve)
    if trouble is None:
        client = http or make_client(sandbox_url=None, timeout=_TIMEOUT)
        try:
            trouble = await _fetched(client, address)
        finally:
            if http is None:
                await client.aclose()
    return Look(address, now, trouble)


def keep(home: Path, seen: Look) -> None:
    """Beside the installation's other files: one look, the last."""
    written = home / f"{_FILE}.new"
    written.write_text(json.dumps({**asdict(seen), "at": seen.at.isoformat()}))
    written.replace(home / _FILE)


def last(home: Path) -> Look | None:
    """The last look; None where there was none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads((home / _FILE).read_text())
        return Look(str(kept["address"]), datetime.fromisoformat(kept["at"]), kept["trouble"] and str(kept["trouble"]))
    return None


def trouble_of(home: Path, address: str, now: datetime) -> str | None:
    """What the last look found wrong with this address, as a sentence with what to do; None where nothing is known against it."""
    seen = last(home)
    if seen is None or seen.trouble is None or seen.address != address or now - seen.at > _BELIEVED:
        return None
    return f"{FETCHING} may not reach this server. {seen.words()} (Looked {seen.at:%Y-%m-%d %H:%M} UTC.) {ADVICE}"


async def _resolve(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


async def _resolved(address: str, resolve: Resolve) -> str | None:
    host = urlsplit(address).hostname or ""
    try:
        found = await resolve(host)
    except OSError:
        return f"DNS knows no {host}"
    inside = next((each for each in found if not is_public(each)), None)
    return None if inside is None else f"DNS says that {host} is {inside}, which only this machine or network reaches"


async def _fetched(http: httpx2.AsyncClient, address: str) -> str | None:
    try:
        answer = await http.get(f"{address.rstrip('/')}/healthz", timeout=_TIMEOUT)
    except httpx2.HTTPError as error:
        return f"nothing answers ({type(error).__name__})"
    if answer.status_code != 200:
        return f"it answers with status {answer.status_code}"
    with suppress(ValueError):
        if answer.json() == _ANSWER:
            return None
    return "something else than Postwright answers"
