"""Today: what goes out, what needs a person, what just went out, and whether the publisher is alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.publishing.models import PostRow


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """A post that waits for somebody. `why`: failed, unconfirmed, overdue, missed, reconnect; `ask` says what to do."""

    post: PostRow
    why: str
    ask: str


@dataclass(frozen=True, slots=True)
class Counters:
    """Figures at the head of Today, over the whole workspace."""

    out_next_24h: int
    planned_next_7d: int
    needs_person: int
    published_7d: int


@dataclass(frozen=True, slots=True)
class Today:
    """The page's content; lists are cut at 20."""

    out_next: list[PostRow]
    needs_person: list[NeedsPerson]
    just_out: list[PostRow]
    counters: Counters
    publisher_silent_since: datetime | None  # its last heartbeat when that is over 60 s ago; None: alive
    publisher_ever: bool  # False: no publisher has run yet on this instance


async def read_today(db: Conn, actor: Actor, *, now: datetime) -> Today:
    """All of it for the caller's workspace."""
    raise NotImplementedError
