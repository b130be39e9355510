"""The desk of the API's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from postwright.db.session import Pool
from tests.api.desk import Desk, open_desk
from tests.cast import Cast


@pytest.fixture
async def desk(api_pool: Pool, owner_db: psycopg.Connection[Any], cast: Cast, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(api_pool, owner_db, cast, tmp_path) as made:
        yield made
