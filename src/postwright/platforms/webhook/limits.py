"""What goes to a webhook. The receiver has its own rules; these are ours, so that a call stays small."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.checks import check_common
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules

_CHECKED = date(2026, 11, 21)
SPECIFICATION = "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"

FACTS = {
    "payload_bytes": Fact(20_480, SPECIFICATION, _CHECKED),  # what the specification advises to stay under
    "secret_bytes_least": Fact(24, SPECIFICATION, _CHECKED),
    "secret_bytes_most": Fact(64, SPECIFICATION, _CHECKED),
    "tolerance_seconds": Fact(300, SPECIFICATION, _CHECKED),
}

RULES = Rules(
    limit=10_000,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=SPECIFICATION,
    checked_on=_CHECKED,
    default_format="post",
    max_images=20,
    mixes_media=True,
    image_mime_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    max_image_bytes=100_000_000,  # media are not sent along: their addresses are
    title_limit=200,
    video_mime_types=("video/mp4", "video/quicktime", "video/webm"),
    max_video_bytes=10_000_000_000,
    media_source=SPECIFICATION,
)


def check(post: Post) -> list[Finding]:
    """What a webhook is not given."""
    return check_common(post, RULES, "Webhook")
