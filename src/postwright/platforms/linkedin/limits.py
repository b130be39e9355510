"""What LinkedIn takes."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.base import Fact, Finding, Post, Rules
from postwright.platforms.checks import check_common

_CHECKED = date(2026, 11, 21)
_POSTS = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api"
_IMAGES = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api"
_VIDEOS = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api"

FACTS = {
    "text": Fact(3000, _POSTS, _CHECKED),
    "images": Fact(20, "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/multiimage-post-api", _CHECKED),
    "image_bytes": Fact(8_000_000, _IMAGES, _CHECKED),
    "video_bytes": Fact(500_000_000, _VIDEOS, _CHECKED),
    "alt_text": Fact(4086, _POSTS, _CHECKED),
    "posts_per_day": Fact(150, "https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin", _CHECKED),
    # A version lives about a year; a dead one answers 426 and names itself.
    "version": Fact("202610", "https://learn.microsoft.com/en-us/linkedin/marketing/versioning", _CHECKED, sunset=date(2027, 10, 15)),
    "access_token_seconds": Fact(
        5_184_000, "https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow", _CHECKED
    ),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=_POSTS,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "image", "carousel", "video"),
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/gif"),
    max_image_bytes=FACTS["image_bytes"].number,
    fold_at=210,
    video_mime_types=("video/mp4",),
    max_video_bytes=FACTS["video_bytes"].number,
    duration=(3.0, 1800.0),
    media_source=_IMAGES,
    video_codecs=("h264",),
    fps=(10.0, 60.0),
    video_aspect=(1 / 2.4, 2.4),
    alt_limit=FACTS["alt_text"].number,
)


def check(post: Post) -> list[Finding]:
    """What LinkedIn would refuse in the post."""
    return check_common(post, RULES, "LinkedIn")
