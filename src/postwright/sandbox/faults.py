"""Faults on request: what can go wrong between a program and a platform, in the place where it goes wrong.

A fault waits for the requests that it is meant for and strikes some of them. The network's own faults are real: a cut closes
the socket. Nothing here outlives the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postwright.sandbox.slowness import SLOWED, Slowness
from postwright.sandbox.throttles import DAILY, Wait, day_is_over, too_many, unpaid
from postwright.sandbox.wire import Refusal, bearer, whole

if TYPE_CHECKING:  # world.py holds the faults
    from postwright.sandbox.world import World


class Kind(StrEnum):
    """What goes wrong. `before`: nothing was done; `after`: it was done, and the answer tells otherwise or does not come."""

    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    ERROR_BEFORE = "5xx_before"
    ERROR_AFTER = "5xx_after"
    TOO_MANY = "429"
    TOO_MANY_BARE = "429_bare"  # without a word that says until when
    DAY_IS_OVER = "quota"  # the day's posts of the account or of the app are used up
    UNPAID = "unpaid"  # the operator of the app owes money
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - a word, no secret
    REVOKED_TOKEN = "revoked_token"  # noqa: S105
    LOST_SCOPE = "lost_scope"  # the person took one permission back: what the call needs
    DUPLICATE = "duplicate"
    SUSPENDED = "suspended"  # the account itself, in every call, until the fault is taken away
    SLOW_PROCESSING = "slow_processing"
    TRUNCATED_BODY = "truncated_body"
    HTML = "html"
    LATE = "late"  # the answer comes so many seconds after the act


SECONDS = 30.0  # that a silence, a wait or a slowness lasts when nothing else is asked for
# The calls that make a post public, and no others: what a fault means that names no operation. A "?" begins the query.
SENDS: Mapping[str, tuple[str, ...]] = {
    "x": ("POST */2/tweets",),
    "linkedin": ("POST */rest/posts",),
    "instagram": ("POST */media_publish",),
    "facebook": (
        "POST */feed", "POST */videos", "POST */photo_stories",
        "POST */video_reels?*upload_phase=finish*", "POST */video_stories?*upload_phase=finish*",
    ),
    "tiktok": ("PUT */open-upload.tiktokapis.com/video/", "POST */v2/post/publish/content/init/"),
    "youtube": ("PUT */upload/youtube/v3/videos",),
    "bluesky": ("POST */xrpc/com.atproto.repo.createRecord",),
    "mastodon": ("POST */api/v1/statuses",),
    "threads": ("POST */threads_publish",),
    "telegram": ("POST /api.telegram.org/bot*/send*",),
    "discord": ("POST */api/v10/channels/*/messages", "POST */api/v10/webhooks/*"),
    "wordpress": ("POST */wp-json/wp/v2/posts",),
    "ghost": ("POST */ghost/api/admin/posts/",),
    "webhook": ("POST /hooks.example/*",),
}  # fmt: skip
_ANYWHERE = {Kind.EXPIRED_TOKEN, Kind.REVOKED_TOKEN, Kind.LOST_SCOPE, Kind.SLOW_PROCESSING, Kind.SUSPENDED}
# How a platform says that it has this text already; the others take the same text again.
_DUPLICATES: Mapping[str, tuple[int, Mapping[str, Any], str]] = {
    "x": (
        403,
        {
            "title": "Forbidden",
            "detail": "You are not allowed to create a Tweet with duplicate content.",
            "type": "about:blank",
            "status": 403,
        },
        "application/problem+json",
    ),
    "linkedin": (422, {"message": "Duplicate post is detected", "code": "DUPLICATE_POST", "status": 422}, "application/json"),
    "facebook": (
        400,
        {"error": {"message": "(#506) Duplicate status message", "type": "OAuthException", "code": 506, "fbtrace_id": "sandbox"}},
        "application/json",
    ),
}

# How a platform says that it bars an account.
_POLICIES = "You recently posted something that violates our policies, so you're temporarily blocked from using this feature."
_DISABLED = "The YouTube account of the authenticated user is suspended."
_SUSPENSIONS: Mapping[str, tuple[int, Mapping[str, Any], str]] = {
    "x": (
        403,
        {
            "title": "Forbidden",
            "detail": "Your account is suspended and is not permitted to access this feature.",
            "type": "about:blank",
            "status": 403,
        },
        "application/problem+json",
    ),
    "linkedin": (403, {"status": 403, "code": "MEMBER_RESTRICTED", "message": "Member is restricted"}, "application/json"),
    "instagram": (
        400,
        {"error": {"message": "User account is restricted", "type": "OAuthException", "code": 25, "error_subcode": 2207050}},
        "application/json",
    ),
    "facebook": (400, {"error": {"message": _POLICIES, "type": "OAuthException", "code": 368}}, "application/json"),
    "threads": (400, {"error": {"message": _POLICIES, "type": "OAuthException", "code": 368}}, "application/json"),
    "tiktok": (
        403,
        {"data": {}, "error": {"code": "spam_risk_user_banned_from_posting", "message": "The user is banned from posting.", "log_id": "1"}},
        "application/json",
    ),
    "youtube": (
        403,
        {
            "error": {
                "code": 403,
                "message": _DISABLED,
                "errors": [{"message": _DISABLED, "domain": "youtube.common", "reason": "authenticatedUserAccountSuspended"}],
            }
        },
        "application/json",
    ),
    "bluesky": (401, {"error": "AccountTakedown", "message": "Account has been taken down"}, "application/json"),
    "mastodon": (403, {"error": "Your login is currently disabled"}, "application/json"),
}


@dataclass(slots=True)
class Fault:
    """One fault and how often it has struck. `operations`: patterns of "METHOD /host/path", or with the query behind that;
    `times`: None means for ever; `workspace`: whose requests alone it strikes, None means everybody's."""

    id: int
    platform: str
    kind: Kind
    operations: tuple[str, ...]
    times: int | None
    probability: float
    seconds: float
    chance: Random
    workspace: str | None = None
    struck: int = 0

    def strikes(self, platform: str, operation: str, query: str, workspace: str | None) -> bool:
        """Whether this request is one of its own; if so, it is counted."""
        if self.workspace not in {None, workspace}:
            return False
        if platform != self.platform or self.spent or not any(is_meant(operation, query, each) for each in self.operations):
            return False
        if self.chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    @property
    def spent(self) -> bool:
        return self.times is not None and self.struck >= self.times

    def as_json(self) -> dict[str, Any]:
        """As GET /_sandbox/faults shows it."""
        return {
            "id": self.id, "platform": self.platform, "kind": self.kind.value, "operations": list(self.operations), "times": self.times,
            "probability": self.probability, "seconds": self.seconds, "workspace": self.workspace, "struck": self.struck,
        }  # fmt: skip


