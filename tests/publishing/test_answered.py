"""When an account last answered: said by posts it took and figures it told, at most every few minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from postwright.connections.answered import EVERY
from postwright.insight.measure import measure_posts
from postwright.platforms.errors import Rejected
from tests.publishing.desk import NOON, Desk, raising

pytestmark = pytest.mark.anyio


async def _answered(desk: Desk) -> datetime | None:
    (row,) = await desk.fetch("select last_sync_at from platform_connections where id = %s", desk.account)
    at: datetime | None = row["last_sync_at"]
    return at


async def _writes(desk: Desk) -> int:
    """How often the account's row was written in these tests."""
    (row,) = await desk.fetch("select xmin::text::bigint as by from platform_connections where id = %s", desk.account)
    return int(row["by"])


async def test_a_post_that_the_platform_took_says_so_once_in_a_while(desk: Desk) -> None:
    assert await _answered(desk) == NOON
    desk.clock.advance(timedelta(minutes=30))
    first = desk.clock()
    await desk.schedule("one")
    await desk.turn()
    assert await _answered(desk) == first
    written = await _writes(desk)
    for number in range(3):
        desk.clock.advance(timedelta(minutes=1))
        await desk.schedule(f"post {number}")
        await desk.turn()
    assert (await _answered(desk), await _writes(desk)) == (first, written), "no write for each post"
    desk.clock.advance(EVERY)
    await desk.schedule("later")
    await desk.turn()
    assert await _answered(desk) == desk.clock()


async def test_two_publishers_write_it_no_oftener_than_one(desk: Desk) -> None:
    desk.clock.advance(timedelta(minutes=30))
    await desk.schedule("one")
    await desk.turn()
    written = await _writes(desk)
    desk.clock.advance(timedelta(minutes=1))
    desk.engine = desk.other_worker()
    await desk.schedule("two")
    assert len(await desk.turn()) == 1
    assert await _writes(desk) == written


async def test_a_refusal_says_nothing(desk: Desk) -> None:
    desk.clock.advance(timedelta(minutes=30))
    desk.network.uploading["no"] = [raising(Rejected("No.", field="text", rule="no"))]
    await desk.schedule("no")
    await desk.turn()
    assert await _answered(desk) == NOON


@pytest.mark.parametrize(("told", "moves"), [({"views": 3}, True), ({}, False)])
async def test_figures_that_are_told_say_so(desk: Desk, monkeypatch: pytest.MonkeyPatch, told: Mapping[str, Any], moves: bool) -> None:
    item = await desk.schedule("hello")
    await desk.turn()
    desk.clock.advance(timedelta(hours=1))

    async def ask(*_: object) -> Mapping[str, Any]:
        return told

    monkeypatch.setattr("postwright.insight.measure._ask", ask)
    assert await measure_posts(desk.engine.state, desk.cast.workspace, [(await desk.row(item))["published_post_id"]]) == 1
    assert await _answered(desk) == (desk.clock() if moves else NOON)


async def test_it_is_no_change_that_somebody_made(desk: Desk) -> None:
    counted = "select count(*) as rows from audit_log where table_name = 'platform_connections'"
    before = await desk.fetch(counted)
    desk.clock.advance(timedelta(minutes=30))
    await desk.schedule("one")
    await desk.turn()
    assert await _answered(desk) == desk.clock()
    assert await desk.fetch(counted) == before
