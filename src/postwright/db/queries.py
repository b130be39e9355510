"""Named SQL: each module keeps its queries in `queries.sql`, one typed function per query in `store.py`.

A block starts with `-- name: some_name`; the comment lines after it describe it; parameters are
psycopg's `%(name)s`. `postwright db check` prepares every block against the migrated schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row, scalar_row

Conn = psycopg.AsyncConnection[Any]
T = TypeVar("T")

_NAME = re.compile(r"^-- name:\s*(\w+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Query:
    """One named statement of a module."""

    name: str
    doc: str
    text: str

    async def rows(self, db: Conn, model: type[T], **params: Any) -> list[T]:
        """All rows, each made into `model` by column name."""
        async with db.cursor(row_factory=class_row(model)) as cursor:
            await cursor.execute(self.text.encode(), params)
            return await cursor.fetchall()

    async def one(self, db: Conn, model: type[T], **params: Any) -> T | None:
        """The first row, or None."""
        async with db.cursor(row_factory=class_row(model)) as cursor:
            await cursor.execute(self.text.encode(), params)
            return await cursor.fetchone()

    async def value(self, db: Conn, **params: Any) -> Any:
        """The first column of the first row, or None."""
        async with db.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(self.text.encode(), params)
            return await cursor.fetchone()

    async def values(self, db: Conn, **params: Any) -> list[Any]:
        """The first column of every row."""
        async with db.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(self.text.encode(), params)
            return await cursor.fetchall()

    async def run(self, db: Conn, **params: Any) -> int:
        """Executes a statement that returns nothing; how many rows it touched."""
        return (await db.execute(self.text.encode(), params)).rowcount


@cache
def load(package: str) -> Mapping[str, Query]:
    """The queries of a module, by name; KeyError on a name it does not have."""
    return parse(files(package).joinpath("queries.sql").read_text(encoding="utf-8"))


def parse(text: str) -> dict[str, Query]:
    """Splits a `queries.sql` into its blocks. Raises ValueError on a block without description."""
    pieces = _NAME.split(text)[1:]
    found: dict[str, Query] = {}
    for name, block in zip(pieces[::2], pieces[1::2], strict=True):
        lines = block.strip().splitlines()
        doc = [line.removeprefix("--").strip() for line in _leading_comments(lines)]
        if not doc or name in found:
            raise ValueError(f"query {name} needs a description and a name of its own")
        found[name] = Query(name, " ".join(doc), "\n".join(lines[len(doc) :]).strip().rstrip(";"))
    return found


def _leading_comments(lines: list[str]) -> list[str]:
    count = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return lines[:count]
