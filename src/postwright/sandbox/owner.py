"""Whose request it is: the workspace of the account behind a token, an upload or an address, before a platform has looked at it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from starlette.requests import Request

from postwright.sandbox import ghost
from postwright.sandbox.records import Account, Token
from postwright.sandbox.world import World, world_of


def workspace_of(request: Request, platform: str) -> str | None:
    """None where the request names no account of this platform."""
    found = next(_accounts(world_of(request), request, platform), None)
    return found.workspace if found else None


def token_of(request: Request, platform: str) -> Token | None:
    """The token of this platform with which a request comes."""
    world = world_of(request)
    for key in _keys(request):
        token = world.ledger.token(key)
        account = world.ledger.account(token.account_id) if token else None
        if token is not None and account is not None and account.platform == platform:
            return token
    return None


def _accounts(world: World, request: Request, platform: str) -> Iterator[Account]:
    ids = [token.account_id for each in _keys(request) if (token := world.ledger.token(each))]
    ids += [handle.account_id for each in _uploads(request) if (handle := world.ledger.handle(platform, each)) and handle.account_id]
    for id in (*ids, *_names(request)):
        account = world.ledger.account(id)
        if account is not None and account.platform == platform:
            yield account


def _keys(request: Request) -> Iterator[str]:
    """Where platforms take tokens: the header, the query, the path (Telegram's bots, Discord's webhooks)."""
    scheme, given = _authorization(request)
    yield _unpacked(given) if scheme == "basic" else given
    yield request.query_params.get("access_token", "")
    yield from (each.removeprefix("bot") for each in _segments(request))


def _uploads(request: Request) -> Iterator[str]:
    """Uploads whose address is their key (TikTok's), and tokens for one service only (Bluesky's)."""
    yield f"upload:{request.query_params.get('upload_id')}"
    yield f"service:{_authorization(request)[1]}"


def _names(request: Request) -> Iterator[str]:
    """Accounts that a request names: the key of a Ghost site, the address of a webhook."""
    scheme, given = _authorization(request)
    if scheme == "ghost":
        yield ghost.key_id(given)
    yield from _segments(request)


def _authorization(request: Request) -> tuple[str, str]:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower(), given.strip()


def _segments(request: Request) -> list[str]:
    return request.url.path.split("/")[2:]


def _unpacked(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
