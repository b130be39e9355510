"""Setting chosen sentences as text: paragraphs, list items, a link at the end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import regex

from postwright.kit.text import iterate_graphemes
from postwright.platforms.facts import Layout
from postwright.studio.reading import Sentence

_BULLET, _JAPANESE_BULLET = "• ", "・"
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_IN_A_PARAGRAPH = 2  # sentences, where paragraphs are short


def arrange(hook: str, sentences: Sequence[Sentence], layout: Layout, link: str) -> str:
    """The hook, then the sentences by their paragraphs, then the link where no sentence shows it."""
    paragraphs = [hook] if hook else []
    alone = sum(1 for s in sentences if s.kind == "item") == 1
    for is_item, block in groupby(sentences, key=lambda s: s.kind == "item" and not alone):
        run = list(block)
        paragraphs += [_items(run)] if is_item else _prose(run, layout)
    if link and not any(link in paragraph for paragraph in paragraphs):
        paragraphs.append(link)
    return "\n\n".join(paragraphs)


def _items(sentences: list[Sentence]) -> str:
    blocks = [_joined([s.text for s in block]) for _, block in groupby(sentences, key=lambda s: s.block)]
    bullet = _JAPANESE_BULLET if any(map(_KANA.search, blocks)) else _BULLET
    return "\n".join(f"{bullet}{text}" for text in blocks)


def _prose(sentences: list[Sentence], layout: Layout) -> list[str]:
    blocks = [[s.text for s in block] for _, block in groupby(sentences, key=lambda s: s.block)]
    if layout == "flow":
        return [_joined(block) for block in blocks]
    return [_joined(block[at : at + _IN_A_PARAGRAPH]) for block in blocks for at in range(0, len(block), _IN_A_PARAGRAPH)]


def _joined(sentences: list[str]) -> str:
    """Chinese and Japanese set no space between sentences."""
    return "".join(sentences) if all(text.endswith(("。", "？", "！")) for text in sentences) else " ".join(sentences)


def shorten(text: str, limit: int | None) -> str:
    """At most `limit` characters, cut between words (else between graphemes), with an ellipsis where something is left out."""
    if limit is None or len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if " " in cut[limit // 2 :] and not text[limit - 1].isspace():
        cut = cut.rsplit(" ", 1)[0]
    elif not text[limit - 1].isspace():
        cut = _whole_graphemes(text, limit - 1)
    return cut.rstrip(" ,;:.–-") + "…"


def _whole_graphemes(text: str, limit: int) -> str:
    end = 0
    for grapheme in iterate_graphemes(text[: limit + 64]):
        if end + len(grapheme) > limit:
            break
        end += len(grapheme)
    return text[:end]
