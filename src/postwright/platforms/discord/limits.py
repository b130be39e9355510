"""What Discord takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.checks import check_common
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules

_CHECKED = date(2026, 11, 21)
MESSAGE = "https://discord.com/developers/docs/resources/message"
_FILES = "https://discord.com/developers/docs/reference#uploading-files"

FACTS = {
    "text": Fact(2000, MESSAGE, _CHECKED),
    "attachments": Fact(10, MESSAGE, _CHECKED),
    "file_bytes": Fact(10_485_760, _FILES, _CHECKED),  # of a server without boosts; boosted ones take more
    "request_bytes": Fact(26_214_400, _FILES, _CHECKED),
    "alt_text": Fact(1024, MESSAGE, _CHECKED),
    "nonce": Fact(25, MESSAGE, _CHECKED),
    "version": Fact("v10", "https://discord.com/developers/docs/reference#api-versioning", _CHECKED),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=MESSAGE,
    checked_on=_CHECKED,
    default_format="post",
    max_images=FACTS["attachments"].number,
    max_media=FACTS["attachments"].number,
    mixes_media=True,
    image_mime_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    max_image_bytes=FACTS["file_bytes"].number,
    video_mime_types=("video/mp4", "video/quicktime", "video/webm"),
    max_video_bytes=FACTS["file_bytes"].number,
    media_source=_FILES,
)


def check(post: Post) -> list[Finding]:
    """What Discord would refuse in the post."""
    return [*check_common(post, RULES, "Discord"), *_check_request(post)]


def _check_request(post: Post) -> Iterator[Finding]:
    size, most = sum(medium.size for medium in post.media), FACTS["request_bytes"]
    if size > most.number:
        message = f"Discord takes files of {most.number / 1_048_576:g} MiB together; these have {size / 1_048_576:,.1f} MiB"
        yield Finding("media", "size", message, most.number, size, most.source)
