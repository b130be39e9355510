"""Figures: deltas as events, totals on the post, days from events; what is absent stays absent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from postwright.connections import renew
from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool, transaction
from postwright.edge.state import State
from postwright.insight import store
from postwright.insight.measure import measure_posts, record
from postwright.insight.models import Target
from postwright.insight.read import read_post
from postwright.platforms import registry
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import Renewed
from postwright.platforms.errors import ReauthRequired
from tests.cast import Cast
from tests.publishing.desk import NOON, Desk, actor, open_desk

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


async def test_time_watched_is_counted_by_day_and_what_has_no_column_stands_on_the_post(desk: Desk) -> None:
    item, target = await published(desk)
    told = {"views": 40, "watch_time_seconds": 900, "average_watch_seconds": 22, "reach": 31, "followers_gained": 2, "reactions_love": 3}
    await look(desk, target, timedelta(minutes=1), **told, made_up=7)
    assert await desk.fetch("select views, watch_time_seconds from performance_kpi_events") == [{"views": 40, "watch_time_seconds": 900}]
    async with desk.as_bob() as db:
        found = await read_post(db, desk.bob, item)
    assert told.items() <= found.metrics.items()
    assert "made_up" not in found.metrics


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


@dataclass
class Meter:
    """A platform that tells figures to those who bring the token that it takes."""

    takes: str
    used: list[str] = field(default_factory=list)

    async def measure(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
        self.used.append(credentials.access_token)
        if credentials.access_token != self.takes:
            raise ReauthRequired("Access ended.")
        return {"views": 10}


async def connected_with(desk: Desk, monkeypatch: pytest.MonkeyPatch, token: str, *, renewed: str) -> Meter:
    """The account with tokens of two hours, which a renewal replaces; what is asked there is asked of the meter."""

    async def ask(state: State, held: Any) -> Renewed:
        return Renewed(Credentials(renewed, "again"), expires_in=7200)

    meter = Meter(renewed)
    x = replace(registry.get("x"), adapter=meter)  # type: ignore[arg-type]  # nothing else is asked of it
    monkeypatch.setattr(renew, "_ask", ask)
    monkeypatch.setitem(registry.REGISTRY, "x", x)
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        await save_accounts(db, alice, [Granted("x", "1", "sandbox", "acme", "Acme", token, "again", 7200)], desk.engine.box, desk.clock())
    return meter


async def health(desk: Desk) -> str:
    (found,) = await desk.fetch("select health from platform_connections where id = %s", desk.account)
    return str(found["health"])


async def test_measuring_after_a_long_sleep_renews_first_and_disconnects_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, target = await published(desk)
    meter = await connected_with(desk, monkeypatch, "old", renewed="new")
    desk.clock.advance(timedelta(hours=2))
    assert await measure_posts(desk.engine.state, desk.cast.workspace, [target.id]) == 1
    assert (meter.used, await health(desk)) == (["new"], "healthy")


async def test_a_token_that_ended_early_costs_a_look_and_disconnects_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, target = await published(desk)
    meter = await connected_with(desk, monkeypatch, "old", renewed="new")
    told = [await measure_posts(desk.engine.state, desk.cast.workspace, [target.id]) for _ in range(2)]
    assert (told, meter.used, await health(desk)) == ([0, 1], ["old", "new"], "healthy")


@pytest.mark.parametrize(("state", "measured"), [("healthy", 1), ("expiring", 1), ("unreachable", 0), ("reconnect", 0)])
async def test_accounts_whose_access_has_ended_are_not_asked_for_figures(desk: Desk, state: str, measured: int) -> None:
    _, target = await published(desk)
    await desk.run("update platform_connections set health = %s where id = %s", state, desk.account)
    async with desk.service() as db:
        assert len(await store.due_for_measuring(db, NOON, 10)) == measured
        assert len(await store.targets(db, desk.cast.workspace, [target.id])) == measured


async def test_once_a_platform_refused_an_account_for_good_its_other_posts_are_not_asked_about(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [(await published(desk))[1].id for _ in range(2)]
    meter = await connected_with(desk, monkeypatch, "old", renewed="new")
    await desk.run("update platform_connections set renewable = false where id = %s", desk.account)
    assert await measure_posts(desk.engine.state, desk.cast.workspace, ids) == 0
    assert (meter.used, await health(desk)) == (["old"], "reconnect")
