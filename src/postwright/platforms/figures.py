"""Figures of a post under our names. What a platform does not tell is absent, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Every figure that a platform may tell of a post, in the order and the words in which it is shown.
WORDS: Mapping[str, str] = {
    "views": "Views",
    "impressions": "Impressions",
    "reach": "People reached",
    "interactions": "Interactions",
    "likes": "Likes",
    "comments": "Comments",
    "shares": "Shares",
    "saves": "Saves",
    "clicks": "Clicks",
    "watch_time_seconds": "Seconds watched, all together",
    "average_watch_seconds": "Seconds watched, on average",
    "followers_gained": "Followers gained",
    "reactions_like": "Reactions: like",
    "reactions_love": "Reactions: love",
    "reactions_care": "Reactions: care",
    "reactions_haha": "Reactions: haha",
    "reactions_wow": "Reactions: wow",
    "reactions_sad": "Reactions: sad",
    "reactions_angry": "Reactions: angry",
}


def pick(**figures: Any) -> Mapping[str, int]:
    """The figures that were told as whole numbers; also those told as text."""
    return {name: count for name, told in figures.items() if (count := whole(told)) is not None}


def add(*told: Any) -> int | None:
    """The sum of those that were told; None when none was."""
    counts = [count for one in told if (count := whole(one)) is not None]
    return sum(counts) if counts else None


def scaled(told: Any, factor: float) -> int | None:
    """A figure in another unit, such as minutes as seconds (60) or milliseconds as seconds (0.001), rounded."""
    count = whole(told)
    return None if count is None else round(count * factor)


def words(told: Any) -> str | None:
    """A name or an address as it was told; None where none was."""
    return told.replace("\x00", "").strip()[:2000] or None if isinstance(told, str) else None


def at(name: Any) -> str | None:
    """A name as its platform writes handles, with an @ before it."""
    told = words(name)
    return f"@{told.lstrip('@')}" if told else None


def whole(told: Any) -> int | None:
    if isinstance(told, bool) or told is None:
        return None
    if isinstance(told, int):
        return told
    if isinstance(told, str) and told.isdigit():
        return int(told)
    return int(told) if isinstance(told, float) and told.is_integer() else None
