"""The end of an API's version is told 60 days ahead, and TikTok's verified domain is named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from postwright.connections.app_facts import pulled_from, version_warnings
from postwright.platforms.registry import REGISTRY


@pytest.mark.parametrize("slug", ["facebook", "instagram", "linkedin"])
def test_the_end_is_told_sixty_days_ahead(slug: str) -> None:
    version = REGISTRY[slug].version
    assert version is not None
    assert version.sunset is not None
    assert version_warnings(slug, version.sunset - timedelta(days=61)) == []
    (words,) = version_warnings(slug, version.sunset - timedelta(days=60))
    assert (f"ends version {version.value}" in words, str(version.sunset) in words) == (True, True)
    assert "ended version" in version_warnings(slug, version.sunset)[0]


def test_a_version_without_an_announced_end_says_nothing() -> None:
    assert version_warnings("threads", date(2030, 1, 1)) == []
    assert version_warnings("x", date(2030, 1, 1)) == []


def test_tiktok_s_domain_is_named() -> None:
    assert "posts.acme.com" in pulled_from("tiktok", "https://posts.acme.com")[0]
    assert pulled_from("x", "https://posts.acme.com") == []
