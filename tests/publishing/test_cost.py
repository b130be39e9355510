"""What posts cost where a platform bills each call: by post, for a batch, in a month."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from postwright.db.session import transaction
from postwright.errors import Forbidden, InvalidInput
from postwright.platforms.post import Post
from postwright.platforms.x.limits import FACTS, price
from postwright.publishing.commit import commit
from postwright.publishing.cost import Month, Preview, month_of, preview, price_of, set_budget
from tests.publishing.desk import NOON, Desk, actor

pytestmark = pytest.mark.anyio
PLAIN, LINKED = Decimal("0.015"), Decimal("0.2")


async def look(desk: Desk, *items: UUID) -> Preview:
    async with desk.as_bob() as db:
        return await preview(db, desk.bob, items, now=desk.clock())


async def month(desk: Desk) -> Month:
    async with desk.as_bob() as db:
        return await month_of(db, desk.bob, now=desk.clock())


async def budget(desk: Desk, dollars: float | None) -> None:
    ada = actor(desk.cast.ada, desk.cast.workspace)
    async with transaction(desk.api, ada) as db:
        await set_budget(db, ada, dollars)


def test_a_link_costs_more_and_each_part_of_a_thread_is_a_post() -> None:
    assert price(Post("hello", "post")).dollars == PLAIN
    assert price(Post("see https://example.com", "post")).dollars == LINKED
    assert price(Post("one", "thread", parts=("one", "two https://example.com", "three"))).dollars == PLAIN * 2 + LINKED
    assert (price(Post("x", "post")).source, price(Post("x", "post")).checked_on) == (
        FACTS["dollars_per_post"].source, FACTS["dollars_per_post"].checked_on,
    )  # fmt: skip
    assert price_of("linkedin", {"text": "free"}, "free") is None
    assert price_of("no longer known", {"text": "?"}, "?") is None


def test_a_first_comment_is_a_billed_post_too() -> None:
    assert price(Post("hello", "post", options={"first_comment": "more"})).dollars == PLAIN * 2
    assert price(Post("hello", "post", options={"first_comment": "https://example.com"})).dollars == PLAIN + LINKED
    assert price(Post("hello", "post", options={"first_comment": "  "})).dollars == PLAIN


async def test_a_batch_is_priced_before_it_is_scheduled(desk: Desk) -> None:
    plain = await desk.plan("hello", NOON + timedelta(hours=1))
    linked = await desk.plan("https://example.com", NOON + timedelta(hours=2))
    thread = await desk.plan("", NOON + timedelta(hours=3), content=Jsonb({"text": "1", "thread": ["1", "2"]}))
    found = await look(desk, linked, plain, thread, plain)
    assert [each.price and each.price.dollars for each in found.posts] == [LINKED, PLAIN, PLAIN * 2]
    assert (found.total, found.month.total, found.findings) == (LINKED + PLAIN * 3, Decimal(0), ())


async def test_a_month_counts_what_went_out_and_what_will(desk: Desk) -> None:
    await desk.schedule("out https://example.com")
    await desk.turn()
    await desk.schedule("still to come", "slot", NOON + timedelta(days=3))
    await desk.schedule("next month", "slot", NOON + timedelta(days=10))
    found = await month(desk)
    (account,) = found.accounts
    assert (account.connection_id, account.spent, account.ahead, account.posts) == (desk.account, LINKED, PLAIN, 2)
    assert (found.total, found.start.isoformat()) == (LINKED + PLAIN, "2026-11-01")


async def test_the_last_month_of_a_year_ends(desk: Desk) -> None:
    desk.clock.advance(timedelta(days=30))
    assert (await month(desk)).start.isoformat() == "2026-12-01"


async def test_a_budget_warns_and_never_stops(desk: Desk) -> None:
    await budget(desk, 0.02)
    first = await desk.schedule("one", "slot", NOON + timedelta(hours=1))
    second = await desk.plan("two", NOON + timedelta(hours=2))
    assert (await look(desk, first)).findings == (), "what is scheduled counts in its month already"
    (finding,) = (await look(desk, second)).findings
    assert (finding.rule, finding.level, finding.limit, finding.actual) == ("cost_budget", "warning", 0.02, 0.03)
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [second], now=NOON, when="slot")
    assert done.scheduled_post_id is not None
    await budget(desk, None)
    assert (await look(desk, second)).findings == ()


async def test_who_may_name_a_budget_and_which(desk: Desk) -> None:
    for wrong in (0, -1, 1e9, float("nan")):
        with pytest.raises(InvalidInput):
            await budget(desk, wrong)
    with pytest.raises(Forbidden):
        async with desk.as_bob() as db:
            await set_budget(db, desk.bob, 5)
    assert (await month(desk)).budget is None
