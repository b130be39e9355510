"""How fast an export is, and what memory it takes: a workspace with 1,000,000 planned posts, from its rows to the finished archive.

Ours is the whole job of a worker: the plan out of the catalogue, one snapshot, each row as JSON, packed into a ZIP file with
a checksum for each table, its progress told each second, the file put among the archives. The peer is PostgreSQL's own
`COPY ... TO STDOUT` of the same columns and rows into a plain file on the same disk: no JSON, no packing, no checksum. Both
take turns; medians are compared.

  rows     rows per second
  memory   how far the process grew at its peak (resident set), beside the size of the rows it read

The target of 0.15x is ours to choose: 0.19x on a busy machine, 0.28x on a quiet one; JSON and packing cost most. What
held rows in memory would fail the second figure by a factor of ten.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import structlog
from _figures import Figure, show

from postwright import config
from postwright.db import embedded
from postwright.db.bootstrap import Dsns, bootstrap_embedded
from postwright.db.migrate import migrate
from postwright.db.session import open_pool
from postwright.edge.state import State
from postwright.exports.collect import make_export
from postwright.library.storage import Storage

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "bench"
_TARGET_ROWS, _TARGET_MEMORY = 0.15, 24.0  # of the peer's rows per second; MB


def main() -> None:
    """Reads the options, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with embedded.throwaway(options={"shared_buffers": "512MB", "jit": "off"}) as server, tempfile.TemporaryDirectory() as home:
        dsns = bootstrap_embedded(server, os.urandom(32), DATABASE)
        migrate(dsns.owner, ROOT / "sql" / "schema")
        workspace = _fill(server.dsn(DATABASE), options.rows)
        show(_measure(server.dsn(DATABASE), dsns, workspace, Path(home), options.rounds), as_json=options.json)


def _measure(dsn: str, dsns: Dsns, workspace: UUID, home: Path, rounds: int) -> Iterator[Figure]:
    ours, theirs, grown = [], [], []
    with psycopg.connect(dsn, autocommit=True) as db:
        for number in range(rounds):
            for is_ours in (True, False) if number % 2 else (False, True):
                if is_ours:
                    rate, megabytes = _export(db, dsns, workspace, home)
                    ours.append(rate)
                    grown.append(megabytes)
                else:
                    theirs.append(_copy(db, workspace, home / "plain"))
        size = _value(db, "select sum(length(row_to_json(i)::text)) from content_schedule_items i") / 1e6
    yield Figure("rows", statistics.median(ours), "rows/s", "COPY of the same rows", statistics.median(theirs), _TARGET_ROWS, at_least=True)
    yield Figure(f"memory for {size:,.0f} MB of rows", max(grown), "MB", target=_TARGET_MEMORY)


def _export(db: psycopg.Connection[Any], dsns: Dsns, workspace: UUID, home: Path) -> tuple[float, float]:
    """Rows per second, and how many MB the process grew."""
    add = "insert into exports (workspace_id, user_id, kind) select id, created_by, 'workspace' from workspaces where id = %s returning id"
    id = UUID(str(_value(db, add, workspace)))
    with _watching() as peak:
        start = time.perf_counter()
        asyncio.run(_make(dsns, workspace, id, home))
        seconds = time.perf_counter() - start
    rows = _value(db, "select rows_done from exports where id = %s and status = 'ready'", id)
    return float(rows) / seconds, peak[0]


async def _make(dsns: Dsns, workspace: UUID, id: UUID, home: Path) -> None:
    settings = config.load({"POSTWRIGHT_HOME": str(home)})
    async with open_pool(dsns.worker, size=3) as pool:
        state = State(settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), None, "", b"k" * 32, "bench")
        await make_export(state, workspace, id)


def _copy(db: psycopg.Connection[Any], workspace: UUID, place: Path) -> float:
    """Rows per second. The same columns: all of a post in the plan is readable."""
    query = psycopg.sql.SQL("copy (select * from content_schedule_items i where i.workspace_id = {}) to stdout").format(workspace)
    rows, start = 0, time.perf_counter()
    with place.open("wb") as file, db.cursor() as cursor, cursor.copy(query) as copy:
        for row in copy:
            file.write(row)
            rows += 1
    return rows / (time.perf_counter() - start)


@contextmanager
def _watching() -> Iterator[list[float]]:
    """The growth of the resident set in MB, looked at 50 times a second; and how high it was at its end."""
    before, peak, stop = _resident(), [0.0], threading.Event()

    def look() -> None:
        while not stop.wait(0.02):
            peak[0] = max(peak[0], _resident() - before)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _value(db: psycopg.Connection[Any], query: str, *values: object) -> Any:
    row = db.execute(query.encode(), values).fetchone()
    if row is None:
        raise LookupError(query)
    return row[0]


def _fill(dsn: str, rows: int) -> UUID:
    """A workspace with its owner, an account, and the posts; without triggers, for speed."""
    with psycopg.connect(dsn, autocommit=True) as db:
        for statement in _FILL:
            db.execute(statement.encode(), {"rows": rows})
        return UUID(str(_value(db, "select id from workspaces")))


_FILL = (
    "insert into users (email, full_name) values ('alice@example.com', 'Alice')",
    "select app.make_workspace(id, 'Acme', 'UTC', true) from users",
    "set session_replication_role = replica",
    """insert into content_schedule_items (workspace_id, calendar_id, platform_id, scheduled_at, timezone, status, created_by, user_id,
                                           content)
       select w.id, c.id, (select id from platforms where slug = 'x'), now() + n * interval '1 minute', 'UTC', 'queued', w.created_by,
              w.created_by, jsonb_build_object('text', 'Post ' || n || ': what we learned this week, in a line or two. #' || n)
         from generate_series(1, %(rows)s) n, workspaces w join content_calendar c on c.workspace_id = w.id""",
    "set session_replication_role = origin",
    "vacuum analyze content_schedule_items",
)


if __name__ == "__main__":
    main()
