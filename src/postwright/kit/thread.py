"""Cutting a long text into the parts of a thread."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

import regex  # type: ignore[import-untyped,unused-ignore]
from sentencex import get_sentence_boundaries  # type: ignore[import-untyped,unused-ignore]

from postwright.errors import InvalidInput
from postwright.kit.counting import Counter, iterate_graphemes

_SPACE = regex.compile(r"\s+")
_WORD_END = regex.compile(r"\s+|(?<=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])(?=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])")


def split_thread(text: str, count: Callable[[str], int], limit: int, numbered: bool = True) -> list[str]:
    """Parts of at most `limit` by `count`, "1/n" included: cut between sentences, else words, else graphemes.

    Nothing but white space at the cuts is lost, and the order stays. A text that fits is one part,
    without a number; an empty one gives no part. Raises InvalidInput when not even one
    character and its number fit.
    """
    text = text.strip()
    if not text:
        return []
    if count(text) <= limit:
        return [text]
    if not numbered:
        return _cut(text, count, limit, "", len(text))
    for digits in range(1, 8):
        nines = "9" * digits
        parts = _cut(text, count, limit, f" {nines}/{nines}", 10**digits)
        if len(parts) < 10**digits:
            return [f"{part} {number}/{len(parts)}" for number, part in enumerate(parts, 1)]
    raise InvalidInput("The text is too long for a thread", field="text", rule="thread_length")


def _cut(text: str, count: Callable[[str], int], limit: int, suffix: str, most: int) -> list[str]:
    """The parts without their numbers; gives up at `most`."""
    sentences = _sentence_bounds(text)
    parts: list[str] = []
    at = 0
    while at < len(text) and len(parts) < most:
        end = _part_end(text, at, count, limit, suffix, sentences)
        parts.append(text[at:end].strip())
        space = _SPACE.match(text, end)
        at = space.end() if space else end
    return parts


def _part_end(text: str, at: int, count: Callable[[str], int], limit: int, suffix: str, sentences: list[int]) -> int:
    """Where the part that begins at `at` ends."""

    def fits(end: int) -> bool:
        return count(text[at:end].strip() + suffix) <= limit

    window = min(len(text), at + 64 * max(limit, 64))
    reach = at + _reach(text[at:window], count, limit - len(suffix))
    if reach == len(text) and fits(reach):
        return reach
    for end in _sentence_ends(sentences, at, reach):
        if fits(end):
            return end
    for end in _word_ends(text, at, reach):
        if fits(end):
            return end
    return _grapheme_end(text, at, reach, fits)


def _reach(piece: str, count: Callable[[str], int], room: int) -> int:
    """About how much of the piece can fit; never less than what fits by the counter's own tokens."""
    if isinstance(count, Counter):
        return count.cut(piece, room)
    low, high = 0, len(piece)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count(piece[:middle]) <= room else (low, middle - 1)
    return low


def _sentence_bounds(text: str) -> list[int]:
    """The offsets (code points) at which a sentence ends, rising; paragraphs end one too."""
    ends = {int(b["end_index"]) for b in get_sentence_boundaries("en", text)}
    return sorted(ends | {found.start() for found in regex.finditer(r"\n", text)})


def _sentence_ends(sentences: list[int], at: int, reach: int) -> list[int]:
    inside = sentences[bisect_right(sentences, at) : bisect_right(sentences, reach)]
    return inside[::-1][:8]


def _word_ends(text: str, at: int, reach: int) -> list[int]:
    ends = [found.start() for found in _WORD_END.finditer(text, at + 1, min(len(text), reach + 1))]
    return ends[::-1][:64]


def _grapheme_end(text: str, at: int, reach: int, fits: Callable[[int], bool]) -> int:
    """The last grapheme bound that fits; inside of a grapheme only when not even one fits."""
    bounds = [at]
    for grapheme in iterate_graphemes(text[at : max(reach, at + 1) + 64]):
        bounds.append(bounds[-1] + len(grapheme))
    best = _last_fitting(bounds[1:], fits)
    if best is None:
        best = _last_fitting(list(range(at + 1, bounds[1] + 1)), fits)
    if best is None:
        raise InvalidInput("Not even one character fits into a part of the thread", field="text", rule="thread_limit")
    return best


def _last_fitting(bounds: list[int], fits: Callable[[int], bool]) -> int | None:
    found = bisect_left(bounds, True, key=lambda end: not fits(end))
    while found > 0 and not fits(bounds[found - 1]):
        found -= 1
    return bounds[found - 1] if found > 0 else None
