"""Maintenance that needs the owner and may not sit in a transaction: for the operator or a timer, never the web or a worker."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg

from postwright.db.bootstrap import connect

_SCHEMAS = ("public", "app", "procrastinate")
_STATEMENTS = ("vacuum (analyze, skip_locked) {table}", "reindex (concurrently) table {table}")
_TABLES = """
select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = any (%s) and c.relkind in ('r', 'p') and not c.relispartition and pg_has_role(c.relowner, 'usage') order by 1
"""


def maintain(dsn: str) -> Iterator[str]:
    """Vacuums, analyses and rebuilds the indexes of every table of ours; says what each took and what could not be done."""
    with connect(dsn) as db:
        db.execute("set statement_timeout = 0")
        db.execute("set lock_timeout = '30s'")  # rather later than in anyone's way
        tables = [str(row[0]) for row in db.execute(_TABLES, (list(_SCHEMAS),))]
        for statement in _STATEMENTS:
            began, refused = time.monotonic(), []
            for table in tables:
                try:
                    db.execute(statement.format(table=table).encode())
                except psycopg.Error as error:
                    refused.append(f"{table}: {str(error).splitlines()[0]}")
            yield f"{statement.split(' {')[0]}: {len(tables) - len(refused)} tables in {time.monotonic() - began:.1f} s"
            yield from (f"  not done: {line}" for line in refused)
