"""An idea, its variants, and the draft that holds both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from postwright.kit.text import iterate_graphemes

Pending = Literal["card", "card_video"]
SourceKind = Literal["text", "markdown", "url"]


@dataclass(frozen=True, slots=True)
class Idea:
    """What somebody brings. `source` says from where: {"kind": "text" | "markdown" | "url", "url", "author", "site"...}."""

    title: str  # empty where there is none
    text: str
    source: Mapping[str, Any] = field(default_factory=lambda: {"kind": "text"})

    @property
    def url(self) -> str | None:
        """The address it came from."""
        found = self.source.get("url")
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class Variant:
    """What one platform gets. `edited`: a person changed it, so it no longer follows the idea.

    `revision` is the draft's version at which a person last changed it, `changed_by` and
    `changed_at` (ISO 8601) who and when; `before` is what an undo brings back.
    """

    text: str
    title: str | None = None
    thread: tuple[str, ...] = ()  # all parts, first one included; empty: no thread
    hashtags: tuple[str, ...] = ()  # without '#'
    media: tuple[str, ...] = ()  # ids of files
    alt_texts: tuple[str, ...] = ()  # one for each medium
    options: Mapping[str, Any] = field(default_factory=dict)
    edited: bool = False
    pending_media: Pending | None = None
    method: str = "extracted"
    own_media: bool = False  # a person chose them: no generated one takes their place unasked
    card: Mapping[str, Any] = field(default_factory=dict)  # what a card or card video shows: {"title", "lines"}
    revision: int = 1
    changed_by: str | None = None
    changed_at: str | None = None
    before: Mapping[str, Any] | None = None

    @property
    def body(self) -> str:
        """The text under its name for platforms with a title."""
        return self.text

    def words(self) -> str:
        """All of it that is read as text: the thread's parts, or the text."""
        return "\n\n".join(self.thread) if self.thread else self.text


@dataclass(frozen=True, slots=True)
class Draft:
    """Content being made: the idea and a variant per platform. `version` counts its changes."""

    id: UUID
    idea: Idea
    variants: Mapping[str, Variant]
    version: int
    origin: str
    author_id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @property
    def title(self) -> str:
        """How lists name it: its title, else how its text begins."""
        line = next((line for line in self.idea.text.split("\n") if line.strip(" #*->")), self.idea.text)
        return self.idea.title or first_words(line.strip().lstrip("#*->").strip() or line)

    @property
    def pending(self) -> tuple[str, ...]:
        """The platforms whose medium is still being made."""
        return tuple(slug for slug, variant in self.variants.items() if variant.pending_media)


def first_words(text: str, limit: int = 80) -> str:
    """The beginning of a text on one line, cut between words, with an ellipsis where something is left out."""
    line = " ".join(text[: limit * 4].split())
    if len(line) <= limit:
        return line
    cut = line[:limit].rsplit(" ", 1)[0] if " " in line[:limit] else _whole_graphemes(line, limit)
    return cut.rstrip(" ,;:.") + "…"


def _whole_graphemes(line: str, limit: int) -> str:
    """No joined emoji is cut into its parts."""
    end = 0
    for grapheme in iterate_graphemes(line):
        if end + len(grapheme) > limit:
            break
        end += len(grapheme)
    return line[:end]
