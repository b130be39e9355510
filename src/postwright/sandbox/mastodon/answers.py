"""The server's refusals, its rate limit, and who may call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox.quota import Quota, spend
from postwright.sandbox.records import Account
from postwright.sandbox.wire import Refusal, bearer
from postwright.sandbox.world import BadToken, whose, world_of

PLATFORM = "mastodon"
CALLS, WINDOW = 300, 300


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> Refusal:
    return Refusal(status, {"error": message}, headers)


def too_large() -> Refusal:
    return problem(413, "Payload Too Large")


def malformed(why: str) -> Refusal:
    return problem(400, f"Error parsing the request: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "Record not found")


def signed_in(request: Request) -> Account:
    world = world_of(request)
    found = whose(world, bearer(request), PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, "The access token was revoked" if found.why == "revoked" else "The access token is invalid")
    quota = spend(world, found, "calls", CALLS, WINDOW)
    request.state.rate = _rate(quota)
    if quota.refused:
        raise problem(429, "Too many requests", request.state.rate)
    return found


def _rate(quota: Quota) -> dict[str, str]:
    told = quota.headers("x-ratelimit-")
    return {**told, "x-ratelimit-reset": datetime.fromtimestamp(quota.reset, UTC).isoformat().replace("+00:00", "Z")}


def answer(request: Request, body: Any, status: int = 200) -> Response:
    return JSONResponse(body, status, getattr(request.state, "rate", {}))
