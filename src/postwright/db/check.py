"""`postwright db check`: every named query prepares and may run, and the canon equals its migrations.

Works on a throwaway server, so it needs no home and touches none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg

from postwright.db import embedded
from postwright.db.bootstrap import Dsns, bootstrap_embedded, connect
from postwright.db.migrate import migrate, sql_folder
from postwright.db.queries import Query, load, parse

Connection = psycopg.Connection[Any]

_ROLES = ("authenticated", "service_role", "app_auth")
_SCHEMAS = ["public", "app", "app_auth", "auth", "procrastinate"]
_PLACEHOLDER = re.compile(r"%%|%\((\w+)\)[sbt]")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must be mended."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def examine() -> list[Finding]:
    """Everything that is wrong with queries and migrations; nothing when all is well."""
    with embedded.throwaway() as server:
        key = os.urandom(32)
        migrated = bootstrap_embedded(server, key, "check_migrations")
        migrate(migrated.owner)
        canon = bootstrap_embedded(server, key, "check_canon")
        migrate(canon.owner, sql_folder("schema"))
        return [*check_queries(migrated), *compare(canon, migrated)]


def check_queries(dsns: Dsns, root: Path | None = None) -> list[Finding]:
    """Prepares and explains each query of each `queries.sql` and `queries/*.sql` under `root` (the package), as the role that may run
    it."""
    found, package = [], root or Path(str(files("postwright")))
    with connect(dsns.owner) as db:
        db.execute("set plan_cache_mode = force_generic_plan")
        for path in sorted([*package.rglob("queries.sql"), *package.rglob("queries/*.sql")]):
            try:
                queries = parse(path.read_text(encoding="utf-8"))
            except ValueError as error:
                found.append(Finding(_short(path), str(error)))
                continue
            found += [Finding(f"{_short(path)}:{name}", message) for name, query in queries.items() for message in _problems(db, query)]
    return found


def compare(canon: Dsns, migrated: Dsns) -> list[Finding]:
    """Each line of the catalogue that only one of the two has."""
    left, right = catalogue(canon.owner), catalogue(migrated.owner)
    return [
        *(Finding("sql/schema", f"only here, not in sql/migrations: {line}") for line in sorted(left - right)),
        *(Finding("sql/migrations", f"only here, not in sql/schema: {line}") for line in sorted(right - left)),
    ]


def catalogue(dsn: str) -> set[str]:
    """What the schema consists of, a line each."""
    with connect(dsn) as db:
        return {str(row[0]) for row in db.execute(load("postwright.db")["catalogue"].text.encode(), {"schemas": _SCHEMAS})}


def numbered(text: str) -> tuple[str, int]:
    """psycopg's placeholders as PostgreSQL's own, and how many there are."""
    names: dict[str, int] = {}

    def replace(match: re.Match[str]) -> str:
        return "%" if match.group(1) is None else f"${names.setdefault(match.group(1), len(names) + 1)}"

    return _PLACEHOLDER.sub(replace, text), len(names)


def _problems(db: Connection, query: Query) -> Iterator[str]:
    """Nothing when one of the roles may run it; else the most telling refusal: a mistake before a missing right."""
    refusals: dict[str, psycopg.Error] = {}
    for role in _ROLES:
        # Who may not look into a schema is told that its tables do not exist: no use to anybody.
        if role == "app_auth" and "app_auth." not in query.text:
            continue
        try:
            return _try(db, query, role)
        except psycopg.Error as error:
            refusals[role] = error
    mistakes = [error for error in refusals.values() if not isinstance(error, psycopg.errors.InsufficientPrivilege)]
    yield _words(mistakes[0]) if mistakes else "no role may run it (" + "; ".join(f"{r}: {_words(e)}" for r, e in refusals.items()) + ")"


def _try(db: Connection, query: Query, role: str) -> None:
    """EXPLAIN checks the rights, which PREPARE alone does not."""
    text, count = numbered(query.text)
    values = f"({', '.join(['null'] * count)})" if count else ""
    try:
        db.execute(f"set role {role}".encode())
        db.execute(f"prepare checked as {text}".encode())
        db.execute(f"explain execute checked{values}".encode())
    finally:
        db.execute("reset role")
        db.execute("deallocate all")


def _words(error: psycopg.Error) -> str:
    hint = "; cast the parameter" if isinstance(error, psycopg.errors.IndeterminateDatatype | psycopg.errors.AmbiguousFunction) else ""
    return f"{error.diag.message_primary or str(error).strip()}{hint}"


def _short(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[max((i for i, part in enumerate(parts) if part == "postwright"), default=0) :])
