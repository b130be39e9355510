"""Before a send: what the platform itself says is left of the account's posts, where it can be asked."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from postwright.platforms.capabilities import Quota
from postwright.platforms.errors import PlatformError, QuotaExhausted
from postwright.publishing import store
from postwright.publishing.scribe import Writes
from postwright.publishing.store import Claim

log = structlog.get_logger()
_BUDGET = "posts_per_day"


@dataclass(slots=True)
class _Known:
    """What was told of an account, and the posts that went on their way since. `quota` None: it was not asked, or did not tell."""

    asked_at: datetime
    quota: Quota | None = None
    opens_at: datetime | None = None
    since: set[UUID] = field(default_factory=set)


class Quotas:
    """What one publisher knows of the accounts' quotas. The budgets' rows keep it for the others and for later."""

    def __init__(self, engine: Writes) -> None:
        self._engine = engine
        self._known: dict[UUID, _Known] = {}
        self._one_asks: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def need_room(self, claim: Claim, ask: Callable[[], Awaitable[Quota]]) -> None:
        """Lets the post pass and counts it, or raises QuotaExhausted with the moment from which there is room.

        A platform that does not tell stops nobody: its own answer to the send will."""
        async with self._one_asks[claim.connection_id]:
            known = self._known.get(claim.connection_id)
            if known is None or self._engine.now() >= known.asked_at + self._engine.pace.quota_fresh:
                known = self._known[claim.connection_id] = await self._look(claim, ask)
        if known.quota is None or claim.id in known.since:
            return
        if known.quota.used >= known.quota.limit:
            raise _exhausted(known.quota, known.opens_at)
        if known.quota.used + len(known.since) >= known.quota.limit:
            # Those on their way may still fail: that is known when the platform is asked again.
            raise _exhausted(known.quota, known.asked_at + self._engine.pace.quota_fresh)
        known.since.add(claim.id)

    async def _look(self, claim: Claim, ask: Callable[[], Awaitable[Quota]]) -> _Known:
        now = self._engine.now()
        async with self._engine.transaction() as db:
            if not await store.ask_quota(db, claim, _BUDGET, now=now, before=now - self._engine.pace.quota_fresh):
                return _Known(now)
        try:
            async with asyncio.timeout(self._engine.pace.quota_wait.total_seconds()):
                quota = await ask()
        except (PlatformError, TimeoutError) as error:
            log.info("the platform did not tell its quota", platform=claim.platform, error=type(error).__name__)
            return _Known(now)
        async with self._engine.transaction() as db:
            return _Known(now, quota, await store.hear_quota(db, claim, quota, now))


def _exhausted(quota: Quota, until: datetime | None) -> QuotaExhausted:
    words = f"The platform takes {quota.limit} posts from this account in {quota.seconds / 3600:g} hours, and they are used up."
    return QuotaExhausted(f"{words} This one goes out when there is room again.", until=until)
