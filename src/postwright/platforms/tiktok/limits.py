"""What TikTok takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from postwright.kit.text import UTF16_COUNTER
from postwright.platforms.bounds import between, words_of
from postwright.platforms.checks import check_common
from postwright.platforms.options import check_moment, is_on
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

_CHECKED = date(2026, 11, 21)
_POST = "https://developers.tiktok.com/doc/content-posting-api-reference-direct-post"
_PHOTO = "https://developers.tiktok.com/doc/content-posting-api-reference-photo-post"
_CREATOR = "https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info"
_STATUS = "https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status"
LONGEST = "longest_video"  # among what an account may choose: seconds, as TikTok says of its creator
_RULES = "https://developers.tiktok.com/doc/content-sharing-guidelines"
_MEDIA = "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide"

FACTS = {
    "text": Fact(2200, _POST, _CHECKED),
    "photo_title": Fact(90, _PHOTO, _CHECKED),
    "photo_description": Fact(4000, _PHOTO, _CHECKED),
    "photos": Fact(35, _PHOTO, _CHECKED),
    "photo_bytes": Fact(20_000_000, _MEDIA, _CHECKED),
    "video_bytes": Fact(4_000_000_000, _MEDIA, _CHECKED),
    "video_seconds_least": Fact(1, _MEDIA, _CHECKED),
    "frames_least": Fact(23, _MEDIA, _CHECKED),  # pictures a second
    "frames": Fact(60, _MEDIA, _CHECKED),
    "video_side": Fact(4096, _MEDIA, _CHECKED),  # pixels
    "video_codecs": Fact("h264, hevc, vp8, vp9", _MEDIA, _CHECKED),
    "creator_info_per_minute": Fact(20, _CREATOR, _CHECKED),
    "status_per_minute": Fact(30, _STATUS, _CHECKED),
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
    duration=between("video_seconds_least", "video_seconds", FACTS),
    media_source=_MEDIA,
    video_codecs=words_of(FACTS["video_codecs"]),
    fps=between("frames_least", "frames", FACTS),
    max_video_side=FACTS["video_side"].number,
    shapes={"video": Shape("a video", ("video",), _POST, most=1), "photo": Shape("a photo post", ("image",), _PHOTO)},
    pulls=("image",),
)


PHOTO_RULES = replace(
    RULES,
    limit=FACTS["photo_description"].number,
    source=FACTS["photo_description"].source,
)


def rules_for(format: str, told: Mapping[str, Any]) -> Rules:
    """Photos have a longer text than videos."""
    return PHOTO_RULES if format == "photo" else RULES


def check(post: Post) -> list[Finding]:
    """What TikTok would refuse in the post."""
    return [
        *check_common(post, rules_for(post.format, {}), "TikTok"),
        *_check_photo_title(post),
        *_check_audience(post),
        *check_moment(post, "cover_at", _POST),
    ]


def check_told(post: Post, told: Mapping[str, Any]) -> list[Finding]:
    """The same with what TikTok says of the creator: how long a video may be."""
    return [*check(post), *_check_creator(post, told.get(LONGEST))]


def _check_creator(post: Post, longest: Any) -> Iterator[Finding]:
    if not isinstance(longest, int) or longest <= 0:
        return
    for at, medium in enumerate(post.media):
        if medium.kind == "video" and medium.duration is not None and longest < medium.duration <= FACTS["video_seconds"].number:
            words = f"TikTok takes videos of up to {longest} seconds from this account; this has {medium.duration:.1f}"
            yield Finding(f"media[{at}]", "duration", words, longest, medium.duration, _CREATOR)


def _check_photo_title(post: Post) -> Iterator[Finding]:
    """Of videos TikTok shows no title: theirs is the text."""
    fact, length = FACTS["photo_title"], UTF16_COUNTER(post.title or "")
    if post.format == "photo" and length > fact.number:
        words = f"TikTok takes a photo title of {fact.number} UTF-16 units; this has {length}"
        yield Finding("title", "length", words, fact.number, length, fact.source)


def _check_audience(post: Post) -> Iterator[Finding]:
    """What is paid for must be seen by somebody."""
    if is_on(post.options.get("brand_content_toggle")) and post.options.get("privacy_level") == "SELF_ONLY":
        words = "TikTok takes no paid partnership that only you may see: choose another audience"
        yield Finding("options.privacy_level", "privacy_level", words, source=_RULES)
