"""Whether a time of an account breaks a rule, and which: one place for slots, plans and moves. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from postwright.calendar.models import DAYS, Breach, Guardrails, Taken
from postwright.kit.time import first_of_week, to_wall

FARTHEST = timedelta(days=730)  # ahead of now that posts are planned
_SAME_WEEK = timedelta(days=8)  # posts further apart share neither day nor week in any zone
_DAY_NAMES = dict(zip(DAYS, ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"), strict=True))


def breach(utc: datetime, rails: Guardrails, taken: Iterable[Taken], now: datetime, *, moving: UUID | None = None) -> Breach | None:
    """The first rule that a post at `utc` would break; None when it may stand there. `moving` is the post itself."""
    if utc <= now:
        return Breach("future", "This time has passed. Choose one that is still to come.")
    others = [each for each in taken if each.item_id != moving]
    wall, _ = to_wall(utc, rails.zone)
    near = [each for each in others if abs(each.utc - utc) < _SAME_WEEK]
    return _closed(utc, wall, rails, moving) or _too_close(utc, rails, others) or _too_many(wall, rails, near)


def _closed(utc: datetime, wall: datetime, rails: Guardrails, moving: UUID | None) -> Breach | None:
    day = DAYS[wall.weekday()]
    if day in rails.closed_days:
        return Breach("closed_day", f"Your preferences keep {_DAY_NAMES[day]} free.")
    for hours in rails.closed_hours:
        if hours.holds(wall.hour * 60 + wall.minute):
            return Breach("closed_hours", f"Your preferences keep {hours} free.")
    for each in rails.closed:
        if each.start <= utc < each.end and each.schedule_item_id in (None, moving):
            why = f": {each.reason}" if each.reason else ""
            return Breach("closed", f"Nothing goes out from {_stamp(each.start, rails)} to {_stamp(each.end, rails)}{why}.")
    return None


def _too_close(utc: datetime, rails: Guardrails, others: list[Taken]) -> Breach | None:
    near = min((each.utc for each in others if abs(each.utc - utc) < max(rails.spacing, timedelta(minutes=1))), default=None)
    if near is None:
        return None
    if rails.spacing <= timedelta(minutes=1):
        return Breach("taken", f"This account posts at {_stamp(near, rails)} already.")
    return Breach("spacing", f"Posts of this account keep {_hours(rails.spacing)} apart; another one is at {_stamp(near, rails)}.")


def _too_many(wall: datetime, rails: Guardrails, others: list[Taken]) -> Breach | None:
    if rails.daily_maximum is None and rails.weekly_maximum is None:
        return None
    days = [_day(each.utc, rails.zone) for each in others]
    if rails.daily_maximum is not None and days.count(wall.date()) >= rails.daily_maximum:
        return Breach("daily_maximum", f"At most {_posts(rails.daily_maximum)} a day; {wall:%A} {wall.day} {wall:%b} is full.")
    if rails.weekly_maximum is not None and _in_week(wall.date(), days, rails) >= rails.weekly_maximum:
        return Breach("weekly_maximum", f"At most {_posts(rails.weekly_maximum)} a week; the week of {wall.day} {wall:%b} is full.")
    return None


@lru_cache(maxsize=20_000)
def _day(utc: datetime, zone: str) -> date:
    return to_wall(utc, zone)[0].date()


def _in_week(day: date, days: list[date], rails: Guardrails) -> int:
    first = first_of_week(day, rails.week_start)
    return sum(first_of_week(each, rails.week_start) == first for each in days)


def _stamp(utc: datetime, rails: Guardrails) -> str:
    wall, _ = to_wall(utc, rails.zone)
    return f"{wall:%a} {wall.day} {wall:%b}, {wall:%H:%M}"


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g} h"


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count} posts"
