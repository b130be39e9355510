"""Scheduling preferences: whose rule counts, and what they say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from postwright.calendar.models import DAYS, HourRange, Preference
from postwright.calendar.timing import hour_range

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the preferences say about one account; None where they are silent."""

    timezone: str | None = None
    weekly_maximum: int | None = None
    daily_maximum: int | None = None
    spacing_minutes: int | None = None
    closed_days: frozenset[str] = frozenset()
    closed_hours: tuple[HourRange, ...] = ()
    audience_segment: str | None = None
    spoken: bool = False


def wishes(rows: Iterable[Preference], owner: UUID | None, platform_id: UUID, content_format: str | None) -> Wishes:
    """The calendar owner's rule, then the workspace's (rows of nobody); in each, what names the
    platform and the format before what names one of them. Every field comes from the first row that states it."""
    ranked = rank(rows, owner, platform_id, content_format)
    if not ranked:
        return Wishes()
    return Wishes(
        timezone=ranked[0].timezone,
        weekly_maximum=_first(row.posting_frequency_max for row in ranked),
        daily_maximum=_first(row.daily_max for row in ranked),
        spacing_minutes=_first(row.min_spacing_minutes for row in ranked),
        closed_days=frozenset(day.lower() for day in _first(row.days_blacklist for row in ranked) or ()) & frozenset(DAYS),
        closed_hours=_ranges(_first(row.hours_blacklist for row in ranked) or ()),
        audience_segment=_first(_segment(row) for row in ranked),
        spoken=True,
    )


def rank(rows: Iterable[Preference], owner: UUID | None, platform_id: UUID, content_format: str | None) -> list[Preference]:
    """The rows that speak of an account, the one that counts most first."""
    fitting = [
        row
        for row in rows
        if row.user_id in (owner, None) and row.platform_id in (platform_id, None) and row.content_format in (content_format, None)
    ]
    return sorted(fitting, key=lambda row: (row.user_id is None, row.platform_id is None, row.content_format is None))


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _ranges(said: Sequence[Any]) -> tuple[HourRange, ...]:
    return tuple(found for each in said if isinstance(each, dict) and (found := hour_range(each)) is not None)


def _segment(row: Preference) -> str | None:
    said = (row.metadata or {}).get("audience_segment")
    return said if isinstance(said, str) else None
