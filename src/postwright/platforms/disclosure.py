"""What somebody wants told of a post (made with AI, paid for), and whether the platform can tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from postwright.platforms.base import Option, Platform
from postwright.platforms.offers import applies
from postwright.platforms.options import NOTHING, is_on
from postwright.platforms.post import Post
from postwright.platforms.rules import Finding

DISCLOSURE = "disclosure"  # in Post.options: what is to be told, whatever the platform calls it
WISHES = {"ai": "made with AI", "paid": "paid partnership"}

# Under which of its own names a platform tells it.
TELLS: Mapping[str, frozenset[str]] = {
    "ai": frozenset({"is_aigc", "is_ai_generated", "made_with_ai", "contains_synthetic_media", "containsSyntheticMedia"}),
    "paid": frozenset(
        {
            "brand_content_toggle",
            "sponsor_id",
            "paid_partnership",
            "paid_placement",
            "has_paid_product_placement",
            "hasPaidProductPlacement",
        }
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
    own = [each for each in platform.options if each.name in TELLS[wish]]
    ways = [each for each in own if applies(each, post.format)]
    if not ways:
        return _no_way(wish, post, platform, own)
    if any(_is_told(each, post.options.get(each.name)) for each in ways):
        return None
    verb = "switch on" if ways[0].kind == "flag" else "fill in"
    words = f"It is to be marked as “{WISHES[wish]}”: {verb} “{ways[0].label}”."
    return Finding(f"options.{ways[0].name}", "disclosure_unset", words, source=ways[0].source or None, level="warning")


def _is_told(option: Option, value: Any) -> bool:
    return is_on(value) if option.kind == "flag" else value not in NOTHING


def _no_way(wish: str, post: Post, platform: Platform, own: Sequence[Option]) -> Finding:
    """Why it cannot be told here, by the platform's own page where there is one."""
    told = platform.untold.get(wish)
    kind = f" of the kind “{post.format}”" if own else ""
    why = told.value if told is not None else f"{platform.name} lets no program mark a post{kind} as “{WISHES[wish]}”"
    source = told.source if told is not None else own[0].source if own else None
    return Finding(f"options.{DISCLOSURE}", "disclosure", f"{why}: say it in the text.", source=source or None, level="warning")
