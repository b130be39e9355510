"""A publisher is killed with SIGKILL at every boundary; the platform's own ledger says how often each post arrived."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.publishing.commit import commit
from tests.cast import Cast
from tests.publishing.real import SANDBOX_KEY, Studio, open_studio, run_sandbox, until
from tests.publishing.victim import POINTS

pytestmark = pytest.mark.anyio

POSTS = 20


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ("x",)) as made:
            yield made


@pytest.mark.timeout(180)
async def test_kills_at_every_boundary_lose_nothing_and_double_nothing(studio: Studio) -> None:
    texts = [f"Loaf number {number} of the day" for number in range(POSTS)]
    await _schedule(studio, texts)
    died = [await _run_and_die(studio, point, nth) for point, nth in zip(POINTS * 2, cycle((1, 3, 2)), strict=False)]
    assert Counter(died) == {-signal.SIGKILL: len(POINTS) * 2}
    clean = await _start(studio, None, 0)
    try:
        await until(lambda: _all_completed(studio), 60)
    finally:
        clean.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(clean.wait(), 15) == 0
    assert Counter(each["text"] for each in studio.sandbox.posts(platform="x")) == dict.fromkeys(texts, 1)
    assert await _count(studio, "select count(*) from published_posts") == POSTS
    assert await _count(studio, "select count(*) from publish_attempts where finished_at is null") == 0


async def _run_and_die(studio: Studio, point: str, nth: int) -> int:
    """The exit status of a publisher that dies at that point."""
    process = await _start(studio, point, nth)
    try:
        return await asyncio.wait_for(process.wait(), 30)
    finally:
        if process.returncode is None:
            process.kill()


async def _start(studio: Studio, point: str | None, nth: int) -> asyncio.subprocess.Process:
    given = {
        "dsn": studio.dsns.worker, "home": str(studio.home), "sandbox": studio.sandbox.url, "key": SANDBOX_KEY, "point": point, "nth": nth,
    }  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.publishing.victim", json.dumps(given), stdout=asyncio.subprocess.DEVNULL
    )


async def _schedule(studio: Studio, texts: list[str]) -> None:
    async with transaction(studio.api, studio.bob) as db:
        ids = [await _item(db, studio, text) for text in texts]
        done = await commit(db, studio.bob, ids, now=studio.state.clock(), when="now")
    assert all(each.scheduled_post_id for each in done)


async def _item(db: Any, studio: Studio, text: str) -> UUID:
    row = await db.execute(
        "insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, content)"
        " select %s, c.id, p.id, %s, %s from platforms p, content_calendar c where p.slug = 'x' and c.workspace_id = %s and c.is_default"
        " returning id",
        (studio.cast.workspace, studio.accounts["x"], Jsonb({"text": text}), studio.cast.workspace),
    )
    found = await row.fetchone()
    assert found is not None
    return found[0]  # type: ignore[no-any-return]


async def _all_completed(studio: Studio) -> bool:
    return await _count(studio, "select count(*) from scheduled_posts where status = 'completed'") == POSTS


async def _count(studio: Studio, text: str) -> int:
    async with transaction(studio.state.pool, SERVICE) as db:
        row = await (await db.execute(text.encode())).fetchone()
    assert row is not None
    return int(row[0])
