"""The desk that calendar tests plan at."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from postwright.db.session import Pool
from tests.calendar.desk import Desk
from tests.cast import Cast


@pytest.fixture
def desk(owner_db: psycopg.Connection[Any], api_pool: Pool, cast: Cast) -> Desk:
    """A workspace in Berlin's time, without accounts."""
    owner_db.execute("update workspaces set timezone = 'Europe/Berlin' where id = %s", (cast.workspace,))
    owner_db.execute("update content_calendar set timezone = null where workspace_id = %s", (cast.workspace,))
    return Desk(owner_db, api_pool, cast)