@dataclass(slots=True)
class Faults:
    """Those that were asked for, in the order in which they came; of several that could strike, the first one does."""

    held: list[Fault] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def add(self, asked: Mapping[str, Any], platforms: tuple[str, ...], workspace: str | None = None) -> Fault:
        """Raises Refusal (422) that names what is wrong with it."""
        made = _read(asked, platforms, next(self._numbers), workspace)
        self.held.append(made)
        return made

    def of(self, workspace: str | None) -> list[Fault]:
        """Those of a workspace; None: all."""
        return [each for each in self.held if workspace in {None, each.workspace}]

    def clear(self, workspace: str | None = None) -> int:
        """Takes all away, or those of a workspace; how many."""
        gone = self.of(workspace)
        self.held[:] = [each for each in self.held if each not in gone]
        return len(gone)

    def pick(self, platform: str, operation: str, query: str, workspace: str | None) -> Fault | None:
        """The one that strikes this request of a workspace; None: nobody knows whose it is."""
        return next((each for each in self.held if each.strikes(platform, operation, query, workspace)), None)


def is_meant(operation: str, query: str, pattern: str) -> bool:
    """Whether a request is one of a pattern's."""
    return fnmatchcase(operation, pattern) or fnmatchcase(f"{operation}?{query}", pattern)


