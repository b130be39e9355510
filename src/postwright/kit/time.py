"""Wall clocks and zones, from the pinned tzdata package only.

A planned post keeps its wall time, its zone and its fold; the instant is derived from them here,
and nowhere else, so that 09:00 stays 09:00 when clocks change. The system's own zone files are
switched off: two machines with different ones would disagree about the same post.
"""

from __future__ import annotations

import difflib
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from postwright.errors import InvalidInput

__all__ = [
    "UTC",
    "Resolved",
    "clock_change",
    "day_bounds",
    "first_of_week",
    "offset_label",
    "resolve",
    "to_wall",
    "week_bounds",
    "zone",
    "zone_names",
]

zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()


@dataclass(frozen=True, slots=True)
class Resolved:
    """The instant that a wall time means. `note` says in words what the clock change did to it, if anything."""

    utc: datetime
    wall: datetime  # naive; differs from the wished one only when `shifted`
    shifted: bool  # the wished time does not exist on that day
    note: str | None
    fold: int  # 0, or 1 for the second of two equal wall times


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises InvalidInput(field=timezone, rule=iana_zone) and names the nearest one."""
    if name in zone_names():
        return ZoneInfo(name)
    near = difflib.get_close_matches(name[:60], zone_names(), 1, 0.7)
    hint = f"Did you mean {near[0]}?" if near else "Use one such as Europe/Berlin."
    raise InvalidInput(f"“{name[:60]}” is not an IANA time zone. {hint}", field="timezone", rule="iana_zone")


@cache
def zone_names() -> frozenset[str]:
    """All names that tzdata knows."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def resolve(wall: datetime, zone_name: str, fold: int = 0) -> Resolved:
    """The instant of a wall time. In a gap it moves forward by the length of the gap and says so;
    where a time happens twice, fold 0 is the first and 1 the second."""
    if wall.tzinfo is not None:
        raise InvalidInput("A wall time carries no offset; name the zone beside it.", field="wall_time", rule="naive")
    if fold not in (0, 1):
        raise InvalidInput("fold is 0 (first) or 1 (second).", field="fold", rule="fold")
    local_zone = zone(zone_name)
    wall = wall.replace(fold=0)
    try:
        first, second = (_instant(wall, local_zone, each) for each in (0, 1))
        shown, real_fold = to_wall(first, zone_name)
    except OverflowError:
        raise InvalidInput("This date is out of range.", field="wall_time", rule="range") from None
    if shown != wall:
        return Resolved(first, shown, True, _gap_note(wall, shown, zone_name), real_fold)
    if first == second:
        return Resolved(first, wall, False, None, 0)
    return Resolved((first, second)[fold], wall, False, _overlap_note(wall, zone_name, fold), fold)


def to_wall(utc: datetime, zone_name: str) -> tuple[datetime, int]:
    """The wall time (naive) of an instant, and its fold."""
    local = utc.astimezone(zone(zone_name))
    return local.replace(tzinfo=None, fold=0), local.fold


def day_bounds(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """The instants at which a day begins and ends in a zone; 23 to 25 hours apart when clocks change."""
    start = resolve(datetime.combine(day, time()), zone_name).utc
    return start, resolve(datetime.combine(day + timedelta(days=1), time()), zone_name).utc


def week_bounds(day: date, zone_name: str, week_start: int = 1) -> tuple[datetime, datetime]:
    """The instants at which the week of `day` begins and ends; `week_start` 0 is Sunday, 1 Monday, ..."""
    first = first_of_week(day, week_start)
    return day_bounds(first, zone_name)[0], day_bounds(first + timedelta(days=6), zone_name)[1]


def first_of_week(day: date, week_start: int = 1) -> date:
    """The day on which the week of `day` begins."""
    return day - timedelta(days=(day.isoweekday() - week_start) % 7)


def clock_change(day: date, zone_name: str) -> timedelta | None:
    """By how much clocks move on a day (positive: forward), None on an ordinary day."""
    # Just before its midnights, because some zones change at midnight itself.
    before, after = (_offset(edge - timedelta(microseconds=1), zone_name) for edge in day_bounds(day, zone_name))
    return (after - before) or None


def offset_label(utc: datetime, zone_name: str) -> str:
    """The offset from UTC at an instant: "UTC+5:45"."""
    minutes = int(_offset(utc, zone_name).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return "UTC" if minutes == 0 else f"UTC{sign}{hours}{f':{rest:02d}' if rest else ''}"


def _offset(utc: datetime, zone_name: str) -> timedelta:
    return utc.astimezone(zone(zone_name)).utcoffset() or timedelta()


def _instant(wall: datetime, local_zone: ZoneInfo, fold: int) -> datetime:
    return wall.replace(tzinfo=local_zone, fold=fold).astimezone(UTC)


def _gap_note(wall: datetime, shown: datetime, zone_name: str) -> str:
    return (
        f"{wall:%H:%M} does not exist in {zone_name} on {wall:%a} {wall.day} {wall:%b %Y}: clocks go forward, so it becomes {shown:%H:%M}."
    )


def _overlap_note(wall: datetime, zone_name: str, fold: int) -> str:
    which = "second" if fold else "first"
    return f"{wall:%H:%M} happens twice in {zone_name} on {wall:%a} {wall.day} {wall:%b %Y}: clocks go back; this is the {which} one."
