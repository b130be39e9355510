"""What platforms say of their own counting in the answers to our sends."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2

from postwright.kit.timely import SEND_BY

# Each in the words of one family of platforms: X and Mastodon, Bluesky (RateLimit-*, the IETF's draft).
_NAMES = (
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """How many more sends the platform takes of the account, and until when that holds."""

    left: int
    until: datetime | None


HEARD: ContextVar[list[Told] | None] = ContextVar("heard", default=None)  # of one try, latest last


async def listen(response: httpx2.Response) -> None:
    """Hook of the publisher's HTTP clients: notes what the answer to a send says, and of no other call."""
    heard = HEARD.get()
    if heard is not None and SEND_BY.get() is not None and response.request.method != "GET":
        told = read(response.headers)
        if told is not None:
            heard.append(told)


def read(headers: httpx2.Headers) -> Told | None:
    """None where a platform says nothing, or nothing that makes sense."""
    for remaining, reset in _NAMES:
        left = headers.get(remaining, "").strip()
        if left.isdigit():
            return Told(int(left), _moment(headers.get(reset, "").strip()))
    return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
