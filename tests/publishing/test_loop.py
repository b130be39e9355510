"""The loop: wakes by NOTIFY and by the clock, keeps its leases, stops in good order, survives a database that goes away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import Pool, transaction
from postwright.publishing.engine import Engine
from postwright.publishing.loop import Loop
from tests.publishing.desk import NOON, QUICK, Desk, actor
from tests.publishing.real import until

pytestmark = pytest.mark.anyio

NEVER = replace(QUICK, poll=timedelta(minutes=5))
FEW = replace(NEVER, in_flight=4)


@asynccontextmanager
async def running(desk: Desk, engine: Engine | None = None) -> AsyncIterator[Engine]:
    """The loop on the desk's network, in real time."""
    desk.clock.fixed = None
    engine = engine or replace(desk.engine, pace=NEVER)
    loop = Loop(engine, desk.dsns.worker)
    task = asyncio.create_task(loop.run())
    try:
        await asyncio.wait_for(loop.listening.wait(), 10)
        await until(lambda: _beats(desk, engine))
        yield engine
    finally:
        engine.stopping.set()
        await asyncio.wait_for(task, 15)


async def _beats(desk: Desk, engine: Engine) -> bool:
    return bool(await desk.fetch("select 1 from worker_heartbeats where worker_id = %s and kind = 'publisher'", engine.worker))


async def test_a_commit_wakes_the_publisher_and_the_post_is_out_at_once(desk: Desk) -> None:
    async with running(desk):
        item = await desk.schedule("now")
        scheduled = time.monotonic()
        await until(lambda: _status(desk, item, "completed"), 5)
        took = time.monotonic() - scheduled
    assert took < 1.5, "a poll would have taken five minutes"
    (attempt,) = await desk.attempts(item)
    row = await desk.row(item)
    assert (attempt["started_at"] - row["scheduled_for"]).total_seconds() < 0.5


async def test_a_post_in_the_near_future_goes_out_on_time_without_a_notify(desk: Desk) -> None:
    desk.clock.fixed = None
    item = await desk.schedule("soon", datetime.now(UTC) + timedelta(seconds=2))
    async with running(desk):
        await until(lambda: _status(desk, item, "completed"), 10)
    (attempt,), row = await desk.attempts(item), await desk.row(item)
    late = (attempt["started_at"] - row["scheduled_for"]).total_seconds()
    assert 0 <= late < 0.5


async def test_stopping_lets_a_send_in_flight_finish(desk: Desk) -> None:
    sending, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        sending.set()
        await go.wait()

    desk.network.before["slow"] = [hold]
    async with running(desk) as engine:
        item = await desk.schedule("slow")
        await asyncio.wait_for(sending.wait(), 5)
        engine.stopping.set()
        await desk.schedule("too late")
        go.set()
    assert (await desk.row(item))["status"] == "completed"
    assert desk.network.count("too late") == 0
    assert await desk.fetch("select 1 from worker_heartbeats") == []


async def test_stopping_gives_back_what_was_not_sent(desk: Desk) -> None:
    uploading = asyncio.Event()

    async def hold() -> None:
        uploading.set()
        await asyncio.sleep(3600)

    desk.network.uploading["huge"] = [hold]
    engine = replace(desk.engine, pace=replace(NEVER, stop_patience=timedelta(seconds=0.2)))
    async with running(desk, engine):
        item = await desk.schedule("huge")
        await asyncio.wait_for(uploading.wait(), 5)
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], row["worker_id"], row["retry_count"], attempt["phase"]) == ("scheduled", None, 0, "abandoned")


async def test_a_long_upload_keeps_its_lease(desk: Desk) -> None:
    uploading, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        uploading.set()
        await go.wait()

    desk.network.uploading["long"] = [hold]
    async with running(desk):
        item = await desk.schedule("long")
        await asyncio.wait_for(uploading.wait(), 5)
        first = (await desk.row(item))["lease_expires_at"]
        await until(lambda: _lease_after(desk, item, first + timedelta(seconds=1)), 10)
        go.set()
        await until(lambda: _status(desk, item, "completed"), 5)
    assert len(await desk.attempts(item)) == 1


async def test_a_send_is_broken_off_once_the_post_is_no_longer_ours(desk: Desk) -> None:
    sending, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        sending.set()
        await go.wait()

    desk.network.before["slow"] = [hold]
    async with running(desk) as engine:
        item = await desk.schedule("slow")
        await asyncio.wait_for(sending.wait(), 5)
        await desk.run("update scheduled_posts set fence = fence + 1, worker_id = 'another' where schedule_item_id = %s", item)
        await until(lambda: _empty(engine), 5)
        go.set()
    assert desk.network.landed == []


