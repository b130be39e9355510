"""What Instagram and Facebook share: versions, tokens, errors and field selection of Meta's Graph API.

Error shapes after developers.facebook.com/docs/graph-api/guides/error-handling, read in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from postwright.sandbox import ids
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import Form, Refusal, bearer, read_form
from postwright.sandbox.world import BadToken, whose, world_of

OLDEST_VERSION = 25


def problem(
    status: int, code: int, message: str, *, subcode: int | None = None, kind: str = "OAuthException", transient: bool = False,
    title: str | None = None, detail: str | None = None, headers: Mapping[str, str] | None = None,
) -> Refusal:  # fmt: skip
    """An error object as Graph sends it."""
    error: dict[str, Any] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error["is_transient"] = transient
    if title:
        error |= {"error_user_title": title, "error_user_msg": detail or title}
    return Refusal(status, {"error": {**error, "fbtrace_id": ids.letters(23)}}, headers)


def bad_parameter(message: str, **more: Any) -> Refusal:
    return problem(400, 100, f"(#100) {message}", **more)


def not_found(name: str) -> Refusal:
    """Graph does not say whether an object is missing or not yours."""
    message = (
        f"Unsupported get request. Object with ID '{name}' does not exist, cannot be loaded due to missing permissions,"
        " or does not support this operation"
    )
    return problem(400, 100, message, subcode=33, kind="GraphMethodException")


def too_large() -> Refusal:
    return problem(413, 1, "The request is larger than this endpoint takes.")


def malformed(why: str) -> Refusal:
    return problem(400, 100, f"(#100) {why}")


def no_such_path(request: Request) -> Refusal:
    return problem(400, 2500, f"Unknown path components: {request.url.path.split('/', 3)[-1]}")


async def enter(request: Request, platform: str) -> tuple[Account, Form]:
    """Checks version and token; the account and the fields of the request."""
    check_version(request)
    form = await read_form(request)
    return signed_in(request, form, platform), form


def check_version(request: Request) -> None:
    version = str(request.path_params.get("version", ""))
    found = re.fullmatch(r"v(\d{1,3})\.0", version)
    if found is None:
        raise problem(400, 2500, f"Unknown path components: /{version}")
    if int(found[1]) < OLDEST_VERSION:
        raise problem(400, 12, f"(#12) This method is deprecated for versions below v{OLDEST_VERSION}.0")


def signed_in(request: Request, form: Form, platform: str) -> Account:
    token = bearer(request) or form.text("access_token")
    found = whose(world_of(request), token, platform)
    if not isinstance(found, BadToken):
        return found
    if found.why == "missing":
        raise problem(400, 2500, "An active access token must be used to query information about the current user.")
    subcode, said = {"expired": (463, "Session has expired"), "revoked": (460, "The session has been invalidated by the user")}.get(
        found.why, (None, "Cannot parse access token")
    )
    message = f"Error validating access token: {said}" if subcode else "Invalid OAuth access token - Cannot parse access token"
    raise problem(401, 190, message, subcode=subcode)


def asked_fields(text: str | None, default: str) -> list[str]:
    """The names in `fields`, without what stands in braces or parentheses."""
    flat, depth = [], 0
    for character in text or default:
        depth += character in "({"
        if depth == 0:
            flat.append(character)
        depth -= character in ")}"
    names = [name.split(".")[0].strip() for name in "".join(flat).split(",")]
    return [name for name in names if name]


def choose(values: Mapping[str, Any], names: list[str], object_name: str) -> dict[str, Any]:
    """The asked fields; unknown ones are refused as Graph does, empty ones left out."""
    unknown = [name for name in names if name not in values]
    if unknown:
        raise problem(400, 100, f"(#100) Tried accessing nonexisting field ({unknown[0]}) on node type ({object_name})")
    return {"id": values["id"], **{name: values[name] for name in names if values[name] is not None}}


def page_of(items: list[dict[str, Any]]) -> dict[str, Any]:
    """A list as Graph pages it; this server answers in one page."""
    if not items:
        return {"data": []}
    return {"data": items, "paging": {"cursors": {"before": items[0]["id"], "after": items[-1]["id"]}}}


def insight(post_id: str, name: str, value: Any, title: str) -> dict[str, Any]:
    values = [{"value": value}]
    return {
        "name": name,
        "period": "lifetime",
        "values": values,
        "title": title,
        "description": title,
        "id": f"{post_id}/insights/{name}/lifetime",
    }


def when(post: Post) -> str:
    return datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
