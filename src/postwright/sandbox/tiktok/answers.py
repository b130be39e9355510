"""TikTok's refusals, and who may call how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.quota import spend
from postwright.sandbox.records import Account
from postwright.sandbox.wire import Refusal, bearer
from postwright.sandbox.world import BadToken, whose, world_of

PLATFORM = "tiktok"
PER_MINUTE = {"init": 6, "creator_info": 20, "status": 30, "read": 600}


def problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, {"data": {}, "error": {"code": code, "message": message, "log_id": _log_id()}}, headers)


def invalid(message: str) -> Refusal:
    return problem(400, "invalid_params", message)


def too_large() -> Refusal:
    return problem(413, "invalid_params", "The request is larger than this endpoint takes")


def malformed(why: str) -> Refusal:
    return invalid(why)


def no_such_path(_: Request) -> Refusal:
    return problem(404, "invalid_params", "Unsupported path")


def answer(data: dict[str, Any]) -> Response:
    return JSONResponse({"data": data, "error": {"code": "ok", "message": "", "log_id": _log_id()}})


def _log_id() -> str:
    return ids.digits_of(14) + ids.letters(20).upper()


def signed_in(request: Request, bucket: str) -> Account:
    world = world_of(request)
    found = whose(world, bearer(request), PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, "access_token_invalid", "The access token is invalid or not found in the request.")
    if spend(world, found, bucket, PER_MINUTE[bucket], 60).refused:
        raise problem(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")
    return found
