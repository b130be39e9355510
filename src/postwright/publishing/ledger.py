"""The attempt's own record while an adapter works: each call is durable when it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from postwright.kit.timely import SEND_BY, awake_and_asleep
from postwright.publishing import store
from postwright.publishing.engine import Engine
from postwright.publishing.store import Claim


class LeaseLost(Exception):
    """Somebody else holds the post now, or may soon: this worker may neither send nor write."""


class Stopping(Exception):
    """The publisher is asked to stop, and nothing has been sent yet: the post goes back as it was."""


class AttemptLedger:
    """Implements platforms.base.Ledger on the attempt's row. A write with an old fence changes nothing and raises LeaseLost."""

    def __init__(self, engine: Engine, claim: Claim) -> None:
        self._engine = engine
        self._claim = claim
        self._remote_ids: dict[str, Any] = dict(claim.remote_ids)
        self.phase = claim.phase
        self.sent = False  # whether anything may have left

    @property
    def remote_ids(self) -> Mapping[str, Any]:
        """What earlier tries left, and what this one has kept so far."""
        return dict(self._remote_ids)

    async def keep(self, **remote_ids: Any) -> None:
        """Saves handles. Asks for the fence only: while nobody took over, a handle of something that exists is worth keeping."""
        async with self._engine.transaction() as db:
            if not await store.keep_remote_ids(db, self._claim, remote_ids):
                raise LeaseLost(str(self._claim.id))
        self._remote_ids.update(remote_ids)

    async def enter(self, phase: Literal["uploading", "sending", "confirming"]) -> None:
        """Notes the phase. Before `sending` the lease is renewed, so that more of it is left than a call can last; bytes that
        would leave later than that are held back by the socket itself."""
        if phase == "sending" and self._engine.stopping.is_set() and not self.sent:
            raise Stopping(str(self._claim.id))
        began = awake_and_asleep()
        await self._note(phase)
        SEND_BY.set(self._engine.may_send(self._claim.id, began) if phase == "sending" else None)
        self.phase = phase
        self.sent = self.sent or phase == "sending"

    async def _note(self, phase: str) -> None:
        now = self._engine.now()
        async with self._engine.transaction() as db:
            held = phase != "sending" or await store.hold_lease(
                db, self._claim, worker=self._engine.worker, now=now, lease=now + self._engine.pace.lease
            )
            if not (held and await store.enter_phase(db, self._claim, phase, now)):
                raise LeaseLost(str(self._claim.id))
