"""A platform's authorise page: what an app asks for, the accounts of the person who looks at it, Allow and Cancel.

Postwright's web draws it for the browser, so it is told as JSON, to who shows the sandbox's key and names the workspace whose
person is looking. What comes of it is told as platforms tell it: the browser is sent back to the app.
"""

from __future__ import annotations

import hmac
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from postwright.sandbox import accounts
from postwright.sandbox.consent.grants import client_of, give_code
from postwright.sandbox.records import Account
from postwright.sandbox.wire import Refusal, base_of, read_json
from postwright.sandbox.world import World, world_of

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Authorize:
    """How one platform's page is asked. `many`: several accounts may be allowed at once."""

    platform: str
    name: str
    many: bool = False
    client: str = "client_id"
    splits: str = " "  # between scopes
    needs_pkce: bool = False


def page_routes(path: str, page: Authorize) -> list[BaseRoute]:
    """The page itself, and its buttons."""
    return [
        Route(path, partial(describe, page), methods=["GET"]),
        Route(path, partial(decide, page), methods=["POST"]),
    ]


async def describe(page: Authorize, request: Request) -> Response:
    """What the page shows. Refuses an app or an address that is not registered: then nobody is sent anywhere."""
    world, workspace = world_of(request), looker(request)
    scope = _checked(page, request)
    found = own_accounts(world, workspace, page.platform)
    return JSONResponse(
        {
            "platform": page.platform, "name": page.name, "app": "Postwright", "many": page.many,
            "scopes": scope.replace(",", " ").split(), "accounts": [_show(each, base_of(request)) for each in found],
        }
    )  # fmt: skip


async def decide(page: Authorize, request: Request) -> Response:
    """Allow or Cancel: {"allow": true, "accounts": [...], "scopes": [...]}. The answer sends the browser back to the app."""
    world, workspace = world_of(request), looker(request)
    asked, query = _checked(page, request), request.query_params
    body = await read_json(request)
    if body.get("allow") is not True:
        return _back(query, error="access_denied", error_description="The user denied the request")
    wanted = body.get("accounts")
    chosen = [each for each in own_accounts(world, workspace, page.platform) if isinstance(wanted, list) and each.id in wanted]
    if not chosen or (len(chosen) > 1 and not page.many):
        raise Refusal(422, {"error": "choose an account"})
    scope = _allowed(page, asked, body.get("scopes"))
    code = give_code(world, page.platform, chosen, scope, str(query.get("redirect_uri")), query.get("code_challenge"))
    return _back(query, code=code)


def own_accounts(world: World, workspace: str, platform: str) -> list[Account]:
    """The fictional accounts of whoever looks: two, so that there is a choice."""
    accounts.grant(world, workspace, [platform], "")
    with world.ledger.transaction():
        if len(found := _listed(world, workspace, platform)) == 1:
            add_second(world, found[0])
    return _listed(world, workspace, platform)


def add_second(world: World, first: Account) -> None:
    """Another account of the same brand. A ledger of an older version keeps to one."""
    second = accounts.twin(world, first)
    try:
        world.ledger.add_account(second)
    except sqlite3.IntegrityError:
        return


def _listed(world: World, workspace: str, platform: str) -> list[Account]:
    found = [each for each in world.ledger.accounts(workspace) if each.platform == platform]
    return sorted(found, key=lambda each: each.created_at)


def looker(request: Request) -> str:
    """The workspace whose person looks at the page. The web says so, and shows the key."""
    given, workspace = request.headers.get("x-sandbox-key", ""), request.headers.get("x-sandbox-workspace", "")
    if not hmac.compare_digest(given.encode(), world_of(request).key.encode()) or not 1 <= len(workspace) <= 64:
        raise Refusal(401, {"error": "this page is drawn by Postwright: open it there"})
    return workspace


def _checked(page: Authorize, request: Request) -> str:
    """The scopes that are asked for. Refuses what is not registered, as platforms do: on the spot."""
    query = request.query_params
    if query.get(page.client) != client_of(page.platform):
        raise Refusal(400, {"error": "invalid_client", "error_description": f"{page.name} does not know this app."})
    if query.get("response_type") != "code" or not query.get("state") or not query.get("scope"):
        raise Refusal(400, {"error": "invalid_request", "error_description": "response_type=code, scope and state are required."})
    if page.needs_pkce and (not query.get("code_challenge") or query.get("code_challenge_method") != "S256"):
        raise Refusal(400, {"error": "invalid_request", "error_description": "code_challenge with the method S256 is required."})
    if not _registered(world_of(request), query.get("redirect_uri", ""), page.platform):
        raise Refusal(400, {"error": "invalid_request", "error_description": "redirect_uri is not registered for this app."})
    return str(query["scope"])


def _registered(world: World, address: str, platform: str) -> bool:
    """Only Postwright itself is sent back to: on this machine, or where the operator says that it is reached."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    web = urlsplit(world.behaviour.web or "")
    ours = parts.hostname in _LOCAL or (parts.hostname is not None and (parts.scheme, parts.netloc) == (web.scheme, web.netloc))
    there = re.fullmatch(rf"/accounts/callback/{platform}(/[0-9a-f]{{16}})?", parts.path)  # with the server's mark where there are many
    return parts.scheme in ("http", "https") and ours and there is not None


def _allowed(page: Authorize, asked: str, kept: Any) -> str:
    """The scopes that the person left ticked, in the platform's own way of writing them."""
    names = asked.replace(",", " ").split()
    return page.splits.join(name for name in names if not isinstance(kept, list) or name in kept)


def _back(query: Mapping[str, str], **answer: str) -> Response:
    return RedirectResponse(f"{query['redirect_uri']}?{urlencode({**answer, 'state': query['state']})}", 302)


def _show(account: Account, base: str) -> dict[str, Any]:
    return {
        "id": account.id, "handle": account.handle, "display_name": account.display_name,
        "avatar_url": accounts.avatar_url(base, account) if base else None,
    }  # fmt: skip
