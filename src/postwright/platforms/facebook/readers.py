"""What readers of Facebook see of a post besides its text and media."""

from __future__ import annotations

from postwright.platforms.readers import Extra, Readers, said


def _marks(extra: Extra) -> list[str]:
    return said((extra.get("place"), f"Place {extra.get('place')}"))


READERS = Readers(words_first=True, marks=_marks)
