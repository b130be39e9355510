"""What a WordPress site takes, unless its host allows less."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.article import MOST_TEXT, check_article
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules

_CHECKED = date(2026, 11, 21)
POSTS = "https://developer.wordpress.org/rest-api/reference/posts/"
_MEDIA = "https://developer.wordpress.org/rest-api/reference/media/"
_SLUG = "https://developer.wordpress.org/reference/functions/wp_insert_post/"
# Ours: WordPress itself stores gigabytes, what a site takes is set by its host, and themes show a paragraph.
EXCERPT, _TITLE, _FILE = 1000, 200, 100_000_000

FACTS = {
    "slug": Fact(200, _SLUG, _CHECKED),
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
    title_limit=_TITLE,
    video_mime_types=("video/mp4", "video/quicktime", "video/webm"),
    max_video_bytes=_FILE,
    media_source=_MEDIA,
)


def check(post: Post) -> list[Finding]:
    """What a WordPress site would refuse in the post."""
    return check_article(post, RULES, "WordPress")
