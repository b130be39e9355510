"""What TikTok takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import UTF16_COUNTER
from postwright.platforms.base import Fact, Finding, Post, Rules
from postwright.platforms.checks import check_common
from postwright.platforms.options import check_moment, is_on

_CHECKED = date(2026, 11, 21)
_POST = "https://developers.tiktok.com/doc/content-posting-api-reference-direct-post"
_PHOTO = "https://developers.tiktok.com/doc/content-posting-api-reference-photo-post"
_RULES = "https://developers.tiktok.com/doc/content-sharing-guidelines"
_MEDIA = "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide"

FACTS = {
    "text": Fact(2200, _POST, _CHECKED),
    "photo_title": Fact(90, _PHOTO, _CHECKED),
    "photo_description": Fact(4000, _PHOTO, _CHECKED),
    "photos": Fact(35, _PHOTO, _CHECKED),
    "photo_bytes": Fact(20_000_000, _MEDIA, _CHECKED),
    "video_bytes": Fact(4_000_000_000, _MEDIA, _CHECKED),
    "video_seconds": Fact(600, _MEDIA, _CHECKED),
    "chunk_least": Fact(5_000_000, _MEDIA, _CHECKED),
    "chunk_most": Fact(64_000_000, _MEDIA, _CHECKED),
    "inits_per_minute": Fact(6, _POST, _CHECKED),
    "posts_per_day": Fact(15, "https://developers.tiktok.com/doc/content-sharing-guidelines", _CHECKED),
    "access_token_seconds": Fact(7200, "https://developers.tiktok.com/doc/oauth-user-access-token-management", _CHECKED),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="UTF-16 units",
    count=UTF16_COUNTER,
    source=_POST,
    checked_on=_CHECKED,
    default_format="video",
    formats=("video", "photo"),
    needs="video",
    max_images=FACTS["photos"].number,
    image_mime_types=("image/jpeg", "image/webp"),
    max_image_bytes=FACTS["photo_bytes"].number,
    fold_at=100,
    video_mime_types=("video/mp4", "video/quicktime", "video/webm"),
    max_video_bytes=FACTS["video_bytes"].number,
    duration=(1.0, float(FACTS["video_seconds"].number)),
    media_source=_MEDIA,
    video_codecs=("h264", "hevc", "vp8", "vp9"),
    fps=(23.0, 60.0),
    max_video_side=4096,
    pulls=("image",),
)


def check(post: Post) -> list[Finding]:
    """What TikTok would refuse in the post."""
    return [
        *check_common(post, RULES, "TikTok"),
        *_check_audience(post),
        *check_moment(post, "cover_at", _POST),
    ]


def _check_audience(post: Post) -> Iterator[Finding]:
    """What is paid for must be seen by somebody."""
    if is_on(post.options.get("brand_content_toggle")) and post.options.get("privacy_level") == "SELF_ONLY":
        words = "TikTok takes no paid partnership that only you may see: choose another audience"
        yield Finding("options.privacy_level", "privacy_level", words, source=_RULES)
