"""When an account last answered: a post that it took and figures that it told say so as well as a renewal does."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from postwright.connections import store
from postwright.db.queries import Conn

EVERY = timedelta(minutes=5)  # more often is worth no write


class Answered:
    """Notes it for a process that hears from the same accounts again and again: one write each in a few minutes."""

    def __init__(self) -> None:
        self._noted: dict[UUID, datetime] = {}

    async def note(self, db_service: Conn, accounts: Collection[tuple[UUID, UUID]], now: datetime) -> None:
        """`accounts` by workspace and id."""
        quiet = {each for each in accounts if each[1] not in self._noted or self._noted[each[1]] <= now - EVERY}
        if quiet:
            await note_answered(db_service, quiet, now)
            self._noted.update(dict.fromkeys((account for _, account in quiet), now))


async def note_answered(db_service: Conn, accounts: Collection[tuple[UUID, UUID]], now: datetime) -> None:
    """Notes it where nothing was noted in the last few minutes, by whomever."""
    await store.note_answered(db_service, accounts, now=now, before=now - EVERY)
