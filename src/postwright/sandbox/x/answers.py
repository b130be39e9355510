"""X's refusals in problem+json, and who may call how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from postwright.sandbox.quota import Quota, spend
from postwright.sandbox.records import Account
from postwright.sandbox.wire import Refusal, bearer
from postwright.sandbox.world import BadToken, whose, world_of

PLATFORM = "x"
POSTS_PER_WINDOW, WINDOW = 100, 900
READS_PER_WINDOW = 900


def problem(
    status: int, title: str, detail: str, kind: str = "about:blank", headers: Mapping[str, str] | None = None, **more: Any
) -> Refusal:
    """An error as X words it: problem+json."""
    return Refusal(status, {"title": title, "detail": detail, "type": kind, "status": status, **more}, headers, "application/problem+json")


def invalid(message: str, **parameters: Any) -> Refusal:
    """The 400 for a parameter that X does not take."""
    errors = [{"parameters": {name: [str(value)] for name, value in parameters.items()}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return problem(400, "Invalid Request", detail, "https://api.x.com/2/problems/invalid-request", errors=errors)


def too_large() -> Refusal:
    return problem(413, "Payload Too Large", "The request is larger than this endpoint takes.")


def malformed(why: str) -> Refusal:
    return invalid(f"Requests with bodies must be valid: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "Not Found", "Not Found")


def signed_in(request: Request) -> Account:
    found = whose(world_of(request), bearer(request), PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, "Unauthorized", "Unauthorized")
    return found


def signed_in_reader(request: Request) -> Account:
    account = signed_in(request)
    within(spend(world_of(request), account, f"read:{request.scope['endpoint'].__name__}", READS_PER_WINDOW, WINDOW))
    return account


def within(quota: Quota) -> Quota:
    if quota.refused:
        raise problem(429, "Too Many Requests", "Too Many Requests", headers=quota.headers())
    return quota
