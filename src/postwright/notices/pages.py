"""The notifications centre, and the bell in the frame of every page."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import PERSON, READ, needs
from postwright.edge.addresses import inside
from postwright.edge.context import Signed
from postwright.edge.paging import Cursor
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.notices import pages_ways, read

router = page_router()
router.include_router(pages_ways.router)

_A_PAGE = 30


@router.get("/notifications")
@needs(READ)
async def notifications_page(ctx: Signed, show: str = "", after: str = "") -> Response:
    unread_only = show == "unread"
    found = await read.list_notices(ctx.db, ctx.actor, unread=unread_only, after=Cursor.parse(after), limit=_A_PAGE)
    return page(
        ctx, "settings/notifications.html", title="Notifications", notices=found.items, next=found.next, unread_only=unread_only,
        unread=await read.count_unread(ctx.db, ctx.actor), most=read.MOST,
        elsewhere=await read.elsewhere(ctx.db, ctx.actor), later=bool(after),
    )  # fmt: skip


@router.get("/notifications/_bell")
@needs(READ)
async def bell(ctx: Signed) -> Response:
    """The number at the bell."""
    return fragment(ctx, "notices/_bell.html", unread=await read.count_unread(ctx.db, ctx.actor), most=read.MOST)


@router.post("/notifications/read")
@needs(PERSON)
async def read_all(ctx: Signed, show: Annotated[str, Form()] = "") -> Response:
    await read.read_all(ctx.db, ctx.actor, now=ctx.now)
    return _back(show)


@router.post("/notifications/{id}/read")
@needs(PERSON)
async def read_one(ctx: Signed, id: UUID, show: Annotated[str, Form()] = "") -> Response:
    await read.read_notice(ctx.db, ctx.actor, id, now=ctx.now)
    return _back(show)


@router.post("/notifications/{id}/open")
@needs(PERSON)
async def open_one(ctx: Signed, id: UUID) -> Response:
    """Where it leads; it is read from here on."""
    opened = await read.read_notice(ctx.db, ctx.actor, id, now=ctx.now)
    return RedirectResponse(inside(opened.link or "", "/notifications"), 303)


def _back(show: str) -> Response:
    return RedirectResponse("/notifications?show=unread" if show == "unread" else "/notifications", 303)
