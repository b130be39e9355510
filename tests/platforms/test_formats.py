"""A format is compared with its media, its bounds are its own, and every finding names the right page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from postwright.platforms.disclosure import check_disclosure
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.rules import Finding
from postwright.studio.models import Variant
from postwright.studio.variants import find_format
from tests.platforms.test_limits import IMAGE, VIDEO

WIDE = replace(VIDEO, width=1920, height=1080)
PDF = replace(IMAGE, kind="document", mime_type="application/pdf", width=0, height=0)


def _errors(slug: str, format: str, *media: Media, text: str = "Hello", title: str | None = "Hello") -> list[Finding]:
    return [each for each in REGISTRY[slug].check(Post(text, format, title=title, media=media)) if each.level == "error"]


WRONG: list[tuple[str, str, tuple[Media, ...], str, float | None]] = [
    ("instagram", "reel", (IMAGE,), "needs_video", 1), ("instagram", "reel", (VIDEO, IMAGE), "format", None),
    ("instagram", "carousel", (IMAGE,), "format", 2), ("tiktok", "video", (IMAGE,), "needs_video", 1),
    ("tiktok", "photo", (VIDEO,), "needs_image", 1), ("facebook", "video", (IMAGE,), "needs_video", 1),
    ("facebook", "video", (), "needs_video", 1), ("facebook", "story", (), "format", 1), ("linkedin", "carousel", (IMAGE,), "format", 2),
    ("linkedin", "carousel", (), "format", 2), ("linkedin", "document", (IMAGE,), "needs_document", 1),
    ("x", "video", (IMAGE,), "needs_video", 1), ("bluesky", "image", (VIDEO,), "needs_image", 1),
    ("threads", "carousel", (IMAGE,), "format", 2), ("mastodon", "video", (), "needs_video", 1),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "format", "media", "rule", "limit"), WRONG)
def test_a_format_without_its_media_is_not_ready(slug: str, format: str, media: tuple[Media, ...], rule: str, limit: float | None) -> None:
    found = next(each for each in _errors(slug, format, *media) if each.rule == rule)
    assert (found.limit, found.field in ("media", "options.format")) == (limit, True)
    assert found.source
    assert found.source.startswith("https://")
    if media:
        assert found.fix == "auto_format"
        auto = find_format(Variant("Hello"), slug, media)
        assert auto != format
        assert not [each for each in _errors(slug, auto, *media) if each.rule in ("format", rule)], "one click mends it"


def test_a_short_is_upright_and_of_three_minutes() -> None:
    assert _errors("youtube", "short", VIDEO) == []
    (long,) = _errors("youtube", "short", replace(VIDEO, duration=300.0))
    assert (long.rule, long.limit, long.actual) == ("duration", 180, 300.0)
    assert long.source == "https://support.google.com/youtube/answer/15424877"
    assert [each.rule for each in _errors("youtube", "short", WIDE)] == ["aspect"]
    assert [each.rule for each in _errors("youtube", "video", replace(WIDE, duration=300.0))] == []


def test_a_facebook_reel_has_24_to_60_pictures_a_second() -> None:
    (slow,) = _errors("facebook", "reel", replace(VIDEO, fps=15.0))
    assert (slow.rule, slow.limit, slow.actual, "reels-publishing" in (slow.source or "")) == ("fps", 24, 15.0, True)
    assert _errors("facebook", "video", replace(VIDEO, fps=15.0)) == []


def test_a_video_that_is_too_short_for_a_reel_becomes_a_video() -> None:
    assert find_format(Variant("Hello"), "facebook", (replace(VIDEO, duration=2.0),)) == "video"
    assert find_format(Variant("Hello"), "facebook", (VIDEO,)) == "reel"


@pytest.mark.parametrize("slug", ["instagram", "facebook"])
def test_words_that_nobody_sees_are_told_of(slug: str) -> None:
    post = Post("Hello", "story", media=(VIDEO,))
    (found,) = [each for each in check_options(post, REGISTRY[slug]) if each.rule == "no_words"]
    assert (found.field, found.level, bool(found.source)) == ("text", "warning", True)
    assert not [each for each in check_options(replace(post, text=""), REGISTRY[slug]) if each.rule == "no_words"]
    assert not [each for each in check_options(replace(post, format="reel"), REGISTRY[slug]) if each.rule == "no_words"]


def test_tiktok_photos_have_their_own_text_and_title() -> None:
    assert _errors("tiktok", "photo", IMAGE, text="a" * 3000) == []
    assert [each.limit for each in _errors("tiktok", "photo", IMAGE, text="a" * 4001)] == [4000]
    assert [each.limit for each in _errors("tiktok", "video", VIDEO, text="a" * 3000)] == [2200]
    (title,) = _errors("tiktok", "photo", IMAGE, title="T" * 91)
    assert (title.field, title.rule, title.limit, title.actual) == ("title", "length", 90, 91)
    assert REGISTRY["tiktok"].rules_for("photo", {}).limit == 4000
    assert REGISTRY["tiktok"].rules_for("video", {}).limit == 2200


def test_tiktok_says_how_long_this_creator_s_videos_may_be() -> None:
    post = Post("Hello", "video", media=(replace(VIDEO, duration=90.0),))
    assert REGISTRY["tiktok"].findings(post, {}) == []
    (found,) = REGISTRY["tiktok"].findings(post, {"longest_video": 60})
    assert (found.field, found.rule, found.limit, found.actual) == ("media[0]", "duration", 60, 90.0)
    assert "creator-info" in (found.source or "")


PAGES = [
    ("linkedin", "video", replace(VIDEO, size=600_000_000), "size", "videos-api"),
    ("linkedin", "video", replace(VIDEO, duration=1.0), "duration", "videos-api"),
    ("linkedin", "document", replace(PDF, size=200_000_000), "size", "documents-api"),
    ("bluesky", "video", replace(VIDEO, size=200_000_000), "size", "embed/video.json"),
    ("facebook", "video", replace(VIDEO, size=2_000_000_000), "size", "page/videos"),
    ("linkedin", "image", replace(IMAGE, size=9_000_000), "size", "images-api"),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "format", "medium", "rule", "page"), PAGES)
def test_a_finding_cites_the_page_of_its_kind_of_medium(slug: str, format: str, medium: Media, rule: str, page: str) -> None:
    (found,) = _errors(slug, format, medium)
    assert (found.rule, page in (found.source or "")) == (rule, True)


def test_a_gif_for_x_has_its_own_limit() -> None:
    (found,) = _errors("x", "post", replace(IMAGE, mime_type="image/gif", size=20_000_000))
    assert (found.rule, found.limit) == ("size", 15_000_000)


@pytest.mark.parametrize("slug", REGISTRY)
def test_what_is_wrong_with_a_text_has_a_source(slug: str) -> None:
    found = REGISTRY[slug].check(Post("a\x00", "post", title="Hello", parts=("a\x00", " ")))
    assert {"control_character", "empty"} <= {each.rule for each in found}
    assert all(each.source for each in found)


@pytest.mark.parametrize("slug", REGISTRY)
def test_each_bound_is_a_dated_fact(slug: str) -> None:
    from importlib import import_module

    rules, facts = REGISTRY[slug].rules, import_module(f"postwright.platforms.{slug}.limits").FACTS
    told = {float(each.value) for each in facts.values() if isinstance(each.value, int | float)}
    told |= {1 / each for each in told if each}
    shapes = rules.shapes.values()
    bounds = [
        rules.duration,
        rules.fps,
        rules.aspect,
        rules.video_aspect,
        *(each.duration for each in shapes),
        *(each.fps for each in shapes),
    ]
    if slug not in ("telegram",):
        assert {number for pair in bounds if pair for number in pair} <= told
    assert all(each.checked_on >= date(2026, 11, 1) and each.source.startswith("https://") for each in facts.values())
    if rules.video_codecs:
        assert ", ".join(rules.video_codecs) == facts["video_codecs"].value


def _disclosed(slug: str, post: Post) -> list[Finding]:
    return list(check_disclosure(post, REGISTRY[slug]))


def test_tiktok_photos_are_not_told_to_switch_on_what_they_do_not_have() -> None:
    photo = Post("Hello", "photo", media=(IMAGE,), options={"disclosure": ["ai"]})
    (found,) = _disclosed("tiktok", photo)
    assert (found.rule, found.field) == ("disclosure", "options.disclosure")
    (video,) = _disclosed("tiktok", replace(photo, format="video", media=(VIDEO,)))
    assert video.rule == "disclosure_unset"


def test_facebook_takes_a_sponsor_and_instagram_says_why_it_cannot() -> None:
    paid = Post("Hello", "post", options={"disclosure": ["paid"]})
    (found,) = _disclosed("facebook", paid)
    assert (found.rule, found.field) == ("disclosure_unset", "options.sponsor_id")
    assert _disclosed("facebook", replace(paid, options={"disclosure": ["paid"], "sponsor_id": "123"})) == []
    assert [each.rule for each in _disclosed("facebook", replace(paid, format="reel"))] == ["disclosure"]
    (found,) = _disclosed("instagram", replace(paid, format="feed", media=(IMAGE,)))
    assert (found.rule, "Facebook Login" in found.message, "content-publishing" in (found.source or "")) == ("disclosure", True, True)


def test_meta_s_version_stands_in_one_place_and_has_an_end() -> None:
    assert REGISTRY["facebook"].version is REGISTRY["instagram"].version
    assert (REGISTRY["facebook"].version or pytest.fail("none")).sunset == date(2028, 7, 29)
