"""What is known about good times: the active rows of platform_timing_data, chosen and read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from postwright.calendar.models import DAYS, HourRange, TimingRow, Window

# Where no baseline speaks of a platform: ordinary hours, called so.
ORDINARY = (Window(frozenset(DAYS[:5]), HourRange(9 * 60, 17 * 60), None, 0.0),)


def choose(rows: Iterable[TimingRow], owner: UUID | None, content_format: str | None, segment: str | None) -> list[TimingRow]:
    """The rows that speak of a post, the one that counts most first: of the calendar's owner, of the
    workspace, of the baseline; in each what names segment and format before what names one or none."""
    fitting = [
        row
        for row in rows
        if row.content_format in (None, content_format) and row.audience_segment in (None, segment) and _rules(row, owner)
    ]
    return sorted(fitting, key=_rank)


def limits(ranked: Sequence[TimingRow]) -> tuple[int | None, int | None, int | None]:
    """(most a week, most a day, minutes between two), each from the first row that states it."""
    weekly = next((row.posting_frequency_max for row in ranked if row.posting_frequency_max is not None), None)
    daily = next((row.daily_max for row in ranked if row.daily_max is not None), None)
    spacing = next((row.min_spacing_minutes for row in ranked if row.min_spacing_minutes is not None), None)
    return weekly, daily, spacing


def windows(ranked: Sequence[TimingRow]) -> tuple[Window, ...]:
    """The windows of the first row that has any. A window may hold on some of the row's days only."""
    for row in ranked:
        found = tuple(window for said in row.peak_hours if (window := _window(row, said)) is not None)
        if found:
            return found
    return ()


def hour_range(said: Mapping[str, Any]) -> HourRange | None:
    """{"start": 15, "end": 17.5} as minutes; None where it is not one."""
    start, end = _minute(said.get("start")), _minute(said.get("end"))
    return None if start is None or end is None or start == end else HourRange(start % 1440, end)


def _minute(hour: Any) -> int | None:
    if isinstance(hour, bool) or not isinstance(hour, int | float) or not 0 <= hour <= 24:
        return None
    return round(hour * 60)


def _window(row: TimingRow, said: Mapping[str, Any]) -> Window | None:
    hours = hour_range(said)
    days = said.get("days") or row.days
    weight = said.get("weight", 0.0)
    if hours is None or not days:
        return None
    strength = float(weight) if isinstance(weight, int | float) else 0.0
    return Window(frozenset(str(day)[:3].lower() for day in days), hours, cite(row), strength)


def cite(row: TimingRow) -> str | None:
    """Where a row comes from, short: "Buffer and SocialPilot, 2025"; the addresses stay in the row."""
    names = [re.sub(r"https?://\S+", "", each).strip(" ,;") for each in (row.source or "").split(";")]
    names = [each for each in names if each]
    return f"{' and '.join(names)}, {row.valid_from.year}" if names else None


def _rules(row: TimingRow, owner: UUID | None) -> bool:
    return row.workspace_id is None or row.user_id is None or row.user_id == owner


def _rank(row: TimingRow) -> tuple[bool, bool, bool, bool, str]:
    whose = (row.workspace_id is None, row.user_id is None)
    return *whose, row.audience_segment is None, row.content_format is None, str(row.id)
