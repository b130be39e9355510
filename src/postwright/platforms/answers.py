"""Asking a platform, and sorting what comes back by what may be done next.

Before the one call that makes a post public, anything that goes wrong is Transient: nothing is out.
At that call (`sends=True`) only an answer in the platform's own words is proof; silence, a broken
connection, a server error or somebody else's page leave the outcome unknown.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from postwright.kit.http import now_of
from postwright.platforms.echo import without_echo
from postwright.platforms.errors import OutcomeUnknown, PlatformError, QuotaExhausted, ReauthRequired, Rejected, Transient

_T = TypeVar("_T")
_TOLD = 10_000  # bytes of an answer that are read as words
_VERSION = re.compile(r"v\d+(\.\d+)?|\d")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform said. `data` is the JSON of the body, None when there is none; of a LARGE answer there is the `body` instead."""

    platform: str
    status: int
    headers: httpx2.Headers
    data: Any
    text: str  # the beginning of the body
    sends: bool
    heard_at: datetime  # by our clock
    body: bytes = b""
    version: str = ""  # of the interface, as the address names it
    asked: str = ""  # "METHOD /path" of the call; a path may hold a token: never logged, never kept

    def get(self, *path: str | int) -> Any:
        """A value inside of the JSON, None when it is not there."""
        value: Any = self.data
        for step in path:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and len(value) > step else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    def need(self, *path: str | int) -> Any:
        """Like `get`, but an answer without it is one we cannot trust."""
        value = self.get(*path)
        if value is None or value == "":
            raise self.unclear(f"{self.platform} answered without {'.'.join(str(step) for step in path)}")
        return value

    def unclear(self, message: str) -> PlatformError:
        """The error for an answer that proves nothing."""
        detail = f"{self.status} {self.text[:500]}"
        return OutcomeUnknown(message, detail=detail) if self.sends else Transient(message, retry_after=retry_after(self), detail=detail)

    @property
    def detail(self) -> str:
        return f"{self.status} {self.text[:1000]}"


Refuse = Callable[[Answer], PlatformError | None]


