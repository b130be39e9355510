"""Posts move: at their wall clock, within the rules, and never once they are out."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from postwright.calendar import exceptions, move
from postwright.calendar.models import Moved
from postwright.db.session import transaction
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound
from postwright.kit.time import resolve
from tests.calendar.desk import NOW, Desk

pytestmark = pytest.mark.anyio
THURSDAY = NOW + timedelta(days=1, hours=2)  # 10:00 in Berlin


async def moving(desk: Desk, item: UUID, wall: str, *, zone: str | None = None, anyway: bool = False, now: datetime = NOW) -> Moved:
    async with transaction(desk.pool, desk.actor()) as db:
        return await move.move(db, desk.actor(), item, datetime.fromisoformat(wall), zone, 0, now, anyway=anyway)


async def test_a_move_keeps_the_clock_and_can_be_undone(desk: Desk) -> None:
    item = desk.post(desk.account(), THURSDAY)
    there = await moving(desk, item, "2026-11-24T10:00")
    assert (there.zone, there.note, there.was_wall) == ("Europe/Berlin", None, datetime.fromisoformat("2026-11-19T10:00"))
    row = desk.row(item)
    assert (row["scheduled_at"], row["wall_time"]) == (resolve(there.wall, "Europe/Berlin").utc, there.wall)
    assert there.was_wall is not None
    back = await moving(desk, item, there.was_wall.isoformat(), zone=there.was_zone)
    assert (back.utc, desk.row(item)["scheduled_at"]) == (THURSDAY, THURSDAY)


async def test_ten_o_clock_stays_ten_o_clock_when_clocks_change(desk: Desk) -> None:
    item = desk.post(desk.account(), THURSDAY)
    summer = await moving(desk, item, "2027-03-29T10:00")
    assert summer.utc.hour == 8  # 09:00 UTC in winter
    gap = await moving(desk, item, "2027-03-28T02:30")
    assert gap.wall.isoformat() == "2027-03-28T03:30:00"
    assert "does not exist" in (gap.note or "")
    assert desk.row(item)["wall_time"] == gap.wall


async def test_a_scheduled_post_stays_scheduled_at_its_new_time(desk: Desk) -> None:
    item = desk.post(desk.account(), THURSDAY, status="scheduled")
    there = await moving(desk, item, "2026-11-24T10:00")
    found = desk.db.execute("select status, scheduled_for from scheduled_posts where schedule_item_id = %s", (item,)).fetchone()
    assert found == ("scheduled", there.utc)
    assert (desk.row(item)["status"], desk.row(item)["wall_time"]) == ("scheduled", there.wall)


@pytest.mark.parametrize(("wall", "rule"), [("2026-11-18T07:59", "future"), ("2020-01-01T00:00", "future")])
async def test_the_past_is_refused(desk: Desk, wall: str, rule: str) -> None:
    item = desk.post(desk.account(), THURSDAY)
    with pytest.raises(InvalidInput) as refusal:
        await moving(desk, item, wall, anyway=True)
    assert (refusal.value.field, refusal.value.rule) == ("wall_time", rule)


@pytest.mark.parametrize(
    ("status", "words"),
    [("completed", "is published"), ("processing", "being published right now"), ("needs_review", "not known"), ("failed", "failed")],
)
async def test_what_is_out_or_on_its_way_does_not_move(desk: Desk, status: str, words: str) -> None:
    item = desk.post(desk.account(), THURSDAY, status=status)
    before = desk.row(item)
    with pytest.raises(Conflict, match=words):
        await moving(desk, item, "2026-11-24T10:00", anyway=True)
    assert desk.row(item) == before


async def test_a_post_due_within_a_minute_stays(desk: Desk) -> None:
    account = desk.account()
    due, planned = desk.post(account, NOW + timedelta(seconds=59), status="scheduled"), desk.post(account, NOW + timedelta(seconds=58))
    with pytest.raises(Conflict, match="less than a minute"):
        await moving(desk, due, "2026-11-24T10:00")
    assert await moving(desk, planned, "2026-11-24T10:00")  # nobody is going to send it


async def test_a_missed_post_can_still_be_placed(desk: Desk) -> None:
    item = desk.post(desk.account(), NOW - timedelta(days=3))
    assert (await moving(desk, item, "2026-11-24T10:00")).utc > NOW


async def test_a_locked_post_stays(desk: Desk) -> None:
    item = desk.post(desk.account(), THURSDAY)
    desk.db.execute("update content_schedule_items set locked = true where id = %s", (item,))
    with pytest.raises(Conflict, match="locked"):
        await moving(desk, item, "2026-11-24T10:00", anyway=True)


async def test_a_refusal_names_the_rule_and_the_nearest_time_and_may_be_passed_over(desk: Desk) -> None:
    desk.baseline("x", min_spacing_minutes=720)
    account = desk.account()
    desk.post(account, THURSDAY)
    item = desk.post(account, THURSDAY + timedelta(days=4))
    with pytest.raises(move.Refused, match="keep 12 h apart") as refusal:
        await moving(desk, item, "2026-11-19T12:00")
    assert refusal.value.rule == "spacing"
    assert refusal.value.nearest is not None
    assert refusal.value.nearest.wall.isoformat() == "2026-11-19T22:00:00"
    assert "The nearest free time is Thu 19 Nov, 22:00" in refusal.value.message
    assert desk.row(item)["scheduled_at"] == THURSDAY + timedelta(days=4)
    insisted = await moving(desk, item, "2026-11-19T12:00", anyway=True)
    assert insisted.wall.isoformat() == "2026-11-19T12:00:00"
    assert "keep 12 h apart" in desk.row(item)["slot_reason"]


async def test_closed_times_refuse_until_they_are_opened(desk: Desk) -> None:
    account = desk.account()
    other = desk.account("linkedin")
    item, free = desk.post(account, THURSDAY), desk.post(other, THURSDAY)
    async with transaction(desk.pool, desk.actor()) as db:
        start = NOW + timedelta(days=5)
        closed = await exceptions.close_time(db, desk.actor(), start, start + timedelta(days=2), reason="Quiet days", connection_id=account)
    with pytest.raises(move.Refused, match="Quiet days"):
        await moving(desk, item, "2026-11-24T10:00")
    assert await moving(desk, free, "2026-11-24T10:00")
    async with transaction(desk.pool, desk.actor()) as db:
        await exceptions.open_time(db, desk.actor(), closed, now=NOW)
    assert await moving(desk, item, "2026-11-24T10:00")


async def test_preferences_refuse_in_words(desk: Desk) -> None:
    desk.prefer(desk.cast.alice, days_blacklist=["sat"], hours_blacklist=[{"start": 22, "end": 6}])
    item = desk.post(desk.account(), THURSDAY)
    with pytest.raises(move.Refused, match="keep Saturdays free"):
        await moving(desk, item, "2026-11-21T10:00")
    with pytest.raises(move.Refused, match="keep 22:00–06:00 free"):
        await moving(desk, item, "2026-11-20T23:00")


async def test_two_people_who_move_one_post_take_turns(desk: Desk) -> None:
    item = desk.post(desk.account(), THURSDAY, status="scheduled")
    await asyncio.gather(moving(desk, item, "2026-11-24T10:00"), moving(desk, item, "2026-11-25T10:00"))
    (at,) = desk.db.execute("select scheduled_for from scheduled_posts where schedule_item_id = %s", (item,)).fetchone() or (None,)
    assert at == desk.row(item)["scheduled_at"]


async def test_two_posts_moved_at_once_still_keep_their_distance(desk: Desk) -> None:
    desk.baseline("x", min_spacing_minutes=720)
    account = desk.account()
    items = [desk.post(account, THURSDAY + timedelta(days=each)) for each in (0, 1)]
    walls = ("2026-11-24T10:00", "2026-11-24T12:00")
    found = await asyncio.gather(*(moving(desk, *each) for each in zip(items, walls, strict=True)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["Moved", "Refused"]


async def test_vera_may_not_and_mallory_finds_nothing(desk: Desk) -> None:
    item = desk.post(desk.account(), THURSDAY)
    wall = datetime.fromisoformat("2026-11-24T10:00")
    vera, mallory = desk.actor(desk.cast.vera), desk.actor(desk.cast.mallory)
    async with transaction(desk.pool, vera) as db:
        with pytest.raises(Forbidden):
            await move.move(db, vera, item, wall, None, 0, NOW)
    async with transaction(desk.pool, mallory) as db:
        with pytest.raises(NotFound):
            await move.move(db, mallory, item, wall, None, 0, NOW)
        with pytest.raises(NotFound):
            await move.move(db, mallory, uuid4(), wall, None, 0, NOW)


async def test_a_canceled_post_stays_canceled(desk: Desk) -> None:
    item = desk.post(desk.account(), THURSDAY, status="scheduled")
    desk.db.execute("update content_schedule_items set status = 'canceled' where id = %s", (item,))
    with pytest.raises(Conflict, match="is canceled"):
        await moving(desk, item, "2026-11-24T10:00")


async def test_a_post_that_was_held_can_be_given_a_new_time(desk: Desk) -> None:
    """Its time passed by more than the grace while nothing ran: it goes out only when a person says so."""
    account = desk.account()
    held = desk.post(account, NOW - timedelta(hours=3), status="scheduled")
    assert (await moving(desk, held, "2026-11-24T10:00")).utc > NOW
    late = desk.post(account, NOW - timedelta(minutes=5), status="scheduled")  # within the grace: on its way
    with pytest.raises(Conflict, match="less than a minute"):
        await moving(desk, late, "2026-11-25T10:00")


async def test_a_post_that_nobody_approved_in_time_can_be_given_a_new_time(desk: Desk) -> None:
    item = desk.post(desk.account(), NOW - timedelta(minutes=5), status="scheduled")
    desk.db.execute("update scheduled_posts set requires_approval = true where schedule_item_id = %s", (item,))
    assert (await moving(desk, item, "2026-11-24T10:00")).utc > NOW


async def test_a_post_without_a_zone_moves_on_the_clock_that_the_calendar_shows(desk: Desk) -> None:
    item = desk.post(desk.account(zone="Asia/Kathmandu"), THURSDAY)
    desk.db.execute("update content_schedule_items set timezone = null where id = %s", (item,))
    there = await moving(desk, item, "2026-11-24T10:00")
    assert (there.zone, there.was_zone, there.utc) == ("Asia/Kathmandu", "Asia/Kathmandu", resolve(there.wall, "Asia/Kathmandu").utc)
