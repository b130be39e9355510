"""How long a text is, in the units of the platforms.

A Counter tells the length of a text and where a limit cuts it. Lengths are linear in the text;
`cut` looks only at what fits, so ten megabytes cost it no more than a sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import regex  # type: ignore[import-untyped,unused-ignore]

from postwright.kit.entities import Entity, extract_urls

Token = tuple[int, int]  # code points, weight
_MARGIN = 8192  # code points: longer than any link


@dataclass(frozen=True, slots=True)
class Counter:
    """A unit of length. Calling it gives the length of a text; `tokens` are its indivisible pieces."""

    total: Callable[[str], int]
    tokens: Callable[[str], Iterator[Token]]

    def __call__(self, text: str) -> int:
        return self.total(text)

    def cut(self, text: str, limit: int) -> int:
        """The index (code points) of the first piece that no longer fits; len(text) when all does."""
        # Almost always the answer is near. A link or grapheme that a window tears ends in its margin: then a wider one is taken.
        for window, margin in ((4 * limit + 128, 2 * limit + 64), (100 * limit + 2 * _MARGIN, _MARGIN)):
            if window < len(text) and (index := self._cut(text[:window], limit)) < window - margin:
                return index
        return self._cut(text, limit)

    def _cut(self, text: str, limit: int) -> int:
        position = used = 0
        for length, weight in self.tokens(text):
            if used + weight > limit:
                return position
            position, used = position + length, used + weight
        return position


@dataclass(frozen=True, slots=True)
class Weights:
    """How X weighs: code points in `light` count `light_weight`, others `default`, all by `scale`."""

    limit: int
    scale: int
    default: int
    light: tuple[tuple[int, int, int], ...]  # first, last, weight
    url: int
    emoji_as_one: bool

    def of(self, character: str) -> int:
        point = ord(character)
        return next((weight for first, last, weight in self.light if first <= point <= last), self.default)


# twitter-text configuration 3 (https://github.com/twitter/twitter-text/blob/master/config/v3.json), checked 2026-11-21.
X_WEIGHTS = Weights(
    limit=280,
    scale=100,
    default=200,
    light=((0, 4351, 100), (8192, 8205, 100), (8208, 8223, 100), (8242, 8247, 100)),
    url=23,
    emoji_as_one=True,
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text as X sees it. Positions are in code points; `valid_end` is the end of what may be sent."""

    weighted_length: int
    valid: bool
    permillage: int
    valid_end: int


