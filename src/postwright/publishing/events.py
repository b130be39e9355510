"""The feed of events: every change of state, in an order in which no reader misses one.

A place in the feed is a transaction and a position in it (sql/schema/64_events.sql says why). Reading goes no further than the
oldest transaction that is still under way, so what appears later always stands behind what was read before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.edge.paging import mark
from postwright.errors import InvalidInput

_sql = load(__package__)
_PLACE = re.compile(r"([0-9]{1,19})\.([0-9]{1,18})\.([0-9a-f]{10})")
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Event:
    """One change of state. `subject` is the post, draft or account; `actor` None: Postwright itself."""

    id: UUID
    kind: str
    subject: UUID | None
    at: datetime
    actor: UUID | None
    data: Mapping[str, Any]
    xact: str
    position: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Some events and the place behind them; with none, the place that was asked for."""

    events: list[Event]
    place: str


async def read_events(db: Conn, actor: Actor, *, after: str | None = None, kind: str | None = None, limit: int = 100) -> Feed:
    """Those behind a place (None: from the oldest that is kept), 30 days at most. `kind` is one (`post.failed`) or all of a
    thing (`post`). Raises InvalidInput on a place that is none of this workspace's."""
    xact, position = _parse(after, actor.home)
    rows = await _sql["events_after"].rows(db, Event, workspace=actor.home, xact=xact, position=position, kind=kind, limit=limit)
    if rows:
        xact, position = rows[-1].xact, rows[-1].position
    return Feed(rows, _spell(xact, position, actor.home))


async def end_of_feed(db: Conn, actor: Actor) -> str:
    """The place from which on only what is still to come is read."""
    return _spell(await _sql["events_end"].value(db), _LARGEST // 10, actor.home)


async def prune(db: Conn, *, now: datetime) -> int:
    """Removes what is older than 30 days; how many there were. Runs as the service."""
    return int(await _sql["prune_events"].value(db, now=now))


def _spell(xact: str, position: int, workspace: UUID) -> str:
    return f"{xact}.{position}.{mark('events', workspace)}"


def _parse(place: str | None, workspace: UUID) -> tuple[str, int]:
    if not place:
        return "0", 0
    found = _PLACE.fullmatch(place)
    if found is None or int(found[1]) > _LARGEST or found[3] != mark("events", workspace):
        raise InvalidInput("This is not a place that the feed of this workspace gave out.", field="after", rule="cursor")
    return found[1], int(found[2])
