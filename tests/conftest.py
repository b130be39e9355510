"""A PostgreSQL of our own for the whole run, and a fresh migrated database for each test that asks for one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

from postwright.db import embedded
from postwright.db.bootstrap import Dsns, Logins, bootstrap_embedded, embedded_dsns
from postwright.db.migrate import migrate
from postwright.db.session import Pool, open_pool
from postwright.platforms.tiktok.publish import _CREATOR, _STATUS
from tests.cast import Cast, gather

REPOSITORY = Path(__file__).parent.parent
SQL = REPOSITORY / "sql" / ("migrations" if (REPOSITORY / "sql" / "migrations").is_dir() else "schema")
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
_BROWSER = "tests/web/"
_numbers = count(1)


def _in_memory() -> Path | None:
    """Where files lie in memory, if there is room: a database is a thousand small files, and their copy takes a second on some disks."""
    place = Path("/dev/shm")
    return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > 2 * 1024**3 else None


IN_MEMORY = _in_memory()
HOW_TO_GET_IT = "set POSTWRIGHT_SHARED to the folder that holds conformance/"


def conformance(name: str) -> Path | None:
    """Where a publisher's own test data lies. None where it is not, which is nothing to pass over in CI: then it is said loudly."""
    shared = Path(os.environ.get("POSTWRIGHT_SHARED") or REPOSITORY.resolve().parent / "shared")
    place = shared / "conformance" / name
    if place.is_dir():
        return place
    if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        raise pytest.UsageError(f"{place} is missing, and CI skips none of it: {HOW_TO_GET_IT}")
    return None


@dataclass(frozen=True)
class Cluster:
    """A throwaway server with one migrated database to copy from."""

    server: embedded.Server
    key: bytes
    template: str = "template_postwright"
    left: list[str] = field(default_factory=list)  # databases that nobody needs any more

    def fresh(self, template: str | None = None) -> Dsns:
        """A new database: a copy of the migrated one, or of `template`."""
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.server.dsn(), autocommit=True) as db:
            # Copying files is about twice as fast as writing the copy to the log, where nothing is ever flushed.
            owner = Logins.of(self.key).owner
            db.execute(f'create database {name} owner "{owner}" template {template or self.template} strategy file_copy'.encode())
        return embedded_dsns(self.server.port, self.key, name)

    def drop(self, dsns: Dsns) -> None:
        """Removes a database that `fresh` made, whoever is still connected. Not at once: its last connections are just ending,
        and the server would wait a tenth of a second for them; with the next one."""
        with psycopg.connect(self.server.dsn(), autocommit=True) as db:
            while self.left:
                db.execute(f"drop database if exists {self.left.pop()} with (force)".encode())
        self.left.append(dsns.owner.rpartition("/")[2])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that drive the browser come first, because they take longest."""
    items.sort(key=lambda item: _group(item.nodeid) == _BROWSER, reverse=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How tests are dealt out side by side (`-n`)."""
    return _Groups(config, log)


class _Groups(LoadScopeScheduling):
    """A file's tests stay together, and with them what the file sets up once. All that drive the browser share one process: while
    Playwright's loop runs in it no other can. (xdist's own groups, `--dist loadgroup`, are not seen with pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return _BROWSER if file.startswith(_BROWSER) else file


@pytest.fixture(autouse=True)
def _nothing_was_called_yet() -> None:
    """Whoever counts its calls by the minute begins anew with each test, which would else wait for those before it."""
    for each in (_STATUS, _CREATOR):
        each._made.clear()


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
    folder = Path(tempfile.mkdtemp(prefix="postwright home ", dir=IN_MEMORY))
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
    with embedded.throwaway(bin_dir=bin_dir, options={"max_connections": "100", "max_wal_size": "128MB"}, folder=IN_MEMORY) as server:
        made = Cluster(server, key)
        migrate(bootstrap_embedded(server, key, made.template).owner, SQL)
        yield made
