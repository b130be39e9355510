"""Accounts and the server itself."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox.mastodon.answers import PLATFORM, answer, problem, signed_in
from postwright.sandbox.mastodon.shapes import (
    HOST,
    show_account,
    show_instance,
)
from postwright.sandbox.records import Account
from postwright.sandbox.wire import base_of
from postwright.sandbox.world import world_of


async def verify_credentials(request: Request) -> Response:
    account = signed_in(request)
    source = {
        "privacy": "public", "sensitive": False, "language": "en", "note": str(account.profile.get("about", "")), "fields": [],
        "follow_requests_count": 0, "hide_collections": None, "discoverable": True, "indexable": True, "attribution_domains": [],
        "quote_policy": "public",
    }  # fmt: skip
    role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
    return answer(request, {**show_account(world_of(request), base_of(request), account), "source": source, "role": role})


async def read_account(request: Request) -> Response:
    return answer(request, show_account(world_of(request), base_of(request), account_named(request, request.path_params["account_id"])))


async def look_up(request: Request) -> Response:
    name = request.query_params.get("acct", "").removeprefix("@").removesuffix(f"@{HOST}")
    found = world_of(request).ledger.account_named(PLATFORM, f"{name}@{HOST}")
    if found is None:
        raise problem(404, "Record not found")
    return answer(request, show_account(world_of(request), base_of(request), found))


def account_named(request: Request, name: str) -> Account:
    signed_in(request)
    found = world_of(request).ledger.account(name)
    if found is None or found.platform != PLATFORM:
        raise problem(404, "Record not found")
    return found


async def instance(request: Request) -> Response:
    return JSONResponse(show_instance(base_of(request)))


async def old_instance(request: Request) -> Response:
    """The description of version 1, by which older clients learn the server's version."""
    told = show_instance(base_of(request))
    same = {name: told[name] for name in ("title", "version", "description", "languages", "rules", "configuration")}
    counts = {"user_count": 1, "status_count": world_of(request).ledger.count_posts(), "domain_count": 0}
    more = {"uri": HOST, "short_description": told["description"], "email": told["contact"]["email"], "stats": counts, "thumbnail": None}
    switches = {"registrations": False, "approval_required": False, "invites_enabled": False, "contact_account": None}
    return JSONResponse({**same, **more, **switches, "urls": {"streaming_api": f"wss://{HOST}"}})
