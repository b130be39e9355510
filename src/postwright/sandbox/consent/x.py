"""X: docs.x.com/fundamentals/authentication/oauth-2-0, read in November 2026. Confidential apps authenticate with Basic."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import accounts
from postwright.sandbox.consent.grants import Denied, check_app, redeem, renew, withdraw
from postwright.sandbox.consent.page import Authorize
from postwright.sandbox.wire import Form, Refusal, read_form
from postwright.sandbox.world import world_of

AUTHORIZE = Authorize("x", "X", needs_pkce=True)
ACCESS_LIVES = 7_200


async def token(request: Request) -> Response:
    form = await read_form(request)
    try:
        return _answer(request, form)
    except Denied as denied:
        raise _refusal(denied) from denied


def _answer(request: Request, form: Form) -> Response:
    world = world_of(request)
    _check(request, form)
    if form.text("grant_type") == "refresh_token":
        _, access, refresh = renew(world, "x", form.text("refresh_token"), ACCESS_LIVES, rotates=True)
        scope = access.scope
    elif form.text("grant_type") == "authorization_code":
        allowed = redeem(world, "x", form.text("code"), form.text("redirect_uri"), form.text("code_verifier"))
        access, fresh = accounts.issue(world, allowed.accounts[0], ACCESS_LIVES, allowed.scope)
        refresh, scope = fresh.token, allowed.scope
    else:
        raise Denied("unsupported_grant_type", "The grant type is not supported")
    return JSONResponse(
        {"token_type": "bearer", "expires_in": ACCESS_LIVES, "access_token": access.token, "scope": scope, "refresh_token": refresh}
    )


async def revoke(request: Request) -> Response:
    form = await read_form(request)
    try:
        _check(request, form)
    except Denied as denied:
        raise _refusal(denied) from denied
    return JSONResponse({"revoked": withdraw(world_of(request), "x", form.text("token"))})


def _check(request: Request, form: Form) -> None:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise Denied("unauthorized_client", "Missing valid authorization header")
    try:
        client, _, secret = base64.b64decode(shown).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Denied("unauthorized_client", "Missing valid authorization header") from None
    check_app("x", client, secret)


def _refusal(denied: Denied) -> Refusal:
    """X says `invalid_request` of codes and tokens that do not hold."""
    if denied.error == "invalid_grant":
        kind = "token" if "token" in denied.description else "authorization code"
        return Refusal(400, {"error": "invalid_request", "error_description": f"Value passed for the {kind} was invalid."})
    status = 401 if denied.error in ("invalid_client", "unauthorized_client") else 400
    return Refusal(status, {"error": denied.error, "error_description": denied.description})
