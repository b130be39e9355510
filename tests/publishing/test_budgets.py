"""Rate budgets: what a platform takes is counted before it has to say no, survives restarts, and follows its word."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.queries import Conn
from postwright.db.session import transaction
from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import QuotaExhausted, Transient
from postwright.publishing import claim as claim_module
from postwright.publishing import outcome, store
from postwright.publishing.claim import claim_due, claim_lapsed
from postwright.publishing.heard import Told, read
from postwright.publishing.settle import complete, settle
from postwright.publishing.shares import Shares
from postwright.publishing.store import Claim, Settlement
from tests.publishing.desk import NOON, Desk, actor, raising

pytestmark = pytest.mark.anyio
X_DAY = {
    "x-user-limit-24hour-remaining": "4", "x-user-limit-24hour-limit": "25", "x-user-limit-24hour-reset": str(int(NOON.timestamp())),
    "x-app-limit-24hour-remaining": "0", "x-app-limit-24hour-limit": "17",
}  # fmt: skip


async def _limit(desk: Desk, name: str, value: int) -> None:
    await desk.run(
        "update platform_limits set value = %s where name = %s and platform_id = (select id from platforms where slug = 'x')", value, name
    )


async def _level(desk: Desk) -> float:
    (row,) = await desk.fetch(
        "select app.bucket_level(capacity, remaining, per_seconds, filled_at, %s)::float8 as level from rate_budgets"
        " where name = 'posts_per_15_minutes'",
        desk.clock(),
    )
    level: float = row["level"]
    return level


async def test_a_post_without_a_token_is_not_claimed_and_goes_out_when_its_token_is_there(desk: Desk) -> None:
    await _limit(desk, "posts_per_15_minutes", 2)
    items = [await desk.schedule(f"post {number}") for number in range(4)]
    assert len(await desk.turn()) == 2
    rows = [await desk.row(item) for item in items]
    assert [row["status"] for row in rows] == ["completed", "completed", "scheduled", "scheduled"]
    assert [row["next_retry_at"] - NOON for row in rows[2:]] == [timedelta(seconds=450), timedelta(seconds=900)]
    assert (rows[2]["error"]["class"], rows[2]["retry_count"]) == ("quota_exhausted", 0)
    assert [len(await desk.attempts(item)) for item in items] == [1, 1, 0, 0], "nothing was tried, so nothing is in the ledger"
    desk.clock.advance(timedelta(seconds=450))
    assert len(await desk.turn()) == 1
    desk.clock.advance(timedelta(seconds=450))
    assert len(await desk.turn()) == 1
    assert (await desk.row(items[3]))["error"] is None


async def test_the_budget_is_the_account_s_whichever_publisher_sends(desk: Desk) -> None:
    await _limit(desk, "posts_per_15_minutes", 3)
    for number in range(5):
        await desk.schedule(f"post {number}")
    taken = [len(await claim_due(engine, 2)) for engine in (desk.engine, desk.other_worker(), desk.other_worker("third"))]
    assert taken == [2, 1, 0]


async def test_what_is_beyond_a_workspace_s_share_waits_for_a_hand_and_costs_no_token(desk: Desk) -> None:
    await _limit(desk, "posts_per_15_minutes", 2)
    items = [await desk.schedule(f"post {number}") for number in range(4)]
    one = Shares({desk.cast.workspace: 1}, 3)
    assert len(await claim_due(desk.engine, 9, one)) == 1
    assert [(await desk.row(item))["next_retry_at"] for item in items[1:]] == [None, None, None], "nothing holds them but hands"
    assert await claim_due(desk.engine, 9, Shares({desk.cast.workspace: 0}, 3)) == []
    assert len(await claim_due(desk.engine, 9, one)) == 1
    assert await claim_due(desk.engine, 9, one) == []
    assert all([(await desk.row(item))["next_retry_at"] for item in items[2:]]), "a spent budget holds all of them at once"


async def test_an_app_s_budget_is_shared_by_its_accounts(desk: Desk) -> None:
    await _limit(desk, "posts_per_day_per_app", 1)
    second = await _second_account(desk)
    await desk.schedule("first")
    item = await desk.plan("second", platform_connection_id=second)
    await desk.run(
        "insert into scheduled_posts (workspace_id, user_id, schedule_item_id, platform_connection_id, platform, content, scheduled_for)"
        " values (%s, %s, %s, %s, 'x', 'second', %s)",
        desk.cast.workspace, desk.cast.bob.id, item, second, NOON,
    )  # fmt: skip
    assert len(await desk.turn()) == 1
    desk.clock.advance(timedelta(hours=24))
    await desk.run("update scheduled_posts set next_retry_at = %s where status = 'scheduled'", desk.clock())
    assert len(await desk.turn()) == 1


async def _second_account(desk: Desk) -> UUID:
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        (made,) = await save_accounts(db, alice, [Granted("x", "2", "sandbox", "acme2", "Acme 2", "open sesame")], desk.engine.box, NOON)
    return made


@pytest.mark.parametrize("what", ["app.take_tokens(%s, %s, 1, null, %s)", "app.return_token(%s, %s, null)"])
async def test_two_publishers_never_wait_for_each_other_s_budgets(desk: Desk, what: str) -> None:
    second = await _second_account(desk)
    take = b"select app.take_tokens(%s, %s, 1, null, %s)"
    values = (desk.cast.workspace, second, NOON)
    await desk.run(take.decode(), *values)
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def other_publisher() -> None:
        async with desk.service() as db:
            started.set_result(db.info.backend_pid)
            await db.execute(f"select {what}".encode(), values[: what.count("%s")])

    async with desk.service() as db:
        await db.execute(take, (desk.cast.workspace, desk.account, NOON))
        other = asyncio.create_task(other_publisher())
        pid = await started
        assert await _comes_to_wait(db, pid), "it wants what the app shares"
        await db.execute(take, values)
    await other


async def _comes_to_wait(db: Conn, pid: int) -> bool:
    for _ in range(1000):
        if await (await db.execute("select 1 where pg_blocking_pids(%s) <> '{}'", (pid,))).fetchone():
            return True
        await asyncio.sleep(0.01)
    return False


async def test_lapsed_posts_are_settled_in_the_order_in_which_budgets_are_locked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    second = await _second_account(desk)
    for number in range(4):
        item = await desk.schedule(f"post {number}")
        if number % 2:
            await desk.run("update scheduled_posts set platform_connection_id = %s where schedule_item_id = %s", second, item)
    assert len(await claim_due(desk.engine, 4)) == 4
    settled: list[UUID] = []

    async def note(db: Conn, claim: Claim, to: Settlement, now: datetime) -> bool:
        settled.append(claim.connection_id)
        return True

    take_over = store.take_over

    async def backwards(db: Conn, **how: Any) -> list[Claim]:
        """The database gives them back in any order."""
        return sorted(await take_over(db, **how), key=lambda each: each.connection_id, reverse=True)

    monkeypatch.setattr(store, "take_over", backwards)
    monkeypatch.setattr(claim_module, "settle_within", note)
    desk.clock.advance(desk.engine.pace.lease)
    await claim_lapsed(desk.engine, 4)
    assert settled == sorted(settled)
    assert len(settled) == 4


async def test_once_a_platform_said_no_more_nobody_asks_again_before_its_time(desk: Desk) -> None:
    opens = NOON + timedelta(minutes=5)
    first = await desk.schedule("first")
    desk.network.uploading["first"] = [raising(QuotaExhausted("Too many.", until=opens))]
    await desk.turn()
    await desk.schedule("second")
    seen = len(desk.network.seen_remote_ids)
    assert await desk.turn() == []
    assert len(desk.network.seen_remote_ids) == seen, "the second post was not even tried"
    desk.clock.advance(timedelta(minutes=6))
    for _ in range(3):
        await desk.turn()
        desk.clock.advance(timedelta(minutes=5))
    assert (await desk.row(first))["status"] == "completed"
    assert desk.network.count("second") == 1


@pytest.mark.parametrize("budget", [None, "posts_per_day", "posts_per_day_per_app"])
async def test_no_word_of_a_platform_holds_posts_for_years(desk: Desk, budget: str | None) -> None:
    far = NOON + timedelta(days=1500)
    for text in ("first", "second"):
        await desk.schedule(text)
    for claim in await claim_due(desk.engine, 2):
        await desk.run("update rate_budgets set blocked_until = %s where blocked_until is not null", far)  # the next word corrects that
        receipt = Receipt(claim.content, f"https://fake.example/{claim.content}")
        await complete(desk.engine, claim, receipt, [Told(0, far, budget, 25 if budget else None)])
    item = await desk.schedule("third")
    assert await desk.turn() == []
    assert (await desk.row(item))["next_retry_at"] == NOON + timedelta(days=1)


async def test_a_try_that_was_stopped_before_anything_was_sent_gives_its_token_back(desk: Desk) -> None:
    await desk.schedule("wait")
    desk.engine.stopping.set()
    await desk.turn()
    assert await _level(desk) == 100
    desk.engine.stopping.clear()
    await desk.turn()
    assert await _level(desk) == 99


async def test_a_try_that_reached_the_platform_keeps_its_token(desk: Desk) -> None:
    await desk.schedule("busy")
    desk.network.before["busy"] = [raising(Transient("Busy."))]
    await desk.turn()
    assert await _level(desk) == 99


async def test_what_the_platform_tells_of_its_counting_corrects_ours(desk: Desk) -> None:
    await desk.schedule("hello")
    (claim,) = await claim_due(desk.engine, 1)
    until = NOON + timedelta(minutes=9)
    await complete(desk.engine, claim, Receipt("r1", "https://fake.example/r1"), [Told(7, until)])
    assert await _level(desk) == 7
    await desk.schedule("again")
    (claim,) = await claim_due(desk.engine, 1)
    await complete(desk.engine, claim, Receipt("r2", "https://fake.example/r2"), [Told(0, until)])
    item = await desk.schedule("too many")
    assert await desk.turn() == []
    assert (await desk.row(item))["next_retry_at"] >= until


async def test_a_limit_that_changes_is_followed(desk: Desk) -> None:
    await desk.schedule("one")
    await desk.turn()
    await _limit(desk, "posts_per_15_minutes", 5)
    await desk.schedule("two")
    await desk.turn()
    assert await _level(desk) == 4


def test_a_reset_is_as_far_from_now_as_from_the_platform_s_own_clock() -> None:
    headers = {"x-rate-limit-remaining": "3", "x-rate-limit-reset": "2031-03-01T12:15:00Z", "date": "Sat, 01 Mar 2031 12:00:00 GMT"}
    (told,) = read(httpx2.Headers(headers), NOON)
    assert told.until == NOON + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-rate-limit-remaining": "3", "x-rate-limit-reset": str(int(NOON.timestamp()))}, (Told(3, NOON),)),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-23T12:00:00Z"}, (Told(0, NOON),)),
        ({"RateLimit-Remaining": "12", "RateLimit-Reset": "soon"}, (Told(12, None),)),
        (
            X_DAY | {"x-rate-limit-remaining": "9"},
            (Told(9, None), Told(4, NOON, "posts_per_day", 25), Told(0, None, "posts_per_day_per_app", 17)),
        ),
        ({"x-user-limit-24hour-remaining": "4"}, ()),  # of how many?
        ({"x-rate-limit-remaining": "many"}, ()),
        ({"x-rate-limit-remaining": "9" * 30}, ()),
        ({}, ()),
    ],
)
def test_what_headers_say(headers: dict[str, str], told: Any) -> None:
    assert read(httpx2.Headers(headers), NOON) == told


async def test_a_day_s_limit_of_the_account_is_kept_beside_the_quarter_hour_s(desk: Desk) -> None:
    await desk.schedule("hello")
    (claim,) = await claim_due(desk.engine, 1)
    tomorrow = NOON + timedelta(hours=20)
    told = [Told(90, NOON + timedelta(minutes=9)), Told(0, tomorrow, "posts_per_day", 25)]
    await complete(desk.engine, claim, Receipt("r1", "https://fake.example/r1"), told)
    item = await desk.schedule("too many")
    assert await desk.turn() == []
    assert (await desk.row(item))["next_retry_at"] >= tomorrow
    assert await _level(desk) == 90, "the other limit has its own count"
    desk.clock.advance(timedelta(hours=20))
    assert len(await desk.turn()) == 1


async def test_a_day_s_limit_of_the_app_holds_its_other_accounts_as_well(desk: Desk) -> None:
    second = await _second_account(desk)
    first = await desk.schedule("first")
    (claim,) = await claim_due(desk.engine, 1)
    opens = NOON + timedelta(hours=3)
    refused = QuotaExhausted("Too many.", until=opens)
    words = outcome.settlement_of(refused, claim, desk.engine.pace, NOON, phase="sending", sent=True)
    await settle(desk.engine, claim, words, refused, [Told(0, opens, "posts_per_day_per_app", 10_000)])
    await desk.run("update content_schedule_items set platform_connection_id = %s where id = %s", second, await desk.schedule("other"))
    await desk.run("update scheduled_posts set platform_connection_id = %s where content = 'other'", second)
    assert await desk.turn() == []
    (held,) = await desk.fetch("select next_retry_at from scheduled_posts where content = 'other'")
    assert held["next_retry_at"] >= opens
    assert (await desk.row(first))["status"] == "scheduled"


async def _reel(desk: Desk, text: str) -> UUID:
    """A scheduled post of the format that has a limit of its own."""
    item = await desk.schedule(text)
    await desk.run('update scheduled_posts set snapshot = snapshot || \'{"format": "reel"}\' where schedule_item_id = %s', item)
    return item


async def _limit_reels(desk: Desk, most: int) -> None:
    await desk.run(
        "insert into platform_limits (platform_id, name, content_format, value, unit, source, checked_on)"
        " select id, 'reels_per_day', 'reel', %s, 'per day', 'https://fake.example/limits', '2026-11-01' from platforms where slug = 'x'",
        most,
    )


async def test_facebook_s_thirty_reels_a_day_are_counted(desk: Desk) -> None:
    found = await desk.fetch("select name, capacity, per_seconds, shared, only_for from app.sending_limits where platform = 'facebook'")
    assert found == [{"name": "reels_per_day", "capacity": 30, "per_seconds": 86_400, "shared": False, "only_for": "reel"}]


async def test_a_limit_of_one_format_counts_its_posts_only(desk: Desk) -> None:
    await _limit_reels(desk, 2)
    reels = [await _reel(desk, f"reel {number}") for number in range(3)]
    others = [await desk.schedule(f"post {number}") for number in range(3)]
    assert len(await desk.turn()) == 5
    assert [(await desk.row(item))["status"] for item in (*reels, *others)] == ["completed"] * 2 + ["scheduled"] + ["completed"] * 3
    assert (await desk.row(reels[2]))["next_retry_at"] == NOON + timedelta(hours=12), "two a day: the next in half a day"
    assert await _level(desk) == 95, "the limit of all posts counts both"
    desk.clock.advance(timedelta(hours=12))
    assert len(await desk.turn()) == 1


async def test_a_refusal_of_all_posts_does_not_hide_in_the_budget_of_one_format(desk: Desk) -> None:
    await _limit_reels(desk, 2)
    await desk.run("update platform_limits set unit = 'posts' where name like 'posts%%'")  # none of all posts that we know of
    await desk.schedule("first")
    desk.network.uploading["first"] = [raising(QuotaExhausted("Too many.", until=NOON + timedelta(hours=1)))]
    await desk.turn()
    await desk.schedule("second")
    assert await desk.turn() == []


async def test_a_reel_that_was_not_sent_gives_its_token_back(desk: Desk) -> None:
    await _limit_reels(desk, 2)
    await _reel(desk, "wait")
    desk.engine.stopping.set()
    await desk.turn()
    (row,) = await desk.fetch("select remaining from rate_budgets where name = 'reels_per_day'")
    assert row["remaining"] == 2
