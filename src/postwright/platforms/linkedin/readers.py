"""What readers of LinkedIn see of a post besides its text and media."""

from __future__ import annotations

from postwright.platforms.readers import Extra, Readers, said


def _marks(extra: Extra) -> list[str]:
    return said((extra.get("visibility") == "CONNECTIONS", "Connections only"), (extra.get("reshare_disabled"), "Resharing off"))


READERS = Readers(words_first=True, marks=_marks)
