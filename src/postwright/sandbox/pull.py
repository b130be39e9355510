"""Fetching media as platforms do that pull: over HTTP, bounded, and only from our own web.

The sandbox must not be a way to reach other hosts: only the configured origin and loopback are
followed, redirects are not.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.world import World

TIMEOUT = httpx2.Timeout(10, connect=3)
DEADLINE = 120  # seconds for the whole file


class NotOurs(Exception):
    """The address is not one that may be pulled from."""


class Unreachable(Exception):
    """The address gave no file: refused, timed out, too large or not 200."""


async def pull(world: World, url: str, limit: int) -> Path:
    """Fetches to a temporary file of at most `limit` bytes. Raises NotOurs, Unreachable."""
    if not may_pull(url, world.behaviour.web):
        raise NotOurs(url)
    # One short-lived client per pull: pulls are few, and an idle pool would cost memory for nothing.
    try:
        async with (
            asyncio.timeout(DEADLINE),
            httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False, verify=_trust()) as client,
            client.stream("GET", url, headers={"User-Agent": "postwright-sandbox"}) as answer,
        ):
            if answer.status_code != 200:
                raise Unreachable(f"HTTP {answer.status_code}")
            return await world.media.save(answer.aiter_bytes(), limit)
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as problem:
        raise Unreachable(str(problem) or type(problem).__name__) from problem
    except FileTooLarge as problem:
        raise Unreachable(f"larger than {limit} bytes") from problem


def may_pull(url: str, web: str | None) -> bool:
    """Whether an address is http(s) on loopback or on the origin `web`."""
    try:
        parts = urlsplit(url)
        host, origin = parts.hostname or "", (parts.scheme, parts.hostname, parts.port)
        home = urlsplit(web) if web else None
        known = home is not None and origin == (home.scheme, home.hostname, home.port)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return False
    return known or host == "localhost" or _is_loopback(host)


@cache
def _trust() -> ssl.SSLContext:
    """Made once: it takes longer than a small pull."""
    return ssl.create_default_context()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
