"""Everything that stands in the way of posts, found in one go: the platform's rules, the account, the time, what was said before."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from postwright.connections.words import lacking
from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.edge.render import age, local
from postwright.edge.served import Served
from postwright.errors import NotFound
from postwright.platforms import registry
from postwright.platforms.rules import Finding
from postwright.publishing import verbs
from postwright.publishing.already import Earlier, earlier_of, said_lately, same
from postwright.publishing.resolve import PlannedItem, Resolved, resolve_all

When = Literal["slot", "now"] | datetime

_COUNTED = (("reels", "reels"), ("uploads", "uploads"), ("inits", "beginnings of a post"), ("messages", "messages"), ("units", "units"))
COMMITTED = frozenset({"scheduled", "processing", "needs_review", "completed"})
OPEN = frozenset({"queued", "scheduled", "failed"})  # of an item: what may still go out
RECENT = timedelta(days=30)
_sql = load(__package__)

# What somebody can do about a finding where no fix of the variant's does it: words and where.
_AGAIN = ("Connect it again", "/accounts")
_WAYS: Mapping[str, tuple[str, str]] = {
    "reconnect": _AGAIN, "token_ends": _AGAIN, "scopes": _AGAIN, "paused": ("Open Accounts", "/accounts"),
    "suspended": ("Open Accounts", "/accounts"),
    "account": ("Open Accounts", "/accounts"), "no_slot": ("Give it a time", "#move"), "past": ("Give it a new time", "#move"),
    "budget": ("Give it another time", "#move"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weighed:
    """What would go out, and all that is found about it: what stops it first."""

    item: PlannedItem
    resolved: Resolved
    findings: tuple[Finding, ...]

    @property
    def stopped(self) -> bool:
        return any(each.level == "error" for each in self.findings)


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of one of the platform's limits for an account."""

    connection_id: UUID
    name: str
    remaining: float
    capacity: float
    per_seconds: float
    blocked_until: datetime | None
    updated_at: datetime
    only_for: str | None  # the format whose posts count; None: all
    source: str | None  # the page that names the limit; None: the platform itself told it

    def finding(self, at: datetime, name: str, zone: str) -> Finding | None:
        """Whether a post at that time meets a limit that is spent."""
        if self.blocked_until is not None and self.blocked_until > at:
            words = f"{name} takes no more from this account until {local(self.blocked_until, zone)} ({zone}); the post waits till then."
            return Finding("scheduled_at", "budget", words, self.capacity, 0, self.source, level="warning")
        refilled = self.remaining + self.capacity * max((at - self.updated_at).total_seconds(), 0) / self.per_seconds
        if refilled >= 1:
            return None
        words = f"{name} takes {self.in_words}, and they will be spent by then; the post waits until there is room."
        return Finding("scheduled_at", "budget", words, self.capacity, max(math.floor(refilled), 0), self.source, level="warning")

    @property
    def in_words(self) -> str:
        """“100 posts in 15 minutes from this account”."""
        what = next((words for part, words in _COUNTED if part in self.name), "posts")
        return f"{self.capacity:,g} {what} in {_span(self.per_seconds)} from this account"


def _span(seconds: float) -> str:
    for length, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = seconds / length
            return f"{'an' if unit == 'hour' else 'a'} {unit}" if count == 1 else f"{count:g} {unit}s"
    return f"{seconds:g} seconds"


async def preflight(db: Conn, actor: Actor, item_id: UUID, *, now: datetime, served_at: Served | str | None = None) -> tuple[Finding, ...]:
    """The findings of one post that may still go out, as it would go out; none for one that is out. `served_at` as for resolve_all.
    Raises NotFound."""
    found = await verbs.items_to_commit(db, actor.home, [item_id], lock=False)
    if not found:
        raise NotFound("There is no such post.")
    if found[0].status not in OPEN or found[0].commitment_status in {"processing", "needs_review", "completed"}:
        return ()
    return (await weigh(db, actor, found, now=now, when="slot", served_at=served_at))[0].findings


def way_out(finding: Finding) -> tuple[str, str] | None:
    """What to do about it, in words, and where: for findings that no change of the variant mends."""
    return _WAYS.get(finding.rule)


