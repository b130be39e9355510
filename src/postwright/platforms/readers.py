"""What readers of a platform see of a post besides its text and media: who may see it, its labels, its place, its playlist.

It is read from what the platform itself keeps of the post (`extra`), which the sandbox's copies show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # base.py holds what this file describes
    from postwright.platforms.base import Option

Extra = Mapping[str, Any]
SENSITIVE = "Sensitive content"  # a warning without words of its own: it hides the media alone


def no_marks(extra: Extra) -> list[str]:
    """Where readers see text and media alone."""
    return []


def no_warning(extra: Extra) -> str | None:
    """Where no post is hidden."""
    return None


@dataclass(frozen=True, slots=True)
class Readers:
    """`marks`: in words, in the order in which a reader meets them. `warning`: the words behind which the media are hidden until a
    reader opens them; with `hides_words` the text is hidden too, unless the warning is SENSITIVE."""

    words_first: bool = False  # the words stand above the media
    strips: bool = False  # several pictures are one strip to be swiped through, no grid
    hides_words: bool = False
    marks: Callable[[Extra], list[str]] = no_marks
    warning: Callable[[Extra], str | None] = no_warning


def said(*pairs: tuple[Any, str]) -> list[str]:
    """The words of the pairs that hold."""
    return [words for holds, words in pairs if holds]


def choices_of(options: Iterable[Option], name: str) -> Mapping[str, str]:
    """What can be chosen of an option, in words."""
    return dict(next(each.choices for each in options if each.name == name))


def object_of(value: Any) -> Mapping[str, Any]:
    """An object; anything else is an empty one."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: Any) -> list[Any]:
    """A list; anything else is an empty one."""
    return value if isinstance(value, list) else []
