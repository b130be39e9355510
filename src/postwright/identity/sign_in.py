"""Signing in: by address and password, or by a one-time link."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import VISITOR, Pool, transaction
from postwright.edge.callers import SESSION_LIFE, token_hash
from postwright.errors import InvalidInput, NotSignedIn
from postwright.identity import passwords, store, tries
from postwright.identity.models import NewSession, Visit

LINK_LIFE = timedelta(hours=24)


async def sign_in(pool: Pool, *, email: str, password: str, visit: Visit, now: datetime) -> NewSession:
    """Opens a session. The answer to a wrong address and to a wrong password is the same, and takes as long.

    Raises InvalidInput, or TooManyTries after repeated failures from the same client, whether the address has an account or not.
    """
    key = tries.key_of(email.strip().lower(), visit.address)  # both: guessing from one place does not lock the owner out of another
    async with transaction(pool, VISITOR) as db:
        await tries.begin(db, key, now)
        known = await store.credentials(db, email.strip())
    right = await passwords.matches(password, known.password_hash if known and known.is_active else None)
    async with transaction(pool, VISITOR) as db:
        await store.note_sign_in(db, key, succeeded=right)
        if known and right:
            return await open_session(db, known.user_id, visit, now)
    raise InvalidInput("Address or password is wrong.", field="password", rule="match")


async def open_session(db: Conn, user: UUID, visit: Visit, now: datetime) -> NewSession:
    """A fresh session for somebody who has proved who they are; the one that the browser came with ends.

    Raises NotSignedIn for a deactivated user.
    """
    token = secrets.token_urlsafe(32)
    expires = now + SESSION_LIFE
    opened = await store.open_session(
        db, user=user, hash=token_hash(token), expires=expires, agent=visit.agent, address=visit.address, former=visit.former
    )
    if opened is None:
        raise NotSignedIn("This account is deactivated.")
    return NewSession(token, expires, user)


async def make_link(db: Conn, user: UUID, now: datetime) -> str:
    """The token of a one-time link that signs `user` in within a day."""
    token = secrets.token_urlsafe(24)
    await store.make_sign_in_link(db, user=user, hash=token_hash(token), expires=now + LINK_LIFE)
    return token


async def spend_link(db: Conn, token: str, visit: Visit, now: datetime) -> NewSession:
    """Opens the session of a one-time link, once. Raises NotSignedIn for one that is spent or too old."""
    user = await store.spend_sign_in_link(db, token_hash(token))
    if user is None:
        raise NotSignedIn("This link has been used already or is older than a day.")
    return await open_session(db, user, visit, now)
