"""Takes posts into hand: due ones, and those whose worker was lost."""

from __future__ import annotations

from datetime import datetime

from postwright.publishing import outcome, store
from postwright.publishing.engine import Engine
from postwright.publishing.settle import settle_within
from postwright.publishing.store import Claim, Settlement

_BEFORE_SENDING = frozenset({"claimed", "uploading"})


async def claim_due(engine: Engine, room: int) -> list[Claim]:
    """Up to `room` due posts, each with an attempt that is on disk when this returns."""
    now = engine.now()
    async with engine.transaction() as db:
        return await store.claim(
            db, worker=engine.worker, now=now, lease=now + engine.pace.lease, limit=min(room, engine.pace.batch), held=outcome.held_back()
        )


async def claim_lapsed(engine: Engine, room: int) -> list[Claim]:
    """Posts whose lease ran out. Where nothing was sent they go back, handles kept; where something may have been sent
    they wait out the quarantine and are then returned, to be reconciled. So are those without an attempt of ours."""
    now = engine.now()
    async with engine.transaction() as db:
        taken = await store.take_over(db, worker=engine.worker, now=now, lease=now + engine.pace.lease, limit=min(room, engine.pace.batch))
        ready = []
        for each in sorted(taken, key=lambda claim: (claim.platform, claim.connection_id)):  # the order in which budgets are locked
            parked = _park(engine, each, now)
            if parked is None:
                ready.append(each)
            else:
                await settle_within(db, each, parked, now)
    return ready


def _park(engine: Engine, claim: Claim, now: datetime) -> Settlement | None:
    if claim.phase in _BEFORE_SENDING and claim.attempt_id is not None:
        return outcome.with_public_parts(outcome.worker_lost(claim, engine.pace), claim.remote_ids)
    ask_at = claim.sent_at + engine.pace.quarantine if claim.sent_at is not None else now
    if ask_at > now:
        return Settlement("processing", claim.phase, attempt_error=claim.attempt_error, look_again=ask_at, stays_open=True)
    return None
