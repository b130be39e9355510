"""What LinkedIn is told besides text and media."""

from __future__ import annotations

from postwright.platforms.base import Option

_SOURCE = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api"  # checked 2026-11-21

OPTIONS = (
    Option(
        "visibility",
        "Who may see it",
        "choice",
        "A company page always posts to everyone.",
        choices=(("PUBLIC", "Everyone"), ("CONNECTIONS", "Connections only")),
        default="PUBLIC",
        source=_SOURCE,
    ),
    Option("reshare_disabled", "Turn off resharing", "flag", default=False, source=_SOURCE),
    Option("document_title", "Title of the document", "text", "Shown above a PDF.", formats=("document",), limit=400, source=_SOURCE),
    Option("link", "Link card", "text", "Shown as a card below a text without media.", formats=("post",), limit=2000, source=_SOURCE),
    Option("link_title", "Title of the link card", "text", formats=("post",), limit=400, source=_SOURCE),
)
