"""What a Mastodon server is told besides text and media."""

from __future__ import annotations

from postwright.platforms.base import Option

_STATUSES = "https://docs.joinmastodon.org/methods/statuses/#create"  # checked 2026-11-21

OPTIONS = (
    Option(
        "visibility",
        "Who may see it",
        "choice",
        choices=(
            ("public", "Everyone"),
            ("unlisted", "Everyone, but not in the public timelines"),
            ("private", "Followers"),
            ("direct", "Who is mentioned"),
        ),
        default="public",
        source=_STATUSES,
    ),
    Option("sensitive", "Hide the media behind a warning", "flag", default=False, source=_STATUSES),
    Option("spoiler_text", "Content warning", "text", "Stands before the text and counts with it.", limit=500, source=_STATUSES),
    Option("language", "Language", "text", "As an ISO 639 code, such as en.", limit=8, source=_STATUSES),
)
