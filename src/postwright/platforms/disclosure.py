"""What somebody wants told of a post (made with AI, paid for), and whether the platform can tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from postwright.platforms.base import Finding, Platform, Post
from postwright.platforms.options import is_on

DISCLOSURE = "disclosure"  # in Post.options: what is to be told, whatever the platform calls it
WISHES = {"ai": "made with AI", "paid": "paid partnership"}

# Under which of its own names a platform tells it.
TELLS: Mapping[str, frozenset[str]] = {
    "ai": frozenset({"is_aigc", "is_ai_generated", "made_with_ai", "contains_synthetic_media", "containsSyntheticMedia"}),
    "paid": frozenset(
        {"brand_content_toggle", "paid_partnership", "paid_placement", "has_paid_product_placement", "hasPaidProductPlacement"}
    ),
}


def check_disclosure(post: Post, platform: Platform) -> Iterator[Finding]:
    """A wish that the platform cannot express, or that its own option does not tell yet."""
    for wish in wishes_of(post):
        if (found := _check_wish(wish, post, platform)) is not None:
            yield found


def wishes_of(post: Post) -> list[str]:
    """What is to be told of the post."""
    told = post.options.get(DISCLOSURE)
    return [each for each in WISHES if isinstance(told, list | tuple) and each in told]


def _check_wish(wish: str, post: Post, platform: Platform) -> Finding | None:
    ways = [each for each in platform.options if each.name in TELLS[wish]]
    if not ways:
        words = f"{platform.name} has no way to mark a post as “{WISHES[wish]}”: say it in the text."
        return Finding(f"options.{DISCLOSURE}", "disclosure", words, level="warning")
    if any(is_on(post.options.get(each.name)) for each in ways):
        return None
    words = f"It is to be marked as “{WISHES[wish]}”: switch on “{ways[0].label}”."
    return Finding(f"options.{ways[0].name}", "disclosure_unset", words, source=ways[0].source or None, level="warning")
