"""The session cookie, and forms that come before there is a session."""

from __future__ import annotations

from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response

from postwright.edge.callers import SESSION_LIFE
from postwright.edge.context import cookie_name
from postwright.edge.state import State
from postwright.errors import Forbidden
from postwright.identity.models import NewSession, Visit

R = TypeVar("R", bound=Response)


def set_session(answer: R, state: State, session: NewSession) -> R:
    """Puts the session's cookie on the answer: not readable by scripts, not sent from other sites' forms."""
    answer.set_cookie(
        cookie_name(state), session.token, max_age=int(SESSION_LIFE.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=state.settings.base_url.startswith("https:"),
    )  # fmt: skip
    return answer


def end_session(answer: R, state: State) -> R:
    """Takes the cookie away. A browser takes a `__Host-` cookie back only from an answer that says the same of it."""
    answer.delete_cookie(cookie_name(state), path="/", httponly=True, samesite="lax", secure=state.settings.base_url.startswith("https:"))
    return answer


def from_here(request: Request) -> None:
    """Raises Forbidden for a form that another site sent. Before sign-in there is no session to bind a token to,
    so the browser's own word (Sec-Fetch-Site, else Origin) decides."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    here = f"://{request.headers.get('host', '')}"
    foreign = site not in {"same-origin", "none"} if site else bool(origin) and not str(origin).endswith(here)
    if foreign:
        raise Forbidden("This form came from another site. Open the page here and try again.", rule="same_origin")


def visit_of(request: Request) -> Visit:
    """The browser and its address."""
    return Visit(request.headers.get("user-agent", "")[:400], request.client.host if request.client else None)
