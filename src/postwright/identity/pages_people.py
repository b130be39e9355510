"""Settings > People: for whoever runs this server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import PERSON, needs
from postwright.edge.context import Context, Signed
from postwright.edge.paging import Cursor
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput
from postwright.identity import people, register, store
from postwright.identity.clerk import closed_list

router = page_router()


@dataclass(frozen=True, slots=True)
class Handed:
    """A link just made, to be handed over."""

    name: str
    url: str
    does: str


_OPEN = {"": None, "open": True, "closed": False}


@router.get("/settings/people")
async def people_page(ctx: Signed, q: str = "", after: str | None = None) -> Response:
    return await _people(ctx, q=q, after=after)


@router.post("/settings/people/sign-up")
@needs(PERSON)
async def set_sign_up(ctx: Signed, rule: Annotated[str, Form()] = "") -> Response:
    people.require_operator(ctx.caller)
    if rule not in _OPEN:
        raise InvalidInput("Sign-up is open or closed.", field="rule", rule="known")
    async with closed_list(ctx) as db:
        await store.set_sign_up(db, ctx.caller.user_id, open=_OPEN[rule])
    return _saved()


@router.post("/settings/people/{person}/deactivate")
@needs(PERSON)
async def deactivate(ctx: Signed, person: UUID) -> Response:
    return await _set_active(ctx, person, active=False)


@router.post("/settings/people/{person}/activate")
@needs(PERSON)
async def activate(ctx: Signed, person: UUID) -> Response:
    return await _set_active(ctx, person, active=True)


@router.post("/settings/people/{person}/reset-link")
@needs(PERSON)
async def reset_link(ctx: Signed, person: UUID) -> Response:
    people.require_operator(ctx.caller)
    async with closed_list(ctx) as db:
        path = await people.make_reset_link(db, ctx.caller.user_id, person, now=ctx.now)
        known = await store.account(db, person)
    does = "sets a new password, once, within an hour, and ends all sessions"
    return await _people(ctx, handed=Handed(known.email if known else "", ctx.state.settings.base_url + path, does))


@router.post("/settings/people/{person}/sign-in-link")
@needs(PERSON)
async def sign_in_link(ctx: Signed, person: UUID) -> Response:
    people.require_operator(ctx.caller)
    async with closed_list(ctx) as db:
        path = await people.make_sign_in_link(db, ctx.caller.user_id, person, now=ctx.now)
        known = await store.account(db, person)
    return await _people(
        ctx, handed=Handed(known.email if known else "", ctx.state.settings.base_url + path, "signs in, once, within a day")
    )


async def _people(ctx: Context, *, q: str = "", after: str | None = None, handed: Handed | None = None) -> Response:
    people.require_operator(ctx.caller)
    async with closed_list(ctx) as db:
        found = await people.list_people(db, ctx.caller.user_id, sought=q, after=Cursor.parse(after))
        decided, is_open = await store.sign_up_open(db), await register.is_open(db, ctx.state.settings)
    more = f"/settings/people?{urlencode({'q': q, 'after': found.next})}" if found.next else None
    return page(
        ctx, "settings/people.html", title="People", people=found.items, q=q, next=more, handed=handed, decided=decided, is_open=is_open,
        sends=ctx.state.mailer.sends,
    )  # fmt: skip


async def _set_active(ctx: Context, person: UUID, *, active: bool) -> Response:
    people.require_operator(ctx.caller)
    async with closed_list(ctx) as db:
        await people.set_active(db, ctx.caller.user_id, person, active=active)
    return _saved()


def _saved() -> RedirectResponse:
    return RedirectResponse("/settings/people?said=saved", 303)
