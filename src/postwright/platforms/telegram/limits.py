"""What the Bot API of Telegram takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from postwright.kit.text import UTF16_COUNTER
from postwright.platforms.checks import check_common
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules

_CHECKED = date(2026, 11, 21)
METHODS = "https://core.telegram.org/bots/api"
_FAQ = "https://core.telegram.org/bots/faq#broadcasting-to-users"

FACTS = {
    "text": Fact(4096, f"{METHODS}#sendmessage", _CHECKED),
    "caption": Fact(1024, f"{METHODS}#sendphoto", _CHECKED),
    "media_group": Fact(10, f"{METHODS}#sendmediagroup", _CHECKED),
    "photo_bytes": Fact(10_000_000, f"{METHODS}#sendphoto", _CHECKED),
    "photo_sides": Fact(10_000, f"{METHODS}#sendphoto", _CHECKED),  # width and height together, in pixels
    "video_bytes": Fact(50_000_000, f"{METHODS}#sendvideo", _CHECKED),
    "messages_per_minute": Fact(20, _FAQ, _CHECKED),  # into one group
    "delete_within_seconds": Fact(172_800, f"{METHODS}#deletemessage", _CHECKED),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="UTF-16 units",  # what entities are counted by; never fewer than Telegram's own characters
    count=UTF16_COUNTER,
    source=FACTS["text"].source,
    checked_on=_CHECKED,
    default_format="post",
    max_images=FACTS["media_group"].number,
    max_media=FACTS["media_group"].number,
    mixes_media=True,
    image_mime_types=("image/jpeg", "image/png", "image/webp"),
    max_image_bytes=FACTS["photo_bytes"].number,
    aspect=(0.05, 20.0),
    video_mime_types=("video/mp4",),
    max_video_bytes=FACTS["video_bytes"].number,
    media_source=FACTS["photo_bytes"].source,
)
CAPTION_RULES = replace(RULES, limit=FACTS["caption"].number, source=FACTS["caption"].source)


def check(post: Post) -> list[Finding]:
    """What Telegram would refuse in the post. With media the text is their caption, which is shorter."""
    findings = check_common(post, CAPTION_RULES if post.media else RULES, "Telegram")
    most = FACTS["photo_sides"]
    for at, medium in enumerate(post.media):
        if medium.kind == "image" and (sides := medium.width + medium.height) > most.number:
            message = f"Telegram takes photos of {most.number:,} pixels, width and height together; this has {sides:,}"
            findings.append(Finding(f"media[{at}]", "size", message, most.number, sides, most.source))
    return findings
