"""All publishing of a workspace, or of the whole server, held back by a person; and on again.

The claim of due posts looks at the pauses, so nothing new is taken from the moment at which one is on record; what is being
sent is finished. What falls due meanwhile does not go out when publishing goes on: it waits for a decision on Today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.errors import Conflict, Forbidden, InvalidInput

_sql = load(__package__)

LONGEST_REASON = 300  # characters
_FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause that holds now. `workspace_id` None: of the whole server."""

    id: UUID
    workspace_id: UUID | None
    reason: str
    began_at: datetime
    resumes_at: datetime | None
    user_id: UUID | None
    who: str


async def current(db: Conn, actor: Actor, *, now: datetime) -> list[Pause]:
    """What holds the workspace's posts back now: the server's pause, then its own."""
    return await _sql["pauses"].rows(db, Pause, workspace=actor.home, now=now)


async def must_go_on(db: Conn, actor: Actor, *, now: datetime) -> None:
    """Before anything is sent off at once: what falls due during a pause would only be held. Raises Conflict (rule paused)."""
    if held := await current(db, actor, now=now):
        whole = " of the whole server" if held[0].workspace_id is None else ""
        said = f"Publishing{whole} is paused ({held[0].reason}). Resume it first; nothing was changed."
        raise Conflict(said, field="state", rule="paused")


async def pause(db: Conn, actor: Actor, reason: str, *, until: datetime | None = None, now: datetime) -> Pause:
    """Holds all posts of the workspace back; of a pause that holds already, changes reason and end. Raises InvalidInput, Forbidden."""
    words = check(reason, until, now)
    await _sql["close_pauses"].run(db, workspace=actor.home, now=now)
    began = await _sql["begin_pause"].value(db, workspace=actor.home, reason=words, until=until, now=now)
    if began is None:
        await _sql["change_pause"].run(db, workspace=actor.home, reason=words, until=until)
    return await _own(db, actor, now)


async def resume(db: Conn, actor: Actor, *, now: datetime) -> None:
    """Lets publishing go on. Raises Conflict where it is not paused by the workspace."""
    if await _sql["end_pause"].run(db, workspace=actor.home, now=now) == 0:
        raise Conflict("Publishing is not paused in this workspace.", field="state", rule="paused")


async def pause_server(db: Conn, operator: UUID, reason: str, *, until: datetime | None = None, now: datetime) -> None:
    """The same for every workspace. Runs as app_auth, which asks again whether it is the operator. Raises Conflict, InvalidInput."""
    words = check(reason, until, now)
    if await _sql["pause_server"].value(db, by=operator, reason=words, now=now, until=until) is None:
        raise Conflict("Publishing of the whole server is paused already.", field="state", rule="paused")


async def resume_server(db: Conn, operator: UUID, *, now: datetime) -> None:
    """Runs as app_auth. Raises Conflict where the server is not paused."""
    if not await _sql["resume_server"].value(db, by=operator, now=now):
        raise Conflict("Publishing of the server is not paused.", field="state", rule="paused")


def require_operator(caller: Caller) -> None:
    """Raises Forbidden: a clear word before the database's own refusal."""
    if not caller.operator:
        raise Forbidden("Only who runs this server may do this.", rule="operator")


def check(reason: str, until: datetime | None, now: datetime) -> str:
    """The reason in one line. Raises InvalidInput."""
    words = " ".join(reason.split())
    if not words:
        raise InvalidInput("Say why: everybody reads it on every page until publishing goes on.", field="reason", rule="not_empty")
    if len(words) > LONGEST_REASON or not words.isprintable():
        raise InvalidInput(f"Give the reason in at most {LONGEST_REASON} plain characters.", field="reason", rule="length")
    if until is not None and until.tzinfo is None:
        raise InvalidInput("Give the time with its offset from UTC.", field="resumes_at", rule="aware")
    if until is not None and not now < until <= now + _FARTHEST:
        raise InvalidInput("Choose a time to resume that is still to come, within a year.", field="resumes_at", rule="future")
    return words


async def _own(db: Conn, actor: Actor, now: datetime) -> Pause:
    found = next((each for each in await current(db, actor, now=now) if each.workspace_id is not None), None)
    if found is None:  # a change that the policies let nobody make changes nothing
        raise Forbidden("Pausing all publishing needs the role editor.", rule="role")
    return found
