"""What each platform takes: findings name field, rule, limit, actual and source, and offer the fix."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from postwright.errors import InvalidInput
from postwright.platforms import registry
from postwright.platforms.linkedin.text import from_little_text, to_little_text
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.rules import Finding

IMAGE = Media("1", "image", "image/jpeg", 200_000, 1080, 1350, None, "", Path("a.jpg"), "http://127.0.0.1/a.jpg")
VIDEO = Media("2", "video", "video/mp4", 2_000_000, 1080, 1920, 10.0, "", Path("a.mp4"), "http://127.0.0.1/a.mp4")
FIXES = {None, "split_thread", "add_card", "add_card_video", "trim_hashtags"}


def _errors(slug: str, post: Post) -> list[Finding]:
    return [finding for finding in REGISTRY[slug].check(post) if finding.level == "error"]


def _fit(slug: str, **changes: object) -> Post:
    needs = REGISTRY[slug].rules.needs
    media = () if needs is None else (VIDEO,) if needs == "video" else (IMAGE,)
    return replace(Post("Hello", "post", title="Hello", media=media), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("slug", REGISTRY)
def test_a_fitting_post_has_no_errors(slug: str) -> None:
    assert _errors(slug, _fit(slug)) == []


@pytest.mark.parametrize("slug", REGISTRY)
def test_rules_are_dated_and_sourced(slug: str) -> None:
    platform = REGISTRY[slug]
    assert platform.rules.source.startswith("https://")
    assert platform.rules.checked_on >= date(2026, 11, 1)
    assert platform.rules.default_format in platform.rules.formats
    assert (platform.slug, platform.rules.remaining("")) == (slug, platform.rules.limit)


LONG: list[tuple[str, str, int | float, str | None]] = [
    ("x", "漢" * 141, 280, "split_thread"), ("x", "a" * 281, 280, "split_thread"), ("linkedin", "a" * 3001, 3000, None),
    ("instagram", "a" * 2201, 2200, None), ("tiktok", "🎉" * 1101, 2200, None), ("youtube", "ü" * 2501, 5000, None),
    ("facebook", "a" * 63_207, 63_206, None),
    ("bluesky", "👨‍👩‍👧‍👦" * 301, 300, "split_thread"), ("mastodon", "a" * 501, 500, "split_thread"),
    ("threads", "a" * 501, 500, "split_thread"), ("threads", "🎉" * 126, 500, "split_thread"), ("telegram", "🎉" * 2049, 4096, None),
    ("discord", "a" * 2001, 2000, None), ("wordpress", "a" * 100_001, 100_000, None), ("webhook", "a" * 10_001, 10_000, None),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "text", "limit", "fix"), LONG)
def test_too_long(slug: str, text: str, limit: int, fix: str | None) -> None:
    (finding,) = _errors(slug, _fit(slug, text=text))
    assert (finding.field, finding.rule, finding.limit, finding.fix) == ("text", "length", limit, fix)
    assert finding.actual is not None
    assert finding.actual > limit
    assert finding.source == REGISTRY[slug].rules.source
    assert REGISTRY[slug].name in finding.message
    assert _errors(slug, _fit(slug, text=text[: REGISTRY[slug].rules.overflow_at(text)])) == []


def test_hashtags_that_do_not_fit_are_offered_for_trimming() -> None:
    (finding,) = _errors("x", Post("a" * 275, "post", hashtags=("launch",)))
    assert finding.fix == "trim_hashtags"


def test_bluesky_counts_bytes_too() -> None:
    text = ("e" + "\u0301" * 6) * 299
    assert [finding.rule for finding in _errors("bluesky", Post(text, "post"))] == ["bytes"]


def test_each_part_of_a_thread_is_checked() -> None:
    findings = _errors("x", Post("one", "thread", parts=("one", "b" * 281, " ")))
    assert [(finding.field, finding.rule) for finding in findings] == [("thread[2]", "empty"), ("thread[1]", "length")]
    assert [finding.rule for finding in _errors("linkedin", Post("one", "post", parts=("one", "two")))] == ["threads"]


@pytest.mark.parametrize(
    ("slug", "rule", "fix"),
    [("instagram", "needs_image", "add_card"), ("tiktok", "needs_video", "add_card_video"), ("youtube", "needs_video", "add_card_video")],
)
def test_a_missing_medium_is_offered(slug: str, rule: str, fix: str) -> None:
    assert [(finding.rule, finding.fix) for finding in _errors(slug, _fit(slug, media=()))] == [(rule, fix)]


def test_nothing_to_post() -> None:
    assert [finding.rule for finding in _errors("x", Post("  ", "post"))] == ["empty"]
    assert _errors("x", Post("", "post", media=(IMAGE,))) == []


def test_youtube() -> None:
    assert [(f.field, f.rule) for f in _errors("youtube", _fit("youtube", title="<b>"))] == [("title", "angle_brackets")]
    assert [(f.field, f.rule) for f in _errors("youtube", _fit("youtube", title=None))] == [("title", "required")]
    assert [(f.field, f.rule) for f in _errors("youtube", _fit("youtube", title="a" * 101))] == [("title", "length")]
    assert [(f.field, f.rule) for f in _errors("youtube", _fit("youtube", text="a > b"))] == [("text", "angle_brackets")]
    tags = tuple(f"tag{number:03}" * 3 for number in range(30))
    assert ("hashtags", "tags_length") in [(f.field, f.rule) for f in _errors("youtube", _fit("youtube", hashtags=tags))]
    assert "media_kind" in [f.rule for f in _errors("youtube", _fit("youtube", media=(IMAGE,)))]


def test_instagram() -> None:
    wide = replace(IMAGE, width=1600, height=400)
    assert [f.rule for f in _errors("instagram", _fit("instagram", media=(wide,)))] == ["aspect"]
    assert [f.rule for f in _errors("instagram", _fit("instagram", media=(replace(IMAGE, mime_type="image/png"),)))] == ["mime_type"]
    assert [f.rule for f in _errors("instagram", _fit("instagram", media=(IMAGE,) * 11))] == ["max_images", "max_media"]
    tags = tuple(f"tag{number}" for number in range(31))
    (finding,) = _errors("instagram", _fit("instagram", hashtags=tags))
    assert (finding.rule, finding.fix, finding.actual) == ("max_hashtags", "trim_hashtags", 31)
    mentions = " ".join(f"@user{number}" for number in range(21))
    assert [f.rule for f in _errors("instagram", _fit("instagram", text=mentions))] == ["max_mentions"]


def test_a_story_may_be_tall_and_is_one_medium_of_a_minute() -> None:
    tall = replace(IMAGE, width=1080, height=1920)
    assert [f.rule for f in _errors("instagram", _fit("instagram", media=(tall,)))] == ["aspect"]
    assert _errors("instagram", _fit("instagram", media=(tall,), format="story")) == []
    assert [f.rule for f in _errors("instagram", _fit("instagram", media=(tall, tall), format="story"))] == ["max_media"]
    long = replace(VIDEO, duration=61.0)
    assert [f.rule for f in _errors("instagram", _fit("instagram", media=(long,), format="story"))] == ["duration"]
    assert _errors("instagram", _fit("instagram", media=(long,), format="reel")) == []


@pytest.mark.parametrize("slug", ["x", "bluesky", "mastodon", "linkedin", "facebook"])
def test_images_and_a_video_do_not_mix(slug: str) -> None:
    assert "mixed_media" in [finding.rule for finding in _errors(slug, _fit(slug, media=(IMAGE, VIDEO)))]


def test_media_that_are_too_large_or_too_long() -> None:
    assert [f.rule for f in _errors("x", Post("a", "post", media=(replace(IMAGE, size=5_000_001),)))] == ["size"]
    assert [f.rule for f in _errors("x", Post("a", "post", media=(replace(VIDEO, duration=141.0),)))] == ["duration"]
    gif = replace(IMAGE, mime_type="image/gif", size=9_000_000)
    assert _errors("x", Post("a", "post", media=(gif,))) == []
    assert [f.rule for f in _errors("x", Post("a", "post", media=(gif, IMAGE)))] == ["gif_alone"]


def test_every_fix_is_one_that_the_composer_knows() -> None:
    posts = [_fit(slug, text="a" * 70_000, media=(), hashtags=("tag",) * 40) for slug in REGISTRY]
    assert {finding.fix for slug, post in zip(REGISTRY, posts, strict=True) for finding in REGISTRY[slug].check(post)} <= FIXES


def test_hashtags_of_a_thread_close_its_last_part_once() -> None:
    assert Post("a", "thread", parts=("a", "b"), hashtags=("x",)).pieces() == ("a", "b\n\n#x")
    assert Post("a", "thread", parts=("a #x", "b"), hashtags=("x",)).pieces() == ("a #x", "b")
    assert Post("a", "post", hashtags=("x", "y")).pieces() == ("a\n\n#x #y",)


def test_names_people_use() -> None:
    assert registry.get("twitter") is REGISTRY["x"]
    assert registry.get(" X ") is REGISTRY["x"]
    assert registry.resolve_alias("nowhere") == "nowhere"
    with pytest.raises(InvalidInput) as refused:
        registry.get("nowhere")
    assert refused.value.field == "platform"


@pytest.mark.parametrize("text", ["plain", "a (b) [c] {d} <e> @f #g *h* _i_ ~j~ \\k | l", "#tag and #größe", "50% & more", ""])
def test_little_text_shows_what_was_written(text: str) -> None:
    assert from_little_text(to_little_text(text)) == text


def test_little_text_keeps_hashtags_as_hashtags() -> None:
    assert to_little_text("Hi (you) #tag") == "Hi \\(you\\) {hashtag|\\#|tag}"


@pytest.mark.parametrize("slug", REGISTRY)
def test_200_hashtags_are_found_or_fit(slug: str) -> None:
    """Where a platform counts no hashtags they are text like any other: its length says whether they fit."""
    rules, post = REGISTRY[slug].rules, _fit(slug, hashtags=tuple(f"tag{number}" for number in range(200)))
    findings = _errors(slug, post)
    assert {finding.field for finding in findings} <= {"text", "hashtags"}
    assert all(finding.limit is not None and (finding.actual or 0) > finding.limit for finding in findings)
    if rules.count(post.full_text()) > rules.limit or (rules.max_hashtags or 200) < 200:
        assert findings, "more than the platform takes"
        assert any(finding.fix == "trim_hashtags" for finding in findings)


@pytest.mark.parametrize(
    ("medium", "words"),
    [
        (replace(IMAGE, size=6_000_000), "X takes an image of at most 5.0 MB; this has 6.0 MB"),
        (replace(VIDEO, size=600_000_000), "X takes a video of at most 512.0 MB; this has 600.0 MB"),
    ],
)
def test_what_is_too_large_is_told_in_whole_words(medium: Media, words: str) -> None:
    assert [finding.message for finding in _errors("x", _fit("x", media=(medium,))) if finding.rule == "size"] == [words]
