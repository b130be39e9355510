"""Counting against a platform's limits, in fixed windows that survive a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from postwright.sandbox.records import Account
from postwright.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left in a window. `reset` is in seconds since 1970."""

    limit: int
    used: int
    reset: int
    refused: bool

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def seconds_left(self, now: float) -> int:
        return max(1, int(self.reset - now))

    def headers(self, prefix: str = "x-rate-limit-") -> dict[str, str]:
        return {f"{prefix}limit": str(self.limit), f"{prefix}remaining": str(self.remaining), f"{prefix}reset": str(self.reset)}


def spend(world: World, account: Account, bucket: str, limit: int, window: int, cost: int = 1) -> Quota:
    """Takes `cost` out of the account's window of `window` seconds."""
    start = int(world.clock()) // window * window
    used = world.ledger.spend(account.id, bucket, start, cost)
    limits = world.behaviour.limits
    return Quota(limit, used if limits else 0, start + window, limits and used > limit)


def shown_day(world: World, account: Account, limit: int) -> dict[str, Any]:
    """The day's posts as Instagram and Threads tell them. Where quotas refuse nobody, none is shown that would keep one waiting."""
    if not world.behaviour.limits:
        return {"quota_usage": 0, "config": {"quota_total": 1_000_000, "quota_duration": 86_400}}
    used = world.ledger.sent_since(account.id, world.clock() - 86_400)
    return {"quota_usage": used, "config": {"quota_total": limit, "quota_duration": 86_400}}


def shown_replies(world: World, account: Account, limit: int) -> dict[str, Any]:
    """The day's replies as Threads tells them."""
    if not world.behaviour.limits:
        return {"reply_quota_usage": 0, "reply_config": {"quota_total": 1_000_000, "quota_duration": 86_400}}
    used = world.ledger.sent_since(account.id, world.clock() - 86_400, replies=True)
    return {"reply_quota_usage": used, "reply_config": {"quota_total": limit, "quota_duration": 86_400}}


def day_is_full(world: World, account: Account, limit: int, *, replies: bool = False) -> bool:
    """Whether the account has sent its posts, or replies, of the last 24 hours."""
    return world.behaviour.limits and world.ledger.sent_since(account.id, world.clock() - 86_400, replies=replies) >= limit
