"""Figures: deltas as events, totals on the post, days from events; what is absent stays absent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool
from postwright.insight import store
from postwright.insight.measure import measure_posts, record
from postwright.insight.models import Target
from postwright.insight.read import read_post
from tests.cast import Cast
from tests.publishing.desk import NOON, Desk, open_desk

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, api_pool, worker_pool, cast, tmp_path) as made:
        yield made


async def published(desk: Desk) -> tuple[UUID, Target]:
    item = await desk.schedule("hello")
    await desk.turn()
    row = await desk.row(item)
    async with desk.service() as db:
        (target,) = await store.targets(db, desk.cast.workspace, [row["published_post_id"]])
    return item, target


async def look(desk: Desk, target: Target, after: timedelta, **figures: int) -> None:
    async with desk.service() as db:
        await record(db, target, figures, NOON + after)


async def events(desk: Desk) -> list[dict[str, Any]]:
    return await desk.fetch("select views, likes, comments, impressions from performance_kpi_events order by event_time")


async def test_each_look_adds_only_what_is_new(desk: Desk) -> None:
    item, target = await published(desk)
    await look(desk, target, timedelta(minutes=1), views=100, likes=7)
    await look(desk, target, timedelta(minutes=2), views=150, likes=7, comments=1)
    await look(desk, target, timedelta(minutes=3), views=150, likes=7, comments=1)
    nothing = {"views": None, "likes": None, "comments": None, "impressions": None}
    assert await events(desk) == [nothing | {"views": 100, "likes": 7}, nothing | {"views": 50, "likes": 0, "comments": 1}]
    async with desk.service() as db:
        await store.sum_up(db)
    async with desk.as_bob() as db:
        found = await read_post(db, desk.bob, item)
    assert {name: found.metrics.get(name) for name in ("views", "likes", "comments", "shares")} == {
        "views": 150, "likes": 7, "comments": 1, "shares": None,
    }  # fmt: skip
    assert found.metrics["engagement_rate"] == pytest.approx(8 / 150, abs=1e-6)
    assert [(day.views, day.likes, day.comments) for day in found.days] == [(150, 7, 1)]
    assert found.measured_at == NOON + timedelta(minutes=3)


async def test_what_is_not_told_is_kept_and_never_zero(desk: Desk) -> None:
    item, target = await published(desk)
    await look(desk, target, timedelta(minutes=1), views=100, likes=7)
    await look(desk, target, timedelta(minutes=2), views=120)
    async with desk.as_bob() as db:
        found = await read_post(db, desk.bob, item)
    assert (found.metrics["views"], found.metrics["likes"], "shares" in found.metrics) == (120, 7, False)


async def test_an_older_look_that_arrives_late_changes_nothing(desk: Desk) -> None:
    item, target = await published(desk)
    await look(desk, target, timedelta(minutes=5), views=100)
    await look(desk, target, timedelta(minutes=1), views=60)
    async with desk.as_bob() as db:
        assert (await read_post(db, desk.bob, item)).metrics["views"] == 100
    assert len(await events(desk)) == 1


async def test_posts_are_looked_at_often_at_first_and_seldom_later(desk: Desk) -> None:
    _, target = await published(desk)

    async def due(after: timedelta) -> bool:
        async with desk.service() as db:
            return [each.id for each in await store.due_for_measuring(db, NOON + after, 10)] == [target.id]

    assert await due(timedelta())
    looked = timedelta(seconds=5)
    expected = [
        (timedelta(minutes=2), timedelta(minutes=3)), (timedelta(hours=3), timedelta(hours=5)), (timedelta(days=5), timedelta(days=7)),
        (timedelta(days=60), timedelta(days=62)),
    ]  # fmt: skip
    for not_yet, by_then in expected:
        await look(desk, target, looked, views=1)
        assert not await due(min(not_yet, looked + timedelta(minutes=1)))
        assert await due(by_then)
        looked = by_then
    assert not await due(timedelta(days=91))


async def test_a_platform_that_did_not_tell_is_left_alone_for_a_while(desk: Desk) -> None:
    _, target = await published(desk)
    async with desk.service() as db:
        await store.note_failure(db, target, NOON)
        assert await store.due_for_measuring(db, NOON + timedelta(minutes=10), 10) == []
        assert len(await store.due_for_measuring(db, NOON + timedelta(minutes=16), 10)) == 1


async def test_nonsense_in_metadata_stops_nobody(desk: Desk) -> None:
    await published(desk)
    await desk.run('update published_posts set metadata = \'{"measure_failed": "yesterday"}\'')
    async with desk.service() as db:
        assert len(await store.due_for_measuring(db, NOON, 10)) == 1


@pytest.mark.parametrize("told", [{"views": 10**30}, {"views": None}])
async def test_nonsense_from_one_platform_is_noted_and_stops_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]
) -> None:
    _, target = await published(desk)

    async def ask(*_: object) -> dict[str, Any]:
        return told

    monkeypatch.setattr("postwright.insight.measure._ask", ask)
    assert await measure_posts(desk.engine.state, desk.cast.workspace, [target.id]) == 0
    (row,) = await desk.fetch("select metadata ? 'measure_failed' as noted, metrics from published_posts where id = %s", target.id)
    assert row == {"noted": True, "metrics": {}}
