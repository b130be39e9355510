"""XRPC's refusals, and who may call how often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request

from postwright.sandbox.quota import Quota, spend
from postwright.sandbox.records import Account
from postwright.sandbox.wire import Refusal, bearer
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM, HOST = "bluesky", "bsky.social"
POINTS_PER_HOUR, CREATE_POINTS, DELETE_POINTS = 5000, 3, 1


def problem(status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, {"error": error, "message": message}, headers)


def invalid(message: str) -> Refusal:
    return problem(400, "InvalidRequest", message)


def too_large() -> Refusal:
    return problem(413, "PayloadTooLarge", "request entity too large")


def malformed(why: str) -> Refusal:
    return invalid(f"Input is not valid: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(501, "MethodNotImplemented", "Method Not Implemented")


def signed_in(request: Request) -> Account:
    found = whose(world_of(request), bearer(request), PLATFORM)
    if not isinstance(found, BadToken):
        return found
    if found.why == "missing":
        raise problem(401, "AuthMissing", "Authentication Required")
    if found.why == "expired":
        raise problem(400, "ExpiredToken", "Token has expired")
    raise problem(400, "InvalidToken", "Token could not be verified")


def within(world: World, account: Account, points: int) -> Quota:
    quota = spend(world, account, "points", POINTS_PER_HOUR, 3600, points)
    if quota.refused:
        raise problem(429, "RateLimitExceeded", "Rate Limit Exceeded", quota.headers("ratelimit-"))
    return quota


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