def weigh(text: str, weights: Weights = X_WEIGHTS) -> Weighed:
    """All that X says about the length of a text."""
    length = _weighted_total(text, weights)
    forbidden = _FORBIDDEN.search(text)
    end = min(
        Counter(lambda t: 0, lambda t: _weighted_tokens(t, weights)).cut(text, weights.limit), forbidden.start() if forbidden else len(text)
    )
    return Weighed(length, 0 < length <= weights.limit and not forbidden, length * 1000 // weights.limit, end)


def weighted_length(text: str) -> int:
    """X's length: links 23, an emoji 2, most scripts of Europe 1, the rest 2, after NFC."""
    return _weighted_total(text, X_WEIGHTS)


def utf16_units(text: str) -> int:
    """Length in UTF-16 code units, as Java and JavaScript count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def graphemes(text: str) -> int:
    """Length in what a reader calls characters (Unicode extended grapheme clusters)."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    if not _JOINING.search(text):
        return len(text)
    return sum(1 for _ in iterate_graphemes(text))


def mastodon_length(text: str, link: int = 23) -> int:
    """Mastodon's length: graphemes, a link 23 (some servers count another length), of @user@host only @user."""
    return sum(weight for _, weight in _mastodon_tokens(text, link)) if _MASTODON_SPECIAL.search(text) else graphemes(text)


def iterate_graphemes(text: str, start: int = 0, end: int | None = None) -> Iterator[str]:
    """What a reader calls characters, from left to right, of `text[start:end]`. Linear in the text."""
    for found in _GRAPHEME.finditer(text, start, len(text) if end is None else end):
        yield found[0]


# Flags are pairs of regional indicators. \X counts a whole run of them back at each of its pairs: all but the last are taken here.
_GRAPHEME = regex.compile(r"\p{RI}{2}(?=\p{RI})|\X")
_FORBIDDEN = regex.compile(r"[\uFFFE\uFEFF\uFFFF]")
# Anything that may join its neighbour into one grapheme.
_JOINING = regex.compile(r"[\p{M}\p{Cf}\p{RI}\p{EMod}\p{Grapheme_Extend}\r\u1100-\u11FF\uA960-\uA97F\uAC00-\uD7FF\u0E33\u0EB3]")
_PICTOGRAM = (
    r"(?:[\p{Extended_Pictographic}--[\u00A9\u00AE\u2122\u265F]]|[\u00A9\u00AE\u2122\u265F](?=\uFE0F))"
    r"(?!\uFE0E)(?:\p{EMod}|\uFE0F)?+[\U000E0020-\U000E007F]*+"
)
_EMOJI = regex.compile(rf"(?V1)\p{{RI}}\p{{RI}}|[0-9#*]\uFE0F?+\u20E3|{_PICTOGRAM}(?:\u200D{_PICTOGRAM}){{0,31}}+")
# Normalising a pile of combining marks takes time by its square: such piles stay as they are.
_PILE = regex.compile(r"\p{M}{128,}+")
_REMOTE_MENTION = regex.compile(r"(?<![=/\w])@(?P<name>[a-zA-Z0-9_]+(?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?)@[\p{L}\p{N}_.-]+[\p{L}\p{N}_]+")
_MASTODON_SPECIAL = regex.compile(r"https?://|@[^@\s]+@", regex.IGNORECASE)


def _weighted_total(text: str, weights: Weights) -> int:
    total = position = 0
    for url in extract_urls(text):
        total += _weight_of(text[position : url.start], weights) + weights.url * weights.scale
        position = url.end
    return (total + _weight_of(text[position:], weights)) // weights.scale


def _weighted_tokens(text: str, weights: Weights) -> Iterator[Token]:
    """Links whole, else grapheme by grapheme: what is never torn apart."""
    position = 0
    for url in _and_end(extract_urls(text), text):
        for grapheme in iterate_graphemes(text, position, url.start):
            yield len(grapheme), _weight_of(grapheme, weights) // weights.scale
        if url.end > url.start:
            yield url.end - url.start, weights.url
        position = url.end


def _and_end(urls: Iterator[Entity], text: str) -> Iterator[Entity]:
    yield from urls
    yield Entity(kind=None, value="", start=len(text), end=len(text))  # type: ignore[arg-type]


def _weight_of(piece: str, weights: Weights) -> int:
    """The weight, times scale, of text without links."""
    if piece.isascii():
        return len(piece) * weights.of("a")
    piece, total = _composed(piece), 0
    if weights.emoji_as_one:
        piece, emoji = _EMOJI.subn("", piece)
        total = emoji * weights.default
    for first, last, weight in weights.light:
        before = len(piece)
        piece = regex.sub(f"[{chr(first)}-{chr(last)}]+", "", piece)
        total += (before - len(piece)) * weight
    return total + len(piece) * weights.default


def _composed(text: str) -> str:
    if not _PILE.search(text):
        return unicodedata.normalize("NFC", text)
    return "".join(g if _PILE.search(g) else unicodedata.normalize("NFC", g) for g in iterate_graphemes(text))


def _mastodon_tokens(text: str, link: int = 23) -> Iterator[Token]:
    position = 0
    for start, end, weight in _mastodon_entities(text, link):
        for grapheme in iterate_graphemes(text, position, start):
            yield len(grapheme), 1
        if end > start:
            yield end - start, weight
        position = end


def _mastodon_entities(text: str, link: int) -> Iterator[tuple[int, int, int]]:
    """Links and mentions in order, then the end of the text."""
    position = 0
    mentions = _REMOTE_MENTION.finditer(text)
    mention = next(mentions, None)
    for url in _and_end(extract_urls(text, without_protocol=False), text):
        while mention and mention.end() <= url.start:
            if mention.start() >= position:
                yield mention.start(), mention.end(), len(mention["name"]) + 1
            mention = next(mentions, None)
        yield url.start, url.end, link
        position = url.end


def _cluster_tokens(weight: Callable[[str], int]) -> Callable[[str], Iterator[Token]]:
    return lambda text: ((len(grapheme), weight(grapheme)) for grapheme in iterate_graphemes(text))


X_COUNTER = Counter(weighted_length, lambda text: _weighted_tokens(text, X_WEIGHTS))
MASTODON_COUNTER = Counter(mastodon_length, _mastodon_tokens)


@cache
def mastodon_counter(link: int) -> Counter:
    """As a Mastodon server counts that takes a link for so many characters."""
    return MASTODON_COUNTER if link == X_WEIGHTS.url else Counter(partial(mastodon_length, link=link), partial(_mastodon_tokens, link=link))


GRAPHEME_COUNTER = Counter(graphemes, _cluster_tokens(lambda _: 1))
UTF16_COUNTER = Counter(utf16_units, _cluster_tokens(utf16_units))
UTF8_COUNTER = Counter(utf8_bytes, _cluster_tokens(utf8_bytes))
CHARACTER_COUNTER = Counter(len, _cluster_tokens(len))
