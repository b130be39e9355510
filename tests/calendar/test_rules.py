"""Slots lie inside every guardrail, whatever the guardrails are; precedence of whose rule counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postwright.calendar import preferences, rules, timing
from postwright.calendar.guardrails import AccountRails
from postwright.calendar.models import DAYS, Closed, Guardrails, HourRange, Preference, Taken, TimingRow, Window
from postwright.calendar.move import nearest_allowed
from postwright.calendar.rules import breach
from postwright.calendar.slots import LEAD, candidates
from postwright.calendar.value import appraise
from postwright.kit.time import first_of_week, to_wall

ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"]
# Days around which clocks change somewhere, and an ordinary one.
STARTS = [
    datetime(2026, 3, 5, 5, 17, tzinfo=UTC),
    datetime(2026, 10, 1, 13, tzinfo=UTC),
    datetime(2026, 10, 30, tzinfo=UTC),
    datetime(2027, 6, 1, tzinfo=UTC),
]
ACCOUNT, PLATFORM, OWNER, OTHER = uuid4(), uuid4(), uuid4(), uuid4()

hours = (
    st.tuples(st.integers(0, 47), st.integers(1, 48))
    .filter(lambda pair: pair[0] * 30 != pair[1] * 30)
    .map(lambda pair: HourRange(pair[0] * 30, pair[1] * 30))
)
days = st.frozensets(st.sampled_from(DAYS), min_size=1)
windows = st.lists(st.builds(Window, days, hours, st.just("Test"), st.floats(0, 1)), min_size=1, max_size=3).map(tuple)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Guardrails, list[Taken], datetime]:
    """Guardrails, posts that stand already, and the time it is."""
    now = draw(st.sampled_from(STARTS))
    span = st.builds(
        lambda start, length: Closed(uuid4(), now + timedelta(hours=start), now + timedelta(hours=start + length), "holiday"),
        st.integers(-48, 400), st.integers(1, 72),
    )  # fmt: skip
    rails = Guardrails(
        zone=draw(st.sampled_from(ZONES)),
        windows=draw(windows),
        closed_days=draw(st.frozensets(st.sampled_from(DAYS), max_size=4)),
        closed_hours=tuple(draw(st.lists(hours, max_size=2))),
        closed=tuple(draw(st.lists(span, max_size=2))),
        weekly_maximum=draw(st.none() | st.integers(0, 5)),
        daily_maximum=draw(st.none() | st.integers(1, 3)),
        spacing=timedelta(minutes=draw(st.sampled_from([0, 30, 90, 720, 1500]))),
    )
    offsets = draw(st.lists(st.integers(-14 * 24 * 4, 21 * 24 * 4), max_size=6))
    return rails, [Taken(uuid4(), ACCOUNT, now + timedelta(minutes=15 * each)) for each in offsets], now


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_every_candidate_keeps_every_rule(plan: tuple[Guardrails, list[Taken], datetime]) -> None:
    rails, taken, now = plan
    for utc, wall, fold in candidates(rails, taken, now, 14, now):
        assert now + LEAD <= utc < now + timedelta(days=14)
        assert to_wall(utc, rails.zone) == (wall, fold)
        assert any(_inside(wall, each) for each in rails.windows)
        assert DAYS[wall.weekday()] not in rails.closed_days
        assert not any(_holds(each, wall) for each in rails.closed_hours)
        assert not any(each.start <= utc < each.end for each in rails.closed)
        assert all(abs(each.utc - utc) >= rails.spacing and each.utc != utc for each in taken)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_filling_slot_after_slot_never_passes_a_maximum(plan: tuple[Guardrails, list[Taken], datetime]) -> None:
    rails, _, now = plan
    taken: list[Taken] = []
    for _ in range(12):
        free = next(candidates(rails, taken, now, 14, now), None)
        if free is None:
            break
        taken.append(Taken(uuid4(), ACCOUNT, free[0]))
    walls = [to_wall(each.utc, rails.zone)[0] for each in taken]
    for wall in walls:
        if rails.daily_maximum is not None:
            assert sum(each.date() == wall.date() for each in walls) <= rails.daily_maximum
        if rails.weekly_maximum is not None:
            assert sum(_week(each) == _week(wall) for each in walls) <= rails.weekly_maximum
    times = sorted(each.utc for each in taken)
    assert all(later - earlier >= rails.spacing for earlier, later in pairwise(times))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), st.integers(1, 200))
def test_the_nearest_allowed_time_is_allowed_and_nearest(plan: tuple[Guardrails, list[Taken], datetime], quarters: int) -> None:
    rails, taken, now = plan
    wished, moving = now + timedelta(minutes=15 * quarters), uuid4()
    account = AccountRails(ACCOUNT, "x", "X", "Acme", rails, tuple(taken), True)
    found = nearest_allowed(account, wished, moving, now, rails.zone)
    if found is None:
        return
    assert breach(found.utc, rails, taken, now) is None
    distance = abs(found.utc - wished) // timedelta(minutes=15)
    closer = [wished + sign * timedelta(minutes=15 * k) for k in range(1, distance) for sign in (1, -1)]
    assert all(each - now < timedelta(minutes=1) or breach(each, rails, taken, now) for each in closer)


@given(windows, st.sampled_from(STARTS), st.floats(0, 30))
def test_values_stay_between_0_and_100(some: tuple[Window, ...], now: datetime, ahead: float) -> None:
    rails = Guardrails("Europe/Berlin", some)
    account = AccountRails(ACCOUNT, "x", "X", "Acme", rails, (), True)
    utc = now + timedelta(days=ahead)
    assert 0 <= appraise(account, utc, *to_wall(utc, "Europe/Berlin"), now).value <= 100


def _inside(wall: datetime, window: Window) -> bool:
    """The windows again, spelled out by days: an oracle for Window.holds."""
    start, end = window.hours.start, window.hours.end
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        if DAYS[day.weekday()] in window.days:
            minute = (wall - datetime.combine(day, datetime.min.time())).total_seconds() / 60
            if start <= minute < (end if end > start else end + 1440):
                return True
    return False


def _holds(hours: HourRange, wall: datetime) -> bool:
    minute = wall.hour * 60 + wall.minute
    return hours.start <= minute < hours.end or (hours.end <= hours.start and (minute >= hours.start or minute < hours.end))


def _week(wall: datetime) -> date:
    return first_of_week(wall.date(), 1)


def test_a_time_that_clocks_skip_is_no_candidate() -> None:
    rails = Guardrails("Europe/Berlin", (Window(frozenset({"sun"}), HourRange(120, 180), None, 0),))
    now = datetime(2027, 3, 26, tzinfo=UTC)
    assert list(candidates(rails, [], now, 7, now)) == []


@pytest.mark.parametrize(
    ("rails", "utc", "rule"),
    [
        (Guardrails("UTC", ()), "2026-11-18T06:00", "future"),
        (Guardrails("UTC", (), closed_days=frozenset({"sat"})), "2026-11-21T10:00", "closed_day"),
        (Guardrails("UTC", (), closed_hours=(HourRange(22 * 60, 6 * 60),)), "2026-11-19T23:30", "closed_hours"),
        (Guardrails("UTC", (), spacing=timedelta(hours=12)), "2026-11-20T20:00", "spacing"),
        (Guardrails("UTC", ()), "2026-11-20T09:00", "taken"),
        (Guardrails("UTC", (), daily_maximum=1), "2026-11-20T20:00", "daily_maximum"),
        (Guardrails("UTC", (), weekly_maximum=1), "2026-11-22T20:00", "weekly_maximum"),
    ],
)
def test_each_rule_has_its_name_and_words(rails: Guardrails, utc: str, rule: str) -> None:
    taken = [Taken(uuid4(), ACCOUNT, datetime(2026, 11, 20, 9, tzinfo=UTC))]
    now = datetime(2026, 11, 18, 7, tzinfo=UTC)
    found = breach(datetime.fromisoformat(utc).replace(tzinfo=UTC), rails, taken, now)
    assert found is not None
    assert found.rule == rule
    assert found.message.endswith(".")
    assert breach(datetime(2026, 11, 20, 9, tzinfo=UTC), rails, taken, now, moving=taken[0].item_id) is None


def _preference(user: UUID | None, platform: UUID | None = None, kind: str | None = None, **said: object) -> Preference:
    silent = (
        "posting_frequency_min",
        "posting_frequency_max",
        "daily_max",
        "min_spacing_minutes",
        "days_blacklist",
        "hours_blacklist",
        "metadata",
    )
    fields = {"user_id": user, "platform_id": platform, "content_format": kind, "timezone": "UTC", **dict.fromkeys(silent), **said}
    return Preference(**fields)  # type: ignore[arg-type]


def test_the_owner_s_wish_counts_before_the_workspace_s_and_the_specific_before_the_general() -> None:
    rows = [
        _preference(None, PLATFORM, "post", daily_max=1, min_spacing_minutes=10, timezone="Asia/Kathmandu"),
        _preference(OWNER, None, None, daily_max=2, posting_frequency_max=20),
        _preference(OWNER, PLATFORM, None, daily_max=3),
        _preference(OWNER, PLATFORM, "post", timezone="Europe/Berlin", days_blacklist=["sat"]),
        _preference(OWNER, uuid4(), None, daily_max=9),
        _preference(OWNER, PLATFORM, "reel", daily_max=8),
        _preference(OTHER, PLATFORM, "post", daily_max=7),
    ]
    said = preferences.wishes(reversed(rows), OWNER, PLATFORM, "post")
    assert (said.timezone, said.daily_maximum, said.weekly_maximum, said.spacing_minutes) == ("Europe/Berlin", 3, 20, 10)
    assert said.closed_days == {"sat"}


def test_silence_says_nothing() -> None:
    assert not preferences.wishes([], OWNER, PLATFORM, "post").spoken
    assert preferences.wishes([_preference(OWNER, days_blacklist=[])], OWNER, PLATFORM, "post").closed_days == frozenset()


def _timing(kind: str | None = None, segment: str | None = None, own: bool = False, user: UUID | None = None, **said: object) -> TimingRow:
    fields = {
        "id": uuid4(), "platform_id": PLATFORM, "days": ["tue"], "peak_hours": [{"start": 9, "end": 10}], "posting_frequency_min": None,
        "posting_frequency_max": None, "daily_max": None, "min_spacing_minutes": None, "audience_segment": segment, "content_format": kind,
        "source": None, "notes": None, "valid_from": STARTS[0], "workspace_id": uuid4() if own else None, "user_id": user, **said,
    }  # fmt: skip
    return TimingRow(**fields)  # type: ignore[arg-type]


def test_timing_of_one_s_own_counts_before_the_baseline_and_the_specific_before_the_general() -> None:
    general = _timing(posting_frequency_max=5, daily_max=2, min_spacing_minutes=60)
    reels = _timing("reel", peak_hours=[{"start": 11, "end": 13}], posting_frequency_max=4)
    small = _timing(None, "small", daily_max=1)
    mine, hers = _timing(own=True, user=OWNER, peak_hours=[{"start": 20, "end": 21}]), _timing(own=True, user=OTHER)
    assert timing.choose([general, reels, small], OWNER, "reel", None) == [reels, general]
    assert timing.choose([general, reels, small], OWNER, "post", "small") == [small, general]
    assert timing.choose([general, hers, mine], OWNER, None, None) == [mine, general]
    assert timing.limits(timing.choose([general, reels], OWNER, "reel", None)) == (4, 2, 60)
    assert [each.hours for each in timing.windows([mine, general])] == [HourRange(20 * 60, 21 * 60)]


def test_a_window_may_hold_on_some_days_only_and_stand_out() -> None:
    row = _timing(days=["mon", "wed"], peak_hours=[{"start": 15, "end": 17}, {"start": 16, "end": 16.5, "days": ["wed"], "weight": 1}])
    broad, peak = timing.windows([row])
    assert (broad.days, broad.weight) == ({"mon", "wed"}, 0.0)
    assert (peak.days, peak.hours, peak.weight) == ({"wed"}, HourRange(960, 990), 1.0)


JUNK = [{}, {"start": 9}, {"start": "9", "end": 10}, {"start": 9, "end": 9}, {"start": -1, "end": 3}, {"start": True, "end": 3}]


@pytest.mark.parametrize("junk", JUNK)
def test_junk_hours_are_no_hours(junk: dict[str, object]) -> None:
    assert timing.hour_range(junk) is None


def test_a_source_is_cited_short() -> None:
    row = _timing(source="Buffer https://buffer.com/x ; Sprout Social https://sproutsocial.com/y")
    assert timing.cite(row) == "Buffer and Sprout Social, 2026"
    assert timing.cite(_timing()) is None


def test_a_full_history_costs_no_more_than_its_neighbourhood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only posts of the days around a time are read on the wall clock, however many an account has."""
    seen: list[datetime] = []
    real = rules._day
    monkeypatch.setattr(rules, "_day", lambda utc, zone: seen.append(utc) or real(utc, zone))
    now = STARTS[0]
    taken = [Taken(uuid4(), ACCOUNT, now + timedelta(hours=6 * n)) for n in range(1000)]
    found = breach(now + timedelta(days=30, minutes=7), Guardrails("UTC", (), weekly_maximum=28), taken, now)
    assert found is not None
    assert found.rule == "weekly_maximum"
    assert len(seen) < 80
