"""The desk of the publishing tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool
from tests.cast import Cast
from tests.publishing.desk import Desk, open_desk


@pytest.fixture
async def desk(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Desk]:
    """A workspace with one account, and an engine on a network of memory."""
    async with open_desk(database, api_pool, worker_pool, cast, tmp_path) as made:
        yield made
