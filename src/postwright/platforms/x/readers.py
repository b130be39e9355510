"""What readers of X see of a post besides its text and media."""

from __future__ import annotations

from postwright.platforms.readers import Extra, Readers, choices_of, said
from postwright.platforms.x.options import OPTIONS

_REPLIES = choices_of(OPTIONS, "reply_settings")


def _marks(extra: Extra) -> list[str]:
    value = str(extra.get("reply_settings"))
    who = _REPLIES.get(value) if value != "everyone" else None
    return said(
        (who, f"Replies: {who}"),
        (extra.get("made_with_ai"), "Made with AI"),
        (extra.get("paid_partnership"), "Paid partnership"),
        (extra.get("community_id"), f"In community {extra.get('community_id')}"),
    )


READERS = Readers(words_first=True, marks=_marks)
