"""One try from claim to outcome."""

from __future__ import annotations

import asyncio

import structlog

from postwright.kit.timely import SEND_BY
from postwright.platforms.capabilities import Receipt
from postwright.publishing import outcome
from postwright.publishing.engine import Engine
from postwright.publishing.heard import HEARD, Told
from postwright.publishing.ledger import AttemptLedger, LeaseLost, Stopping
from postwright.publishing.prepare import prepare
from postwright.publishing.settle import complete, settle
from postwright.publishing.store import Claim

log = structlog.get_logger()


async def send(engine: Engine, claim: Claim) -> None:
    """Publishes one claimed post and records what came of it. Never raises for what a platform or the post did wrong."""
    ledger, heard = AttemptLedger(engine, claim), dict[str | None, Told]()
    HEARD.set(heard)
    try:
        receipt = await _publish(engine, claim, ledger)
    except LeaseLost:
        log.warning("lease lost, nothing written", post=str(claim.id), attempt=str(claim.attempt_id), phase=ledger.phase)
    except Stopping:
        await settle(engine, claim, outcome.released(engine.now()))
    except asyncio.CancelledError:
        # After the send the row stays as it is: its lease runs out and the platform is asked.
        if not ledger.sent:
            await settle(engine, claim, outcome.released(engine.now()))
        raise
    except Exception as error:
        now = engine.now()
        found = outcome.settlement_of(error, claim, engine.pace, now, phase=ledger.phase, sent=ledger.sent)
        await settle(engine, claim, outcome.with_public_parts(found, ledger.remote_ids), error, tuple(heard.values()))
    else:
        await complete(engine, claim, receipt, tuple(heard.values()))


async def _publish(engine: Engine, claim: Claim, ledger: AttemptLedger) -> Receipt:
    ready = await prepare(engine, claim)
    async with engine.signed_in(claim.account, ready.credentials):
        unlimited = SEND_BY.set(None)
        try:
            async with asyncio.timeout(engine.pace.longest_try.total_seconds()):
                made = await ready.platform.adapter.publish(ready.client, ready.account, ready.credentials, ready.post, ledger)
                return ready.proof(made)
        finally:
            SEND_BY.reset(unlimited)
