"""What the pretend article sites share: the words of an article's HTML, and the files it shows."""

from __future__ import annotations

import html
import re

_BLOCK = re.compile(r"(?i)</(?:p|h[1-6]|li|blockquote|pre|figure|div)>")
_BREAK = re.compile(r"(?i)<br\s*/?>")
_TAG = re.compile(r"<[^>]*>")
_SOURCE = re.compile(r'(?i)<(?:img|video)\b[^>]*\ssrc="([^"]+)"')
_DANGEROUS = re.compile(r"(?i)<\s*(?:script|iframe|object|embed)\b|\son\w+\s*=|javascript:")


def words_of(body: str) -> str:
    """The text of an article: its blocks with a blank line between."""
    blocks = _BLOCK.split(re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL))
    texts = [html.unescape(_TAG.sub("", _BREAK.sub("", block))).strip() for block in blocks]
    return "\n\n".join(text for text in texts if text)


def sources_of(body: str) -> list[str]:
    """The addresses of the images and videos in it."""
    return [html.unescape(found) for found in _SOURCE.findall(body)]


def is_dangerous(body: str) -> bool:
    """Whether there is anything in it that a browser would run."""
    return _DANGEROUS.search(body) is not None
