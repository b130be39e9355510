"""What Instagram takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.base import Fact, Finding, Post, Rules
from postwright.platforms.checks import check_common
from postwright.platforms.options import check_moment, split_cover, text_of

_CHECKED = date(2026, 11, 21)
_MEDIA = "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media"
_PUBLISHING = "https://developers.facebook.com/docs/instagram-platform/content-publishing"

FACTS = {
    "text": Fact(2200, _MEDIA, _CHECKED),
    "hashtags": Fact(30, _MEDIA, _CHECKED),
    "mentions": Fact(20, _MEDIA, _CHECKED),
    "carousel": Fact(10, _PUBLISHING, _CHECKED),
    "image_bytes": Fact(8_000_000, _MEDIA, _CHECKED),
    "reel_bytes": Fact(300_000_000, _MEDIA, _CHECKED),
    "reel_seconds": Fact(900, _MEDIA, _CHECKED),
    "story_seconds": Fact(60, _MEDIA, _CHECKED),
    "container_seconds": Fact(86_400, _PUBLISHING, _CHECKED),
    "posts_per_day": Fact(50, _PUBLISHING, _CHECKED),  # 50 to 100: content_publishing_limit tells
    "comment": Fact(
        300, "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments", _CHECKED
    ),
    # A version of Graph lives two years at least; its end is announced in the changelog.
    "version": Fact("v25.0", "https://developers.facebook.com/docs/graph-api/changelog", _CHECKED),
    "access_token_seconds": Fact(
        5_184_000, "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login", _CHECKED
    ),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=_MEDIA,
    checked_on=_CHECKED,
    default_format="feed",
    formats=("feed", "carousel", "reel", "story"),
    needs="image",
    max_images=FACTS["carousel"].number,
    max_media=FACTS["carousel"].number,
    mixes_media=True,
    image_mime_types=("image/jpeg",),
    max_image_bytes=FACTS["image_bytes"].number,
    max_hashtags=FACTS["hashtags"].number,
    max_mentions=FACTS["mentions"].number,
    fold_at=125,
    aspect=(0.8, 1.91),
    max_video_bytes=FACTS["reel_bytes"].number,
    duration=(3.0, float(FACTS["reel_seconds"].number)),
    media_source=_MEDIA,
    video_codecs=("h264", "hevc"),
    fps=(23.0, 60.0),
    video_aspect=(0.01, 10.0),
    alt_limit=1000,
    pulls=("image", "video"),
    comment=FACTS["comment"],
)


def check(post: Post) -> list[Finding]:
    """What Instagram would refuse in the post. A story may have any shape."""
    content, _ = split_cover(post)
    findings = [
        *check_common(content, RULES, "Instagram"),
        *check_moment(post, "cover_at", _MEDIA),
        *_check_cover(post),
    ]
    if post.format != "story":
        return findings
    return [*(finding for finding in findings if finding.rule != "aspect"), *_check_story(post)]


def _check_cover(post: Post) -> Iterator[Finding]:
    if text_of("cover", post) and split_cover(post)[1] is None:
        yield Finding("options.cover", "option", "The cover is none of the post's images", source=_MEDIA)


def _check_story(post: Post) -> Iterator[Finding]:
    if len(post.media) > 1:
        yield Finding("media", "max_media", "Instagram takes one image or video in a story", 1, len(post.media), _MEDIA)
    longest = FACTS["story_seconds"].number
    for at, medium in enumerate(post.media):
        if medium.duration is not None and medium.duration > longest + 0.1:
            message = f"Instagram takes stories of up to {longest} seconds; this has {medium.duration:.1f}"
            yield Finding(f"media[{at}]", "duration", message, longest, medium.duration, _MEDIA)
