"""What readers of Mastodon see of a post besides its text and media."""

from __future__ import annotations

from postwright.platforms.readers import SENSITIVE, Extra, Readers, said

_FEWER = {"unlisted": "Quiet public", "private": "Followers only", "direct": "Mentioned people only"}


def _marks(extra: Extra) -> list[str]:
    who = _FEWER.get(str(extra.get("visibility")))
    return said((who, str(who)))


def _warning(extra: Extra) -> str | None:
    return str(extra.get("spoiler_text") or "") or (SENSITIVE if extra.get("sensitive") else None)


READERS = Readers(words_first=True, hides_words=True, marks=_marks, warning=_warning)
