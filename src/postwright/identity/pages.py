"""Sign-in, sign-up and sign-out, and the links of letters."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response

from postwright.db.session import VISITOR, transaction
from postwright.edge.access import OPEN, PERSON, needs
from postwright.edge.addresses import inside
from postwright.edge.context import Signed
from postwright.edge.render import public_page
from postwright.edge.routes import page_router
from postwright.edge.state import state_of
from postwright.errors import PostwrightError
from postwright.identity import links, pages_people, pages_settings, register, reset, store, verify
from postwright.identity.after import after
from postwright.identity.cookies import end_session, from_here, set_session, visit_of
from postwright.identity.models import LetterLink, Purpose
from postwright.identity.sign_in import sign_in

router = page_router()
router.routes += [*pages_settings.router.routes, *pages_people.router.routes]

_Text = Annotated[str, Form(max_length=1000)]


# In and out


@router.get("/sign-in")
async def sign_in_form(request: Request, next: str = "/today", email: str = "") -> Response:
    return _sign_in(request, email=email[:255], next=next)


@router.post("/sign-in")
@needs(OPEN)
async def sign_in_submit(request: Request, email: _Text = "", password: _Text = "", next: _Text = "/today") -> Response:
    from_here(request)
    state = state_of(request)
    try:
        opened = await sign_in(state.pool, email=email, password=password, visit=visit_of(request), now=state.clock())
    except PostwrightError as error:
        return _sign_in(request, error.status, error=error.message, email=email, next=next)
    return set_session(RedirectResponse(inside(next), 303), state, opened)


@router.post("/sign-out")
@needs(PERSON)
async def sign_out_submit(ctx: Signed) -> Response:
    await store.end_session(ctx.db, session=ctx.caller.session, user=ctx.caller.user_id, now=ctx.now)
    return end_session(RedirectResponse("/sign-in?said=signed_out", 303), ctx.state)


def _sign_in(request: Request, status: int = 200, *, error: str | None = None, email: str, next: str) -> Response:
    place = urlsplit(state_of(request).settings.base_url).netloc  # never what a request says of itself
    return public_page(
        request, "identity/sign_in.html", status, title="Sign in", error=error, email=email, next=inside(next), place=place
    )  # fmt: skip


# An account


@router.get("/sign-up")
async def sign_up_form(request: Request, next: str = "", email: str = "") -> Response:
    return await _sign_up(request, values={"email": email[:255], "next": inside(next, "")})


@router.post("/sign-up")
@needs(OPEN)
async def sign_up_submit(
    request: Request, email: _Text = "", password: _Text = "", name: _Text = "", timezone: _Text = "UTC", next: _Text = ""
) -> Response:
    from_here(request)
    state = state_of(request)
    try:
        wanted = register.wish(email, name, timezone, inside(next, ""))
        opened = await register.sign_up(state, after(request), wanted, password, visit_of(request))
    except PostwrightError as error:
        kept = {"email": email, "name": name, "next": inside(next, "")}
        return await _sign_up(request, error.status, values=kept, errors={error.field or "form": error.message})
    if opened is None:
        return public_page(request, "identity/look.html", title="Look into your mail", email=wanted.email)
    return set_session(RedirectResponse(inside(wanted.next), 303), state, opened)


async def _sign_up(request: Request, status: int = 200, *, values: dict[str, str], errors: dict[str, str] | None = None) -> Response:
    state = state_of(request)
    async with transaction(state.pool, VISITOR) as db:
        is_open = await register.is_open(db, state.settings) or "/invitations/" in values.get("next", "")
    return public_page(
        request, "identity/sign_up.html", status, title="Create an account", errors=errors or {}, values=values, is_open=is_open,
        sends=state.mailer.sends,
    )  # fmt: skip


@router.get("/verify")
async def verify_form(request: Request, token: str = "") -> Response:
    link = await links.look_at(state_of(request).pool, token)
    if link and link.purpose == Purpose.ADDRESS and await verify.caller_of(request) is None:
        return RedirectResponse(f"/sign-in?next={quote(f'/verify?token={token}', safe='')}", 303)
    return _verify(request, token, link)


@router.post("/verify")
@needs(OPEN)
async def verify_submit(request: Request, token: _Text = "", name: _Text = "", password: _Text = "") -> Response:
    from_here(request)
    state = state_of(request)
    try:
        done = await verify.verify(request, token, name=name, password=password)
    except PostwrightError as error:
        link = await links.look_at(state.pool, token)
        return _verify(request, token, link, error.status, {error.field or "form": error.message}, name)
    answer = RedirectResponse(inside(done.next) if done.session else "/settings?said=saved", 303)
    return set_session(answer, state, done.session) if done.session else answer


def _verify(
    request: Request, token: str, link: LetterLink | None, status: int = 200, errors: dict[str, str] | None = None, name: str = ""
) -> Response:
    """What the link is for; one that opens nothing says so with 410."""
    known = link if link and link.purpose != Purpose.RESET else None
    return public_page(
        request, "identity/verify.html", status if known else 410, title="Verify your address", token=token, link=known,
        errors=errors or {}, name=name or (known.full_name if known else "") or "",
    )  # fmt: skip


# A new password


@router.get("/forgot")
async def forgot_form(request: Request) -> Response:
    return public_page(request, "identity/forgot.html", title="A new password", said=None, errors={}, email="")


@router.post("/forgot")
@needs(OPEN)
async def forgot_submit(request: Request, email: _Text = "") -> Response:
    from_here(request)
    try:
        said = await reset.ask(request, email)
    except PostwrightError as error:
        errors = {"email": error.message}
        return public_page(request, "identity/forgot.html", error.status, title="A new password", said=None, errors=errors, email=email)
    return public_page(request, "identity/forgot.html", title="A new password", said=said, errors={}, email=email)


@router.get("/reset")
async def reset_form(request: Request, token: str = "") -> Response:
    link = await links.look_at(state_of(request).pool, token)
    return _reset(request, token, link)


@router.post("/reset")
@needs(OPEN)
async def reset_submit(request: Request, token: _Text = "", password: _Text = "") -> Response:
    from_here(request)
    state = state_of(request)
    try:
        await verify.take_turn(request)
        opened = await reset.reset(state.pool, token, password, visit=visit_of(request), now=state.clock())
    except PostwrightError as error:
        return _reset(request, token, await links.look_at(state.pool, token), error.status, {error.field or "form": error.message})
    return set_session(RedirectResponse("/today", 303), state, opened)


def _reset(request: Request, token: str, link: LetterLink | None, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    known = link if link and link.purpose == Purpose.RESET else None
    return public_page(
        request, "identity/reset.html", status if known else 410, title="A new password", token=token, link=known, errors=errors or {}
    )  # fmt: skip
