"""What a page of the calendar shows: its span, its days, its zones, and where it opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from postwright.calendar.models import CalendarEntry
from postwright.edge.locales import DEFAULT, spell
from postwright.kit.time import clock_change, day_bounds, first_of_week, to_wall

LIST_DAYS = 28


class View(StrEnum):
    """How much the calendar shows, and how."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a page, and the pages beside it."""

    view: View
    day: date
    first: date
    last: date
    earlier: date
    later: date

    def title(self, locale: str = DEFAULT) -> str:
        """As a heading: "November 2026", "16 November – 22 November 2026"."""
        if self.view is View.MONTH:
            return spell(self.day, "%B %Y", locale)
        if self.view is View.DAY:
            return spell(self.day, "%A %-d %B %Y", locale)
        if locale == DEFAULT and (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.first.day}–{self.last.day} {self.last:%B %Y}"
        year = " %Y" if self.first.year != self.last.year else ""
        return f"{spell(self.first, f'%-d %b{year}', locale)} – {spell(self.last, '%-d %b %Y', locale)}"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the list."""

    day: date
    change: str | None  # what clocks do on it
    today: bool
    entries: tuple[CalendarEntry, ...]


def span_of(view: View, day: date, week_start: int) -> Span:
    """The span that a view shows around a day."""
    if view is View.MONTH:
        first = day.replace(day=1)
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        start, end = first_of_week(first, week_start), first_of_week(last, week_start) + timedelta(days=6)
        return Span(view, first, start, end, (first - timedelta(days=1)).replace(day=1), last + timedelta(days=1))
    if view is View.WEEK:
        start = first_of_week(day, week_start)
        return Span(view, day, start, start + timedelta(days=6), day - timedelta(days=7), day + timedelta(days=7))
    length = 1 if view is View.DAY else LIST_DAYS
    return Span(view, day, day, day + timedelta(days=length - 1), day - timedelta(days=length), day + timedelta(days=length))


def bounds(span: Span, zone: str) -> tuple[datetime, datetime]:
    """The instants at which the span begins and ends."""
    return day_bounds(span.first, zone)[0], day_bounds(span.last, zone)[1]


def days_of(span: Span, entries: Sequence[CalendarEntry], zone: str, now: datetime) -> list[Day]:
    """The days that have posts, today, and the days on which clocks change."""
    by_day: defaultdict[date, list[CalendarEntry]] = defaultdict(list)
    for each in entries:
        by_day[to_wall(each.scheduled_at, zone)[0].date()].append(each)
    today = to_wall(now, zone)[0].date()
    found = [Day(day, change_words(day, zone), day == today, tuple(by_day.get(day, ()))) for day in _days(span)]
    return [each for each in found if each.entries or each.today or each.change]


def clock_changes(span: Span, zone: str) -> dict[str, str]:
    """The days of the span on which clocks change, with what they do."""
    return {day.isoformat(): words for day in _days(span) if (words := change_words(day, zone))}


def change_words(day: date, zone: str) -> str | None:
    """ "Clocks +1 h" on a day on which they change."""
    change = clock_change(day, zone)
    if change is None:
        return None
    minutes = int(change.total_seconds() // 60)
    size = f"{abs(minutes) / 60:g} h" if abs(minutes) >= 60 else f"{abs(minutes)} min"
    return f"Clocks {'+' if minutes > 0 else '−'}{size}"


def opens_at(span: Span, entries: Sequence[CalendarEntry], zone: str, now: datetime) -> str:
    """The hour at which the day grid opens ("09:00:00"): now in the running week, else the first post, else the morning."""
    wall, _ = to_wall(now, zone)
    if span.first <= wall.date() <= span.last:
        hour = wall.hour - 1
    else:
        hour = min((to_wall(each.scheduled_at, zone)[0].hour for each in entries), default=8)
    return f"{max(0, min(hour, 16)):02d}:00:00"


def second_zone(zone: str, theirs: str, at: datetime) -> dict[str, object] | None:
    """The other zone of the gutter: its name and how many minutes it is ahead; None when the clocks agree."""
    ahead = to_wall(at, theirs)[0] - to_wall(at, zone)[0]
    return {"zone": theirs, "minutes": int(ahead.total_seconds() // 60)} if ahead else None


def offset_text(at: datetime, zone: str) -> str:
    """The zone's offset as "+01:00", which the grid takes."""
    minutes = int((to_wall(at, zone)[0] - at.replace(tzinfo=None)).total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _days(span: Span) -> list[date]:
    return [span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)]
