"""Keyset paging: a cursor names the last row seen, so that a page never skips or repeats one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from postwright.errors import InvalidInput

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort value and id of the last row of a page."""

    value: datetime | None
    id: UUID

    def encode(self) -> str:
        """As it stands in an address."""
        text = json.dumps([self.value.isoformat() if self.value else None, str(self.id)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """Raises InvalidInput on anything that encode() did not make."""
        if not text:
            return None
        try:
            value, row = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            when = datetime.fromisoformat(value) if value is not None else None
            if when is not None and when.tzinfo is None:
                raise ValueError(text)
            return cls(when, UUID(row))
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise InvalidInput("This cursor is not one that a list gave out.", field="after", rule="cursor") from None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor to those after them."""

    items: list[T]
    next: str | None


def cut(rows: Sequence[T], limit: int, cursor: Callable[[T], Cursor]) -> Page[T]:
    """A page out of `limit + 1` fetched rows: the extra one tells that there are more."""
    items = list(rows[:limit])
    return Page(items, cursor(items[-1]).encode() if len(rows) > limit else None)
