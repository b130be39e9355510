"""Google: developers.google.com/identity/protocols/oauth2/web-server, read in November 2026. A refresh token holds and stays the same."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import accounts
from postwright.sandbox.consent.grants import Denied, check_app, redeem, renew, withdraw
from postwright.sandbox.consent.page import Authorize
from postwright.sandbox.wire import Form, Refusal, read_form
from postwright.sandbox.world import world_of

AUTHORIZE = Authorize("youtube", "YouTube")
ACCESS_LIVES = 3_599


async def token(request: Request) -> Response:
    form = await read_form(request)
    try:
        return _answer(request, form)
    except Denied as denied:
        status = 401 if denied.error == "invalid_client" else 400
        raise Refusal(status, {"error": denied.error, "error_description": denied.description}) from denied


def _answer(request: Request, form: Form) -> Response:
    world = world_of(request)
    check_app("youtube", form.text("client_id"), form.text("client_secret"))
    if form.text("grant_type") == "refresh_token":
        _, access, _ = renew(world, "youtube", form.text("refresh_token"), ACCESS_LIVES, rotates=False)
        return JSONResponse(_told(access.token, access.scope))
    allowed = redeem(world, "youtube", form.text("code"), form.text("redirect_uri"), form.text("code_verifier"))
    access, refresh = accounts.issue(world, allowed.accounts[0], ACCESS_LIVES, allowed.scope)
    told = {**_told(access.token, allowed.scope), "refresh_token": refresh.token}
    return JSONResponse({**told, "id_token": _id_token(allowed.accounts[0].id)} if "openid" in allowed.scope.split() else told)


async def revoke(request: Request) -> Response:
    form = await read_form(request)
    if not withdraw(world_of(request), "youtube", form.text("token")):
        raise Refusal(400, {"error": "invalid_token", "error_description": "Token expired or revoked"})
    return JSONResponse({})


def _id_token(person: str) -> str:
    """Who signed in. Its signature is none: whoever has it from here knows where it came from."""
    parts = ({"alg": "none", "typ": "JWT"}, {"iss": "https://accounts.google.com", "sub": person})
    return ".".join([*(urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts), ""])


def _told(access: str, scope: str) -> dict[str, object]:
    return {"access_token": access, "expires_in": ACCESS_LIVES, "scope": scope, "token_type": "Bearer"}
