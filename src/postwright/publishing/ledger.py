"""The attempt's own record while an adapter works: each call is durable when it returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from postwright.kit.timely import SEND_BY, awake_and_asleep
from postwright.publishing.engine import Engine
from postwright.publishing.scribe import Entered
from postwright.publishing.snapshot import media_of
from postwright.publishing.store import Claim, Step

_INTENT = "sending_"  # names of what is about to be sent


class LeaseLost(Exception):
    """Somebody else holds the post now, or may soon: this worker may neither send nor write."""


class Stopping(Exception):
    """The publisher is asked to stop, and nothing has been sent yet: the post goes back as it was."""


class AttemptLedger:
    """Implements platforms.capabilities.Ledger on the attempt's row. A write with an old fence changes nothing and raises LeaseLost.

    Two things wait for the next write, because until then nothing comes of them: that a post without media is being uploaded,
    and what is about to be sent. That it was refused does not wait: no other write may come.
    """

    def __init__(self, engine: Engine, claim: Claim) -> None:
        self._engine = engine
        self._claim = claim
        self._remote_ids: dict[str, Any] = dict(claim.remote_ids)
        self._unwritten: dict[str, Any] = {}
        self._has_media = bool(media_of(claim.snapshot))
        self.phase = claim.phase
        self._written_phase = claim.phase
        self.sent = False  # whether anything may have left

    @property
    def remote_ids(self) -> Mapping[str, Any]:
        """What earlier tries left, and what this one has kept so far."""
        return dict(self._remote_ids)

    async def keep(self, **remote_ids: Any) -> None:
        """Saves handles as soon as they are known. Raises LeaseLost."""
        self._unwritten |= remote_ids
        if not all(name.startswith(_INTENT) and value is not None for name, value in remote_ids.items()):
            await self._write()
        self._remote_ids.update(remote_ids)

    def now(self) -> datetime:
        """The moment, by the database's clock."""
        return self._engine.now()

    async def enter(self, phase: Literal["uploading", "sending", "confirming"]) -> None:
        """Notes the phase. Before `sending` the lease is renewed where less of it is left than a call can last; bytes that
        would leave later than that are held back by the socket itself."""
        if phase == "sending" and self._engine.stopping.is_set() and not self.sent:
            raise Stopping(str(self._claim.id))
        before, self.phase = self.phase, phase
        if phase == "uploading" and not self._has_media:
            return
        began, now = awake_and_asleep(), self._engine.now()
        try:
            until = await self._write(anew=True)
        except BaseException:
            self.phase = before
            raise
        held = (until - now).total_seconds() if until is not None else None
        SEND_BY.set(self._engine.may_send(self._claim.id, began + held) if held is not None else None)
        self.sent = self.sent or phase == "sending"

    async def _write(self, *, anew: bool = False) -> datetime | None:
        """All that is not on disk yet; until when the post is held, where it is about to be sent."""
        given, self._unwritten = self._unwritten, {}
        if not anew and self.phase == self._written_phase:
            written: Entered | bool | None = await self._engine.scribe.keep(self._claim, given)
        else:
            written = await self._engine.scribe.enter(Step(self._claim, self.phase, given))
        if not written:
            raise LeaseLost(str(self._claim.id))
        self._written_phase = self.phase
        return written.until if isinstance(written, Entered) else None
