"""The web process: pages, API, live events, static files."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from postwright import config
from postwright.api import health, v1
from postwright.api import pages as api_pages
from postwright.audit import pages as audit_pages
from postwright.calendar import pages as calendar_pages
from postwright.comments import pages as comments_pages
from postwright.connections import pages as connections_pages
from postwright.connections import pages_apps as app_pages
from postwright.connections import pages_consent as consent_pages
from postwright.connections import pages_disconnect as disconnect_pages
from postwright.connections import pages_walk as walk_pages
from postwright.db.connect import dsns
from postwright.edge import live, problems
from postwright.edge.asgi import Wrap
from postwright.edge.events import EventHub
from postwright.exports import pages as exports_pages
from postwright.identity import pages as identity_pages
from postwright.keys import pages as keys_pages
from postwright.library import pages as library_pages
from postwright.library import pages_media as library_media_pages
from postwright.notices import pages as notices_pages
from postwright.process import open_state
from postwright.publishing import pages as publishing_pages
from postwright.publishing.pulse import Watch
from postwright.studio import pages as studio_pages
from postwright.studio import pages_media as studio_media_pages
from postwright.web import pages as web_pages
from postwright.web import welcome
from postwright.workspaces import pages as workspaces_pages

_PAGES = (
    identity_pages, workspaces_pages, keys_pages, notices_pages, audit_pages, welcome, publishing_pages, studio_pages, calendar_pages,
    connections_pages, walk_pages, consent_pages, disconnect_pages, app_pages, library_pages,
    comments_pages, exports_pages, api_pages, web_pages,
    library_media_pages, studio_media_pages,
)  # fmt: skip
_LARGEST_BODY = 4_000_000  # bytes: the longest idea, escaped as JSON escapes it, and room
_STATIC = Path(__file__).parent / "static"


def create_app(settings: config.Settings | None = None) -> FastAPI:
    """The application, as uvicorn's factory. Reads the settings from the environment unless given."""
    settings = settings or config.load()

    app = FastAPI(
        title="Postwright",
        version="1",
        summary="Native posts from one idea: planned, published once, measured.",
        description=(
            "Send `Authorization: Bearer <token>` (see *Sign in*). Times are UTC (RFC 3339) beside an IANA zone. Errors are "
            "`application/problem+json` with `code`, `detail`, and where the input was wrong `field` and `rule`; `who` says who must "
            "act. Lists give `next`: pass it as `after`. `simulated: true` marks what happened in a sandbox workspace."
        ),
        lifespan=lambda app: _open(app, settings),
        openapi_url="/api/v1/openapi.json",
        max_body_size=_LARGEST_BODY,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    v1.describe_errors(app)
    app.add_middleware(Wrap)
    app.include_router(health.router)
    app.include_router(v1.router)
    for pages in _PAGES:
        app.include_router(pages.router)
    app.include_router(live.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app


@contextlib.asynccontextmanager
async def _open(app: FastAPI, settings: config.Settings) -> AsyncIterator[None]:
    """What every request needs, while the process serves."""
    async with open_state(settings, "api", size=10) as state:
        app.state.postwright = state
        app.state.events = EventHub(dsns(settings).api_direct)
        app.state.watch = Watch(state, app.state.events.tell_standing)
        app.state.events.on_pause = app.state.watch.wake
        helpers = [asyncio.create_task(each.run()) for each in (app.state.events, app.state.watch)]
        try:
            yield
        finally:
            for each in helpers:
                each.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
