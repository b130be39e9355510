"""What Bluesky is told besides text and media."""

from __future__ import annotations

from postwright.platforms.base import Option

_POST = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json"  # checked 2026-11-21
_LABELS = "https://docs.bsky.app/docs/advanced-guides/moderation#self-labels"
_GATE = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/threadgate.json"

OPTIONS = (
    Option("langs", "Languages", "list", "As BCP 47 tags, such as en or pt-BR.", limit=3, source=_POST),
    Option(
        "labels",
        "Content warning",
        "list",
        choices=(("sexual", "Suggestive"), ("nudity", "Nudity"), ("porn", "Adult"), ("graphic-media", "Graphic media")),
        limit=10,
        source=_LABELS,
    ),
    Option(
        "who_may_reply",
        "Who may reply",
        "choice",
        choices=(
            ("everyone", "Everyone"),
            ("mentioned", "Who is mentioned"),
            ("following", "Accounts you follow"),
            ("followers", "Your followers"),
            ("nobody", "Nobody"),
        ),
        default="everyone",
        source=_GATE,
    ),
)
