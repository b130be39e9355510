"""Every page and the API around a fresh database, without a server: for what needs no browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from postwright.api import v1
from postwright.edge import problems
from postwright.edge.state import State
from postwright.web.app import _PAGES
from tests.cast import Cast, Person
from tests.studio.conftest import Browser, enter


@asynccontextmanager
async def open_door(state: State, cast: Cast, person: Person) -> AsyncIterator[Browser]:
    """Requests as somebody of the cast; an error of ours is an answer with 500."""
    app = FastAPI()
    app.state.postwright = state
    problems.install(app)
    app.include_router(v1.router)
    for pages in _PAGES:
        app.include_router(pages.router)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://postwright.test") as http:
        yield await enter(http, state, cast, person)
