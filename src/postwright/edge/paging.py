"""Keyset paging: a cursor names the last row seen, so that a page never skips or repeats one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query

from postwright.errors import InvalidInput

T = TypeVar("T")

MAX_LIMIT = 200  # rows of one page

# The parameters that every list of the API has, told alike.
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most.")]
After = Annotated[
    str | None,
    Query(max_length=400, description="The `next` of the page before; it holds for the same list, order and workspace only."),
]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort value and id of the last row of a page; `of` marks the list and the order in which they say where to go on."""

    value: datetime | None
    id: UUID
    of: str = ""

    def encode(self) -> str:
        """As it stands in an address."""
        text = json.dumps([self.value.isoformat() if self.value else None, str(self.id), self.of])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str | None, of: str | None = None) -> Cursor | None:
        """Raises InvalidInput on anything that encode() did not make, and on the cursor of another list (None: of any)."""
        if not text:
            return None
        try:
            value, row, found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            when = datetime.fromisoformat(value) if value is not None else None
            if when is not None and when.tzinfo is None:
                raise ValueError(text)
            if not isinstance(found, str) or of not in {None, found}:
                raise ValueError(text)
            return cls(when, UUID(row), found)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise _foreign() from None


def held(after: Cursor | None, of: str) -> Cursor | None:
    """The cursor, which must be of this list. Raises InvalidInput."""
    if after is not None and after.of != of:
        raise _foreign()
    return after


def mark(*parts: object) -> str:
    """What tells the cursors of one list, order and workspace from those of others."""
    return hashlib.sha256(repr([str(each) for each in parts]).encode()).hexdigest()[:10]


def _foreign() -> InvalidInput:
    return InvalidInput("This cursor is not one that this list gave out in this order.", field="after", rule="cursor")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor to those after them."""

    items: list[T]
    next: str | None


def cut(rows: Sequence[T], limit: int, cursor: Callable[[T], Cursor]) -> Page[T]:
    """A page out of `limit + 1` fetched rows: the extra one tells that there are more."""
    items = list(rows[:limit])
    return Page(items, cursor(items[-1]).encode() if len(rows) > limit else None)
