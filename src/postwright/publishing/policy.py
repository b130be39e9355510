"""How late a post may still go out by itself. What is later waits for a person."""

from __future__ import annotations

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.errors import Forbidden, InvalidInput

_sql = load(__package__)

MOST_MINUTES = 24 * 60


async def late_grace(db: Conn, actor: Actor) -> int:
    """In minutes; 15 where nobody chose."""
    return int(await _sql["late_policy"].value(db, workspace=actor.home))


async def set_late_grace(db: Conn, actor: Actor, minutes: int) -> int:
    """0 to 24 hours; 0 counts as one minute, because nothing goes out at the very instant at which it is due.

    Raises InvalidInput; Forbidden where the caller is no admin.
    """
    if not 0 <= minutes <= MOST_MINUTES:
        raise InvalidInput(f"Give 0 to {MOST_MINUTES} minutes (24 hours).", field="late_grace_minutes", rule="range")
    if await _sql["set_late_policy"].run(db, workspace=actor.home, minutes=minutes) == 0:
        raise Forbidden("The late policy of a workspace is for its admins to set.", rule="role")
    return await late_grace(db, actor)
