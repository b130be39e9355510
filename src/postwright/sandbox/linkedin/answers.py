"""LinkedIn's refusals, and who may call: token, version, limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from postwright.sandbox.records import Account
from postwright.sandbox.wire import Refusal, bearer
from postwright.sandbox.world import BadToken, whose, world_of

PLATFORM = "linkedin"
VERSION_MONTHS = 12  # a version is served for about a year


def problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> Refusal:
    return Refusal(status, {"status": status, "code": code, "message": message, **more}, headers)


def bad_field(path: str, code: str, message: str, status: int = 422) -> Refusal:
    """A refusal that names the field, as LinkedIn's input errors do."""
    details = {"inputErrors": [{"description": message, "input": {"inputPath": {"fieldPath": path}}, "code": code}]}
    whole_message = f"ERROR :: /{path} :: {message}"
    return problem(status, code, whole_message, errorDetailType="com.linkedin.common.error.BadRequest", errorDetails=details)


def too_large() -> Refusal:
    return problem(413, "REQUEST_ENTITY_TOO_LARGE", "Request entity is too large")


def malformed(why: str) -> Refusal:
    return problem(400, "MALFORMED_REQUEST", f"Could not parse the request: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "RESOURCE_NOT_FOUND", "No virtual resource found")


def signed_in(request: Request) -> Account:
    found = whose(world_of(request), bearer(request), PLATFORM)
    if not isinstance(found, BadToken):
        return found
    code, message = {
        "missing": ("EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"),
        "expired": ("EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
        "revoked": ("REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
    }.get(found.why, ("INVALID_ACCESS_TOKEN", "Invalid access token"))
    raise problem(401, code, message, serviceErrorCode=65600)


def enter(request: Request) -> Account:
    """Checks token and version, and the member's calls of the day."""
    account, world = signed_in(request), world_of(request)
    version = request.headers.get("linkedin-version")
    if version is None:
        raise problem(400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the LinkedIn-Version header.")
    if not _is_served(version, world.clock()):
        raise problem(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
    return account


def _is_served(version: str, now: float) -> bool:
    if not re.fullmatch(r"20\d{4}(\.\d{2})?", version):
        return False
    today = datetime.fromtimestamp(now, UTC)
    age = (today.year - int(version[:4])) * 12 + today.month - int(version[4:6])
    return 0 <= age <= VERSION_MONTHS and 1 <= int(version[4:6]) <= 12


def urn_of(account: Account) -> str:
    return urn_of_id(account.id)


def urn_of_id(account_id: str) -> str:
    """A member's id is bare, an organization's is its urn."""
    return account_id if account_id.startswith("urn:li:") else f"urn:li:person:{account_id}"
