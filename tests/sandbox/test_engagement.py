"""Simulated figures: deterministic, growing, saturating, and awake when people are."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from statistics import mean

import pytest

from postwright.sandbox.accounts import PLATFORMS
from postwright.sandbox.engagement import HABITS, figures, followers_at
from postwright.sandbox.records import Account, Post

NINE = datetime(2026, 11, 18, 18, tzinfo=UTC).timestamp()  # a Wednesday evening


def account(platform: str = "x", followers: int = 5_000) -> Account:
    return Account("1", "w", platform, "h", "H", None, followers, NINE - 86_400)


def post(number: int, at: float = NINE, platform: str = "x", kind: str = "text") -> Post:
    return Post(platform, str(number), "1", at, kind, "t", str(number))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_figures_grow_and_settle(platform: str) -> None:
    one, owner = post(7, platform=platform), account(platform)
    ages = [0, 3, 60, 3_600, 86_400, 30 * 86_400, 60 * 86_400]
    seen = [figures(one, owner, NINE + age) for age in ages]
    assert not any(seen[0].values())
    assert seen[1]["views"] >= 1
    for earlier, later in pairwise(seen):
        assert all(later[name] >= earlier[name] for name in earlier)
    assert seen[-1]["views"] <= 1.2 * seen[-2]["views"]
    assert all(seen[-1]["views"] >= value for value in seen[-1].values())
    assert seen == [figures(one, owner, NINE + age) for age in ages]


def test_each_platform_has_habits() -> None:
    assert set(HABITS) == set(PLATFORMS)


def test_nights_are_quieter_than_evenings_and_weekends_than_tuesdays_on_linkedin() -> None:
    week = 7 * 86_400

    def typical(at: float, platform: str) -> float:
        return mean(figures(post(n, at, platform), account(platform), at + week)["views"] for n in range(300))

    assert typical(NINE - 15 * 3_600, "x") < 0.5 * typical(NINE, "x")
    sunday = NINE + 4 * 86_400
    assert typical(sunday, "linkedin") < 0.7 * typical(NINE, "linkedin")


def test_more_followers_see_more_and_video_travels() -> None:
    small = mean(figures(post(n), account(followers=1_000), NINE + 86_400)["views"] for n in range(100))
    large = mean(figures(post(n), account(followers=10_000), NINE + 86_400)["views"] for n in range(100))
    assert 8 < large / small < 12
    text = mean(figures(post(n), account(), NINE + 86_400)["views"] for n in range(300))
    reel = mean(figures(post(n, kind="reel"), account(), NINE + 86_400)["views"] for n in range(300))
    assert reel > 1.4 * text


def test_followers_grow_slowly() -> None:
    owner = account()
    assert owner.followers <= followers_at(owner, NINE) < followers_at(owner, NINE + 60 * 86_400) < 1.2 * owner.followers
