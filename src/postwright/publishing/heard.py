"""What platforms say of their own counting in the answers to our sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx2

from postwright.kit.timely import SEND_BY

# Each in the words of one family of platforms: X, Mastodon, Bluesky (RateLimit-*, the IETF's draft).
_NAMES = (
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)
# What X counts over a day, of a person and of an app, and our names for it. Its documentation names the x-rate-limit-* headers only;
# these its clients have seen: github.com/plhery/node-twitter-api-v2, issue 495 and pull request 618, read 2026-11-21.
_DAILY = (("x-user-limit-24hour", "posts_per_day"), ("x-app-limit-24hour", "posts_per_day_per_app"))

_MOST = 2**31 - 1
_SAME = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Told:
    """How many more sends the platform takes of the account, and until when that holds. `budget` is our name of the limit, with
    `most` of it; None: the one with the shortest window."""

    left: int
    until: datetime | None
    budget: str | None = None
    most: int | None = None


HEARD: ContextVar[dict[str | None, Told] | None] = ContextVar("heard", default=None)  # of one try, the latest of each budget


async def listen(clock: Callable[[], datetime], response: httpx2.Response) -> None:
    """Hook of the publisher's HTTP clients: notes what the answer to a send says, and of no other call."""
    heard = HEARD.get()
    if heard is not None and SEND_BY.get() is not None and response.request.method != "GET":
        heard.update({told.budget: told for told in read(response.headers, clock())})


def read(headers: httpx2.Headers, now: datetime) -> tuple[Told, ...]:
    """Nothing where a platform says nothing, or nothing that makes sense. `now` by our clock."""
    return (*_read_shortest(headers, now), *_read_daily(headers, now))


def _read_shortest(headers: httpx2.Headers, now: datetime) -> tuple[Told, ...]:
    for remaining, reset in _NAMES:
        left = _number(headers, remaining)
        if left is not None:
            return (Told(left, _moment(headers, reset, now)),)
    return ()


def _read_daily(headers: httpx2.Headers, now: datetime) -> Iterator[Told]:
    for prefix, budget in _DAILY:
        left, most = _number(headers, f"{prefix}-remaining"), _number(headers, f"{prefix}-limit")
        if left is not None and most:
            yield Told(left, _moment(headers, f"{prefix}-reset", now), budget, most)


def _number(headers: httpx2.Headers, name: str) -> int | None:
    """One that a platform may mean, and that fits the database."""
    text = headers.get(name, "").strip()
    return min(int(text), _MOST) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _moment(headers: httpx2.Headers, name: str, now: datetime) -> datetime | None:
    """By our clock: as far from now as the platform's moment is from its own Date."""
    text = headers.get(name, "").strip()
    try:
        told = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text).astimezone(UTC)
        return told + _ahead(headers, now)
    except (ValueError, OverflowError, OSError):
        return None


def _ahead(headers: httpx2.Headers, now: datetime) -> timedelta:
    """How far our clock is ahead of the platform's; nothing where they agree to the second or two that an answer takes."""
    try:
        apart = now - parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return timedelta(0)
    return apart if abs(apart) > _SAME else timedelta(0)
