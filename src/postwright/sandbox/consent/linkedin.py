"""LinkedIn: learn.microsoft.com/linkedin/shared/authentication (code flow, programmatic refresh), read in November 2026."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import accounts
from postwright.sandbox.consent.grants import Denied, check_app, redeem, renew, withdraw
from postwright.sandbox.consent.page import Authorize
from postwright.sandbox.wire import Form, Refusal, read_form
from postwright.sandbox.world import world_of

AUTHORIZE = Authorize("linkedin", "LinkedIn", splits=",")
ACCESS_LIVES, REFRESH_LIVES = 60 * 86_400, 365 * 86_400


async def token(request: Request) -> Response:
    form = await read_form(request)
    try:
        return _answer(request, form)
    except Denied as denied:
        raise _refusal(denied) from denied


def _answer(request: Request, form: Form) -> Response:
    world = world_of(request)
    check_app("linkedin", form.text("client_id"), form.text("client_secret"))
    if form.text("grant_type") == "refresh_token":
        _, access, refresh = renew(world, "linkedin", form.text("refresh_token"), ACCESS_LIVES, rotates=False)
        scope = access.scope.replace(" ", ",")
    else:
        allowed = redeem(world, "linkedin", form.text("code"), form.text("redirect_uri"), None)
        access, fresh = accounts.issue(world, allowed.accounts[0], ACCESS_LIVES, allowed.scope)
        refresh, scope = fresh.token, allowed.scope
    return JSONResponse(
        {
            "access_token": access.token, "expires_in": ACCESS_LIVES, "refresh_token": refresh, "refresh_token_expires_in": REFRESH_LIVES,
            "scope": scope, "token_type": "Bearer",
        }
    )  # fmt: skip


async def revoke(request: Request) -> Response:
    form = await read_form(request)
    withdraw(world_of(request), "linkedin", form.text("token"))
    return JSONResponse({})


def _refusal(denied: Denied) -> Refusal:
    if denied.error == "invalid_grant" and "code" in denied.description:
        said = "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or the code expired."
        return Refusal(400, {"error": "invalid_request", "error_description": said})
    return Refusal(401 if denied.error == "invalid_client" else 400, {"error": denied.error, "error_description": denied.description})
