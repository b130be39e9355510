"""Asks the platform whether a post whose outcome is unknown is there. Nothing is sent here."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import structlog

from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import ReauthRequired
from postwright.publishing import outcome
from postwright.publishing.engine import Engine
from postwright.publishing.prepare import prepare
from postwright.publishing.settle import complete, settle
from postwright.publishing.store import Claim, Settlement

log = structlog.get_logger()


async def reconcile(engine: Engine, claim: Claim) -> None:
    """There: completed. Proven absent, heard twice: a new attempt. Cannot tell: asked again, then a person decides."""
    if claim.attempt_id is None:
        return await settle(engine, claim, outcome.taken_elsewhere())
    try:
        found = await _ask(engine, claim)
    except asyncio.CancelledError:
        raise
    except ReauthRequired as error:
        await settle(engine, claim, outcome.signed_out(_told(claim)), error)
    except Exception as error:
        await settle(engine, claim, _cannot_tell(engine, claim, engine.now()), error)
    else:
        if found is not None:
            await complete(engine, claim, found)
        else:
            await settle(engine, claim, _absent(engine, claim, engine.now()))


async def _ask(engine: Engine, claim: Claim) -> Receipt | None:
    ready = await prepare(engine, claim, recheck=False)
    since = claim.first_sent_at or claim.scheduled_for
    patience = asyncio.timeout((engine.pace.lease / 2).total_seconds())
    async with engine.signed_in(claim.account, ready.credentials), patience:
        found = await ready.platform.adapter.find(
            ready.client, ready.account, ready.credentials, ready.post, dict(claim.remote_ids), since
        )  # fmt: skip
    return ready.proof(found) if found is not None else None


def _absent(engine: Engine, claim: Claim, now: datetime) -> Settlement:
    told = _told(claim)
    told["absent"] += 1
    if told["absent"] >= engine.pace.absences:
        return outcome.absent(claim, engine.pace, now)
    return _later(engine, told, now)


def _cannot_tell(engine: Engine, claim: Claim, now: datetime) -> Settlement:
    told = _told(claim)
    told["asked"] += 1
    told["absent"] = 0
    if told["asked"] >= (engine.pace.asks_confirming if told["confirming"] else engine.pace.asks):
        return outcome.review(told, "the platform could not tell us.")
    return _later(engine, told, now)


def _later(engine: Engine, told: dict[str, Any], now: datetime) -> Settlement:
    return Settlement("processing", "unknown", attempt_error=told, look_again=engine.pace.ask_at(now, told["asked"]), stays_open=True)


def _told(claim: Claim) -> dict[str, Any]:
    """What has been heard so far; a crash in `sending` left nothing yet."""
    start = {
        "class": "outcome_unknown", "who": "we retry", "asked": 0, "absent": 0, "confirming": claim.phase == "confirming",
        "message": "The publisher stopped while the post was being sent.",
    }  # fmt: skip
    return start | dict(claim.attempt_error or {})
