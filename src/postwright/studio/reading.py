"""Reading an idea: its sentences in order, how they stand in paragraphs and lists, and its links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import regex
import sentencex
from markdown_it import MarkdownIt
from markdown_it.token import Token

from postwright.kit.text import extract_urls
from postwright.studio.language import detect_language
from postwright.studio.models import Idea

BlockKind = Literal["prose", "item", "heading"]
_ENDS = regex.compile(r"[.!?…。！？؟।:;]['\"”’»)\]]*$")
_LINK_RUN = regex.compile(r"(?:https?://|www\.)\S+$", regex.IGNORECASE)
_POINTS = regex.compile(r"^([ \t]*)[・•●◦▪‣･][ \t\u3000]*(?=\S)", regex.MULTILINE)  # marks of a list that Markdown does not know
_LONGEST_LINK = 2000  # characters
_WRAPPED = 60  # characters: a longer line without an end goes on in the next


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as it stands in the idea, white space folded. `block` numbers its paragraph or list item."""

    text: str
    block: int
    kind: BlockKind
    place: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An idea, read. Headings are kept apart: they are labels, not sentences."""

    title: str
    sentences: tuple[Sentence, ...]
    headings: tuple[str, ...]
    links: tuple[str, ...]
    language: str


def read(idea: Idea) -> Reading:
    """Reads text as Markdown, which plain text nearly is; what would change plain text is switched off."""
    links: dict[str, None] = {idea.url: None} if idea.url else {}
    language = detect_language(f"{idea.title}\n{idea.text}")
    blocks = list(_blocks(idea.text, links))
    sentences: list[Sentence] = []
    for number, (kind, text) in enumerate(blocks):
        if kind != "heading":
            sentences += [Sentence(s, number, kind, len(sentences) + i) for i, s in enumerate(split_sentences(text, language))]
    headings = tuple(text for kind, text in blocks if kind == "heading")
    for found in extract_urls(idea.text, without_protocol=False):
        links.setdefault(found.value)
    return Reading(fold(idea.title), tuple(sentences), headings, tuple(links), language)


def split_sentences(text: str, language: str) -> list[str]:
    """Sentences without the white space between them; a link is never cut."""
    found: list[str] = []
    for line in _lines(text):
        run = ""
        for piece in sentencex.segment(language, line):
            run += piece
            if not (_LINK_RUN.search(run, max(0, len(run) - _LONGEST_LINK)) and not run[-1].isspace() and len(run) < len(line)):
                found.append(fold(run))
                run = ""
        found.append(fold(run))
    return [sentence for sentence in found if sentence]


def fold(text: str) -> str:
    """White space folded to single spaces."""
    return " ".join(text.split())


def _lines(text: str) -> Iterator[str]:
    """Lines that end a thought; lines that were only wrapped are joined."""
    run = ""
    for line in text.split("\n"):
        run = f"{run} {line}" if run else line
        if len(line) < _WRAPPED or _ENDS.search(line.rstrip()):
            yield run
            run = ""
    if run:
        yield run


def _blocks(text: str, links: dict[str, None]) -> Iterator[tuple[BlockKind, str]]:
    kind: BlockKind = "prose"
    depth = 0
    for token in _markdown().parse(_POINTS.sub(r"\1- ", text)):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
        elif token.type == "heading_open":
            kind = "heading"
        elif token.type == "inline":
            if words := _plain(token, links).strip():
                yield ("item" if depth and kind == "prose" else kind), words
            kind = "prose"


def _plain(token: Token, links: dict[str, None]) -> str:
    """The words of a paragraph without its marks; addresses of its links are noted."""
    out: list[str] = []
    for child in token.children or []:
        if child.type == "link_open":
            href = str(child.attrs.get("href", ""))
            if href.startswith(("http://", "https://")):
                links.setdefault(href)
        elif child.type in {"softbreak", "hardbreak"}:
            out.append("\n")
        elif child.type in {"text", "code_inline"}:
            out.append(child.content)
    return "".join(out)


@cache
def _markdown() -> MarkdownIt:
    # Indented lines are no code, underlines no headings, < and & no HTML in what people paste.
    off = ["code", "lheading", "html_block", "html_inline", "entity", "escape", "autolink"]
    return MarkdownIt("commonmark", {"html": False}).disable(off)
