"""Links that work once: only the hash of what they carry is stored."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import VISITOR, Pool, transaction
from postwright.edge.callers import token_hash
from postwright.errors import InvalidInput
from postwright.identity import store
from postwright.identity.models import LetterLink, Purpose

LIVES = {Purpose.SIGN_UP: timedelta(hours=48), Purpose.ADDRESS: timedelta(hours=48), Purpose.RESET: timedelta(hours=1)}
_PLACES = {Purpose.SIGN_UP: "/verify", Purpose.ADDRESS: "/verify", Purpose.RESET: "/reset"}


async def make_letter_link(
    db: Conn, purpose: Purpose, *, email: str, now: datetime, user: UUID | None = None, name: str | None = None, zone: str | None = None,
    next: str | None = None, emailed: bool = True,
) -> str:  # fmt: skip
    """The path of a new link. Runs as app_auth."""
    token = secrets.token_urlsafe(32)
    await store.make_letter_link(
        db, hash=token_hash(token), purpose=purpose, user=user, email=email, name=name, zone=zone, next=next, emailed=emailed,
        expires=now + LIVES[purpose],
    )  # fmt: skip
    return f"{_PLACES[purpose]}?token={quote(token)}"


async def look_at(pool: Pool, token: str) -> LetterLink | None:
    """What a link is for, while it stands. Spends nothing."""
    if not token or len(token) > 200:
        return None
    async with transaction(pool, VISITOR) as db:
        return await store.letter_link(db, token_hash(token))


def spent() -> InvalidInput:
    """What every link that opens nothing says, whatever the reason."""
    return InvalidInput("This link has been used already, or is too old. Ask for a fresh one.", field="token", rule="link")
