"""The schema's tests run on the embedded PostgreSQL and, where it is installed, on the oldest one we support."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.cast import gather
from tests.conftest import Cluster
from tests.db.rows import World, fill


@pytest.fixture(scope="session", params=["embedded", "postgresql15"])
def each_cluster(request: pytest.FixtureRequest) -> Cluster:
    """One server after the other."""
    found: Cluster = request.getfixturevalue("cluster" if request.param == "embedded" else "cluster15")
    return found


@pytest.fixture
def db(each_cluster: Cluster) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection to a fresh database, autocommit; it may become every role."""
    dsns = each_cluster.fresh()
    with psycopg.connect(dsns.owner, autocommit=True) as connection:
        yield connection
    each_cluster.drop(dsns)


@pytest.fixture(scope="session")
def db_to_read(each_cluster: Cluster) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection to a database that no test changes."""
    dsns = each_cluster.fresh()
    with psycopg.connect(dsns.owner, autocommit=True) as connection:
        yield connection
    each_cluster.drop(dsns)


@pytest.fixture(scope="session")
def world(each_cluster: Cluster) -> Iterator[World]:
    """A database with a real row in every table, for tests that roll back what they do."""
    dsns = each_cluster.fresh()
    with psycopg.connect(dsns.owner, autocommit=True) as connection:
        yield fill(connection, gather(connection))
    each_cluster.drop(dsns)
