"""Threads' 250 posts a day, by the whole publisher against the sandbox: the one too many waits, and goes out when there is room."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from postwright.connections.credentials import open_credentials
from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.kit.crypto import Box
from postwright.kit.http import make_client
from postwright.platforms.threads.answers import API, caller
from postwright.publishing.commit import commit
from tests.cast import Cast
from tests.publishing.desk import KEY, QUICK
from tests.publishing.real import Studio, open_studio, run_sandbox, running_publisher, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
PER_DAY = 250


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ("threads",)) as made:
            yield made


async def test_a_day_that_another_program_used_up_postpones_the_post(studio: Studio) -> None:
    await _use_up_the_day(studio)
    item = await _schedule(studio, "one too many")
    async with running_publisher(studio.state, studio.dsns.worker):
        row = await until(lambda: _row(studio, item, "next_retry_at is not null"))
    assert (row["status"], row["error"]["class"], row["retry_count"]) == ("scheduled", "quota_exhausted", 0)
    assert timedelta(minutes=50) < row["next_retry_at"] - studio.state.clock() < timedelta(minutes=70), "asked again in an hour"
    assert "one too many" not in {each["text"] for each in studio.sandbox.posts(platform="threads")}
    assert await _phases(studio, item) == ["abandoned"], "nothing was sent: the platform was only asked"

    _let_a_day_pass_there(studio)
    await _make_due(studio, item)
    async with running_publisher(studio.state, studio.dsns.worker, replace(QUICK, quota_fresh=timedelta(0))):
        row = await until(lambda: _row(studio, item, "status = 'completed'"))
    assert row["error"] is None
    assert [each["text"] for each in studio.sandbox.posts(platform="threads")].count("one too many") == 1
    (budget,) = await _fetch(studio, "select capacity, told_at from rate_budgets where name = 'posts_per_day'")
    assert (budget["capacity"], budget["told_at"] is None) == (PER_DAY, False)


async def _use_up_the_day(studio: Studio) -> None:
    """Somebody else posts for the account all that Threads takes in a day."""
    async with transaction(studio.state.pool, SERVICE) as db:
        found = await open_credentials(db, studio.cast.workspace, studio.accounts["threads"], Box.from_key(KEY))
    async with make_client(sandbox_url=studio.sandbox.url) as http:
        threads = caller(http, found[1])
        for number in range(PER_DAY):
            made = await threads.call("POST", f"{API}/me/threads", data={"media_type": "TEXT", "text": f"post {number}"})
            await threads.call("POST", f"{API}/me/threads_publish", data={"creation_id": str(made.need("id"))})


def _let_a_day_pass_there(studio: Studio) -> None:
    ledger = sqlite3.connect(studio.home / "sandbox.db", timeout=10)
    with ledger:
        ledger.execute("update posts set received_at = received_at - 86401")
    ledger.close()


async def _schedule(studio: Studio, text: str) -> UUID:
    async with transaction(studio.api, studio.bob) as db:
        made = await (
            await db.execute(
                "insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, content)"
                " select %s, c.id, p.id, %s, %s from platforms p, content_calendar c"
                " where p.slug = 'threads' and c.workspace_id = %s and c.is_default returning id",
                (studio.cast.workspace, studio.accounts["threads"], Jsonb({"text": text}), studio.cast.workspace),
            )
        ).fetchone()
        assert made is not None
        (done,) = await commit(db, studio.bob, [made[0]], now=studio.state.clock(), when="now")
    assert done.scheduled_post_id is not None, done.findings
    item: UUID = made[0]
    return item


async def _row(studio: Studio, item: UUID, that: str) -> dict[str, Any] | None:
    found = await _fetch(studio, f"select * from scheduled_posts where schedule_item_id = %s and {that}", item)
    return found[0] if found else None


async def _phases(studio: Studio, item: UUID) -> list[str]:
    sql = "select a.phase from publish_attempts a join scheduled_posts s on s.id = a.scheduled_post_id where s.schedule_item_id = %s"
    return [row["phase"] for row in await _fetch(studio, sql, item)]


async def _make_due(studio: Studio, item: UUID) -> None:
    """The hour is over."""
    async with transaction(studio.state.pool, SERVICE) as db:
        await db.execute("update rate_budgets set blocked_until = null")
        await db.execute("update scheduled_posts set next_retry_at = now() where schedule_item_id = %s", (item,))


async def _fetch(studio: Studio, sql: str, *values: Any) -> list[dict[str, Any]]:
    async with transaction(studio.state.pool, SERVICE) as db, db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql.encode(), values)
        return await cursor.fetchall()
