"""How often somebody may do what costs us or others something: by client, or by person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from postwright.db.queries import Conn
from postwright.errors import TooManyTries
from postwright.identity import store

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Turns:
    """An act, and how often it may be done in an hour."""

    act: str
    most: int


SIGN_UP = Turns("sign up", 20)  # from one client: an office behind one address gets in
SIGN_UP_ADDRESS = Turns("sign up address", 5)  # to one address, from wherever: nobody's mail is flooded
FORGOT = Turns("forgot", 30)
FORGOT_ADDRESS = Turns("forgot address", 5)
SPEND_LINK = Turns("spend link", 60)
SEND_AGAIN = Turns("send again", 5)
CHANGE_ADDRESS = Turns("change address", 5)
PICTURE = Turns("picture", 60)


async def take(db: Conn, turns: Turns, who: str | None, *, now: datetime) -> None:
    """Takes a turn, as app_auth. Raises TooManyTries when there is none left."""
    key = hashlib.sha256(f"{turns.act}\0{who or ''}".lower().encode()).digest()
    until = await store.take_turn(db, key, most=turns.most, span=_HOUR)
    if until is not None:
        seconds = max(1, int((until - now).total_seconds()))
        raise TooManyTries(
            f"Too often within an hour. Try again in {-(-seconds // 60)} min.", rule="throttle", headers={"Retry-After": str(seconds)}
        )
