"""What readers of Instagram see of a post besides its text and media."""

from __future__ import annotations

from typing import Any

from postwright.platforms.readers import Extra, Readers, list_of, said


def _marks(extra: Extra) -> list[str]:
    return said(
        (extra.get("collaborators"), f"With {_names(extra.get('collaborators'))}"),
        (extra.get("user_tags"), f"Tagged: {_names(extra.get('user_tags'))}"),
        (extra.get("location_id"), f"Place {extra.get('location_id')}"),
        (extra.get("ai"), "AI info"),
        (extra.get("share_to_feed") is False, "Reels tab only"),
    )


def _names(value: Any) -> str:
    return ", ".join(f"@{name}" for name in list_of(value))


READERS = Readers(strips=True, marks=_marks)
