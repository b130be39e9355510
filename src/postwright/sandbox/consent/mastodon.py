"""The Mastodon server: docs.joinmastodon.org/methods/{apps,oauth}, read in November 2026. Tokens do not expire."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import accounts
from postwright.sandbox.consent.grants import SECRET, Denied, check_app, client_of, redeem, withdraw
from postwright.sandbox.consent.page import Authorize
from postwright.sandbox.mastodon.shapes import HOST as HOST
from postwright.sandbox.wire import Refusal, read_form
from postwright.sandbox.world import world_of

AUTHORIZE = Authorize("mastodon", "Mastodon")
FOR_EVER = 3_650 * 86_400


async def register(request: Request) -> Response:
    form = await read_form(request)
    if not form.text("client_name") or not form.text("redirect_uris"):
        raise Refusal(422, {"error": "Validation failed: Application name can't be blank, Redirect URI can't be blank"})
    return JSONResponse(
        {
            "id": "1", "name": form.text("client_name"), "website": form.text("website"), "scopes": (form.text("scopes") or "read").split(),
            "redirect_uri": form.text("redirect_uris"), "client_id": client_of("mastodon"), "client_secret": SECRET,
            "client_secret_expires_at": 0,
        }
    )  # fmt: skip


async def token(request: Request) -> Response:
    world, form = world_of(request), await read_form(request)
    try:
        check_app("mastodon", form.text("client_id"), form.text("client_secret"))
        allowed = redeem(world, "mastodon", form.text("code"), form.text("redirect_uri"), form.text("code_verifier"))
    except Denied as denied:
        status = 401 if denied.error == "invalid_client" else 400
        raise Refusal(status, {"error": denied.error, "error_description": denied.description}) from denied
    access, _ = accounts.issue(world, allowed.accounts[0], FOR_EVER, allowed.scope)
    return JSONResponse({"access_token": access.token, "token_type": "Bearer", "scope": allowed.scope, "created_at": int(world.clock())})


async def revoke(request: Request) -> Response:
    form = await read_form(request)
    try:
        check_app("mastodon", form.text("client_id"), form.text("client_secret"))
    except Denied as denied:
        said = "You are not authorized to revoke this token"
        raise Refusal(403, {"error": "unauthorized_client", "error_description": said}) from denied
    withdraw(world_of(request), "mastodon", form.text("token"))
    return JSONResponse({})
