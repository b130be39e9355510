"""What forms and addresses of posts say, read into values; and the way back to a post's page."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from fastapi.responses import RedirectResponse, Response

from postwright.errors import InvalidInput

E_ = TypeVar("E_", bound=StrEnum)


def back_to(post_id: UUID, said: str) -> Response:
    """To the post's page, which says what was done."""
    return RedirectResponse(f"/posts/{post_id}?said={said}", 303)


def read_wall(text: str) -> datetime:
    """A time on the clock, without an offset. Raises InvalidInput."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("Give a day and a time, like 2027-03-02T09:00.", field="wall", rule="datetime") from None
    if wall.tzinfo is not None:
        raise InvalidInput("Give the time on the clock, without an offset; the zone is named beside it.", field="wall", rule="naive")
    return wall


def read_id(name: str, text: str) -> UUID | None:
    """An id, None for an empty text. Raises InvalidInput that names `name`."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInput(f"The address names no {name} that exists.", field=name, rule="uuid") from None


def read_word(kind: type[E_], name: str, text: str) -> E_ | None:
    """A word of a closed list, None for an empty text. Raises InvalidInput that names `name`."""
    try:
        return kind(text) if text else None
    except ValueError:
        known = ", ".join(str(each) for each in kind)
        raise InvalidInput(f"There is no {name} “{text[:40]}”. Known: {known}.", field=name, rule="known") from None
