"""Settings > By e-mail: which notices come by letter."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import PERSON, READ, needs
from postwright.edge.context import Signed
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput
from postwright.notices import ways
from postwright.notices.models import Kind

router = page_router()


@router.get("/settings/notices")
@needs(READ)
async def ways_page(ctx: Signed) -> Response:
    return page(
        ctx, "settings/notices.html", title="Notices by e-mail", ways=await ways.ways(ctx.db, ctx.actor), sends=ctx.state.mailer.sends
    )


@router.post("/settings/notices")
@needs(PERSON)
async def save_ways(ctx: Signed, kind: Annotated[list[str] | None, Form()] = None, none: Annotated[str, Form()] = "") -> Response:
    """What is ticked comes by e-mail, nothing else; the button `none` unticks all."""
    wanted = [] if none else kind or []
    if unknown := set(wanted) - set(Kind):
        raise InvalidInput(f"There is no notice “{min(unknown)[:40]}”.", field="kind", rule="known")
    await ways.choose_all(ctx.db, ctx.actor, [Kind(each) for each in wanted])
    return RedirectResponse("/settings/notices?said=saved", 303)
