"""A new password for somebody who forgot theirs.

Whether the address has an account shows in nothing: the answer comes first, what depends on it after.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import Request

from postwright.db.session import VISITOR, Pool, transaction
from postwright.edge.callers import token_hash
from postwright.edge.state import State, state_of
from postwright.identity import letters, links, passwords, store, turns
from postwright.identity.after import after
from postwright.identity.cookies import visit_of
from postwright.identity.models import NewSession, Purpose, Visit
from postwright.identity.register import check_address
from postwright.identity.sign_in import open_session

SENT = "If that address has an account, a letter with a link is on its way to it. The link works once, within an hour."
NOT_SENT = (
    "No e-mail was sent: this server sends none. If that address has an account, whoever runs the server now sees under "
    "Settings > People that you ask, and can hand you a link."
)


async def ask(request: Request, email: str) -> str:
    """Begins the way to a new password; what to tell, the same for every address. Raises InvalidInput, TooManyTries."""
    state, address = state_of(request), check_address(email)
    async with transaction(state.pool, VISITOR) as db:
        await turns.take(db, turns.FORGOT, visit_of(request).address, now=state.clock())
        await turns.take(db, turns.FORGOT_ADDRESS, address, now=state.clock())
    after(request).do(_send_reset(state, address))
    return SENT if state.mailer.sends else NOT_SENT


async def _send_reset(state: State, email: str) -> None:
    """Sends the letter with the link; without a server, or when it refuses, notes the wish for the operator. After the answer."""
    async with transaction(state.pool, VISITOR) as db:
        known = await store.account_at(db, email)
        if known is None:
            return
        if not state.mailer.sends:
            await store.ask_reset(db, known.user_id)
            return
        path = await links.make_letter_link(db, Purpose.RESET, user=known.user_id, email=known.email, now=state.clock())
    if not await letters.post(state, letters.new_password(known.email, state.settings.base_url + path)):
        async with transaction(state.pool, VISITOR) as db:
            await store.ask_reset(db, known.user_id)


async def reset(pool: Pool, token: str, password: str, *, visit: Visit, now: datetime) -> NewSession:
    """Sets the password, ends all sessions and opens a new one. Raises InvalidInput."""
    link = await links.look_at(pool, token)
    if link is None or link.purpose != Purpose.RESET:
        raise links.spent()
    passwords.check_strength(password, email=link.email)
    hashed = await passwords.hash_password(password)
    async with transaction(pool, VISITOR) as db:
        user = await store.reset_password(db, hash=token_hash(token), password_hash=hashed)
        if user is None:
            raise links.spent()
        return await open_session(db, user, visit, now)
