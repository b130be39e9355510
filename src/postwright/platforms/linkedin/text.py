"""LinkedIn's "little text": reserved characters are escaped, hashtags are templates.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

from __future__ import annotations

import re

from postwright.kit.text import extract_hashtags

_RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^}]+)\}")
_ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")


def to_little_text(text: str) -> str:
    """The text with everything shown as it is written, and its hashtags as hashtags."""
    pieces: list[str] = []
    at = 0
    for tag in extract_hashtags(text):
        pieces += [_escape(text[at : tag.start]), f"{{hashtag|\\#|{_escape(tag.value)}}}"]
        at = tag.end
    return "".join([*pieces, _escape(text[at:])])


def from_little_text(commentary: str) -> str:
    """What readers see of a commentary."""
    plain = _TEMPLATE.sub(lambda found: f"#{found[1]}", commentary)
    return _ESCAPED.sub(r"\1", plain)


def _escape(text: str) -> str:
    return _RESERVED.sub(lambda found: f"\\{found[0]}", text)
