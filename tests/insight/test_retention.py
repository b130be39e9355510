"""The nightly job keeps what is to be kept and lets the rest go, as the worker's login may."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postwright.db.session import SERVICE, Pool, transaction
from postwright.insight import store
from tests.cast import Cast

pytestmark = pytest.mark.anyio


async def test_old_audit_rows_go_and_new_ones_stay(worker_pool: Pool, owner_db, cast: Cast):
    owner_db.execute(
        """insert into audit_log (workspace_id, table_name, record_id, action, created_at)
           values (%s, 'projects', gen_random_uuid(), 'INSERT', %s)""",
        (cast.workspace, datetime(2020, 1, 1, tzinfo=UTC)),
    )
    (before,) = owner_db.execute("select count(*) from audit_log").fetchone()
    async with transaction(worker_pool, SERVICE) as db:
        done = await store.maintain(db, datetime.now(UTC))
    assert owner_db.execute("select count(*) from audit_log").fetchone() == (before - 1,)
    assert {"months_made", "outputs_archived", "rows_deleted"} <= set(done)
