"""Threads login: a page on which a person clicks Allow, a code for a token of an hour, that for one of 60 days."""

from __future__ import annotations

import hmac
import html
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.accounts import issue
from postwright.sandbox.records import Account, Handle
from postwright.sandbox.threads.answers import PLATFORM
from postwright.sandbox.wire import Form, Refusal, read_form
from postwright.sandbox.world import BadToken, World, whose, world_of

CLIENT_ID, CLIENT_SECRET = "sandbox-threads", "sandbox-secret"  # of the pretend internet
CODE_LIVES, SHORT, LONG = 3600, 3600, 5_184_000


def _flat(status: int, code: int, message: str) -> Refusal:
    """An error of the token endpoint: flat, unlike Graph's."""
    return Refusal(status, {"error_type": "OAuthException", "code": code, "error_message": message})


async def authorize(request: Request) -> Response:
    """The page: what the app asks for, and whose account it is to get."""
    query = request.query_params
    if query.get("client_id") != CLIENT_ID or not query.get("redirect_uri"):
        raise _flat(400, 101, "Invalid client_id or redirect_uri")
    hidden = "".join(f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">' for k, v in query.items())
    asked = "".join(f"<li>{html.escape(scope)}</li>" for scope in query.get("scope", "").split(","))
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Threads (sandbox)</title><h1>Postwright asks for access</h1>'
        f'<p>This is a pretend Threads: nothing leaves this machine.</p><ul>{asked}</ul><form method="post">{hidden}'
        '<label>Account <input name="account" required></label> <button name="answer" value="allow">Allow</button>'
        ' <button name="answer" value="cancel" formnovalidate>Cancel</button></form></html>'
    )


async def decide(request: Request) -> Response:
    """What the person clicked, taken back to the app."""
    world, form = world_of(request), await read_form(request)
    target = form.text("redirect_uri") or ""
    if form.text("client_id") != CLIENT_ID or not target:
        raise _flat(400, 101, "Invalid client_id or redirect_uri")
    state = {"state": form.text("state") or ""}
    if form.text("answer") != "allow":
        refused = {"error": "access_denied", "error_reason": "user_denied", "error_description": "The user denied your request"}
        return RedirectResponse(f"{target}?{urlencode({**refused, **state})}", 302)
    account = world.ledger.account_named(PLATFORM, form.text("account") or "")
    if account is None:
        raise _flat(400, 101, "There is no such account in the sandbox")
    return RedirectResponse(f"{target}?{urlencode({'code': make_code(world, account, target), **state})}", 302)


def make_code(world: World, account: Account, redirect_uri: str) -> str:
    """A code that stands for the account once, within an hour."""
    code, now = ids.letters(48), world.clock()
    world.ledger.keep(Handle(PLATFORM, f"code:{code}", account.id, "code", now, {"redirect_uri": redirect_uri}, None, now + CODE_LIVES))
    return code


async def code_for_token(request: Request) -> Response:
    world, form = world_of(request), await read_form(request)
    _check_app(form)
    handle = world.ledger.handle(PLATFORM, f"code:{form.text('code')}")
    if handle is None or handle.body.get("used") or world.clock() >= (handle.expires_at or 0):
        raise _flat(400, 400, "This authorization code has expired or has been used")
    if handle.body["redirect_uri"] != form.text("redirect_uri"):
        raise _flat(400, 400, "Error validating verification code: the redirect_uri is not the one of the authorization")
    world.ledger.change(handle, used=True)
    account = world.ledger.account(handle.account_id)
    assert account is not None
    return JSONResponse({"access_token": _token(world, account, SHORT)["access_token"], "user_id": account.id})


async def lengthen(request: Request) -> Response:
    world, form = world_of(request), await read_form(request)
    if not hmac.compare_digest(form.text("client_secret") or "", CLIENT_SECRET):
        raise graph.problem(400, 1, "Error validating client secret.")
    return JSONResponse(_token(world, _holder(world, form, "th_exchange_token"), LONG))


async def refresh(request: Request) -> Response:
    world, form = world_of(request), await read_form(request)
    return JSONResponse(_token(world, _holder(world, form, "th_refresh_token"), LONG))


def _holder(world: World, form: Form, grant: str) -> Account:
    if form.text("grant_type") != grant:
        raise graph.bad_parameter(f"The parameter grant_type must be {grant}")
    found = whose(world, form.text("access_token"), PLATFORM)
    if isinstance(found, BadToken):
        raise graph.problem(400, 190, f"Error validating access token: the token is {found.why}", subcode=463)
    return found


def _token(world: World, account: Account, lasts: int) -> dict[str, Any]:
    return {"access_token": issue(world, account, lasts)[0].token, "token_type": "bearer", "expires_in": lasts}


def _check_app(form: Form) -> None:
    if form.text("client_id") != CLIENT_ID:
        raise _flat(400, 101, "Invalid client_id")
    if not hmac.compare_digest(form.text("client_secret") or "", CLIENT_SECRET):
        raise _flat(400, 101, "Invalid client_secret")
