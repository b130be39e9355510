"""What a Facebook Page takes."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.base import Fact, Finding, Post, Rules
from postwright.platforms.checks import check_common

_CHECKED = date(2026, 11, 21)
_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed"
_PHOTOS = "https://developers.facebook.com/docs/graph-api/reference/page/photos"
_VIDEOS = "https://developers.facebook.com/docs/graph-api/reference/page/videos"

FACTS = {
    "text": Fact(63_206, _FEED, _CHECKED),
    "images": Fact(10, _FEED, _CHECKED),
    "image_bytes": Fact(4_000_000, _PHOTOS, _CHECKED),
    "video_bytes": Fact(1_000_000_000, _VIDEOS, _CHECKED),
    "video_seconds": Fact(1200, _VIDEOS, _CHECKED),
    "version": Fact("v25.0", "https://developers.facebook.com/docs/graph-api/changelog", _CHECKED),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=_FEED,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "image", "video"),
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/gif"),
    max_image_bytes=FACTS["image_bytes"].number,
    fold_at=477,
    max_video_bytes=FACTS["video_bytes"].number,
    duration=(1.0, float(FACTS["video_seconds"].number)),
    media_source=_PHOTOS,
)


def check(post: Post) -> list[Finding]:
    """What Facebook would refuse in the post."""
    return check_common(post, RULES, "Facebook")
