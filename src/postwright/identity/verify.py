"""Spending the link of a letter: it finishes a sign-up, or proves an address."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from postwright.db.session import VISITOR, transaction
from postwright.edge.callers import Caller
from postwright.edge.context import remember_caller
from postwright.edge.state import state_of
from postwright.errors import Forbidden, NotSignedIn
from postwright.identity import links, prove, register, turns
from postwright.identity.after import after
from postwright.identity.cookies import visit_of
from postwright.identity.models import LetterLink, NewSession, Purpose


@dataclass(frozen=True, slots=True)
class Done:
    """What a link did: the address that is proved now, the session of an account that was made, where to go on."""

    email: str
    session: NewSession | None
    next: str


async def verify(request: Request, token: str, *, name: str, password: str) -> Done:
    """Spends the link. Raises InvalidInput for one that opens nothing, NotSignedIn and Forbidden for an address of somebody else."""
    state = state_of(request)
    await take_turn(request)
    link = await links.look_at(state.pool, token)
    if link is None or link.purpose == Purpose.RESET:
        raise links.spent()
    if link.purpose == Purpose.SIGN_UP:
        name = register.check_name(name or link.full_name or "")
        opened = await register.finish(
            state.pool, token, password, email=link.email, name=name, visit=visit_of(request), now=state.clock()
        )  # fmt: skip
        return Done(link.email, opened, link.next or "")
    caller = require_own(link, await caller_of(request))
    moved = await prove.confirm(state, after(request), caller.user_id, token)
    return Done(moved.became, None, "/settings")


def require_own(link: LetterLink, caller: Caller | None) -> Caller:
    """The link's own person: who opens a letter proves the address, who is signed in proves the account; it takes both."""
    if caller is None or caller.session_id is None:
        raise NotSignedIn("Sign in to the account that this link is for, then open it again.", rule="own_session")
    if caller.user_id != link.user_id:
        raise Forbidden("This link is for another account. Sign out, and sign in to that one.", rule="own_session")
    return caller


async def caller_of(request: Request) -> Caller | None:
    """Who asks, if anybody we know."""
    await remember_caller(request)
    caller: Caller | None = getattr(request.state, "caller", None)
    return caller


async def take_turn(request: Request) -> None:
    """Raises TooManyTries for a client that tries link after link."""
    state = state_of(request)
    async with transaction(state.pool, VISITOR) as db:
        await turns.take(db, turns.SPEND_LINK, visit_of(request).address, now=state.clock())
