"""What Facebook is told besides text and media."""

from __future__ import annotations

from postwright.platforms.base import Option
from postwright.platforms.options import is_on
from postwright.platforms.post import Post

_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed"  # checked 2026-11-21

_BRANDED = "https://developers.facebook.com/docs/marketing-api/guides/branded-content"

OPTIONS = (
    Option("link", "Link card", "text", "Shown as a card below a text without media.", formats=("post",), limit=2000, source=_FEED),
    Option("place", "Place", "text", "The id of a Page that has a place.", formats=("post", "image"), limit=32, source=_FEED),
    Option(
        "sponsor_id",
        "Paid partnership with",
        "text",
        "The id of the partner's Page; Facebook shows “Paid partnership”. Your Page needs access to branded content.",
        formats=("post", "image", "carousel", "video"),
        limit=32,
        source=_BRANDED,
    ),
    Option(
        "direct_share_status",
        "The partner may boost it",
        "flag",
        "Counts only with a paid partnership.",
        formats=("post", "image", "carousel", "video"),
        default=False,
        source=_BRANDED,
    ),
)


def sponsor_fields(post: Post) -> dict[str, str]:
    """Who paid for the post, and whether the partner may boost it: of text, photos and videos, not of reels and stories."""
    sponsor = post.options.get("sponsor_id")
    if not sponsor or post.format in ("reel", "story"):
        return {}
    return {"sponsor_id": str(sponsor), "direct_share_status": "1" if is_on(post.options.get("direct_share_status")) else "0"}
