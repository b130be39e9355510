"""What a Substack draft takes."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.article import MOST_TEXT, check_article
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules

_CHECKED = date(2026, 11, 21)
_HELP = "https://support.substack.com/"

FACTS = {
    "publishing_api": Fact(0, _HELP, _CHECKED),  # there is none
}

RULES = Rules(
    limit=MOST_TEXT,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=_HELP,
    checked_on=_CHECKED,
    default_format="article",
    formats=("article",),
    max_images=20,
    mixes_media=True,
    image_mime_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    max_image_bytes=20_000_000,
    title_limit=200,
    max_video_bytes=2_000_000_000,
    media_source=_HELP,
)


def check(post: Post) -> list[Finding]:
    """What a Substack draft needs."""
    return check_article(post, RULES, "Substack")
