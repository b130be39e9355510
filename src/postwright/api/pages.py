"""The pages about the API that everybody may read."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from postwright.api.catalogue import catalogue
from postwright.edge.access import OPEN, needs
from postwright.edge.context import remember_caller
from postwright.edge.render import public_page
from postwright.edge.routes import page_router

router = page_router()


@router.get("/docs/errors")
@needs(OPEN)
async def errors(request: Request) -> HTMLResponse:
    """What every error of the API means: where the `type` of a problem leads."""
    await remember_caller(request)
    caller = getattr(request.state, "caller", None)
    known = {"caller": caller, "csrf": caller.csrf, "simulated": caller.workspace.simulated} if caller else {}
    return public_page(request, "errors/catalogue.html", codes=catalogue(), **known)
