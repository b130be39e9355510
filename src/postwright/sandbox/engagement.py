"""What a pretend audience does with a post. Everything here is simulated.

Deterministic: the same post at the same moment always has the same figures, and no figure ever
falls. The audience is the account's followers; the format, the hour, the day and luck scale
how many of them see it; interest then saturates, fast on X and slowly on YouTube.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from postwright.sandbox.records import Account, Post


@dataclass(frozen=True, slots=True)
class Habits:
    """How a platform's audience behaves: share of followers reached, hours until most have seen it, rates per view."""

    reach: float
    hours: float
    views_per_reach: float
    rates: Mapping[str, float]


HABITS: Mapping[str, Habits] = {
    "x": Habits(0.34, 5, 1.15, {"likes": 0.018, "comments": 0.0022, "shares": 0.0030, "quotes": 0.0006, "saves": 0.0025, "clicks": 0.011}),
    "linkedin": Habits(0.30, 20, 1.45, {"likes": 0.017, "comments": 0.0035, "shares": 0.0016, "clicks": 0.024}),
    "instagram": Habits(0.36, 14, 1.30, {"likes": 0.034, "comments": 0.0022, "shares": 0.0040, "saves": 0.0060, "clicks": 0.004}),
    "facebook": Habits(0.14, 16, 1.25, {"likes": 0.013, "comments": 0.0020, "shares": 0.0017, "clicks": 0.015}),
    "tiktok": Habits(0.95, 30, 1.20, {"likes": 0.058, "comments": 0.0035, "shares": 0.0060, "saves": 0.0080}),
    "youtube": Habits(0.42, 90, 1.10, {"likes": 0.036, "comments": 0.0030, "shares": 0.0035, "saves": 0.0020}),
    "bluesky": Habits(0.28, 6, 1.10, {"likes": 0.026, "comments": 0.0045, "shares": 0.0050, "quotes": 0.0010, "saves": 0.0010}),
    "mastodon": Habits(0.30, 8, 1.05, {"likes": 0.024, "comments": 0.0042, "shares": 0.0070}),
    "threads": Habits(0.32, 8, 1.15, {"likes": 0.028, "comments": 0.0048, "shares": 0.0038, "quotes": 0.0007}),
    "telegram": Habits(0.55, 12, 1.10, {"likes": 0.016, "shares": 0.0040}),
    "discord": Habits(0.40, 6, 1.05, {"likes": 0.022, "comments": 0.0060}),
    "wordpress": Habits(0.45, 60, 1.20, {"likes": 0.006, "comments": 0.0030, "clicks": 0.020}),
    "ghost": Habits(0.50, 40, 1.15, {"likes": 0.010, "comments": 0.0020, "clicks": 0.030}),
    "substack": Habits(0.50, 40, 1.15, {"likes": 0.012, "comments": 0.0030, "clicks": 0.020}),
    "webhook": Habits(0.30, 24, 1.05, {"clicks": 0.010}),
}
FORMATS: Mapping[str, float] = {"text": 0.85, "link": 0.75, "image": 1.0, "carousel": 1.15, "video": 1.25, "reel": 1.45, "story": 0.55}
# Relative attention by local hour and by weekday (Monday first): quiet nights, a bump at lunch, a peak in the evening.
HOURS = (
    0.42, 0.34, 0.30, 0.29, 0.32, 0.42, 0.60, 0.80, 0.98, 1.08, 1.06, 1.08,
    1.18, 1.12, 1.00, 0.98, 1.04, 1.16, 1.28, 1.36, 1.34, 1.18, 0.86, 0.60,
)  # fmt: skip
WEEKEND = (1.0, 1.05, 1.08, 1.04, 0.96, 0.90, 0.94)
BUSINESS = (1.04, 1.16, 1.18, 1.12, 0.92, 0.50, 0.52)
GROWTH_SHAPE = 0.62  # below 1: quick at first, long tail


def figures(post: Post, account: Account, at: float) -> dict[str, int]:
    """The figures of a post at a moment: views, reach, likes, ...; all 0 before it is out."""
    habits = HABITS[post.platform]
    luck = _luck(post)
    age = max(0.0, at - post.created_at)
    reach = account.followers * habits.reach * FORMATS.get(post.kind, 1.0) * _moment(post, account) * math.exp(luck.gauss(0, 0.55))
    grown = 1 - math.exp(-((age / (habits.hours * 3600)) ** GROWTH_SHAPE))
    reached = reach * grown
    result = {"views": int(reached * habits.views_per_reach) + (1 if age >= 2 else 0), "reach": int(reached) + (1 if age >= 2 else 0)}
    appeal = math.exp(luck.gauss(0, 0.35))
    for name in sorted(habits.rates):
        rate = habits.rates[name] * appeal * math.exp(luck.gauss(0, 0.25))
        result[name] = min(int(reached * habits.views_per_reach * rate), result["views"])
    return result


def watch_share(post: Post) -> float:
    """The mean share of a video that its viewers watch, 0.2 to 0.8."""
    return 0.2 + 0.6 * random.Random(_seed(post, "watch")).random()  # noqa: S311


def followers_at(account: Account, at: float) -> int:
    """The followers at a moment: slowly growing since the account began."""
    weeks = max(0.0, (at - account.created_at) / 604_800)
    pace = 0.001 + 0.006 * random.Random(account.id).random()  # noqa: S311
    return int(account.followers * (1 + pace) ** weeks)


def _moment(post: Post, account: Account) -> float:
    """How awake the audience is when the post comes out."""
    offset = float(account.profile.get("audience_utc_offset", 0))
    local = datetime.fromtimestamp(post.created_at + offset * 3600, UTC)
    here, later = HOURS[local.hour], HOURS[(local.hour + 1) % 24]
    days = BUSINESS if post.platform == "linkedin" else WEEKEND
    return (here + (later - here) * local.minute / 60) * days[local.weekday()]


def _luck(post: Post) -> random.Random:
    return random.Random(_seed(post, "luck"))  # noqa: S311


def _seed(post: Post, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{purpose}:{post.platform}:{post.remote_id}".encode()).digest()[:8], "big")
