"""What Instagram takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.bounds import between, words_of
from postwright.platforms.checks import check_common
from postwright.platforms.meta_version import GRAPH
from postwright.platforms.options import check_moment, split_cover, text_of
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

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
    "reel_seconds_least": Fact(3, _MEDIA, _CHECKED),
    "reel_seconds": Fact(900, _MEDIA, _CHECKED),
    "aspect_least": Fact(0.8, _MEDIA, _CHECKED),  # width to height of an image: 4:5
    "aspect": Fact(1.91, _MEDIA, _CHECKED),
    "video_aspect_least": Fact(0.01, _MEDIA, _CHECKED),
    "video_aspect": Fact(10, _MEDIA, _CHECKED),
    "frames_least": Fact(23, _MEDIA, _CHECKED),  # pictures a second
    "frames": Fact(60, _MEDIA, _CHECKED),
    "video_codecs": Fact("h264, hevc", _MEDIA, _CHECKED),
    "alt_text": Fact(1000, _MEDIA, _CHECKED),
    "carousel_least": Fact(2, _PUBLISHING, _CHECKED),
    "story_seconds_least": Fact(3, _MEDIA, _CHECKED),
    "story_seconds": Fact(60, _MEDIA, _CHECKED),
    "container_seconds": Fact(86_400, _PUBLISHING, _CHECKED),
    "posts_per_day": Fact(50, _PUBLISHING, _CHECKED),  # 50 to 100: content_publishing_limit tells
    "comment": Fact(
        300, "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments", _CHECKED
    ),
    "version": GRAPH,
    "access_token_seconds": Fact(
        5_184_000, "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login", _CHECKED
    ),
}

# "Available for the Instagram API with Facebook Login only"; accounts are connected here by Instagram Login.
UNTOLD = {
    "paid": Fact(
        "Instagram takes the paid partnership label only from apps of Facebook Login, not of Instagram Login", _PUBLISHING, _CHECKED
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
    aspect=between("aspect_least", "aspect", FACTS),
    max_video_bytes=FACTS["reel_bytes"].number,
    duration=between("reel_seconds_least", "reel_seconds", FACTS),
    media_source=_MEDIA,
    video_codecs=words_of(FACTS["video_codecs"]),
    fps=between("frames_least", "frames", FACTS),
    video_aspect=between("video_aspect_least", "video_aspect", FACTS),
    alt_limit=FACTS["alt_text"].number,
    shapes={
        "carousel": Shape("a carousel", ("image", "video"), _PUBLISHING, least=FACTS["carousel_least"].number),
        "reel": Shape("a reel", ("video",), _MEDIA, most=1),
        "story": Shape(
            "a story",
            ("image", "video"),
            _MEDIA,
            most=1,
            duration=between("story_seconds_least", "story_seconds", FACTS),
            words=False,
            any_shape=True,
        ),
    },
    pulls=("image", "video"),
    comment=FACTS["comment"],
)


def check(post: Post) -> list[Finding]:
    """What Instagram would refuse in the post. A story may have any shape."""
    content, _ = split_cover(post)
    return [*check_common(content, RULES, "Instagram"), *check_moment(post, "cover_at", _MEDIA), *_check_cover(post)]


def _check_cover(post: Post) -> Iterator[Finding]:
    if text_of("cover", post) and split_cover(post)[1] is None:
        yield Finding("options.cover", "option", "The cover is none of the post's images", source=_MEDIA)
