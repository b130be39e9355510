"""Simulated history: made by the real sandbox, imported in seconds, gone in one action."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.errors import InvalidInput
from postwright.insight import store
from postwright.insight.history import ask_for_history, forget_history, simulate_history
from postwright.publishing.models import PostFilter, PostState, Tab
from postwright.publishing.posts import list_posts
from tests.cast import Cast
from tests.publishing.real import SIX, Studio, open_studio, run_sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, SIX) as made:
            yield made


async def count(studio: Studio, table: str) -> int:
    async with transaction(studio.state.pool, SERVICE) as db:
        row = await (await db.execute(f"select count(*) from {table}".encode())).fetchone()
    assert row is not None
    return int(row[0])


async def test_eight_weeks_come_and_go(studio: Studio) -> None:
    started = time.monotonic()
    made = await simulate_history(studio.state, studio.cast.workspace)
    assert time.monotonic() - started < 10
    assert made > 100
    assert (await count(studio, "published_posts"), await count(studio, "content_schedule_items")) == (made, made)
    assert await count(studio, "metrics_by_day") > 100
    await _shown_as_published_and_simulated(studio, made)
    assert await simulate_history(studio.state, studio.cast.workspace) == await count(studio, "published_posts")
    await forget_history(studio.state, studio.cast.workspace)
    tables = ("published_posts", "content_schedule_items", "post_metrics_daily", "metrics_by_day", "metrics_by_platform")
    assert {table: await count(studio, table) for table in tables} == dict.fromkeys(tables, 0)
    assert studio.sandbox.posts() == []


async def _shown_as_published_and_simulated(studio: Studio, made: int) -> None:
    async with transaction(studio.api, studio.bob) as db:
        page = await list_posts(db, studio.bob, PostFilter(tab=Tab.PUBLISHED), now=studio.state.clock(), limit=200)
        assert await store.count_history(db, studio.cast.workspace) == made
        shown: dict[str, Any] = {each.platform: each for each in page.items}
    assert set(shown) == set(SIX)
    assert {each.state for each in page.items} == {PostState.PUBLISHED}
    assert all(each.simulated and each.origin == "history" and each.metrics and each.url for each in page.items)


async def test_a_live_workspace_has_no_simulated_past(studio: Studio) -> None:
    async with transaction(studio.api, studio.bob) as db:
        with pytest.raises(InvalidInput):
            await ask_for_history(db, studio.bob, "live")
