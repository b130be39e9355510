"""What a free slot is worth and why, in a sentence. Pure.

These values come from published baselines: they order the times of one account and promise no
figures. Times learned from the account's own posts will replace the baseline, not this form.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from postwright.calendar.guardrails import AccountRails
from postwright.calendar.models import Slot, Taken, Window

_WINDOW, _WEIGHT, _ORDINARY = 60, 35, 30  # any window, what its full weight adds, an hour of which nothing is known
_STANDS_OUT, _WEAK = 0.95, 0.5  # weights from and below which the words change
_NEAR = timedelta(hours=48)  # posts closer than this take attention from each other
_RECENT = timedelta(days=7)


def appraise(account: AccountRails, utc: datetime, wall: datetime, fold: int, now: datetime) -> Slot:
    """The slot with its value 0..100 and its reason."""
    window = max((each for each in account.rails.windows if each.holds(wall)), key=lambda each: _fit(each, wall), default=None)
    score = _fit(window, wall) if window and account.baseline else float(_ORDINARY)
    score -= min((utc - now) / timedelta(days=1), 10.0) + 10 * _crowding(utc, account.taken)
    reason = _reason(account, window, wall, utc)
    return Slot(account.connection_id, utc, wall, account.rails.zone, fold, round(max(0.0, min(100.0, score))), reason)


def why_chosen(caveat: str | None) -> str:
    """The reason of a time that a person chose, with the guideline it passes over, if any."""
    return "You chose this time." if caveat is None else f"You chose this time. Note: {caveat}"


def _fit(window: Window, wall: datetime) -> float:
    middle = window.hours.start + window.hours.length / 2
    off = abs((wall.hour * 60 + wall.minute + 15 - middle + 720) % 1440 - 720)  # a slot stands for its half hour
    return _WINDOW + _WEIGHT * window.weight - 8 * min(1.0, off / max(1.0, window.hours.length / 2))


def _crowding(utc: datetime, taken: tuple[Taken, ...]) -> float:
    gap = min((abs(each.utc - utc) for each in taken), default=_NEAR)
    return max(0.0, 1 - gap / _NEAR)


def _reason(account: AccountRails, window: Window | None, wall: datetime, utc: datetime) -> str:
    parts = [_baseline(account, window, wall)]
    if account.rails.preferred:
        parts.append("your preferences allow it")
    if (before := _before(account.taken, utc)) is not None:
        parts.append(f"{_span(before)} after your last post")
    said = "; ".join(parts) + "."
    return f"{said} A published baseline, not yet learned from this account." if account.baseline else said


def _baseline(account: AccountRails, window: Window | None, wall: datetime) -> str:
    if window is None or not account.baseline:
        return f"{wall:%A} {wall:%H:%M} is an ordinary hour: no published baseline covers {account.platform_name}"
    source = f" ({window.source})" if window.source else ""
    if window.weight >= _STANDS_OUT:
        return f"{wall:%A} {wall:%H:%M} is the standout hour for {account.platform_name}{source}"
    kind = "an acceptable" if 0 < window.weight < _WEAK else "a good"
    return f"{wall:%A} {wall:%H:%M} is {kind} hour for {account.platform_name}, within {window.hours}{source}"


def _before(taken: tuple[Taken, ...], utc: datetime) -> timedelta | None:
    last = max((each.utc for each in taken if each.utc <= utc), default=None)
    return utc - last if last is not None and utc - last <= _RECENT else None


def _span(gap: timedelta) -> str:
    hours = gap.total_seconds() / 3600
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{round(hours)} h" if hours < 48 else f"{round(hours / 24)} days"
