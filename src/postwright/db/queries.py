"""Named SQL: each module keeps its queries in `queries.sql`, a large one by theme in `queries/*.sql`; one typed function per query.

A block starts with `-- name: some_name`; the comment lines after it describe it; parameters are
psycopg's `%(name)s`. `postwright db check` prepares every block against the migrated schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
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
    """The queries of a module, by name; KeyError on a name it does not have. Raises ValueError on a name that two themes have."""
    found: dict[str, Query] = {}
    for source in _sources(files(package)):
        made = parse(source.read_text(encoding="utf-8"))
        if twice := found.keys() & made.keys():
            raise ValueError(f"query {min(twice)} needs a name of its own")
        found |= made
    return found


def _sources(module: Traversable) -> list[Traversable]:
    themes = module.joinpath("queries")
    if not themes.is_dir():
        return [module.joinpath("queries.sql")]
    return sorted((each for each in themes.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name)


def parse(text: str) -> dict[str, Query]:
    """Splits queries into their blocks. Raises ValueError on a block without description."""
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
