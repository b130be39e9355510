"""What every platform file needs to take a request apart and to refuse it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

DEFAULT_BODY_LIMIT = 1_048_576  # bytes, of requests that carry no file
METER = "postwright.body_meter"
FORM = "postwright.form"  # of the request, closed with it: its files are temporary


class Refusal(Exception):
    """A platform says no, in its own words."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None, media_type: str = "application/json") -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self.media_type = media_type

    def response(self) -> Response:
        return JSONResponse(self.body, self.status, self.headers, self.media_type)


class TooLarge(Exception):
    """More bytes came than the route takes."""


class Malformed(Exception):
    """The body is not what its content type says."""


@dataclass(slots=True)
class BodyMeter:
    """How many bytes of a request's body may still come."""

    limit: int = DEFAULT_BODY_LIMIT
    seen: int = 0

    def take(self, count: int) -> None:
        self.seen += count
        if self.seen > self.limit:
            raise TooLarge


def allow_body(request: Request, limit: int) -> None:
    """Lets this request carry up to `limit` bytes; raises TooLarge when it announces more."""
    request.scope[METER].limit = limit
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object. Raises Malformed."""
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as problem:
        raise Malformed("the body is not JSON") from problem
    if not isinstance(value, dict):
        raise Malformed("the body is not a JSON object")
    return value


@dataclass(frozen=True, slots=True)
class Form:
    """Fields of a request from query, form and JSON, with the files that came along."""

    fields: Mapping[str, Any]
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name)
        return default if value is None else value.lower() in ("true", "1", "on", "yes")

    def json(self, name: str) -> Any:
        """A field that is JSON, or text that holds JSON. Raises Malformed."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as problem:
            raise Malformed(f"{name} is not JSON") from problem


async def read_form(request: Request) -> Form:
    """Query and body together, as Graph and Mastodon take them. Raises Malformed."""
    fields: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return Form({**fields, **await read_json(request)})
    try:
        form = request.scope[FORM] = await request.form(max_files=40, max_fields=400)
    except MultiPartException as problem:
        raise Malformed(problem.message) from problem
    files = {name: value for name, value in form.items() if isinstance(value, UploadFile)}
    lists: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            lists.setdefault(name, []).append(value)
    fields.update({name: values[-1] for name, values in lists.items()})
    return Form(fields, lists, files)


def bearer(request: Request) -> str | None:
    """The token of the Authorization header (Bearer, or Meta's OAuth)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() in ("bearer", "oauth") else None


def base_of(request: Request) -> str:
    """The sandbox's own address, as the caller reached it."""
    return str(request.base_url).rstrip("/")


def whole(value: Any, default: int | None = None) -> int | None:
    """A whole number from JSON or text, else `default`."""
    if isinstance(value, bool) or value is None:
        return default
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default
