"""The desk of the library's tests: the routes in front of a real database, and a worker's state beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from postwright.db.session import Pool
from postwright.edge.state import State
from tests.api.desk import Desk, open_desk
from tests.cast import Cast


@pytest.fixture
async def desk(api_pool: Pool, owner_db: psycopg.Connection[Any], cast: Cast, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(api_pool, owner_db, cast, tmp_path) as made:
        yield made


@pytest.fixture
def worker(desk: Desk, worker_pool: Pool) -> State:
    """The state of a worker that shares home and storage with the desk."""
    web: State = desk.app.state.postwright
    return replace(web, pool=worker_pool)
