"""What X is told besides text and media (https://docs.x.com/x-api/posts/create-post, checked 2026-11-21)."""

from __future__ import annotations

from postwright.platforms.base import Option

_SOURCE = "https://docs.x.com/x-api/posts/create-post"

OPTIONS = (
    Option(
        "reply_settings",
        "Who may reply",
        "choice",
        choices=(
            ("everyone", "Everyone"),
            ("following", "Accounts you follow"),
            ("mentionedUsers", "Accounts you mention"),
            ("subscribers", "Your subscribers"),
            ("verified", "Verified accounts"),
        ),
        default="everyone",
        source=_SOURCE,
    ),
    Option("made_with_ai", "Made with AI", "flag", "X labels the post.", default=False, source=_SOURCE),
    Option("paid_partnership", "Paid partnership", "flag", "X labels the post as an advertisement.", default=False, source=_SOURCE),
    Option(
        "community_id",
        "Community",
        "text",
        "The number in the community's address; the account must be a member.",
        limit=19,
        source=_SOURCE,
    ),
)
