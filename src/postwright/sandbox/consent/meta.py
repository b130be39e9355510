"""Instagram and Facebook: the business login and the manual flow of Facebook login, read in November 2026.

A person's token at Facebook is none of a Page: it lists the Pages, each with a token of its own.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import accounts, graph, ids
from postwright.sandbox.consent.grants import Denied, check_app, redeem
from postwright.sandbox.consent.page import Authorize
from postwright.sandbox.facebook import reading
from postwright.sandbox.records import Handle
from postwright.sandbox.wire import Refusal, bearer, read_form
from postwright.sandbox.world import BadToken, World, whose, world_of

INSTAGRAM = Authorize("instagram", "Instagram", splits=",")
FACEBOOK = Authorize("facebook", "Facebook", many=True, splits=",")
HOUR, LONG = 3_600, 60 * 86_400
FOR_EVER = 3_650 * 86_400


# Instagram


async def short_token(request: Request) -> Response:
    world, form = world_of(request), await read_form(request)
    try:
        check_app("instagram", form.text("client_id"), form.text("client_secret"))
        allowed = redeem(world, "instagram", form.text("code"), form.text("redirect_uri"), None)
    except Denied as denied:
        said = {"invalid_client": "Invalid platform app"}.get(denied.error, "Matching code was not found or was already used")
        raise Refusal(400, {"error_type": "OAuthException", "code": 400, "error_message": said}) from denied
    account = allowed.accounts[0]
    access, _ = accounts.issue(world, account, HOUR, allowed.scope)
    return JSONResponse({"data": [{"access_token": access.token, "user_id": account.id, "permissions": allowed.scope}]})


async def long_token(request: Request) -> Response:
    """An hour's token for one of 60 days."""
    query = request.query_params
    try:
        check_app("instagram", "sandbox-instagram", query.get("client_secret"))
    except Denied as denied:
        raise graph.problem(400, 101, "Error validating application. Invalid client secret.") from denied
    return _long(request, query.get("grant_type") == "ig_exchange_token")


async def refresh_token(request: Request) -> Response:
    return _long(request, request.query_params.get("grant_type") == "ig_refresh_token")


def _long(request: Request, right: bool) -> Response:
    world = world_of(request)
    token = request.query_params.get("access_token") or ""
    found, before = whose(world, token, "instagram"), world.ledger.token(token)
    if not right or isinstance(found, BadToken) or before is None:
        raise graph.problem(400, 190, "Error validating access token: Session has expired or was invalidated.")
    access, _ = accounts.issue(world, found, LONG, before.scope)
    return JSONResponse({"access_token": access.token, "token_type": "bearer", "expires_in": LONG})


# Facebook


async def user_token(request: Request) -> Response:
    """A code, or a short token, for a person's token; an app's own token."""
    world, query = world_of(request), request.query_params
    try:
        check_app("facebook", query.get("client_id"), query.get("client_secret"))
    except Denied as denied:
        message = "Error validating client secret." if "secret" in denied.description else "Error validating application."
        raise graph.problem(400, 1 if "secret" in denied.description else 101, message) from denied
    match query.get("grant_type"):
        case "client_credentials":
            return JSONResponse({"access_token": f"sandbox-facebook|{ids.letters(20)}", "token_type": "bearer"})
        case "fb_exchange_token":
            person = _person(world, query.get("fb_exchange_token"))
            return _person_token(world, list(person.body["accounts"]), str(person.body["scope"]), LONG)
    try:
        allowed = redeem(world, "facebook", query.get("code"), query.get("redirect_uri"), None)
    except Denied as denied:
        raise graph.problem(400, 100, "This authorization code has been used, has expired or does not match.", subcode=36009) from denied
    return _person_token(world, [each.id for each in allowed.accounts], allowed.scope, HOUR)


async def permissions(request: Request) -> Response:
    person = _person(world_of(request), bearer(request) or request.query_params.get("access_token"))
    asked = accounts.SCOPES["facebook"].split()
    kept = str(person.body["scope"]).split(",")
    names = list(dict.fromkeys([*kept, *asked]))
    return JSONResponse({"data": [{"permission": name, "status": "granted" if name in kept else "declined"} for name in names]})


async def pages(request: Request) -> Response:
    """The Pages of a person's token; a Page's token knows only its own."""
    world, token = world_of(request), bearer(request) or request.query_params.get("access_token")
    if (person := world.ledger.handle("facebook", token or "")) is None:
        return await reading.list_pages(request)
    graph.check_version(request)
    told = []
    for name in person.body["accounts"]:
        if page := world.ledger.account(name):
            access, _ = accounts.issue(world, page, FOR_EVER, str(person.body["scope"]))
            told.append(
                {
                    "id": page.id, "name": page.display_name, "username": page.handle, "access_token": access.token,
                    "tasks": ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MODERATE"], "followers_count": page.followers,
                }
            )  # fmt: skip
    return JSONResponse(graph.page_of(told))


def _person_token(world: World, names: list[str], scope: str, lasts: int) -> Response:
    token, now = ids.secret("sandbox-facebook-person"), world.clock()
    body = {"accounts": names, "scope": scope}
    world.ledger.keep(Handle("facebook", token, names[0], "person", now, body, expires_at=now + lasts))
    return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": lasts})


def _person(world: World, token: str | None) -> Handle:
    found = world.ledger.handle("facebook", token or "")
    if found is None or found.kind != "person" or (found.expires_at or 0) <= world.clock():
        raise graph.problem(401, 190, "Error validating access token: Session has expired")
    return found
