"""What Facebook is told besides text and media."""

from __future__ import annotations

from postwright.platforms.base import Option

_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed"  # checked 2026-11-21

OPTIONS = (
    Option("link", "Link card", "text", "Shown as a card below a text without media.", formats=("post",), limit=2000, source=_FEED),
    Option("place", "Place", "text", "The id of a Page that has a place.", formats=("post", "image"), limit=32, source=_FEED),
)
