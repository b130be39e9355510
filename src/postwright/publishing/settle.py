"""Writes down what came of a try, and insists while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from postwright.db.queries import Conn
from postwright.platforms import registry
from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import QuotaExhausted
from postwright.publishing import outcome, store
from postwright.publishing.engine import Engine
from postwright.publishing.heard import Told
from postwright.publishing.store import Claim, Outcome, Settlement

log = structlog.get_logger()
T = TypeVar("T")
_TOLD = {"failed": ("post_failed", "A post failed"), "needs_review": ("post_unconfirmed", "Is this post out?")}
_FIRST_WORDS = 60  # characters of a post that name it
_PAUSES = (0.2, 1.0, 3.0, 8.0)  # seconds; a lease outlasts them, and after it the platform is asked anyway


async def complete(engine: Engine, claim: Claim, receipt: Receipt, told: Sequence[Told] = ()) -> None:
    """The post is out: result row, commitment, plan and attempt change together, by id and fence; and what the platform `told`
    of the account's budgets is kept."""
    remote_ids = {"remote_id": receipt.remote_id} | ({"part_ids": list(receipt.part_ids)} if receipt.part_ids else {})
    metadata = {"part_ids": list(receipt.part_ids)} if receipt.part_ids else {}
    outcome_of = Outcome(claim, receipt.remote_id, receipt.url, remote_ids, metadata, told)
    try:
        _tell(claim, await _firmly(lambda: engine.scribe.complete(outcome_of)), "published", remote_id=receipt.remote_id)
    except psycopg.errors.UniqueViolation:
        # One post on the platform never stands for two of ours, however alike they are.
        reason = f"the one we found there ({receipt.url}) already counts for another post."
        await settle(engine, claim, outcome.review(dict(claim.attempt_error or {}), reason))
    except psycopg.DataError:
        # Asking again would bring the same answer, for ever.
        reason = "the platform named it in a way that cannot be stored."
        await settle(engine, claim, outcome.review(dict(claim.attempt_error or {}), reason))


async def settle(engine: Engine, claim: Claim, to: Settlement, error: BaseException | None = None, told: Sequence[Told] = ()) -> None:
    """The try did not complete: where the post goes instead."""

    async def write() -> bool:
        async with engine.transaction() as db:
            return await settle_within(db, claim, to, engine.now(), error, told)

    words = to.attempt_error or to.error or {}
    _tell(claim, await _firmly(write), to.status, phase=to.phase, error=words.get("class"), cause=_cause(error))


async def settle_within(
    db: Conn, claim: Claim, to: Settlement, now: datetime, error: BaseException | None = None, told: Sequence[Told] = ()
) -> bool:
    """The same inside of a transaction: the post, its account's budget, and word to its author.
    False when the fence is no longer the worker's."""
    if not await store.settle(db, claim, to, now):
        return False
    if isinstance(error, QuotaExhausted):
        opens = error.opens_at(now)
        until = to.retry_at if opens is None or opens <= now else opens
        await store.correct_budget(db, claim, left=None, until=until, now=now)
    elif to.unsent:
        await store.return_token(db, claim)
    for each in told:
        if each.budget is not None:  # the shortest is what a refusal is about
            await store.hear(db, claim, each, now)
    if to.status in _TOLD and to.error is not None:
        kind, title = _TOLD[to.status]
        account = f"account:{claim.connection_id}" if to.error.get("rule") == outcome.SIGNED_OUT else None
        await store.notify_author(db, claim, kind=kind, title=title, body=f"{_named(claim)}: {to.error['message']}", part_of=account)
    return True


def _named(claim: Claim) -> str:
    """Which post, as people know it."""
    text = " ".join(claim.content.split())
    name = registry.name_of(claim.platform)
    return f"“{text[:_FIRST_WORDS].rstrip()}{'…' if len(text) > _FIRST_WORDS else ''}” on {name}" if text else f"A post on {name}"


async def _firmly(write: Callable[[], Awaitable[T]]) -> T:
    for pause in _PAUSES:
        try:
            return await write()
        except (psycopg.OperationalError, PoolTimeout) as error:
            log.warning("database away while an outcome is written; trying again", error=type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)
    return await write()


def _tell(claim: Claim, written: bool, status: str, **more: object) -> None:
    known = {key: value for key, value in more.items() if value is not None}
    log.info(
        "post settled" if written else "fence lost, outcome not written",
        post=str(claim.id), attempt=str(claim.attempt_id), platform=claim.platform, status=status, **known,
    )  # fmt: skip


def _cause(error: BaseException | None) -> str | None:
    """The type only: messages of HTTP libraries and platforms may carry addresses with tokens in them."""
    return type(error).__name__ if error is not None else None
