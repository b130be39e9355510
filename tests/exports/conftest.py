from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from postwright.db.session import Pool
from tests.cast import Cast
from tests.exports.desk import Desk, open_desk


@pytest.fixture
async def desk(api_pool: Pool, worker_pool: Pool, owner_db: psycopg.Connection[Any], cast: Cast, tmp_path: Path) -> AsyncIterator[Desk]:
    """Routes, worker and a look into the database."""
    async with open_desk(api_pool, worker_pool, owner_db, cast, tmp_path) as made:
        yield made
