"""Tries of a password: each counts before it is looked at; from the fifth failure on one waits, longer each time."""

from __future__ import annotations

import hashlib
from datetime import datetime

from postwright.db.queries import Conn
from postwright.errors import TooManyTries
from postwright.identity import store


def key_of(*who: str | None) -> bytes:
    """What the tries are counted by: a hash, so that addresses of people are not kept."""
    return hashlib.sha256("\0".join(str(each) for each in who).encode()).digest()


async def begin(db: Conn, key: bytes, now: datetime) -> None:
    """Takes a try, as app_auth; store.note_sign_in() ends it. Raises TooManyTries."""
    until = await store.begin_sign_in(db, key)
    if until is not None:
        seconds = max(1, int((until - now).total_seconds()))
        message = "Too many tries. Wait a few minutes and try again."
        raise TooManyTries(message, field="password", rule="throttle", headers={"Retry-After": str(seconds)})