@dataclass(frozen=True, slots=True)
class Caller:
    """One platform's way of being called: its name, headers for each call, and how it words refusals."""

    platform: str
    http: httpx2.AsyncClient
    headers: Mapping[str, str]
    refuse: Refuse

    async def call(self, method: str, url: str, *, sends: bool = False, accept: tuple[int, ...] = (), **request: Any) -> Answer:
        """Asks once. Statuses 2xx and those in `accept` come back as an Answer; else an error of platforms/errors.py is raised."""
        headers = {**self.headers, **request.pop("headers", {})}
        response = await self._exchange(method, url, sends, {name: value for name, value in headers.items() if value}, request)
        answer = read_answer(self.platform, response, sends, now_of(self.http))
        if 200 <= answer.status < 300 or answer.status in accept:
            return answer
        raise self._sort(answer)

    async def _exchange(
        self, method: str, url: str, sends: bool, headers: Mapping[str, str], request: Mapping[str, Any]
    ) -> httpx2.Response:
        try:
            return await self.http.request(method, url, headers=headers, **request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as wrong:
            # No connection, so not a byte left.
            raise Transient(f"{self.platform} cannot be reached", detail=repr(wrong)) from wrong
        except httpx2.HTTPError as wrong:
            if sends:
                raise OutcomeUnknown(f"{self.platform} did not answer; the post may be out", detail=repr(wrong)) from wrong
            raise Transient(f"{self.platform} did not answer", detail=repr(wrong)) from wrong

    def _sort(self, answer: Answer) -> PlatformError:
        if answer.status >= 500 or answer.status in (408, 425) or 300 <= answer.status < 400:
            known = self.refuse(answer) if isinstance(answer.data, dict) and not answer.sends else None
            fault = known is None or isinstance(known, Rejected)  # a broken server's word about the post is not taken
            return known if known is not None and not fault else answer.unclear(f"{self.platform} answered {answer.status}")
        if isinstance(answer.data, dict):
            known = self.refuse(answer)
            if known is not None:
                return known
        if answer.status == 429:
            return too_many(answer)
        return answer.unclear(f"{self.platform} answered {answer.status} in words we do not know")


def read_answer(platform: str, response: httpx2.Response, sends: bool, now: datetime) -> Answer:
    """Reads bytes as UTF-8, whatever the answer says they are: some of the codecs that a stranger may name take minutes, or raise
    what nobody expects."""
    body, text = response.content, response.content[:_TOLD].decode("utf-8", "replace")
    version = _version_in(response.request.url.path)
    asked = f"{response.request.method} {response.request.url.path}"
    if response.request.extensions.get("large"):
        return Answer(platform, response.status_code, response.headers, None, text, sends, now, body, version, asked)
    try:
        data = json.loads(body) if body else None
    except (ValueError, RecursionError):
        data = None
    if response.status_code >= 400:
        data = without_echo(data, response.request)
    return Answer(platform, response.status_code, response.headers, data, text, sends, now, version=version, asked=asked)


def _version_in(path: str) -> str:
    """The step of an address that is a version, as in /v25.0/me, /youtube/v3/videos and /2/tweets."""
    return next((step for step in path.split("/") if _VERSION.fullmatch(step)), "")


def version_ended(answer: Answer, version: str | None = None) -> Rejected:
    """The platform ended the version that we speak: names it, and what to change."""
    spoken = version or answer.version
    named = f"version {spoken}" if spoken else "the version"
    return Rejected(
        f"{answer.platform} no longer serves {named} of its API: update Postwright to a release that speaks a newer one",
        field="platform",
        rule="api_version",
        detail=answer.detail,
    )


def too_many(answer: Answer, wait: float | None = None) -> PlatformError:
    """429: the platform takes no more for `wait` seconds, else for as long as Retry-After says; nothing went out."""
    seconds = retry_after(answer) if wait is None else wait
    return QuotaExhausted(f"{answer.platform} takes no more posts for now", wait=seconds, detail=answer.detail)


def retry_after(answer: Answer) -> float | None:
    """Seconds that Retry-After asks for, told as a number or as a date."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else None
    try:
        return seconds_until(answer, parsedate_to_datetime(text).astimezone(UTC))
    except (ValueError, TypeError, OverflowError):
        return None


def reset_in(answer: Answer, *names: str) -> float | None:
    """Seconds until the moment that a header tells in seconds of the epoch or as an ISO date."""
    for name in names:
        text = answer.headers.get(name, "").strip()
        try:
            moment = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text).astimezone(UTC)
            return seconds_until(answer, moment)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def seconds_until(answer: Answer, moment: datetime) -> float:
    """From the answer to a moment of the platform's clock; 0 when that is over."""
    return max(0.0, (moment - now_at(answer)).total_seconds())


def now_at(answer: Answer) -> datetime:
    """The moment of an answer, by the platform's clock where it tells that: waits are counted on it."""
    try:
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return answer.heard_at


@contextmanager
def asking(platform: str) -> Iterator[None]:
    """While we only ask whether a post is out, whatever goes wrong leaves that unknown; a lost sign-in is told as it is."""
    try:
        yield
    except (OutcomeUnknown, ReauthRequired):
        raise
    except PlatformError as wrong:
        raise OutcomeUnknown(f"{platform} did not tell whether the post is out", detail=wrong.detail) from wrong


async def poll(ask: Callable[[], Awaitable[_T | None]], *, within: float, first: float = 0.5, longest: float = 5.0) -> _T | None:
    """Asks again and again, ever more slowly, until an answer comes; None after `within` seconds."""
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + within, first
    while True:
        if (answer := await ask()) is not None:
            return answer
        if loop.time() + pause > end:
            return None
        await asyncio.sleep(pause)
        pause = min(longest, pause * 1.5)


async def read_slice(path: Path, start: int, size: int) -> bytes:
    """Bytes of a file, read beside the event loop."""
    return await asyncio.to_thread(_read_slice, path, start, size)


def _read_slice(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


async def stream_file(path: Path, start: int = 0, end: int | None = None, piece: int = 1_048_576) -> AsyncIterator[bytes]:
    """The bytes of a file from `start` to before `end`, a piece at a time."""
    at = start
    while end is None or at < end:
        data = await read_slice(path, at, piece if end is None else min(piece, end - at))
        if not data:
            return
        at += len(data)
        yield data