async def weigh(
    db: Conn,
    actor: Actor,
    items: Sequence[PlannedItem],
    *,
    now: datetime,
    when: When,
    again: Collection[UUID] = (),
    served_at: Served | str | None = None,
) -> list[Weighed]:
    """Each post with its findings, in order; a handful of statements however many there are.

    What is probed of media comes in by `resolve_all`: a check of the platform sees size, shape, codec and length there.
    """
    if not items:
        return []
    resolved = await resolve_all(db, actor, items, served_at=served_at)
    earlier = await earlier_of(db, actor.home, [each for each in items if each.connection_id not in again])
    lately = await said_lately(db, actor.home, list(zip(items, resolved, strict=True)), since=now - RECENT)
    budgets = await _budgets(db, actor.home, items)
    return [
        Weighed(item, each, tuple(_findings(item, each, earlier, lately.get(item.id), budgets, now, when)))
        for item, each in zip(items, resolved, strict=True)
    ]  # fmt: skip


def _findings(
    item: PlannedItem,
    resolved: Resolved,
    earlier: Sequence[Earlier],
    lately: datetime | None,
    budgets: Mapping[UUID, list[Budget]],
    now: datetime,
    when: When,
) -> list[Finding]:
    at = when if isinstance(when, datetime) else now if when == "now" else item.scheduled_at
    committed = item.commitment_status in COMMITTED
    slot = check_slot(item, now) if when == "slot" and not committed and item.commitment_status != "failed" else None
    twice = None if committed else next((each for each in earlier if each.is_of(item) and same(each.snapshot, resolved.snapshot)), None)
    found = [slot, twice.finding() if twice else None, *resolved.findings]
    if lately is not None and twice is None:
        words = f"The same words were on this account {age(lately, now)}. Platforms take repeats for spam."
        found.append(Finding("text", "said_lately", words, level="warning"))
    found += [*_check_access(item, at), _check_approval(item)]
    if at is not None and item.connection_id is not None:
        name = registry.name_of(item.platform)
        counting = [each for each in budgets.get(item.connection_id, []) if each.only_for in (None, resolved.snapshot.get("format"))]
        found += [each.finding(at, name, item.timezone or "UTC") for each in counting]
    told = [each for each in found if each is not None]
    return sorted(told, key=lambda each: each.level != "error")


def check_slot(item: PlannedItem, now: datetime) -> Finding | None:
    """Whether it has a time that is still to come."""
    if item.scheduled_at is None:
        return Finding("scheduled_at", "no_slot", "This post has no slot yet: give it a time, or publish it now.")
    if item.scheduled_at < now:
        return Finding("scheduled_at", "past", f"Its slot passed {age(item.scheduled_at, now)}: give it a new time, or publish it now.")
    return None


def _check_access(item: PlannedItem, at: datetime | None) -> list[Finding | None]:
    """Whether the account's permission holds until then and covers what is asked of it."""
    platform = registry.REGISTRY.get(item.platform)
    ends = item.token_expires_at if item.health == "expiring" else None
    late = None
    if ends is not None and at is not None and ends < at:
        words = f"{item.account_name}'s permission ends {local(ends, item.timezone or 'UTC')}, before this post goes out: connect it again."
        late = Finding("account", "token_ends", words, level="warning")
    granted = set((item.scope or "").replace(",", " ").split())
    lacks = lacking(platform, granted) if platform else []
    words = f"{item.account_name} did not grant {', '.join(lacks)}: connect it again and allow it."
    return [late, Finding("account", "scopes", words, level="warning") if lacks else None]


def _check_approval(item: PlannedItem) -> Finding | None:
    if not item.needs_approval or item.approved_at is not None:
        return None
    return Finding("approval", "approval", "It goes out only once somebody who may has approved it.", level="warning")


async def _budgets(db: Conn, workspace: UUID, items: Sequence[PlannedItem]) -> dict[UUID, list[Budget]]:
    found: dict[UUID, list[Budget]] = {}
    connections = list({each.connection_id for each in items if each.connection_id})
    for each in await _sql["budgets"].rows(db, Budget, workspace=workspace, connections=connections):
        found.setdefault(each.connection_id, []).append(each)
    return found
