"""Slots out of the database: the seeded baselines, whose preferences rule, what closes a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from postwright.calendar import board, exceptions
from postwright.calendar.models import Slot
from postwright.calendar.slots import find_slots
from postwright.db.session import transaction
from postwright.errors import InvalidInput, NotFound
from postwright.kit.time import to_wall
from tests.calendar.desk import NOW, Desk

pytestmark = pytest.mark.anyio
SIX = ("youtube", "tiktok", "instagram", "x", "linkedin", "facebook")


async def slots(desk: Desk, *accounts: object, days: int = 14, start: datetime = NOW) -> list[Slot]:
    async with transaction(desk.pool, desk.actor()) as db:
        return await find_slots(db, desk.actor(), list(accounts), start=start, days=days, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("platform", SIX)
async def test_the_seeded_baseline_of_each_platform_gives_slots_with_a_source(desk: Desk, platform: str) -> None:
    found = await slots(desk, desk.account(platform))
    assert found
    best = found[0]
    assert best.value == max(each.value for each in found)
    assert 60 <= best.value <= 100
    assert ", 2025)" in best.reason
    assert "http" not in best.reason
    assert not best.learned
    assert to_wall(best.utc, best.zone) == (best.wall, best.fold)


async def test_wednesday_at_four_is_the_best_that_youtube_has(desk: Desk) -> None:
    best = (await slots(desk, desk.account("youtube")))[0]
    assert (best.wall.weekday(), best.wall.hour) == (2, 16)
    assert "Wednesday 16:00 is the standout hour for YouTube (Buffer and SocialPilot, 2025)" in best.reason


async def test_a_platform_without_a_baseline_gets_ordinary_hours_called_so(desk: Desk) -> None:
    found = await slots(desk, desk.account("mastodon"), days=7)
    assert {each.wall.weekday() for each in found} == {0, 1, 2, 3, 4}
    assert all("no published baseline covers Mastodon" in each.reason and each.value <= 30 for each in found)


async def test_hours_are_those_of_the_account_s_zone(desk: Desk) -> None:
    desk.baseline("x", hours=[{"start": 9, "end": 10}])
    berlin, nepal = desk.account("x"), desk.account("x", "nepal", zone="Asia/Kathmandu")
    for each in await slots(desk, berlin, nepal):
        assert 9 <= each.wall.hour < 10
        assert each.zone == ("Europe/Berlin" if each.connection_id == berlin else "Asia/Kathmandu")


async def test_zone_precedence_account_calendar_preference_workspace(desk: Desk) -> None:
    account = desk.account("x", zone=None)
    zones = [(await slots(desk, account))[0].zone]
    desk.prefer(desk.cast.alice, timezone="America/Sao_Paulo")
    zones.append((await slots(desk, account))[0].zone)
    desk.db.execute("update content_calendar set timezone = 'Australia/Lord_Howe' where workspace_id = %s", (desk.cast.workspace,))
    zones.append((await slots(desk, account))[0].zone)
    desk.db.execute("update platform_connections set timezone = 'Asia/Kathmandu'")
    zones.append((await slots(desk, account))[0].zone)
    assert zones == ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"]


async def test_the_calendar_owner_s_wishes_bind_whoever_plans(desk: Desk) -> None:
    account = desk.account("x")
    desk.prefer(None, days_blacklist=["tue", "wed", "thu"])
    desk.prefer(desk.cast.bob, days_blacklist=["mon", "tue", "wed", "thu", "fri"])  # Bob owns no calendar
    assert {each.wall.weekday() for each in await slots(desk, account)} == {0, 4}
    desk.prefer(desk.cast.alice, days_blacklist=["mon"], hours_blacklist=[{"start": 0, "end": 10}])
    found = await slots(desk, account)
    assert {each.wall.weekday() for each in found} == {1, 2, 3, 4}
    assert min(each.wall.hour for each in found) == 10
    assert all("your preferences allow it" in each.reason for each in found)


async def test_a_row_of_the_workspace_overrides_the_baseline(desk: Desk) -> None:
    account = desk.account("x")
    desk.db.execute(
        "insert into platform_timing_data (workspace_id, user_id, platform_id, days, peak_hours, source, valid_from)"
        """ select %s, null, id, '{sun}', '[{"start": 20, "end": 21}]', 'Our own numbers', '2026-01-01' from platforms where slug = 'x'""",
        (desk.cast.workspace,),
    )
    found = await slots(desk, account)
    assert {(each.wall.weekday(), each.wall.hour) for each in found} == {(6, 20)}
    assert "(Our own numbers, 2026)" in found[0].reason


async def test_standing_posts_close_and_are_named(desk: Desk) -> None:
    desk.baseline("x", hours=[{"start": 9, "end": 18}], min_spacing_minutes=120)
    account = desk.account("x")
    desk.post(account, NOW + timedelta(hours=3))  # 11:00 in Berlin
    desk.post(account, NOW - timedelta(hours=1))  # planned and missed: takes no time
    today = [each for each in await slots(desk, account, days=1) if each.wall.date().isoformat() == "2026-11-18"]
    assert {each.wall.strftime("%H:%M") for each in today} >= {"09:00", "13:00"}
    assert not {each.wall.strftime("%H:%M") for each in today} & {"09:30", "10:00", "11:00", "12:30"}
    assert "2 h after your last post" in next(each.reason for each in today if each.wall.hour == 13)


async def test_closed_times_close_one_account_or_all(desk: Desk) -> None:
    account, other = desk.account("x"), desk.account("linkedin")
    async with transaction(desk.pool, desk.actor()) as db:
        await exceptions.close_time(db, desk.actor(), NOW, NOW + timedelta(days=14), connection_id=account)
        with pytest.raises(InvalidInput):
            await exceptions.close_time(db, desk.actor(), NOW, NOW)
        with pytest.raises(NotFound):
            await exceptions.close_time(db, desk.actor(), NOW, NOW + timedelta(days=1), connection_id=desk.cast.alice.id)
    assert {each.connection_id for each in await slots(desk, account, other)} == {other}


async def test_impossible_questions_are_refused(desk: Desk) -> None:
    account = desk.account("x")
    for days in (0, 63):
        with pytest.raises(InvalidInput):
            await slots(desk, account, days=days)
    with pytest.raises(InvalidInput, match="offset"):
        await slots(desk, account, start=datetime.fromisoformat("2026-11-18"))


async def test_the_board_tells_every_state_in_time_s_order(desk: Desk) -> None:
    account = desk.account("x")
    wanted = {
        desk.post(account, NOW + timedelta(hours=hours), status=status): state
        for hours, status, state in (
            (-2, "queued", "missed"), (1, "queued", "planned"), (2, "scheduled", "scheduled"), (3, "processing", "publishing"),
            (4, "completed", "published"), (5, "failed", "failed"), (6, "needs_review", "unconfirmed"),
        )
    }  # fmt: skip
    canceled = desk.post(account, NOW + timedelta(hours=7))
    desk.db.execute("update content_schedule_items set status = 'canceled' where id = %s", (canceled,))
    desk.db.execute("update content_schedule_items set timezone = 'Nowhere/Land' where id = %s", (next(iter(wanted)),))
    async with transaction(desk.pool, desk.actor(desk.cast.vera)) as db:
        seen = await board.between(db, desk.actor(desk.cast.vera), NOW - timedelta(days=1), NOW + timedelta(days=1), now=NOW)
        assert [(each.id, each.state) for each in seen] == list(wanted.items())
        assert seen[0].timezone == "UTC"  # a zone that nobody knows
        assert {each.state for each in seen if each.movable} == {"missed", "planned", "scheduled"}
        assert all(each.simulated and each.text == "standing" for each in seen)
    mallory = desk.actor(desk.cast.mallory)
    async with transaction(desk.pool, mallory) as db:
        assert await board.between(db, mallory, NOW - timedelta(days=1), NOW + timedelta(days=1), now=NOW) == []
