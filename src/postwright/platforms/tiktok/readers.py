"""What readers of TikTok see of a post besides its text and media."""

from __future__ import annotations

from postwright.platforms.readers import Extra, Readers, said
from postwright.platforms.tiktok.options import AUDIENCES

_FEWER = {value: words for value, words in AUDIENCES if value != "PUBLIC_TO_EVERYONE"}


def _marks(extra: Extra) -> list[str]:
    who = _FEWER.get(str(extra.get("privacy_level")))
    return said(
        (who, str(who)),
        (extra.get("brand_content_toggle"), "Paid partnership"),
        (extra.get("brand_organic_toggle") and not extra.get("brand_content_toggle"), "Promotional content"),
        (extra.get("is_aigc"), "AI-generated"),
        (extra.get("disable_comment"), "Comments off"),
        (extra.get("disable_duet"), "Duets off"),
        (extra.get("disable_stitch"), "Stitches off"),
        (extra.get("auto_add_music"), "With music"),
    )


READERS = Readers(strips=True, marks=_marks)
