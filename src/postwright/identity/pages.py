"""Sign-in, sign-up and sign-out, and the switch between workspaces."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from postwright.db.session import VISITOR, transaction
from postwright.edge.addresses import inside
from postwright.edge.callers import my_workspaces
from postwright.edge.context import Signed
from postwright.edge.render import fragment, public_page
from postwright.edge.state import state_of
from postwright.errors import NotFound, PostwrightError
from postwright.identity import store
from postwright.identity.cookies import end_session, from_here, set_session, visit_of
from postwright.identity.register import register
from postwright.identity.sign_in import open_session, sign_in
from postwright.kit.time import zone_names

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def sign_in_form(request: Request, next: str = "/today") -> Response:
    return public_page(request, "identity/sign_in.html", title="Sign in", error=None, email="", next=inside(next), place=_place(request))


@router.post("/sign-in")
async def sign_in_submit(
    request: Request, email: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/today"
) -> Response:
    from_here(request)
    state = state_of(request)
    try:
        opened = await sign_in(state.pool, email=email, password=password, visit=visit_of(request), now=state.clock())
    except PostwrightError as error:
        known = {"email": email, "next": inside(next), "place": _place(request)}
        return public_page(request, "identity/sign_in.html", error.status, title="Sign in", error=error.message, **known)
    return set_session(RedirectResponse(inside(next), 303), state, opened)


@router.get("/sign-up")
async def sign_up_form(request: Request) -> Response:
    return public_page(request, "identity/sign_up.html", title="Create an account", errors={}, values={})


@router.post("/sign-up")
async def sign_up_submit(
    request: Request,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    timezone: Annotated[str, Form()] = "UTC",
) -> Response:
    from_here(request)
    state = state_of(request)
    zone = timezone if timezone in zone_names() else "UTC"
    try:
        user = await register(state.pool, email=email, password=password, name=name, zone=zone)
    except PostwrightError as error:
        kept = {"email": email, "name": name}
        errors = {error.field or "email": error.message}
        return public_page(request, "identity/sign_up.html", error.status, title="Create an account", errors=errors, values=kept)
    async with transaction(state.pool, VISITOR) as db:
        opened = await open_session(db, user, visit_of(request), state.clock())
    return set_session(RedirectResponse("/today", 303), state, opened)


@router.post("/sign-out")
async def sign_out_submit(ctx: Signed) -> Response:
    await store.end_session(ctx.db, session=ctx.caller.session, user=ctx.caller.user_id, now=ctx.now)
    return end_session(RedirectResponse("/sign-in", 303), ctx.state)


@router.get("/workspaces/menu")
async def workspace_menu(ctx: Signed) -> Response:
    return fragment(ctx, "identity/_workspaces.html", workspaces=await my_workspaces(ctx.db, ctx.actor))


@router.post("/workspaces/{workspace}/open")
async def open_workspace(ctx: Signed, workspace: UUID) -> Response:
    if workspace not in {each.id for each in await my_workspaces(ctx.db, ctx.actor)}:
        raise NotFound("There is no such workspace, or it is not yours.")
    await store.look_at_workspace(ctx.db, session=ctx.caller.session, user=ctx.caller.user_id, workspace=workspace)
    return RedirectResponse("/today", 303)


def _place(request: Request) -> str:
    """The host that this server is known by; never what a request says of itself."""
    return urlsplit(state_of(request).settings.base_url).netloc
