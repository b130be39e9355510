"""Plain, well-set cards: a picture for platforms that take no post without one. Never stamped with a name or a mark."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import regex
from PIL import Image, ImageDraw

from postwright.kit.text import iterate_graphemes
from postwright.studio.arrange import shorten
from postwright.studio.fonts import FamilyName, Type, is_right_to_left, missing

PAPER, INK, INK_2, ACCENT = "#fbf9f6", "#211d18", "#544e46", "#25478f"  # interface.md's tokens, light
UPRIGHT, WIDE, SQUARE = (1080, 1350), (1200, 675), (1080, 1080)
_BREAK = regex.compile(r"(?<=\s)|(?<=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])(?=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])")
_PICTURE = r"(?:[\p{Extended_Pictographic}--[0-9#*©®™]]|\p{EMod}|\p{RI}|[\uFE0F\u200D\u20E3\U000E0020-\U000E007F])"
_PICTURES = regex.compile(rf"(?V1)(?P<before>\s*){_PICTURE}(?:\s*{_PICTURE})*(?P<after>\s*)(?P<closes>[!?.,;:…)\]}}»”’！？。、]?)")
_EMPTY_PAIR = regex.compile(r"\s*(?:\(\s*\)|\[\s*\])")
_MOST = 2000  # characters of a title or a paragraph: more are no card
_PARAGRAPHS = 12
_TITLE_SIZES = (112, 104, 96, 88, 80, 72, 66, 60, 54, 48, 44, 40, 36, 32, 28, 24, 20, 16, 12)
_TEXT_SIZES = (50, 47, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26, 24, 22, 20)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture or video that was made, and what it could not show: characters no font here has, lines with no room."""

    width: int
    height: int
    missing: str = ""
    left_out: int = 0  # lines
    duration: float | None = None  # seconds


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size, ready to be drawn."""

    type: Type
    lines: tuple[str, ...]
    ink: str

    @property
    def height(self) -> int:
        return self.type.leading * len(self.lines)


def render_card(text: str, title: str, size: tuple[int, int], out: Path) -> Rendered:
    """Draws a card; a JPEG or PNG by the ending of `out`, which appears whole or not at all.

    `text` may have several lines; each is a paragraph. Everything is sized so that nothing is cut.
    """
    image = Image.new("RGB", size, PAPER)
    shown, left_out = _draw(ImageDraw.Draw(image), shorten(without_pictures(title), _MOST), _paragraphs(text), size)
    save_whole(image, out)
    return Rendered(*size, missing=missing("newsreader", shown), left_out=left_out)


def fit(text: str, family: FamilyName, weight: int, sizes: Sequence[int], width: float, height: float, ink: str) -> Block:
    """The text at the largest of the sizes at which it fits; at the smallest when it never does."""
    block = Block(Type(family, sizes[-1], weight), (), ink)
    for size in sizes:
        block = Block(type_ := Type(family, size, weight), tuple(wrap(text, type_, width)), ink)
        if block.height <= height and not _breaks_words(text, type_, width):
            break
    return block


def wrap(text: str, type_: Type, width: float) -> list[str]:
    """Lines no wider than `width`, about equally long."""
    lines = _wrapped(text, type_, width)
    if len(lines) < 2:
        return lines
    low, high = width / 2, width
    while high - low > 8:  # the narrowest setting with as many lines is the most even one
        middle = (low + high) / 2
        low, high = (low, middle) if len(_wrapped(text, type_, middle)) <= len(lines) else (middle, high)
    return _wrapped(text, type_, high)


def draw_block(on: ImageDraw.ImageDraw, block: Block, x: float, y: float, width: float) -> float:
    """Draws from the top y; right-to-left lines stand at the right. The y below it."""
    for line in block.lines:
        left = x + width - block.type.width(line) if is_right_to_left(line) else x
        block.type.draw(on, left, y, line, block.ink)
        y += block.type.leading
    return y


def without_pictures(text: str) -> str:
    """Emoji need a colour font that few servers have: left out rather than shown as boxes, and with them the space before a mark."""
    kept = _PICTURES.sub(lambda at: at["closes"] or (" " if at["before"] or at["after"] else ""), text)
    return " ".join((_EMPTY_PAIR.sub("", kept) if kept != text else text).split())


def save_whole(image: Image.Image, out: Path) -> None:
    """Writes beside, then renames."""
    part = out.with_name(f".{out.name}.part")
    kind = "JPEG" if out.suffix.lower() in {".jpg", ".jpeg"} else "PNG"
    image.save(part, kind, **({"quality": 92, "subsampling": 0, "optimize": True} if kind == "JPEG" else {}))
    os.replace(part, out)


def _draw(on: ImageDraw.ImageDraw, title: str, paragraphs: list[str], size: tuple[int, int]) -> tuple[str, int]:
    """Title above, paragraphs below, the whole in the upper middle of the card. What is shown, and how many lines are not."""
    margin = round(min(size) * 0.09)
    width, height = size[0] - 2 * margin, size[1] - 2 * margin
    gap = round(margin * 0.55)
    heading = fit(title, "newsreader", 500, _TITLE_SIZES, width, height * (0.5 if paragraphs else 0.86), INK)
    blocks, left_out = _set_paragraphs(paragraphs, width, height - heading.height - 2 * gap, gap)
    whole = heading.height + sum(block.height + gap for block in blocks) + gap
    y: float = margin + max(0, (height - whole) * 0.42)
    right = is_right_to_left(title)
    x = size[0] - margin - 72 if right else margin
    on.rectangle((x, y, x + 72, y + 6), fill=ACCENT)
    y = draw_block(on, heading, margin, y + gap, width)
    for block in blocks:
        y = draw_block(on, block, margin, y + gap, width)
    return " ".join([title, *(line for block in blocks for line in block.lines)]), left_out


def _set_paragraphs(paragraphs: list[str], width: int, height: float, gap: int) -> tuple[list[Block], int]:
    """As many paragraphs as there is room for, whole ones, as large as they fit."""
    for count in range(len(paragraphs), 0, -1):
        for size in _TEXT_SIZES:
            type_ = Type("inter", size, 430)
            blocks = [Block(type_, tuple(wrap(text, type_, width)), INK_2) for text in paragraphs[:count]]
            if sum(block.height + gap for block in blocks) <= height:
                return blocks, len(paragraphs) - count
    return [], len(paragraphs)


def _wrapped(text: str, type_: Type, width: float) -> list[str]:
    lines: list[str] = []
    run, used = "", 0.0
    for piece in (piece for word in _BREAK.split(text) for piece in _pieces(word, type_, width)):
        if run and used + type_.width(piece.rstrip()) > width:
            lines.append(run.rstrip())
            run, used = "", 0.0
        run, used = run + piece, used + type_.width(piece)
    return [*lines, run.rstrip()] if run.strip() else lines


def _pieces(word: str, type_: Type, width: float) -> list[str]:
    """A word that is wider than a line, in pieces that are not."""
    if type_.width(word.rstrip()) <= width:
        return [word]
    pieces, used = [""], 0.0
    for grapheme in iterate_graphemes(word):
        advance = type_.width(grapheme)
        if pieces[-1] and used + advance > width:
            pieces.append("")
            used = 0.0
        pieces[-1], used = pieces[-1] + grapheme, used + advance
    return pieces


def _breaks_words(text: str, type_: Type, width: float) -> bool:
    """Whether a word has to be broken at this size, which a smaller one may spare."""
    return type_.size > 40 and any(type_.width(word.rstrip()) > width for word in _BREAK.split(text))


def _paragraphs(text: str) -> list[str]:
    """Whole ones, as many as a card can hold at all."""
    return [shorten(line, _MOST) for line in (without_pictures(line) for line in text.split("\n")) if line][:_PARAGRAPHS]
