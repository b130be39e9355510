"""Weeks in which clocks change, in five zones: every post goes out at its wall-clock time. The instants are written by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from postwright.calendar.move import move
from postwright.publishing.claim import claim_due
from postwright.publishing.commit import commit
from tests.publishing.desk import Desk

pytestmark = pytest.mark.anyio

# zone: (wall time, the second time that it is shown, the instant in UTC)
WEEKS: dict[str, tuple[tuple[str, int, str], ...]] = {
    "America/New_York": (
        ("2027-03-13 09:00", 0, "2027-03-13 14:00"),
        ("2027-03-14 01:59", 0, "2027-03-14 06:59"),
        ("2027-03-14 02:30", 0, "2027-03-14 07:30"),  # never shown: an hour later
        ("2027-03-14 09:00", 0, "2027-03-14 13:00"),
        ("2027-03-15 09:00", 0, "2027-03-15 13:00"),
        ("2027-11-06 09:00", 0, "2027-11-06 13:00"),
        ("2027-11-07 01:30", 0, "2027-11-07 05:30"),  # shown twice
        ("2027-11-07 01:30", 1, "2027-11-07 06:30"),
        ("2027-11-07 09:00", 0, "2027-11-07 14:00"),
        ("2027-11-08 09:00", 0, "2027-11-08 14:00"),
    ),
    "Europe/Berlin": (
        ("2027-03-27 09:00", 0, "2027-03-27 08:00"),
        ("2027-03-28 02:30", 0, "2027-03-28 01:30"),
        ("2027-03-28 09:00", 0, "2027-03-28 07:00"),
        ("2027-03-29 09:00", 0, "2027-03-29 07:00"),
        ("2027-10-30 09:00", 0, "2027-10-30 07:00"),
        ("2027-10-31 02:30", 0, "2027-10-31 00:30"),
        ("2027-10-31 02:30", 1, "2027-10-31 01:30"),
        ("2027-10-31 09:00", 0, "2027-10-31 08:00"),
        ("2027-11-01 09:00", 0, "2027-11-01 08:00"),
    ),
    "Australia/Lord_Howe": (  # by half an hour
        ("2027-04-03 09:00", 0, "2027-04-02 22:00"),
        ("2027-04-04 01:45", 0, "2027-04-03 14:45"),
        ("2027-04-04 01:45", 1, "2027-04-03 15:15"),
        ("2027-04-04 09:00", 0, "2027-04-03 22:30"),
        ("2027-10-02 09:00", 0, "2027-10-01 22:30"),
        ("2027-10-03 02:15", 0, "2027-10-02 15:45"),
        ("2027-10-03 09:00", 0, "2027-10-02 22:00"),
    ),
    "America/Sao_Paulo": (  # no change since 2019; these were the weeks
        ("2027-10-17 00:30", 0, "2027-10-17 03:30"),
        ("2027-11-07 00:30", 0, "2027-11-07 03:30"),
        ("2028-02-20 00:30", 0, "2028-02-20 03:30"),
    ),
    "Asia/Kathmandu": (
        ("2027-03-14 09:00", 0, "2027-03-14 03:15"),
        ("2027-10-31 00:05", 0, "2027-10-30 18:20"),
    ),
}


@pytest.mark.parametrize("zone", WEEKS)
async def test_every_post_of_a_change_week_goes_out_at_its_wall_clock_time(desk: Desk, zone: str) -> None:
    expected = {f"{wall} {fold}": _utc(instant) for wall, fold, instant in WEEKS[zone]}
    async with desk.as_bob() as db:
        await db.execute(
            "update workspaces set settings = settings || '{\"late_grace_minutes\": 30}' where id = %s", (desk.cast.workspace,)
        )
    for wall, fold, _ in WEEKS[zone]:
        item = await desk.plan(f"{wall} {fold}", timezone=zone)
        async with desk.as_bob() as db:
            await move(db, desk.bob, item, datetime.fromisoformat(wall), zone, fold, desk.clock(), anyway=True)
        async with desk.as_bob() as db:
            (done,) = await commit(db, desk.bob, [item], now=desk.clock(), when="slot")
        assert done.scheduled_post_id is not None, done.findings
    for text, instant in sorted(expected.items(), key=lambda pair: pair[1]):
        desk.clock.fixed = instant - timedelta(seconds=1)
        assert await claim_due(desk.engine, 5) == [], f"{text} would go out early"
        desk.clock.fixed = instant
        assert [each.content for each in await claim_due(desk.engine, 5)] == [text]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
