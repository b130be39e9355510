"""What a Mastodon server takes, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import MASTODON_COUNTER
from postwright.platforms.checks import check_common
from postwright.platforms.mastodon.options import OPTIONS
from postwright.platforms.options import text_of
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

_CHECKED = date(2026, 11, 21)
_POSTING = "https://docs.joinmastodon.org/user/posting/"

FACTS = {
    "text": Fact(500, _POSTING, _CHECKED),  # servers differ: /api/v2/instance tells
    "link": Fact(23, _POSTING, _CHECKED),
    "images": Fact(4, _POSTING, _CHECKED),
    "image_bytes": Fact(16_000_000, _POSTING, _CHECKED),
    "video_bytes": Fact(99_000_000, _POSTING, _CHECKED),
    "alt_text": Fact(1500, "https://docs.joinmastodon.org/methods/media/", _CHECKED),
    "idempotency_seconds": Fact(3600, "https://docs.joinmastodon.org/methods/statuses/#create", _CHECKED),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=MASTODON_COUNTER,
    source=_POSTING,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "thread", "image", "video"),
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    max_image_bytes=FACTS["image_bytes"].number,
    threads=True,
    video_mime_types=("video/mp4", "video/quicktime", "video/webm"),
    max_video_bytes=FACTS["video_bytes"].number,
    media_source=_POSTING,
    alt_limit=FACTS["alt_text"].number,
    shapes={"image": Shape("a picture post", ("image",), _POSTING), "video": Shape("a video post", ("video",), _POSTING, most=1)},
)


def check(post: Post) -> list[Finding]:
    """What a Mastodon server would refuse in the post."""
    return check_by(post, RULES)


def check_by(post: Post, rules: Rules) -> list[Finding]:
    """The same by the rules of one server."""
    return [*check_common(post, rules, "Mastodon"), *_check_warning(post, rules)]


def _check_warning(post: Post, rules: Rules) -> Iterator[Finding]:
    """The content warning counts with each text that it stands before."""
    spoiler = text_of("spoiler_text", post)
    longest, warning = max(map(rules.count, post.pieces())), rules.count(spoiler)
    whole = longest + warning
    if max(longest, warning) <= rules.limit < whole:
        words = f"Mastodon takes {rules.limit} characters, the content warning included; these are {whole}"
        yield Finding("options.spoiler_text", "option_length", words, rules.limit, whole, OPTIONS[2].source)
