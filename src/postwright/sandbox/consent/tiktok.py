"""TikTok: developers.tiktok.com (Login Kit, token management v2), read in November 2026. Refusals come with status 200."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import accounts, ids
from postwright.sandbox.consent.grants import Denied, check_app, redeem, renew, withdraw
from postwright.sandbox.consent.page import Authorize
from postwright.sandbox.wire import Form, read_form
from postwright.sandbox.world import world_of

AUTHORIZE = Authorize("tiktok", "TikTok", client="client_key", splits=",", needs_pkce=True)
ACCESS_LIVES, REFRESH_LIVES = 86_400, 365 * 86_400


async def token(request: Request) -> Response:
    form = await read_form(request)
    try:
        return _answer(request, form)
    except Denied as denied:
        return _refused(denied)


def _answer(request: Request, form: Form) -> Response:
    world = world_of(request)
    check_app("tiktok", form.text("client_key"), form.text("client_secret"))
    kind = form.text("grant_type")
    if kind == "client_credentials":
        return JSONResponse({"access_token": ids.secret("clt"), "expires_in": 7_200, "token_type": "Bearer"})
    if kind == "refresh_token":
        account, access, refresh = renew(world, "tiktok", form.text("refresh_token"), ACCESS_LIVES, rotates=True)
        scope = access.scope
    else:
        allowed = redeem(world, "tiktok", form.text("code"), form.text("redirect_uri"), form.text("code_verifier"), hexadecimal=True)
        account, scope = allowed.accounts[0], allowed.scope
        access, fresh = accounts.issue(world, account, ACCESS_LIVES, scope)
        refresh = fresh.token
    return JSONResponse(
        {
            "access_token": access.token, "expires_in": ACCESS_LIVES, "open_id": account.id, "refresh_expires_in": REFRESH_LIVES,
            "refresh_token": refresh, "scope": scope, "token_type": "Bearer",
        }
    )  # fmt: skip


async def revoke(request: Request) -> Response:
    form = await read_form(request)
    try:
        check_app("tiktok", form.text("client_key"), form.text("client_secret"))
    except Denied as denied:
        return _refused(denied)
    if not withdraw(world_of(request), "tiktok", form.text("token")):
        return _refused(Denied("invalid_grant", "The access token is not valid"))
    return JSONResponse({})


def _refused(denied: Denied) -> Response:
    return JSONResponse({"error": denied.error, "error_description": denied.description, "log_id": ids.letters(20).upper()})
