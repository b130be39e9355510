"""Names after an @: found among the members when a comment is written, spelled as they are called now when it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from postwright.comments.models import NOBODY, Person
from postwright.errors import InvalidInput

MOST = 50  # people that one comment names; SQL holds to it, too

_TOKEN = re.compile(r"<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>")
_AT = re.compile(r"(?<![\w@.])@(?=\w)")
_WORD = re.compile(r"[\w.'’-]*\w")


@dataclass(frozen=True, slots=True)
class Found:
    """The text to store, and whom it names, in order."""

    body: str
    mentions: tuple[UUID, ...]


def find_mentions(text: str, members: Sequence[Person], chosen: Collection[UUID] = ()) -> Found:
    """Replaces @Name of a member by a token of their id.

    A whole name is found, whatever its case; else a first name that only one member has. `chosen` (what was picked from the
    list) decides between members of the same name. What names nobody stays as it is.

    Raises InvalidInput where a first name could be several members, naming them.
    """
    by_name = _by_names(members)
    longest = max((len(name) for name in by_name), default=0)
    words, people, at = list[str](), list[UUID](), 0
    for sign in _AT.finditer(text):
        if sign.start() < at:
            continue
        end, fits = _named(text, sign.end(), by_name, longest)
        meant = _meant(fits, text[sign.start() : end], chosen)
        if meant:
            words += [text[at : sign.start()], f"<@{meant[0]}>"]
            people += meant
            at = end
    body = "".join([*words, text[at:]])
    # A program may write the tokens itself.
    known = {each.id for each in members}
    people += [UUID(found) for found in _TOKEN.findall(text) if UUID(found) in known]
    if len(set(people)) > MOST:
        raise InvalidInput(f"A comment names {MOST} people at most.", field="text", rule="mentions")
    return Found(body, tuple(dict.fromkeys(people)))


def spell(body: str, people: Mapping[UUID, Person], mentions: Collection[UUID]) -> str:
    """The text as it reads now."""
    return "".join(text if person is None else f"@{person.name}" for text, person in pieces(body, people, mentions))


def pieces(body: str, people: Mapping[UUID, Person], mentions: Collection[UUID]) -> list[tuple[str, Person | None]]:
    """The text in pieces: words, and between them the people that it names."""
    split: list[tuple[str, Person | None]] = []
    at = 0
    for token in _TOKEN.finditer(body):
        if (who := UUID(token[1])) in mentions:
            split += [(body[at : token.start()], None), ("", people.get(who, NOBODY))]
            at = token.end()
    return [each for each in [*split, (body[at:], None)] if each != ("", None)]


def _by_names(members: Sequence[Person]) -> dict[str, list[Person]]:
    """Members under their whole name and under its first word, lower case."""
    found: dict[str, list[Person]] = {}
    for each in members:
        name = " ".join(each.name.lower().split())
        for key in dict.fromkeys((name, name.partition(" ")[0])):
            found.setdefault(key, []).append(each)
    return found


def _named(text: str, start: int, by_name: Mapping[str, list[Person]], longest: int) -> tuple[int, list[Person]]:
    """The longest name of a member that stands at `start`: where it ends, and who is called so."""
    best, who = start, list[Person]()
    # Lower case may change the length of a text, so each end is tried on the text itself.
    for word in _WORD.finditer(text, start, min(len(text), start + longest + 8)):
        fits = by_name.get(" ".join(text[start : word.end()].lower().split()))
        if fits:
            best, who = word.end(), fits
    if not who and (word_ := _WORD.match(text, start)):
        best, who = _without_ending(text, start, word_.end(), by_name.get)
    return best, who


def _without_ending(text: str, start: int, end: int, look: Callable[[str], list[Person] | None]) -> tuple[int, list[Person]]:
    """A name with an ending of the sentence: "@Ada's", "@Ada-"."""
    for mark in ("'", "’", "-", "."):
        cut = text.find(mark, start, end)
        if cut > start and (fits := look(text[start:cut].lower())):
            return cut, fits
    return start, []


def _meant(fits: list[Person], said: str, chosen: Collection[UUID]) -> list[UUID]:
    """Who is meant: one member, or several whose whole names are the same and who cannot be told apart in words."""
    picked = [each for each in fits if each.id in chosen]
    whole = [each for each in fits if each.name.lower() == said[1:].lower()]
    for some in (picked, whole, fits):
        if some and len({each.name.lower() for each in some}) == 1:
            return [each.id for each in some if each.id is not None]
    if not fits:
        return []
    names = " or ".join(f"@{each.name}" for each in fits[:5])
    raise InvalidInput(f"“{said}” could be several members: write {names}.", field="text", rule="ambiguous_mention")
