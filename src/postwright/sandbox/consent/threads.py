"""Threads login: the code is exchanged for a token of an hour, that for one of 60 days, which is renewed while it lives.

https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions and /long-lived-tokens, read in November
2026: no PKCE, no refresh token; the token endpoint words its errors flatly, the others as Graph does.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import accounts, graph
from postwright.sandbox.consent.grants import Denied, check_app, client_of, redeem
from postwright.sandbox.consent.page import Authorize
from postwright.sandbox.records import Account
from postwright.sandbox.wire import Form, Refusal, read_form
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "threads"
AUTHORIZE = Authorize(PLATFORM, "Threads", splits=",")
HOUR, LONG = 3_600, 60 * 86_400


async def short_token(request: Request) -> Response:
    """A code for a token that lives an hour."""
    world, form = world_of(request), await read_form(request)
    try:
        check_app(PLATFORM, form.text("client_id"), form.text("client_secret"))
        allowed = redeem(world, PLATFORM, form.text("code"), form.text("redirect_uri"), None)
    except Denied as denied:
        raise _flat(denied) from denied
    account = allowed.accounts[0]
    return JSONResponse({"access_token": _token(world, account, HOUR, allowed.scope)["access_token"], "user_id": account.id})


async def long_token(request: Request) -> Response:
    """An hour's token for one of 60 days."""
    world, form = world_of(request), await read_form(request)
    try:
        check_app(PLATFORM, client_of(PLATFORM), form.text("client_secret"))
    except Denied as denied:
        raise graph.problem(400, 1, "Error validating client secret.") from denied
    return JSONResponse(_token(world, *_holder(world, form, "th_exchange_token")))


async def refresh_token(request: Request) -> Response:
    """A token of 60 days for a fresh one."""
    world, form = world_of(request), await read_form(request)
    return JSONResponse(_token(world, *_holder(world, form, "th_refresh_token")))


def _flat(denied: Denied) -> Refusal:
    if denied.error != "invalid_client":
        return _problem(400, f"Error validating verification code: {denied.description}")
    return _problem(101, "Invalid client_secret" if "secret" in denied.description else "Invalid client_id")


def _problem(code: int, message: str) -> Refusal:
    return Refusal(400, {"error_type": "OAuthException", "code": code, "error_message": message})


def _holder(world: World, form: Form, grant: str) -> tuple[Account, int, str]:
    """Whose token it is, how long the next one lasts, and what it may do."""
    if form.text("grant_type") != grant:
        raise graph.bad_parameter(f"The parameter grant_type must be {grant}")
    token = form.text("access_token") or ""
    found, before = whose(world, token, PLATFORM), world.ledger.token(token)
    if isinstance(found, BadToken) or before is None:
        why = found.why if isinstance(found, BadToken) else "unknown"
        raise graph.problem(400, 190, f"Error validating access token: the token is {why}", subcode=463)
    return found, LONG, before.scope


def _token(world: World, account: Account, lasts: int, scope: str) -> dict[str, Any]:
    return {"access_token": accounts.issue(world, account, lasts, scope)[0].token, "token_type": "bearer", "expires_in": lasts}
