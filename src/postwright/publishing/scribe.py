"""Writes the publisher's ledger: what many posts need at the same moment goes into one transaction.

Each call is durable when it returns. Under a burst this is what keeps posts on time: a transaction for each step of each post
costs more than the calls to the platforms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from postwright.connections.answered import Answered
from postwright.db.queries import Conn
from postwright.kit.together import Together
from postwright.publishing import store
from postwright.publishing.heard import Told
from postwright.publishing.pace import Pace
from postwright.publishing.store import Claim, Outcome, Step


class Writes(Protocol):
    """What of the engine is needed here."""

    @property
    def worker(self) -> str: ...
    @property
    def pace(self) -> Pace: ...
    def now(self) -> datetime: ...
    def transaction(self) -> AbstractAsyncContextManager[Conn]: ...


@dataclass(frozen=True, slots=True)
class Entered:
    """A phase that an attempt entered, and until when its post is held where that was asked for."""

    until: datetime | None


class Scribe:
    """The hands that write for all posts of one publisher."""

    def __init__(self, engine: Writes) -> None:
        self._engine = engine
        self._kept = Together(self._keep)
        self._entered = Together(self._enter)
        self._completed = Together(self._complete)
        self._answered = Answered()

    async def keep(self, claim: Claim, remote_ids: Mapping[str, Any]) -> bool:
        """Saves handles. Asks for the fence only: while nobody took over, a handle of something that exists is worth keeping."""
        return await self._kept((claim, remote_ids))

    async def enter(self, step: Step) -> Entered | None:
        """Notes the phase; None when the post is no longer ours. Before `sending` as much of the lease is left as two calls last."""
        return await self._entered(step)

    async def complete(self, outcome: Outcome) -> bool:
        """Result, commitment and attempt, that the account answers, and word to the jobs that figures can be fetched.
        False when the fence was lost."""
        return await self._completed(outcome)

    async def _keep(self, kept: Sequence[tuple[Claim, Mapping[str, Any]]]) -> list[bool]:
        async with self._engine.transaction() as db:
            found = await store.keep_remote_ids(db, kept)
        return [claim.attempt_id in found for claim, _ in kept]

    async def _enter(self, steps: Sequence[Step]) -> list[Entered | None]:
        sending = [each.claim for each in steps if each.phase == "sending"]
        async with self._engine.transaction() as db:
            now = self._engine.now()
            until = await self._hold(db, sending, now) if sending else {}
            wanted = [each for each in steps if each.phase != "sending" or each.claim.id in until]
            noted = await store.enter_phases(db, wanted, now) if wanted else set()
        return [Entered(until.get(each.claim.id)) if each.claim.attempt_id in noted else None for each in steps]

    async def _hold(self, db: Conn, claims: Sequence[Claim], now: datetime) -> dict[UUID, datetime]:
        pace = self._engine.pace
        enough = now + max(2 * pace.timeout, pace.lease * 0.6)
        return await store.hold_leases(db, claims, worker=self._engine.worker, now=now, enough=enough, lease=now + pace.lease)

    async def _complete(self, done: Sequence[Outcome]) -> list[bool]:
        async with self._engine.transaction() as db:
            made = await store.complete(db, done, self._engine.now())
            by_workspace: dict[UUID, list[UUID]] = defaultdict(list)
            for each in done:
                if each.claim.id in made:
                    by_workspace[each.claim.workspace_id].append(made[each.claim.id])
            for claim, told in _scarcest(done):
                await store.hear(db, claim, told, self._engine.now())
            answered = {(each.claim.workspace_id, each.claim.connection_id) for each in done if each.claim.id in made}
            await self._answered.note(db, answered, self._engine.now())
            for workspace, published in by_workspace.items():
                await store.enqueue_measuring(db, workspace, published)
        return [each.claim.id in made for each in done]


def _scarcest(done: Sequence[Outcome]) -> list[tuple[Claim, Told]]:
    """The least that was told of each budget: answers overtake each other, and the others' order is not known. Sorted as budgets
    are locked."""
    found: dict[tuple[str, UUID, str], tuple[Claim, Told]] = {}
    for each in done:
        for told in each.told:
            key = (each.claim.platform, each.claim.connection_id, told.budget or "")
            if key not in found or told.left < found[key][1].left:
                found[key] = (each.claim, told)
    return [found[key] for key in sorted(found)]
