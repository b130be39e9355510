"""What Bluesky takes."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import GRAPHEME_COUNTER
from postwright.platforms.bounds import between, words_of
from postwright.platforms.checks import check_common
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

_CHECKED = date(2026, 11, 21)
_POST = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json"
_IMAGES = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/images.json"
_LENGTH = "https://bsky.social/about/blog/03-10-2025-v1-99-release"
_VIDEO = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/video.json"

FACTS = {
    "graphemes": Fact(300, _POST, _CHECKED),
    "bytes": Fact(3000, _POST, _CHECKED),
    "images": Fact(4, _IMAGES, _CHECKED),
    "image_bytes": Fact(1_000_000, _IMAGES, _CHECKED),
    "video_bytes": Fact(100_000_000, _VIDEO, _CHECKED),
    "video_seconds_least": Fact(0.5, _LENGTH, _CHECKED),
    "video_codecs": Fact("h264", _LENGTH, _CHECKED),
    "video_seconds": Fact(180, _LENGTH, _CHECKED),
}

RULES = Rules(
    limit=FACTS["graphemes"].number,
    unit="graphemes",
    count=GRAPHEME_COUNTER,
    source=_POST,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "thread", "image", "video"),
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/webp"),
    max_image_bytes=FACTS["image_bytes"].number,
    threads=True,
    byte_limit=FACTS["bytes"].number,
    video_mime_types=("video/mp4",),
    max_video_bytes=FACTS["video_bytes"].number,
    duration=between("video_seconds_least", "video_seconds", FACTS),
    media_source=_IMAGES,
    video_source=_VIDEO,
    video_codecs=words_of(FACTS["video_codecs"]),
    shapes={"image": Shape("a picture post", ("image",), _IMAGES), "video": Shape("a video post", ("video",), _VIDEO, most=1)},
)


def check(post: Post) -> list[Finding]:
    """What Bluesky would refuse in the post."""
    return [
        *check_common(post, RULES, "Bluesky"),
    ]
