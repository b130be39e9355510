"""Live quotas: what a platform itself has counted is asked before a send, seldom, and a full day postpones a post."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from postwright.platforms.account import Account, Credentials
from postwright.platforms.capabilities import Quota
from postwright.platforms.errors import PlatformError, Rejected, Transient
from postwright.publishing.claim import claim_due
from postwright.publishing.engine import Engine
from postwright.publishing.send import send
from tests.publishing.desk import NOON, Desk, fake_platform

pytestmark = pytest.mark.anyio
DAY = 86_400


class Counter:
    """A platform that tells what it has counted, or fails to."""

    def __init__(self, used: int, limit: int = 25, error: PlatformError | None = None) -> None:
        self.used, self.limit, self.error = used, limit, error
        self.asked = 0

    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Quota:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Quota(self.used, self.limit, DAY, "https://fake.example/quota")


def telling(desk: Desk, counter: Counter) -> Engine:
    """A publisher whose platform tells its quota."""
    platform = replace(fake_platform(desk.network), quota=counter)
    desk.engine = replace(desk.engine, platform_of=lambda slug: platform)
    return desk.engine


async def _open_bucket(desk: Desk) -> None:
    """X has no limit of posts in a day in our table: give it one, as Instagram and Threads have."""
    await desk.run(
        "insert into platform_limits (platform_id, name, value, unit, source, checked_on)"
        " select id, 'posts_per_day', 50, 'per day', 'https://fake.example/limits', '2026-11-01' from platforms where slug = 'x'"
    )


async def _bucket(desk: Desk) -> dict[str, Any]:
    (row,) = await desk.fetch("select * from rate_budgets where name = 'posts_per_day'")
    return row


@pytest.fixture(autouse=True)
async def bucket(desk: Desk) -> None:
    await _open_bucket(desk)


async def test_a_full_day_postpones_the_post_until_room_and_fails_nothing(desk: Desk) -> None:
    counter = Counter(0, 2)
    telling(desk, counter)
    first = [await desk.schedule(f"post {number}") for number in range(2)]
    await desk.turn()
    assert [(await desk.row(item))["status"] for item in first] == ["completed", "completed"]
    counter.used = 2
    desk.clock.advance(timedelta(hours=13))  # a bucket would have one more token by now
    item = await desk.schedule("one more")
    for _ in range(2):
        await desk.turn()
        desk.clock.advance(timedelta(minutes=1))
    row = await desk.row(item)
    opens = NOON + timedelta(days=1)  # when the first of ours leaves the window
    assert (row["status"], row["error"]["class"], row["retry_count"]) == ("scheduled", "quota_exhausted", 0)
    assert opens <= row["next_retry_at"] <= opens + timedelta(minutes=1)
    assert desk.network.count("one more") == 0
    counter.used = 1
    desk.clock.fixed = row["next_retry_at"]
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"


async def test_where_others_used_it_up_the_platform_is_asked_again_and_patience_has_no_end(desk: Desk) -> None:
    counter = Counter(25)
    telling(desk, counter)
    item = await desk.schedule("patient")
    for _ in range(60):
        await desk.turn()
        row = await desk.row(item)
        assert row["status"] == "scheduled", row["error"]
        assert timedelta(0) < row["next_retry_at"] - desk.clock() <= timedelta(hours=1, minutes=1)
        desk.clock.fixed = row["next_retry_at"]
    counter.used = 24
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"


async def test_the_platform_is_asked_once_in_a_while_by_all_publishers_together(desk: Desk) -> None:
    counter = Counter(3)
    engine = telling(desk, counter)
    for number in range(6):
        await desk.schedule(f"post {number}")
    for publisher in (engine, replace(engine, worker="other", in_flight={})):
        claims = await claim_due(publisher, 3)
        await asyncio.gather(*(send(publisher, claim) for claim in claims))
    assert counter.asked == 1
    assert len(desk.network.landed) == 6
    row = await _bucket(desk)
    assert (row["asked_at"], row["told_at"], row["capacity"]) == (NOON, NOON, 25)
    assert row["remaining"] == 25 - 3 - 6, "told, less what was under way, less what was taken since"
    desk.clock.advance(timedelta(minutes=6))
    await desk.schedule("later")
    await desk.turn()
    assert counter.asked == 2


async def test_of_a_burst_only_as_many_go_as_the_platform_has_room_for(desk: Desk) -> None:
    counter = Counter(23)
    engine = telling(desk, counter)
    for number in range(5):
        await desk.schedule(f"post {number}")
    claims = await claim_due(engine, 5)
    await asyncio.gather(*(send(engine, claim) for claim in claims))
    assert (len(desk.network.landed), counter.asked) == (2, 1)
    left = await desk.fetch("select next_retry_at, status from scheduled_posts where status <> 'completed'")
    assert [row["status"] for row in left] == ["scheduled"] * 3
    assert all(row["next_retry_at"] <= NOON + timedelta(minutes=6) for row in left), "then it is asked whether those two counted"


@pytest.mark.parametrize("error", [Transient("away"), Rejected("no", field="account", rule="forbidden")])
async def test_a_platform_that_does_not_tell_stops_no_post(desk: Desk, error: PlatformError) -> None:
    counter = Counter(25, error=error)
    telling(desk, counter)
    item = await desk.schedule("hello")
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"
    assert counter.asked == 1
    assert (await _bucket(desk))["told_at"] is None


async def test_the_platform_s_word_on_its_limit_goes_before_ours(desk: Desk) -> None:
    telling(desk, Counter(0, 100))
    for text in ("one", "two"):
        await desk.schedule(text)
        await desk.turn()
    row = await _bucket(desk)
    assert (row["capacity"], row["remaining"]) == (100, 98)
