"""Whether posts go out at all: the publisher's sign of life and the pauses, watched once for every page of the web process.

A page draws what the watch saw last and costs no query; what changes is told to the windows that are open, so that the words
at the top of every page come and go by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from postwright.db.queries import Conn, load
from postwright.db.session import VISITOR, transaction
from postwright.edge.state import State

log = structlog.get_logger()
_sql = load(__package__)

SILENCE = timedelta(seconds=60)
_LOOK_EVERY = 2.0  # seconds
_AWAY = (psycopg.Error, PoolTimeout, OSError)


@dataclass(frozen=True, slots=True)
class Halt:
    """A pause as pages show it. `workspace` None: of the whole server."""

    workspace: UUID | None
    reason: str
    since: datetime
    until: datetime | None
    who: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds posts back, of all workspaces. `silent`: no publisher gave a sign for a minute, the last one at `last_beat`."""

    silent: bool = False
    last_beat: datetime | None = None
    halts: tuple[Halt, ...] = ()

    def of(self, workspace: UUID) -> Standing:
        """What of it concerns a workspace."""
        return replace(self, halts=tuple(each for each in self.halts if each.workspace in (None, workspace)))

    @property
    def clear(self) -> bool:
        return not self.silent and not self.halts


@dataclass(slots=True)
class Watch:
    """Looks every two seconds, and at once when `wake` is called; `tell` hears the workspaces whose standing changed (None: all)."""

    state: State
    tell: Callable[[UUID | None], None]
    seen: Standing = Standing()
    _started: datetime | None = None
    _awake: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until cancelled. A database that is away is told of by other means."""
        while True:
            self._awake.clear()
            try:
                await self.look()
            except _AWAY as error:
                log.debug("the watch waits for the database", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), _LOOK_EVERY)

    async def look(self) -> None:
        """Asks the database once, and tells what is new."""
        now = self.state.clock()
        self._started = self._started or now
        async with transaction(self.state.pool, VISITOR) as db:
            found = await read_standing(db, now=now, watched_since=self._started)
        before, self.seen = self.seen, found
        self._tell_changes(before, found)

    def wake(self) -> None:
        """Something changed: look now."""
        self._awake.set()

    def _tell_changes(self, before: Standing, after: Standing) -> None:
        changed = set(before.halts) ^ set(after.halts)
        if before.silent != after.silent or any(each.workspace is None for each in changed):
            self.tell(None)
            return
        for workspace in {each.workspace for each in changed}:
            self.tell(workspace)


async def read_standing(db: Conn, *, now: datetime, watched_since: datetime) -> Standing:
    """Who never heard a publisher waits a minute before saying so: it may just be starting. Runs as app_auth."""
    told: Mapping[str, Any] = await _sql["standing"].value(db, now=now)
    beat = _moment(told["beat"])
    heard = beat if beat is not None else watched_since
    return Standing(now - heard > SILENCE, beat, tuple(_halt(each) for each in told["pauses"]))


def _halt(told: Mapping[str, Any]) -> Halt:
    began, until = _moment(told["since"]), _moment(told["until"])
    assert began is not None
    return Halt(UUID(told["workspace"]) if told["workspace"] else None, told["reason"], began, until, told["who"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
