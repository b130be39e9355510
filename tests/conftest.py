"""A PostgreSQL of our own for the whole run, and a fresh migrated database for each test that asks for one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from postwright.db import embedded
from postwright.db.bootstrap import Dsns, Logins, bootstrap_embedded, embedded_dsns
from postwright.db.migrate import migrate
from postwright.db.session import Pool, open_pool
from tests.cast import Cast, gather

REPOSITORY = Path(__file__).parent.parent
SQL = REPOSITORY / "sql" / ("migrations" if (REPOSITORY / "sql" / "migrations").is_dir() else "schema")
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
_numbers = count(1)


@dataclass(frozen=True)
class Cluster:
    """A throwaway server with one migrated database to copy from."""

    server: embedded.Server
    key: bytes
    template: str = "template_postwright"

    def fresh(self, template: str | None = None) -> Dsns:
        """A new database: a copy of the migrated one, or of `template`."""
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.server.dsn(), autocommit=True) as db:
            # Copying files is about twice as fast as writing the copy to the log, where nothing is ever flushed.
            owner = Logins.of(self.key).owner
            db.execute(f'create database {name} owner "{owner}" template {template or self.template} strategy file_copy'.encode())
        return embedded_dsns(self.server.port, self.key, name)

    def drop(self, dsns: Dsns) -> None:
        """Removes a database that `fresh` made, whoever is still connected."""
        with psycopg.connect(self.server.dsn(), autocommit=True) as db:
            db.execute(f"drop database if exists {dsns.owner.rpartition('/')[2]} with (force)".encode())


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side (`-n`), a file's tests stay together; all that drive the browser share one process, and come first, because
    they take longest. Their Playwright ends with them: in a process in which its loop runs no other can."""
    items.sort(key=_in_browser, reverse=True)
    for item in items:
        item.add_marker(pytest.mark.xdist_group("browser" if _in_browser(item) else str(item.path)))


def _in_browser(item: pytest.Item) -> bool:
    return item.path.is_relative_to(REPOSITORY / "tests" / "web")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The embedded PostgreSQL, not the one of any home."""
    yield from _cluster(None)


@pytest.fixture(scope="session")
def cluster15() -> Iterator[Cluster]:
    """The oldest PostgreSQL we support, where Debian's is installed."""
    if not (DEBIAN_15 / "postgres").exists():
        pytest.skip("PostgreSQL 15 is not installed (as root, `make test` installs Debian's)")
    yield from _cluster(DEBIAN_15)


@pytest.fixture
def home() -> Iterator[Path]:
    """A place for a home that the database's own user reaches (pytest's folders are closed to it). Whatever runs there is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="postwright home "))
    folder.chmod(0o711)
    place = folder / "home"
    yield place
    embedded.stop(place, patience=10)
    shutil.rmtree(embedded.socket_folder(place), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Dsns]:
    """A fresh migrated database, and the logins that reach it."""
    dsns = cluster.fresh()
    yield dsns
    cluster.drop(dsns)


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[Dsns]:
    """A fresh database with nothing in it; the roles stand."""
    dsns = cluster.fresh("template0")
    yield dsns
    cluster.drop(dsns)


@pytest.fixture
def database15(cluster15: Cluster) -> Iterator[Dsns]:
    """The same on PostgreSQL 15."""
    dsns = cluster15.fresh()
    yield dsns
    cluster15.drop(dsns)


@pytest.fixture
def owner_db(database: Dsns) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection, autocommit; it may become every role."""
    with psycopg.connect(database.owner, autocommit=True) as db:
        yield db


@pytest.fixture
def cast(owner_db: psycopg.Connection[Any]) -> Cast:
    """Alice, Ada, Bob and Vera of one workspace, and Mallory of another."""
    return gather(owner_db)


@pytest.fixture
async def api_pool(database: Dsns, anyio_backend: str) -> AsyncIterator[Pool]:
    """Connections as the web has them."""
    async with open_pool(database.api, size=4) as pool:
        yield pool


@pytest.fixture
async def worker_pool(database: Dsns, anyio_backend: str) -> AsyncIterator[Pool]:
    """Connections as publisher and jobs have them."""
    async with open_pool(database.worker, size=4) as pool:
        yield pool


def _cluster(bin_dir: Path | None) -> Iterator[Cluster]:
    key = os.urandom(32)
    with embedded.throwaway(bin_dir=bin_dir, options={"max_connections": "100"}) as server:
        made = Cluster(server, key)
        migrate(bootstrap_embedded(server, key, made.template).owner, SQL)
        yield made
