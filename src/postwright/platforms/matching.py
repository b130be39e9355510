"""Recognising our own post in a platform's list of recent posts."""

from __future__ import annotations

import html
import re

_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"(?i)<br\s*/?>|</p>\s*<p[^>]*>")
_SHORT = re.compile(r"https?://t\.co/\w+")


def same_text(ours: str, theirs: str) -> bool:
    """Whether two texts are the same but for white space and HTML escapes."""
    return fingerprint(ours) == fingerprint(html.unescape(theirs)) or fingerprint(ours) == fingerprint(theirs)


def fingerprint(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def without_html(text: str) -> str:
    """The words of a small piece of HTML."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def without_links(text: str) -> str:
    """A text as X lists it: its own short links gone, so that only words are compared."""
    return fingerprint(_SHORT.sub("", text))
