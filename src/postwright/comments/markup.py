"""A comment as a page shows it: plain text, with links that can be clicked and people by their present names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from postwright.comments import mention
from postwright.comments.models import Person

_LINK = re.compile(r"\bhttps?://[\w\[][^\s<>\"]{0,1999}", re.IGNORECASE)
_OPENED = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a comment. The template escapes `text` and `href` like everything else."""

    kind: Literal["text", "link", "person"]
    text: str
    href: str | None = None
    who: UUID | None = None


def mark_up(body: str, people: Mapping[UUID, Person], mentions: Collection[UUID]) -> list[Piece]:
    """The pieces in order."""
    found: list[Piece] = []
    for text, person in mention.pieces(body, people, mentions):
        found += [Piece("person", f"@{person.name}", who=person.id)] if person else _links(text)
    return found


def _links(text: str) -> list[Piece]:
    """Only http and https become links; nothing else that a browser would follow."""
    found, at = list[Piece](), 0
    for match in _LINK.finditer(text):
        address = _without_ending(match[0])
        found += [Piece("text", text[at : match.start()]), Piece("link", address, address)]
        at = match.start() + len(address)
    return [each for each in [*found, Piece("text", text[at:])] if each.text]


def _without_ending(address: str) -> str:
    """What ends the sentence, not the address; a bracket belongs to it where it was opened in it."""
    while address[-1] in ".,;:!?'\"”’…" or (address[-1] in ")]}" and address.count(_OPENED[address[-1]]) < address.count(address[-1])):
        address = address[:-1]
    return address
