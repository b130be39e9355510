"""What a Ghost site takes."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.article import MOST_TEXT, check_article
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules

_CHECKED = date(2026, 11, 21)
POSTS = "https://docs.ghost.org/admin-api/posts/overview"
_SCHEMA = "https://github.com/TryGhost/Ghost/blob/main/ghost/core/core/server/data/schema/schema.js"
_IMAGES = "https://docs.ghost.org/admin-api/images/uploading-an-image"
_FILE = 100_000_000  # bytes; ours: what a site takes is set by its host

FACTS = {
    "title": Fact(255, _SCHEMA, _CHECKED),
    "excerpt": Fact(300, _SCHEMA, _CHECKED),
    "slug": Fact(191, _SCHEMA, _CHECKED),
    "alt_text": Fact(191, _SCHEMA, _CHECKED),
    "token_seconds": Fact(300, "https://docs.ghost.org/admin-api/#token-authentication", _CHECKED),
    "version": Fact("v5.0", "https://docs.ghost.org/faq/api-versioning", _CHECKED),
}

RULES = Rules(
    limit=MOST_TEXT,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=POSTS,
    checked_on=_CHECKED,
    default_format="article",
    formats=("article",),
    max_images=20,
    mixes_media=True,
    image_mime_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    max_image_bytes=_FILE,
    title_limit=FACTS["title"].number,
    video_mime_types=("video/mp4", "video/webm"),
    max_video_bytes=_FILE,
    media_source=_IMAGES,
)


def check(post: Post) -> list[Finding]:
    """What a Ghost site would refuse in the post."""
    return check_article(post, RULES, "Ghost")