async def strike(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send, hang_up: Receive) -> None:
    """Serves one request as the fault has it. `hang_up` is the server's own receive, from which the socket is known."""
    world: World = scope["app"].state.world
    match fault.kind:
        case Kind.CUT_BEFORE:
            await _cut(hang_up)
        case Kind.CUT_AFTER:
            await _act(app, scope, receive)
            await _cut(hang_up)
        case Kind.TIMEOUT_BEFORE:
            await _stay_silent(fault, hang_up)
        case Kind.TIMEOUT_AFTER:
            await _act(app, scope, receive)
            await _stay_silent(fault, hang_up)
        case Kind.LATE:
            answer = await _act(app, scope, receive)
            await asyncio.sleep(fault.seconds)
            for message in answer:
                await send(message)
        case Kind.TRUNCATED_BODY:
            await _send_half(await _act(app, scope, receive), send)
            await _cut(hang_up, flush=True)
        case Kind.ERROR_AFTER:
            await _act(app, scope, receive)
            await _ERROR(scope, receive, send)
        case Kind.EXPIRED_TOKEN | Kind.REVOKED_TOKEN:
            _spoil_token(fault, world, scope)
            await app(scope, receive, send)
        case Kind.LOST_SCOPE:
            _take_scope(fault, scope)
            await app(scope, receive, send)
        case Kind.SLOW_PROCESSING:
            await _slowly(fault, app, scope, receive, send)
        case _:
            await _answer(fault, world)(scope, receive, send)


def _read(asked: Mapping[str, Any], platforms: tuple[str, ...], number: int, workspace: str | None) -> Fault:
    platform, kind = asked.get("platform"), asked.get("kind")
    if platform not in platforms:
        raise Refusal(422, {"error": f"platform must be one of {', '.join(platforms)}"})
    if kind not in list(Kind):
        raise Refusal(422, {"error": f"kind must be one of {', '.join(Kind)}"})
    if kind == Kind.DUPLICATE and platform not in _DUPLICATES:
        raise Refusal(422, {"error": f"{platform} refuses no duplicates; {', '.join(_DUPLICATES)} do"})
    if kind == Kind.DAY_IS_OVER and platform not in DAILY:
        raise Refusal(422, {"error": f"{platform} counts no days; {', '.join(DAILY)} do"})
    if kind == Kind.UNPAID and platform != "x":
        raise Refusal(422, {"error": f"{platform} takes no money for posts; x does"})
    if kind == Kind.SUSPENDED and platform not in _SUSPENSIONS:
        raise Refusal(422, {"error": f"the sandbox suspends accounts of {', '.join(_SUSPENSIONS)}"})
    probability, seconds = _number(asked, "probability", 1.0), _number(asked, "seconds", SECONDS)
    lasting = "probability" in asked or kind == Kind.SUSPENDED
    times = whole(asked.get("times"), None if lasting else 1)
    if not 0 < probability <= 1 or not 0 <= seconds <= 86_400 or (times is not None and times < 1):
        raise Refusal(422, {"error": "probability lies above 0 and up to 1, seconds from 0 to 86400, times from 1"})
    chance = Random(str(asked.get("seed", 0)))  # noqa: S311 - the same seed, the same faults
    operations = _operations(asked, platform, Kind(kind))
    return Fault(number, platform, Kind(kind), operations, times, probability, seconds, chance, workspace)


def _operations(asked: Mapping[str, Any], platform: str, kind: Kind) -> tuple[str, ...]:
    given = asked.get("operation")
    if given is None:
        return ("*",) if kind in _ANYWHERE else SENDS.get(platform, ("*",))
    if not isinstance(given, str) or not 1 <= len(given) <= 200:
        raise Refusal(422, {"error": 'operation is a pattern of "METHOD /host/path", such as "POST */2/tweets"'})
    return (given,)


