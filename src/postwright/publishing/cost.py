"""What posts cost where a platform bills each call: per post, for a batch before it is scheduled, and in a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.errors import Forbidden, InvalidInput
from postwright.platforms import registry
from postwright.platforms.capabilities import Price
from postwright.platforms.rules import Finding
from postwright.publishing import verbs
from postwright.publishing.resolve import PlannedItem, Resolved, resolve_all
from postwright.publishing.snapshot import post_of

_sql = load(__package__)
MOST_BUDGET = 1_000_000  # dollars a month


@dataclass(frozen=True, slots=True)
class PostCost:
    """What one post costs; `price` is None where its platform bills nothing."""

    item_id: UUID
    platform: str
    connection_id: UUID | None
    price: Price | None


@dataclass(frozen=True, slots=True)
class AccountCost:
    """What an account costs in a month: spent, and to be spent by what is scheduled."""

    connection_id: UUID
    platform: str
    spent: Decimal
    ahead: Decimal
    posts: int


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC, which is what platforms bill by."""

    start: date
    accounts: tuple[AccountCost, ...]
    budget: Decimal | None

    @property
    def total(self) -> Decimal:
        return sum((each.spent + each.ahead for each in self.accounts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Preview:
    """What some posts would cost, beside what their month costs already. Nothing of it stops a post."""

    posts: tuple[PostCost, ...]
    month: Month
    findings: tuple[Finding, ...]

    @property
    def total(self) -> Decimal:
        return sum((each.price.dollars for each in self.posts if each.price), Decimal(0))


def price_of(platform: str, snapshot: Mapping[str, Any], content: str) -> Price | None:
    """What sending this costs; None where nothing is billed."""
    known = registry.REGISTRY.get(platform)
    if known is None or known.bills is None:
        return None
    return known.bills(post_of(snapshot, content, known.rules.default_format))


def billed_platforms() -> list[str]:
    return [slug for slug, each in registry.REGISTRY.items() if each.bills is not None]


async def preview(db: Conn, actor: Actor, item_ids: Sequence[UUID], *, now: datetime) -> Preview:
    """What these posts cost, in order; those that are not there are left out. A month's budget that they pass is a warning."""
    items = await verbs.items_to_commit(db, actor.home, list(item_ids), lock=False)
    resolved = await resolve_all(db, actor, items)
    found = {item.id: _priced(item, each) for item, each in zip(items, resolved, strict=True)}
    posts = tuple(found[each] for each in dict.fromkeys(item_ids) if each in found)
    month = await month_of(db, actor, now=now)
    fresh = {each.id for each in items if each.status == "queued"}  # what is scheduled counts in its month already
    more = sum((each.price.dollars for each in posts if each.price and each.item_id in fresh), Decimal(0))
    return Preview(posts, month, tuple(_over(month, more)))


async def month_of(db: Conn, actor: Actor, *, now: datetime) -> Month:
    """What the running month costs, account by account."""
    start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    platforms = billed_platforms()
    rows = (
        await _sql["billed_posts"].rows(db, _Billed, workspace=actor.home, platforms=platforms, start=start, end=end) if platforms else []
    )
    budget = await _sql["cost_budget"].value(db, workspace=actor.home)
    return Month(start.date(), tuple(_by_account(rows)), None if budget is None else Decimal(str(budget)))


async def set_budget(db: Conn, actor: Actor, dollars: float | None) -> None:
    """Names what a month may cost before a warning is shown; None takes it back. Raises InvalidInput, Forbidden."""
    if dollars is not None and not 0 < dollars <= MOST_BUDGET:
        raise InvalidInput(f"A monthly budget is more than 0 and at most {MOST_BUDGET:,} dollars.", field="dollars", rule="range")
    if not await _sql["set_cost_budget"].run(db, workspace=actor.home, dollars=dollars):
        raise Forbidden("Naming a budget needs the role admin.", rule="role")


@dataclass(frozen=True, slots=True)
class _Billed:
    connection_id: UUID
    platform: str
    content: str
    snapshot: Mapping[str, Any]
    status: str


def _priced(item: PlannedItem, resolved: Resolved) -> PostCost:
    return PostCost(item.id, item.platform, item.connection_id, price_of(item.platform, resolved.snapshot, resolved.content))


def _by_account(rows: Sequence[_Billed]) -> list[AccountCost]:
    found: dict[UUID, AccountCost] = {}
    for each in rows:
        price = price_of(each.platform, each.snapshot, each.content)
        dollars = price.dollars if price else Decimal(0)
        was = found.get(each.connection_id) or AccountCost(each.connection_id, each.platform, Decimal(0), Decimal(0), 0)
        out = each.status != "scheduled"
        found[each.connection_id] = AccountCost(
            was.connection_id, was.platform, was.spent + dollars * out, was.ahead + dollars * (not out), was.posts + 1
        )
    return list(found.values())


def _over(month: Month, more: Decimal) -> list[Finding]:
    if month.budget is None or month.total + more <= month.budget or not more:
        return []
    words = f"With these posts the month comes to ${month.total + more:,.2f}; the budget is ${month.budget:,.2f}. They go out all the same."
    return [Finding("cost", "cost_budget", words, limit=float(month.budget), actual=float(month.total + more), level="warning")]
