"""What readers of YouTube see of a post besides its text and media."""

from __future__ import annotations

from postwright.platforms.readers import Extra, Readers, object_of, said
from postwright.platforms.youtube.options import CATEGORIES

_PRIVACY = {"unlisted": "Unlisted", "private": "Private"}
_UNSAID = "22"  # the category that a video has unless somebody chose


def _marks(extra: Extra) -> list[str]:
    status, snippet = object_of(extra.get("status")), object_of(extra.get("snippet"))
    privacy = _PRIVACY.get(str(status.get("privacyStatus")))
    category = str(snippet.get("categoryId", _UNSAID))
    return said(
        (privacy, str(privacy)),
        (status.get("selfDeclaredMadeForKids"), "Made for kids"),
        (extra.get("paid_placement"), "Includes paid promotion"),
        (status.get("containsSyntheticMedia"), "Altered or synthetic content"),
        (category != _UNSAID, str(dict(CATEGORIES).get(category))),
        (extra.get("playlist"), f"In “{extra.get('playlist')}”"),
        (extra.get("captions"), "Captions"),
    )


READERS = Readers(marks=_marks)
