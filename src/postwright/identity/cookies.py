"""The session cookie, and forms that come before there is a session."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response

from postwright.edge.callers import token_hash
from postwright.edge.context import cookie_name
from postwright.edge.state import State, state_of
from postwright.errors import Forbidden
from postwright.identity.models import NewSession, Visit

R = TypeVar("R", bound=Response)

_LONGEST = timedelta(days=90)  # as app_auth.touch_session; the server ends a session that is not visited for 30 days


def set_session(answer: R, state: State, session: NewSession) -> R:
    """Puts the session's cookie on the answer: not readable by scripts, not sent from other sites' forms."""
    return set_token(answer, state, session.token)


def set_token(answer: R, state: State, token: str) -> R:
    """The same for a token that a session goes on under."""
    answer.set_cookie(
        cookie_name(state), token, max_age=int(_LONGEST.total_seconds()), path="/", httponly=True, samesite="lax",
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
    """The browser, its address, and the session that it came with: that one ends when another begins. Programs keep theirs apart."""
    came_with = None if request.url.path.startswith("/api/") else request.cookies.get(cookie_name(state_of(request)))
    return Visit(
        request.headers.get("user-agent", "")[:400], request.client.host if request.client else None,
        token_hash(came_with) if came_with else None,
    )  # fmt: skip
