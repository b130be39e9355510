"""Wall clocks: gaps, overlaps and days of other lengths, in the zones where they go wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwright.errors import InvalidInput
from postwright.kit import time as clock

GAPS = [
    ("America/New_York", "2026-03-08T02:30", "2026-03-08T03:30", "2026-03-08T07:30"),
    ("Europe/Berlin", "2027-03-28T02:30", "2027-03-28T03:30", "2027-03-28T01:30"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:45", "2026-10-03T15:45"),  # half an hour
    ("America/Sao_Paulo", "2018-11-04T00:10", "2018-11-04T01:10", "2018-11-04T03:10"),  # at midnight
]
OVERLAPS = [
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", "2026-11-01T06:30"),
    ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T01:30"),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", "2026-04-04T15:15"),
    ("America/Sao_Paulo", "2018-02-17T23:30", "2018-02-18T01:30", "2018-02-18T02:30"),
]
ORDINARY = [
    ("Asia/Kathmandu", "2026-11-21T09:00", "2026-11-21T03:15"),
    ("America/Sao_Paulo", "2026-11-21T09:00", "2026-11-21T12:00"),  # no summer time since 2019
    ("Europe/Berlin", "2026-07-01T09:00", "2026-07-01T07:00"),
    ("UTC", "2026-07-01T09:00", "2026-07-01T09:00"),
]
ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(("zone", "wished", "becomes", "instant"), GAPS)
def test_a_time_in_a_gap_moves_forward_and_says_so(zone: str, wished: str, becomes: str, instant: str, fold: int) -> None:
    found = clock.resolve(wall(wished), zone, fold)
    assert (found.utc, found.wall, found.shifted) == (utc(instant), wall(becomes), True)
    assert found.note is not None
    assert "does not exist" in found.note
    assert becomes[-5:] in found.note


@pytest.mark.parametrize(("zone", "twice", "first", "second"), OVERLAPS)
def test_a_time_that_happens_twice_is_told_apart_by_fold(zone: str, twice: str, first: str, second: str) -> None:
    earlier, later = clock.resolve(wall(twice), zone, 0), clock.resolve(wall(twice), zone, 1)
    assert (earlier.utc, later.utc) == (utc(first), utc(second))
    assert (earlier.fold, later.fold, earlier.shifted) == (0, 1, False)
    assert "first" in (earlier.note or "")
    assert "second" in (later.note or "")


@pytest.mark.parametrize(("zone", "time", "instant"), ORDINARY)
def test_an_ordinary_time_needs_no_note(zone: str, time: str, instant: str) -> None:
    found = clock.resolve(wall(time), zone, 1)
    assert (found.utc, found.note, found.fold, found.shifted) == (utc(instant), None, 0, False)


@given(st.sampled_from(ZONES), st.datetimes(wall("2015-01-01"), wall("2035-01-01"), timezones=st.just(UTC)))
def test_every_instant_comes_back_from_its_wall_time(zone: str, instant: datetime) -> None:
    found = clock.resolve(*_placed(clock.to_wall(instant, zone), zone))
    assert (found.utc, found.shifted) == (instant, False)


@given(st.sampled_from(ZONES), st.datetimes(wall("2015-01-01"), wall("2035-01-01")), st.sampled_from([0, 1]))
def test_a_wall_time_moves_only_forward_and_only_in_a_gap(zone: str, wished: datetime, fold: int) -> None:
    found = clock.resolve(wished, zone, fold)
    assert (found.wall > wished) == found.shifted
    assert found.wall - wished <= timedelta(hours=1)
    assert clock.to_wall(found.utc, zone)[0] == found.wall


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "Europe/Berln", "../../etc/passwd", "Europe", "CEST+2", "europe/berlin", "x" * 5000, "a\0b"]
)
def test_an_unknown_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clock.resolve(wall("2026-01-01"), name)
    assert (refusal.value.field, refusal.value.rule) == ("timezone", "iana_zone")
    assert len(refusal.value.message) < 200


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(InvalidInput, match="Did you mean Europe/Berlin"):
        clock.zone("Europe/Berln")


@pytest.mark.parametrize(("zone", "time"), [("Australia/Lord_Howe", "0001-01-01T00:00"), ("America/New_York", "9999-12-31T23:59")])
def test_the_ends_of_time_are_refused(zone: str, time: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clock.resolve(wall(time), zone)
    assert refusal.value.field == "wall_time"


def test_an_aware_time_is_no_wall_time() -> None:
    with pytest.raises(InvalidInput, match="no offset"):
        clock.resolve(datetime(2026, 1, 1, tzinfo=UTC), "UTC")


DAYS = [
    ("America/New_York", "2026-03-08", 23, 1.0),
    ("America/New_York", "2026-11-01", 25, -1.0),
    ("Europe/Berlin", "2026-10-25", 25, -1.0),
    ("Australia/Lord_Howe", "2026-10-04", 23.5, 0.5),
    ("Australia/Lord_Howe", "2026-04-05", 24.5, -0.5),
    ("America/Sao_Paulo", "2018-11-04", 23, 1.0),
    ("America/Sao_Paulo", "2018-02-17", 25, -1.0),
    ("Asia/Kathmandu", "2026-03-08", 24, None),
]


@pytest.mark.parametrize(("zone", "day", "hours", "change"), DAYS)
def test_days_are_as_long_as_they_are(zone: str, day: str, hours: float, change: float | None) -> None:
    start, end = clock.day_bounds(date.fromisoformat(day), zone)
    assert (end - start) == timedelta(hours=hours)
    assert clock.clock_change(date.fromisoformat(day), zone) == (timedelta(hours=change) if change else None)


@pytest.mark.parametrize(("week_start", "first"), [(1, "2026-11-16"), (0, "2026-11-15"), (6, "2026-11-21")])
def test_weeks_begin_where_the_user_says(week_start: int, first: str) -> None:
    day = date(2026, 11, 21)  # a Saturday
    assert clock.first_of_week(day, week_start) == date.fromisoformat(first)
    start, end = clock.week_bounds(day, "Europe/Berlin", week_start)
    assert end - start == timedelta(days=7)
    assert clock.to_wall(start, "Europe/Berlin")[0] == wall(first)


def test_offsets_are_named() -> None:
    moment = utc("2026-11-21T00:00")
    assert [clock.offset_label(moment, z) for z in ("UTC", "Asia/Kathmandu", "America/New_York")] == ["UTC", "UTC+5:45", "UTC−5"]


def _placed(shown: tuple[datetime, int], zone: str) -> tuple[datetime, str, int]:
    return shown[0], zone, shown[1]
