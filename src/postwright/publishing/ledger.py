"""The attempt's own record while an adapter works: each call is durable when it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from postwright.kit.timely import SEND_BY, awake_and_asleep
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
        """Saves handles as soon as they are known. Raises LeaseLost."""
        if not await self._engine.scribe.keep(self._claim, remote_ids):
            raise LeaseLost(str(self._claim.id))
        self._remote_ids.update(remote_ids)

    async def enter(self, phase: Literal["uploading", "sending", "confirming"]) -> None:
        """Notes the phase. Before `sending` the lease is renewed, so that more of it is left than a call can last; bytes that
        would leave later than that are held back by the socket itself."""
        if phase == "sending" and self._engine.stopping.is_set() and not self.sent:
            raise Stopping(str(self._claim.id))
        began, now = awake_and_asleep(), self._engine.now()
        entered = await self._engine.scribe.enter(self._claim, phase)
        if entered is None:
            raise LeaseLost(str(self._claim.id))
        held = (entered.until - now).total_seconds() if entered.until is not None else None
        SEND_BY.set(self._engine.may_send(self._claim.id, began + held) if held is not None else None)
        self.phase = phase
        self.sent = self.sent or phase == "sending"