async def test_two_publishers_share_the_work_and_send_each_post_once(desk: Desk) -> None:
    other = replace(desk.other_worker("worker-2"), pace=NEVER)
    async with running(desk), running(desk, other):
        items = [await desk.schedule(f"post {number}") for number in range(30)]
        for item in items:
            await until(lambda item=item: _status(desk, item, "completed"), 10)
    assert sorted(text for _, text in desk.network.landed) == sorted(f"post {number}" for number in range(30))


async def test_a_workspace_whose_platform_drips_leaves_hands_for_the_others(desk: Desk, api_pool: Pool) -> None:
    neighbour, go = await _neighbour(desk, api_pool), asyncio.Event()
    async with running(desk, replace(desk.engine, pace=FEW)) as engine:
        items = await _dripping(desk, go, 6)
        await until(lambda: _in_flight(engine, 3), 5)
        theirs = await neighbour.schedule("nine o'clock")
        await until(lambda: _status(desk, theirs, "completed"), 5)
        assert desk.network.landed == [(desk.network.landed[0][0], "nine o'clock")], "the others still drip"
        go.set()
        for item in items:  # those that were passed over come as soon as hands of theirs are free
            await until(lambda item=item: _status(desk, item, "completed"), 5)


async def test_where_one_workspace_publishes_it_has_all_hands(desk: Desk) -> None:
    go = asyncio.Event()
    async with running(desk, replace(desk.engine, pace=FEW)) as engine:
        await _dripping(desk, go, 6)
        await until(lambda: _in_flight(engine, 4), 5)
        go.set()


async def test_lost_connections_are_made_anew_and_nothing_is_sent_twice(desk: Desk) -> None:
    async with running(desk):
        with psycopg.connect(desk.dsns.worker, autocommit=True) as db:
            db.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()")
        item = await until(lambda: _calmly(desk.schedule("after the storm")), 10)
        await until(lambda: _calmly(_status(desk, item, "completed")), 15)
    assert desk.network.count("after the storm") == 1


async def test_overdue_posts_are_marked_and_approved_ones_wake_the_publisher(desk: Desk) -> None:
    desk.clock.fixed = None
    late, approved = await desk.schedule("late"), await desk.schedule("approved")
    await desk.run("update scheduled_posts set scheduled_for = now() - interval '1 hour' where schedule_item_id = %s", late)
    await desk.run("update scheduled_posts set requires_approval = true where schedule_item_id = %s", approved)
    async with running(desk):
        await until(lambda: _overdue(desk, late), 5)
        assert desk.network.landed == []
        await desk.run("update scheduled_posts set approved_at = now() where schedule_item_id = %s", approved)
        await until(lambda: _status(desk, approved, "completed"), 5)
    assert desk.network.count("late") == 0


async def _neighbour(desk: Desk, api: Pool) -> Desk:
    """The desk of another workspace, with an account of its own."""
    mallory = actor(desk.cast.mallory, desk.cast.elsewhere)
    async with transaction(api, mallory) as db:
        (account,) = await save_accounts(db, mallory, [Granted("x", "2", "sandbox", "mal", "Mal", "open sesame")], desk.engine.box, NOON)
    (calendar,) = await desk.fetch("select id from content_calendar where workspace_id = %s and is_default", mallory.workspace)
    cast = replace(desk.cast, bob=desk.cast.mallory, workspace=desk.cast.elsewhere)
    return replace(desk, cast=cast, account=account, calendar=calendar["id"])


async def _dripping(desk: Desk, go: asyncio.Event, count: int) -> list[UUID]:
    async def drip() -> None:
        await go.wait()

    desk.network.uploading |= {f"drip {number}": [drip] for number in range(count)}
    return [await desk.schedule(f"drip {number}") for number in range(count)]


async def _in_flight(engine: Engine, count: int) -> bool:
    return len(engine.in_flight) == count


async def _calmly(asked: Awaitable[Any]) -> Any:
    """None while the connection that asked was one of the lost ones."""
    try:
        return await asked
    except psycopg.OperationalError:
        return None


async def _empty(engine: Engine) -> bool:
    return not engine.in_flight


async def _status(desk: Desk, item: object, status: str) -> bool:
    return bool(await desk.fetch("select 1 from scheduled_posts where schedule_item_id = %s and status = %s", item, status))


async def _overdue(desk: Desk, item: object) -> bool:
    return bool(await desk.fetch("select 1 from scheduled_posts where schedule_item_id = %s and error ->> 'class' = 'overdue'", item))


async def _lease_after(desk: Desk, item: object, moment: datetime) -> bool:
    return bool(await desk.fetch("select 1 from scheduled_posts where schedule_item_id = %s and lease_expires_at > %s", item, moment))
