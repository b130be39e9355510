"""Bluesky's settings: the app password of each of the person's accounts. Here each has one, always the same."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox.bluesky.answers import HOST as HOST
from postwright.sandbox.bluesky.sessions import app_password
from postwright.sandbox.consent.page import looker, own_accounts
from postwright.sandbox.world import world_of


async def show(request: Request) -> Response:
    """For Postwright's web, which tells it to the person who looks."""
    world, workspace = world_of(request), looker(request)
    found = own_accounts(world, workspace, "bluesky")
    return JSONResponse({"accounts": [{"handle": each.handle, "app_password": app_password(world, each.id)} for each in found]})
