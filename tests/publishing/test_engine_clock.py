"""Clocks that are wrong, publishers that were frozen, answers of the database that were lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from postwright.kit.timely import SEND_BY, awake_and_asleep
from postwright.platforms.capabilities import Receipt
from postwright.platforms.once import about_to_send, begin, may_be_out
from postwright.publishing.claim import claim_due
from postwright.publishing.engine import Drift, Engine
from postwright.publishing.ledger import AttemptLedger, LeaseLost
from postwright.publishing.loop import Loop
from postwright.publishing.settle import complete
from tests.publishing.desk import NOON, QUICK, Desk
from tests.publishing.real import until

pytestmark = pytest.mark.anyio


def test_a_drift_is_measured_in_the_middle_of_the_look_and_small_ones_are_none() -> None:
    drift = Drift()
    drift.take(NOON + timedelta(seconds=30), NOON, NOON + timedelta(seconds=0.2))
    assert (drift.known, drift.offset) == (True, timedelta(seconds=29.9))
    drift.take(NOON + timedelta(seconds=60), NOON, NOON + timedelta(seconds=5))
    assert drift.offset == timedelta(seconds=29.9), "a look that took long says nothing"
    drift.take(NOON + timedelta(seconds=0.05), NOON, NOON)
    assert drift.offset == timedelta(0)


@pytest.mark.parametrize("wrong", [timedelta(minutes=10), timedelta(minutes=-10)])
async def test_a_publisher_with_a_wrong_clock_takes_nobody_s_post_away_and_sends_nothing_early(desk: Desk, wrong: timedelta) -> None:
    desk.clock.fixed = None
    held = await desk.schedule("held by another")
    (claim,) = await claim_due(desk.other_worker(), 1)
    await desk.run("update scheduled_posts set lease_expires_at = now() + interval '5 minutes' where id = %s", claim.id)
    later = await desk.schedule("in five minutes", "slot", datetime.now(UTC) + timedelta(minutes=5))
    engine = _with_clock(desk, wrong)
    loop = asyncio.create_task(Loop(engine, desk.dsns.worker).run())
    try:
        soon = await desk.schedule("now")
        await until(lambda: _status(desk, soon, "completed"), 20)
    finally:
        engine.stopping.set()
        await asyncio.wait_for(loop, 15)
    assert [text for _, text in desk.network.landed] == ["now"]
    assert ((await desk.row(held))["worker_id"], (await desk.row(later))["status"]) == ("other", "scheduled")


def _with_clock(desk: Desk, wrong: timedelta) -> Engine:
    state = replace(desk.engine.state, clock=lambda: datetime.now(UTC) + wrong)
    return replace(desk.engine, state=state, worker="wrong clock", pace=replace(QUICK, poll=timedelta(seconds=1)), drift=Drift())


async def test_a_send_may_begin_only_while_a_call_still_ends_within_the_lease(desk: Desk) -> None:
    await desk.schedule("mine")
    (claim,) = await claim_due(desk.engine, 1)
    before = SEND_BY.set(None)
    try:
        began = awake_and_asleep()
        await AttemptLedger(desk.engine, claim).enter("sending")
        limit = SEND_BY.get()
        assert limit is not None
        longest = (desk.engine.pace.lease - desk.engine.pace.timeout).total_seconds()
        assert began < limit.moment <= awake_and_asleep() + longest
        await AttemptLedger(desk.engine, claim).enter("confirming")
        assert SEND_BY.get() is None
    finally:
        SEND_BY.reset(before)


async def test_an_outcome_written_twice_because_the_first_answer_was_lost_changes_nothing(desk: Desk) -> None:
    item = await desk.schedule("hello")
    (claim,) = await claim_due(desk.engine, 1)
    receipt = Receipt("r1", "https://fake.example/r1")
    for _ in range(2):
        await complete(desk.engine, claim, receipt)
    row = await desk.row(item)
    assert (row["status"], len(await desk.published(item))) == ("completed", 1)


async def test_what_waits_for_the_next_write_is_on_disk_before_the_send(desk: Desk) -> None:
    item = await desk.schedule("thread")
    (claim,) = await claim_due(desk.engine, 1)
    ledger = AttemptLedger(desk.engine, claim)
    await ledger.enter("uploading")
    await ledger.keep(sending_part=0, sending_at="now")
    assert (await desk.attempts(item))[0]["phase"] == "claimed"
    await ledger.enter("sending")
    (attempt,) = await desk.attempts(item)
    assert (attempt["phase"], attempt["remote_ids"]) == ("sending", {"sending_part": 0, "sending_at": "now"})
    await ledger.keep(part_0="r0")
    assert (await desk.attempts(item))[0]["remote_ids"]["part_0"] == "r0"


async def test_a_part_that_was_refused_is_not_remembered_as_being_out_perhaps(desk: Desk) -> None:
    """Whatever ends the try next: the refusal is on disk, and comes along to a try with other words."""
    item = await desk.schedule("thread")
    (claim,) = await claim_due(desk.engine, 1)
    ledger = AttemptLedger(desk.engine, claim)
    await ledger.keep(sending_part=0, sending_at=ledger.now().isoformat())
    await ledger.enter("sending")
    await ledger.keep(sending_part=None, sending_at=None)
    assert (await desk.attempts(item))[0]["remote_ids"] == {"sending_part": None, "sending_at": None}
    assert ledger.now() == NOON, "the clock that all publishers share"


async def test_that_a_call_began_is_on_disk_before_it(desk: Desk) -> None:
    """Where a platform cannot be asked, this mark alone keeps a post whose answer was lost from going out twice."""
    item = await desk.schedule("once")
    (claim,) = await claim_due(desk.engine, 1)
    ledger = AttemptLedger(desk.engine, claim)
    await begin(ledger)
    await about_to_send(ledger)
    (attempt,) = await desk.attempts(item)
    assert (attempt["phase"], may_be_out(attempt["remote_ids"])) == ("sending", True)


async def test_one_lost_lease_among_many_stops_only_its_own_post(desk: Desk) -> None:
    for number in range(3):
        await desk.schedule(f"post {number}")
    claims = await claim_due(desk.engine, 3)
    await desk.run("update scheduled_posts set fence = fence + 1 where id = %s", claims[1].id)
    ledgers = [AttemptLedger(desk.engine, claim) for claim in claims]
    found = await asyncio.gather(*(each.enter("sending") for each in ledgers), return_exceptions=True)
    assert [type(each) for each in found] == [type(None), LeaseLost, type(None)]
    SEND_BY.set(None)


async def _status(desk: Desk, item: object, status: str) -> bool:
    return bool(await desk.fetch("select 1 from scheduled_posts where schedule_item_id = %s and status = %s", item, status))
