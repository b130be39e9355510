"""What a Facebook Page takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.base import Fact, Finding, Media, Post, Rules
from postwright.platforms.checks import check_common

_CHECKED = date(2026, 11, 21)
_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed"
_PHOTOS = "https://developers.facebook.com/docs/graph-api/reference/page/photos"
_REELS = "https://developers.facebook.com/docs/video-api/guides/reels-publishing"
_STORIES = "https://developers.facebook.com/docs/page-stories-api"
_LEAST = (540, 960)  # pixels of a reel or a story
_VIDEOS = "https://developers.facebook.com/docs/graph-api/reference/page/videos"

FACTS = {
    "text": Fact(63_206, _FEED, _CHECKED),
    "images": Fact(10, _FEED, _CHECKED),
    "image_bytes": Fact(4_000_000, _PHOTOS, _CHECKED),
    "video_bytes": Fact(1_000_000_000, _VIDEOS, _CHECKED),
    "video_seconds": Fact(1200, _VIDEOS, _CHECKED),
    "reel_seconds": Fact(90, _REELS, _CHECKED),
    "story_seconds": Fact(60, _STORIES, _CHECKED),
    "reels_per_day": Fact(30, _REELS, _CHECKED),  # "30 API-published posts within a 24-hour moving period"; a budget counts them
    "comment": Fact(8000, "https://developers.facebook.com/docs/graph-api/reference/object/comments", _CHECKED),
    # A version of Graph lives two years at least; its end is announced in the changelog.
    "version": Fact("v25.0", "https://developers.facebook.com/docs/graph-api/changelog", _CHECKED),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=_FEED,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "image", "carousel", "video", "reel", "story"),
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/gif"),
    max_image_bytes=FACTS["image_bytes"].number,
    fold_at=477,
    max_video_bytes=FACTS["video_bytes"].number,
    duration=(1.0, float(FACTS["video_seconds"].number)),
    media_source=_PHOTOS,
    comment=FACTS["comment"],
)


def check(post: Post) -> list[Finding]:
    """What Facebook would refuse in the post."""
    findings = [
        *check_common(post, RULES, "Facebook"),
    ]
    if post.format == "reel":
        return [*findings, *_check_reel(post)]
    return [*findings, *_check_story(post)] if post.format == "story" else findings


def _check_reel(post: Post) -> Iterator[Finding]:
    if not post.of_kind("video"):
        yield Finding("media", "needs_video", "A reel on Facebook needs a video", 1, 0, _REELS, fix="add_card_video")
    for at, medium in enumerate(post.media):
        yield from _check_upright(f"media[{at}]", medium, (3.0, float(FACTS["reel_seconds"].number)), "reels")


def _check_story(post: Post) -> Iterator[Finding]:
    if len(post.media) != 1:
        words = f"A story on Facebook is one image or video; there are {len(post.media)}"
        yield Finding("media", "max_media", words, 1, len(post.media), _STORIES)
    for at, medium in enumerate(post.media):
        yield from _check_upright(f"media[{at}]", medium, (3.0, float(FACTS["story_seconds"].number)), "stories")


def _check_upright(field: str, medium: Media, seconds: tuple[float, float], name: str) -> Iterator[Finding]:
    """Length and least size of a video for reels and stories."""
    if medium.kind != "video":
        return
    least, most = seconds
    if medium.duration is not None and not least <= medium.duration <= most + 0.1:
        words = f"Facebook takes {name} of {least:g} to {most:g} seconds; this has {medium.duration:.1f}"
        yield Finding(field, "duration", words, least if medium.duration < least else most, medium.duration, _REELS)
    if medium.width and (medium.width < _LEAST[0] or medium.height < _LEAST[1]):
        words = f"Facebook takes {name} of at least {_LEAST[0]} x {_LEAST[1]} pixels; this has {medium.width} x {medium.height}"
        yield Finding(field, "size", words, _LEAST[0], medium.width, _REELS)
