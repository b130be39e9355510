"""The seeds say what specs/scheduling.md says, row by row, and name where it comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import psycopg
import psycopg.rows
import pytest

from postwright.platforms.registry import REGISTRY

Connection = psycopg.Connection[Any]

WEEKDAYS = {"mon", "tue", "wed", "thu", "fri"}

# platform, format, segment: posts a week (least, most), a day, minutes between two
FREQUENCIES = {
    ("youtube", None, None): (2, 3, None, None),
    ("youtube", "video", None): (2, 3, None, None),
    ("youtube", "short", None): (None, 7, 1, None),
    ("youtube", "short", "small channel"): (7, 7, 1, None),
    ("tiktok", None, None): (3, 5, None, None),
    ("tiktok", None, "emerging creator"): (7, 28, 4, None),
    ("tiktok", None, "established creator"): (2, 5, None, None),
    ("instagram", None, None): (3, 5, 1, None),
    ("instagram", "feed", None): (3, 5, 1, None),
    ("instagram", "reel", None): (3, 5, 1, None),
    ("x", None, None): (3, 5, 3, None),
    ("x", None, "brand"): (3, 5, 3, None),
    ("linkedin", None, None): (2, 5, 1, 720),
    ("linkedin", None, "individual"): (2, 3, 1, 720),
    ("linkedin", None, "company page"): (3, 5, 1, 720),
    ("facebook", None, None): (3, 5, 2, None),
    ("facebook", "reel", None): (3, 5, 2, None),
}

# A wall time that a baseline recommends, and one that it does not.
HOURS = [
    ("youtube", None, "wed", 16, True),
    ("youtube", None, "mon", 15, True),
    ("youtube", None, "mon", 9, False),
    ("youtube", None, "sat", 12, True),
    ("tiktok", None, "sun", 20, True),
    ("tiktok", None, "sun", 12, False),
    ("tiktok", None, "wed", 18, True),
    ("tiktok", None, "sat", 18, False),
    ("instagram", "feed", "thu", 14, True),
    ("instagram", "reel", "thu", 14, False),
    ("instagram", "reel", "thu", 11, True),
    ("instagram", "feed", "sun", 11, False),
    ("x", None, "tue", 8, True),
    ("x", None, "tue", 12, False),
    ("x", None, "fri", 9, True),
    ("linkedin", None, "wed", 13, True),
    ("linkedin", None, "wed", 14, False),
    ("linkedin", None, "fri", 10, False),
    ("facebook", None, "mon", 8, True),
    ("facebook", None, "fri", 17, True),
    ("facebook", None, "sun", 10, False),
]

SOURCES = {
    "youtube": ["buffer.com/resources/best-time-to-post-on-youtube", "socialpilot.co/blog/best-time-to-post-on-youtube"],
    "tiktok": ["buffer.com/resources/best-time-to-post-on-tiktok", "blog.hootsuite.com/tiktok-algorithm"],
    "instagram": ["later.com/blog/how-instagram-algorithm-works", "buffer.com/resources/how-often-to-post-on-instagram"],
    "x": ["buffer.com/resources/best-time-to-post-social-media", "sproutsocial.com/insights/twitter-statistics"],
    "linkedin": ["sproutsocial.com/insights/best-times-to-post-on-linkedin"],
    "facebook": ["sproutsocial.com/insights/best-times-to-post-on-facebook"],
}

CAVEATS = {
    "youtube": ["retention", "Shorts daily"],
    "tiktok": ["Saturday is weakest", "quality gate"],
    "instagram": ["diminishing returns", "Avoid daily"],
    "x": ["2-3 a day", "Consistency over volume"],
    "linkedin": ["12-24 hours", "daily is viable"],
    "facebook": ["Fridays are lighter", "link posts underperform"],
}


def rows(db: Connection) -> dict[tuple[str, str | None, str | None], dict[str, Any]]:
    with db.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute(
            """select p.slug, t.* from platform_timing_data t join platforms p on p.id = t.platform_id
                where t.workspace_id is null and t.user_id is null and t.valid_to is null"""
        )
        return {(row["slug"], row["content_format"], row["audience_segment"]): row for row in cursor}


def test_frequencies_by_format_and_segment(db_to_read: Connection) -> None:
    found = {
        key: (row["posting_frequency_min"], row["posting_frequency_max"], row["daily_max"], row["min_spacing_minutes"])
        for key, row in rows(db_to_read).items()
    }
    assert found == FREQUENCIES


@pytest.mark.parametrize(("platform", "content_format", "day", "hour", "recommended"), HOURS)
def test_hours(db_to_read: Connection, platform: str, content_format: str | None, day: str, hour: int, recommended: bool) -> None:
    row = rows(db_to_read)[platform, content_format, None]
    assert (
        any(day in window.get("days", row["days"]) and window["start"] <= hour < window["end"] for window in row["peak_hours"])
        is recommended
    )


def test_what_stands_out(db_to_read: Connection) -> None:
    known = rows(db_to_read)
    best = {platform: max(known[platform, None, None]["peak_hours"], key=lambda window: window["weight"]) for platform in SOURCES}
    assert (best["youtube"]["start"], best["youtube"]["days"]) == (16, ["wed"])
    assert (best["tiktok"]["start"], best["tiktok"]["days"]) == (20, ["sun"])
    assert known["tiktok", None, None]["days"][0] == "wed"
    assert known["tiktok", None, None]["days"][-1] == "sat"
    assert best["x"]["days"] == ["tue", "wed", "thu"]
    assert known["linkedin", None, None]["days"] == ["tue", "wed", "thu"]
    assert set(known["instagram", None, None]["days"]) == set(known["facebook", None, None]["days"]) == WEEKDAYS


def test_every_row_says_where_it_comes_from_and_since_when(db_to_read: Connection) -> None:
    for (platform, _, _), row in rows(db_to_read).items():
        assert all(source in row["source"] for source in SOURCES[platform]), platform
        assert row["valid_from"] == datetime(2025, 1, 1, tzinfo=UTC)
        assert row["notes"]
    for platform, caveats in CAVEATS.items():
        notes = rows(db_to_read)[platform, None, None]["notes"]
        assert all(caveat in notes for caveat in caveats), platform


def test_every_platform_has_dated_limits_with_a_source(db_to_read: Connection) -> None:
    without = db_to_read.execute(
        """select slug from platforms p where not exists (
               select from platform_limits l where l.platform_id = p.id and l.source like 'https://%' and l.checked_on > '2026-01-01')"""
    ).fetchall()
    assert without == []


@pytest.mark.parametrize("slug", REGISTRY)
def test_the_code_counts_by_the_same_limits(db_to_read: Connection, slug: str) -> None:
    """What an adapter enforces and what the table says is one fact."""
    facts = import_module(f"postwright.platforms.{slug}.limits").FACTS
    found = {
        name: (float(value) if value is not None else detail.split(";")[0], source)
        for name, value, detail, source in db_to_read.execute(
            """select l.name, l.value, l.detail, l.source from platform_limits l join platforms p on p.id = l.platform_id
                where p.slug = %s""",
            [slug],
        )
    }
    for name, fact in facts.items():
        said = float(fact.value) if isinstance(fact.value, int | float) else fact.value
        assert found[name] == (said, fact.source), name


def test_providers_resolve_the_specified_models(db_to_read: Connection) -> None:
    found = dict(
        db_to_read.execute(
            "select unnest(aliases), model from provider_config where workspace_id is null and kind in ('image', 'video')"
        ).fetchall()
    )
    assert found == {"nano-banana": "gemini-nano-banana-2.1", "veo-3.1": "veo-3.1-generate-001"}
    row = db_to_read.execute("select retires_on::text, successor from provider_config where model = 'veo-3.1-generate-001'").fetchone()
    assert row == ("2026-11-17", "gemini-omni-1.1-flash")


def test_one_default_provider_a_kind(db_to_read: Connection) -> None:
    found = dict(db_to_read.execute("select kind, model from provider_config where is_default and workspace_id is null").fetchall())
    assert found == {
        "text": "extractive",
        "image": "gemini-nano-banana-2.1",
        "video": "gemini-omni-1.1-flash",
        "transcription": "local",
        "render": "ffmpeg",
    }


def test_fixed_platforms(db_to_read: Connection) -> None:
    found = {
        slug: (aliases, formats) for slug, aliases, formats in db_to_read.execute("select slug, aliases, formats from platforms").fetchall()
    }
    assert set(SOURCES) | {"bluesky", "mastodon", "substack", "threads", "telegram", "discord", "wordpress", "ghost", "webhook"} == set(
        found
    )
    assert found["x"][0] == ["twitter"]
    assert {"short", "video"} == set(found["youtube"][1])
    for slug, platform in REGISTRY.items():
        assert set(_formats(platform)) <= set(found[slug][1]), slug


def _formats(platform: Any) -> tuple[str, ...]:
    formats: tuple[str, ...] = import_module(f"postwright.platforms.{platform.slug}.limits").RULES.formats
    return formats
