"""Signing in and staying so."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox.accounts import issue
from postwright.sandbox.bluesky.answers import HOST, PLATFORM, invalid, problem, signed_in
from postwright.sandbox.records import Account
from postwright.sandbox.wire import bearer, read_json
from postwright.sandbox.world import BadToken, World, whose, world_of

ACCESS_LIVES = 7_200


async def create_session(request: Request) -> Response:
    """Signs in with handle or DID and an app password. The account's refresh token passes for one too."""
    world = world_of(request)
    body = await read_json(request)
    name = str(body.get("identifier", ""))
    account = world.ledger.account(name) or world.ledger.account_named(PLATFORM, name)
    if account is None or not _may_enter(world, account, str(body.get("password", ""))):
        raise problem(401, "AuthenticationRequired", "Invalid identifier or password")
    return _session(world, account)


def _may_enter(world: World, account: Account, password: str) -> bool:
    if hmac.compare_digest(password.encode(), app_password(world, account.id).encode()):
        return True
    owner = whose(world, password, PLATFORM, "refresh")
    return not isinstance(owner, BadToken) and owner.id == account.id


def app_password(world: World, account_id: str) -> str:
    """The one app password of an account: xxxx-xxxx-xxxx-xxxx, as Bluesky writes them."""
    digest = hmac.new(world.key.encode(), f"app password of {account_id}".encode(), hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode().lower()[:16]
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


async def refresh_session(request: Request) -> Response:
    """A new pair for the refresh token, which then no longer works."""
    world, token = world_of(request), bearer(request)
    account = whose(world, token, PLATFORM, "refresh")
    if isinstance(account, BadToken):
        raise problem(
            400, "ExpiredToken" if account.why in ("expired", "revoked") else "InvalidToken", "Token has been revoked or has expired"
        )
    with world.ledger.transaction():
        world.ledger.revoke(str(token), world.clock())
        return _session(world, account)


def _session(world: World, account: Account) -> Response:
    access, refresh = issue(world, account, ACCESS_LIVES)
    return JSONResponse({**_identity(account), "accessJwt": access.token, "refreshJwt": refresh.token})


async def get_session(request: Request) -> Response:
    return JSONResponse(_identity(signed_in(request)))


def _identity(account: Account) -> dict[str, Any]:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": f"https://{HOST}"}
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": account.id,
        "alsoKnownAs": [f"at://{account.handle}"],
        "service": [service],
    }
    return {
        "did": account.id,
        "handle": account.handle,
        "email": f"hello@{account.handle}",
        "emailConfirmed": True,
        "active": True,
        "didDoc": document,
    }


async def resolve_handle(request: Request) -> Response:
    found = world_of(request).ledger.account_named(PLATFORM, request.query_params.get("handle", ""))
    if found is None:
        raise invalid("Unable to resolve handle")
    return JSONResponse({"did": found.id})


async def describe_server(_: Request) -> Response:
    return JSONResponse(
        {"did": f"did:web:{HOST}", "availableUserDomains": [".example"], "inviteCodeRequired": True, "links": {}, "contact": {}}
    )
