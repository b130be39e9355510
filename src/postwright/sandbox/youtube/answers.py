"""Google's refusals, tokens and quota units."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from postwright.sandbox.quota import spend
from postwright.sandbox.records import Account
from postwright.sandbox.wire import Refusal, bearer
from postwright.sandbox.world import BadToken, whose, world_of

PLATFORM = "youtube"
UPLOADS_PER_DAY, UNITS_PER_DAY = 100, 10_000
UPLOAD_UNITS, WRITE_UNITS, SEARCH_UNITS = 100, 50, 100


def problem(status: int, reason: str, message: str, *, domain: str = "youtube.video", location: str | None = None) -> Refusal:
    """An error as Google's APIs send it."""
    error: dict[str, Any] = {"message": message, "domain": domain, "reason": reason}
    if location:
        error |= {"location": location, "locationType": "other"}
    return Refusal(status, {"error": {"code": status, "message": message, "errors": [error]}})


def too_large() -> Refusal:
    return problem(413, "uploadTooLarge", "Request is too large.", domain="global")


def malformed(why: str) -> Refusal:
    return problem(400, "parseError", f"Parse Error: {why}", domain="global")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "notFound", "Not Found", domain="global")


def signed_in(request: Request, units: int = 1) -> Account:
    world = world_of(request)
    found = whose(world, bearer(request) or request.query_params.get("access_token"), PLATFORM)
    if isinstance(found, BadToken):
        said = "Request had invalid authentication credentials. Expected OAuth 2 access token."
        refusal = problem(401, "authError", "Invalid Credentials", domain="global", location="Authorization")
        refusal.body["error"] |= {"message": said, "status": "UNAUTHENTICATED"}
        raise refusal
    if spend(world, found, "units", UNITS_PER_DAY, 86_400, units).refused:
        message = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
        raise problem(403, "quotaExceeded", message, domain="youtube.quota")
    return found


def rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