def _number(asked: Mapping[str, Any], name: str, default: float) -> float:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(422, {"error": f"{name} must be a number"})
    return float(value)


def _answer(fault: Fault, world: World) -> Response:
    """What comes instead of the platform's answer, nothing being done."""
    if fault.kind is Kind.HTML:
        return HTMLResponse("<!doctype html><title>Just a moment</title><h1>Checking your browser</h1>")
    if fault.kind in (Kind.DUPLICATE, Kind.SUSPENDED):
        status, body, media_type = (_DUPLICATES if fault.kind is Kind.DUPLICATE else _SUSPENSIONS)[fault.platform]
        return JSONResponse(body, status, media_type=media_type)
    wait = Wait(fault.seconds, world.clock(), told=fault.kind is not Kind.TOO_MANY_BARE)
    if fault.kind in {Kind.TOO_MANY, Kind.TOO_MANY_BARE}:
        return too_many(fault.platform, wait)
    if fault.kind is Kind.DAY_IS_OVER:
        return day_is_over(fault.platform, wait)
    if fault.kind is Kind.UNPAID:
        return unpaid()
    return _ERROR


_ERROR = PlainTextResponse("upstream connect error or disconnect/reset before headers", 503)


async def _act(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    """Does what was asked; what would have been answered."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await app(scope, receive, keep)
    return kept


async def _send_half(messages: list[Message], send: Send) -> None:
    """The answer as announced, up to the middle of its body."""
    body = b"".join(each.get("body", b"") for each in messages if each["type"] == "http.response.body")
    for start in (each for each in messages if each["type"] == "http.response.start"):
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(max(2, len(body))).encode())]})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _slowly(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Whatever begins to be processed in this request takes longer; a request that begins nothing does not count."""
    slowness = Slowness(fault.seconds)
    before = SLOWED.set(slowness)
    try:
        await app(scope, receive, send)
    finally:
        SLOWED.reset(before)
        fault.struck -= 0 if slowness.used else 1


def _spoil_token(fault: Fault, world: World, scope: Scope) -> None:
    """The token of the request ends here and now; a revoked one takes the refresh tokens of its account along."""
    request = Request(scope)
    found = world.ledger.token(bearer(request) or request.query_params.get("access_token", ""))
    if found is None:
        return
    now = world.clock()
    if fault.kind is Kind.EXPIRED_TOKEN:
        world.ledger.expire(found.token, now - 1)
        return
    world.ledger.revoke(found.token, now)
    while (refresh := world.ledger.live_token(found.account_id, "refresh", now)) is not None:
        world.ledger.revoke(refresh.token, now)


def _take_scope(fault: Fault, scope: Scope) -> None:
    """The token of the request keeps all permissions but the ones of which the call needs one; a call that needs none does not count."""
    from postwright.sandbox.scopes import held, needed

    request = Request(scope)
    world: World = scope["app"].state.world
    wanted = set(needed(fault.platform, f"{scope['method']} {scope['path']}"))
    found = world.ledger.token(bearer(request) or request.query_params.get("access_token", ""))
    if found is None or not wanted & held(found):
        fault.struck -= 1
        return
    world.ledger.limit(found.token, " ".join(sorted(held(found) - wanted)))


async def _stay_silent(fault: Fault, hang_up: Receive) -> None:
    """Nothing comes for that long; then the connection ends, unless the other side was tired of it earlier."""
    with suppress(TimeoutError):
        async with asyncio.timeout(fault.seconds):
            await _gone(hang_up)
            return
    await _cut(hang_up)


async def _cut(hang_up: Receive, *, flush: bool = False) -> None:
    """Closes the socket under the request. The server gives its applications no way to do so, but what it lets them receive by
    is a method of the object that holds the socket."""
    transport: asyncio.Transport = hang_up.__self__.transport  # type: ignore[attr-defined]
    if flush:
        transport.close()
    else:
        transport.abort()
    await _gone(hang_up)


async def _gone(hang_up: Receive) -> None:
    while (await hang_up())["type"] != "http.disconnect":
        pass
