"""The one-time link: it opens, the browser says its zone, and Today appears, without a form.

Opening the link spends nothing (mail scanners and previews open links too): the page sends itself on by a
script, or by one button where there is none.
"""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response

from postwright.db.session import VISITOR, transaction
from postwright.edge.callers import by_session
from postwright.edge.render import public_page
from postwright.edge.routes import page_router
from postwright.edge.state import State, state_of
from postwright.errors import NotSignedIn, PostwrightError
from postwright.identity.cookies import from_here, set_session, visit_of
from postwright.identity.sign_in import spend_link
from postwright.kit.time import zone_names
from postwright.web.demonstration import begin

log = structlog.get_logger()
router = page_router()


@router.get("/welcome")
async def welcome(request: Request, link: str = "") -> Response:
    return public_page(request, "identity/welcome.html", title="Welcome", link=link, error=None)


@router.post("/welcome")
async def welcome_submit(request: Request, link: Annotated[str, Form()] = "", timezone: Annotated[str, Form()] = "") -> Response:
    from_here(request)
    state = state_of(request)
    try:
        async with transaction(state.pool, VISITOR) as db:
            opened = await spend_link(db, link, visit_of(request), state.clock())
    except NotSignedIn as error:
        return public_page(request, "identity/welcome.html", 401, title="Welcome", link="", error=error.message)
    await _begin(state, opened.token, timezone if timezone in zone_names() else None)
    return set_session(RedirectResponse("/today", 303), state, opened)


async def _begin(state: State, token: str, zone: str | None) -> None:
    """The link is spent by now, so whatever the demonstration runs into keeps nobody out; the next sign-in tries it again."""
    try:
        async with state.pool.connection() as db, db.transaction():
            await begin(db, await by_session(db, state, token, state.clock()), zone=zone, now=state.clock())
    except PostwrightError as error:
        log.warning("the demonstration could not begin", error=type(error).__name__, rule=error.rule)
