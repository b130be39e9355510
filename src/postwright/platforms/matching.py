"""Recognising our own post in a platform's list of recent posts."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from postwright.kit.text import extract_urls
from postwright.platforms.errors import OutcomeUnknown

T = TypeVar("T")
SKEW = timedelta(minutes=5)  # between our clock and the platform's
DOUBTFUL = timedelta(hours=1)  # what is a little older than our send may still be it
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"(?i)<br\s*/?>|</p>\s*<p[^>]*>")
_SHORT = re.compile(r"https?://t\.co/\w+")


def same_text(ours: str, theirs: str) -> bool:
    """Whether two texts are the same but for white space and HTML escapes."""
    return fingerprint(ours) == fingerprint(html.unescape(theirs)) or fingerprint(ours) == fingerprint(theirs)


def made_since(alike: Iterable[tuple[T, float]], since: datetime, platform: str) -> T | None:
    """Of posts that say what ours says, newest first, each with the time at which it was made (seconds since 1970, 0 when that is not
    told), the first one that may be what we sent at `since`. None: there is none.

    Raises OutcomeUnknown where one is a little older: an earlier one with the same words, or ours by a clock that is far off.
    """
    doubtful = False
    for shown, made_at in alike:
        if made_at >= (since - SKEW).timestamp():
            return shown
        doubtful = doubtful or not made_at or made_at >= (since - DOUBTFUL).timestamp()
    if doubtful:
        raise OutcomeUnknown(f"{platform} has a post with the same words that is a little older")
    return None


def fingerprint(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def need_words(text: str, platform: str) -> None:
    """Raises OutcomeUnknown for a post without text: it cannot be told from others."""
    if not fingerprint(text):
        raise OutcomeUnknown(f"A post without text cannot be told from others at {platform}")


def without_html(text: str) -> str:
    """The words of a small piece of HTML."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def without_short_links(text: str) -> str:
    """The words of a text as X lists it: its own short links gone."""
    return fingerprint(_SHORT.sub("", html.unescape(text)))


def without_links(text: str) -> str:
    """The words of a text as we sent it."""
    words, at = [], 0
    for url in extract_urls(text):
        words.append(text[at : url.start])
        at = url.end
    return fingerprint("".join([*words, text[at:]]))


def links_of(text: str) -> list[str]:
    """The links of a text, each as `plain_link` has it."""
    return [plain_link(url.value) for url in extract_urls(text)]


def plain_link(url: str) -> str:
    """A link without what a platform may add or change: scheme, case, a slash at the end."""
    return url.casefold().removeprefix("https://").removeprefix("http://").rstrip("/")
