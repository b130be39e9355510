"""When nobody publishes: the watch that every page draws from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from postwright.publishing import pause, store
from postwright.publishing.pulse import Standing, Watch
from tests.publishing.desk import Desk

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)


async def beat(desk: Desk, worker: str = "w1") -> None:
    async with desk.service() as db:
        await store.beat(db, worker=worker, kind="publisher", started=desk.clock(), now=desk.clock(), pid=1)


def watch_of(desk: Desk, told: list[UUID | None] | None = None) -> Watch:
    return Watch(replace(desk.engine.state, pool=desk.api), (told if told is not None else []).append)


async def look(watch: Watch) -> Standing:
    await watch.look()
    return watch.seen


async def test_a_minute_without_a_sign_of_life_is_silence_and_a_beat_ends_it(desk: Desk):
    told: list[UUID | None] = []
    watch = watch_of(desk, told)
    await beat(desk)
    since = desk.clock()
    desk.clock.advance(60 * SECOND)
    assert not (await look(watch)).silent
    desk.clock.advance(SECOND)
    found = await look(watch)
    assert (found.silent, found.last_beat, told) == (True, since, [None])
    await look(watch)
    assert told == [None], "said once, not at every look"
    await beat(desk, "w2")
    assert not (await look(watch)).silent
    assert told == [None, None]


async def test_a_publisher_that_stopped_in_good_order_is_missed_as_well(desk: Desk):
    await beat(desk)
    since = desk.clock()
    async with desk.service() as db:
        await store.forget_worker(db, worker="w1", kind="publisher", stale=since - timedelta(hours=1))
    desk.clock.advance(61 * SECOND)
    found = await look(watch_of(desk))
    assert (found.silent, found.last_beat) == (True, since)


async def test_who_never_heard_one_waits_a_minute_before_saying_so(desk: Desk):
    watch = watch_of(desk)
    assert not (await look(watch)).silent
    desk.clock.advance(61 * SECOND)
    found = await look(watch)
    assert (found.silent, found.last_beat) == (True, None)


async def test_each_workspace_is_told_its_own_pause(desk: Desk):
    told: list[UUID | None] = []
    watch = watch_of(desk, told)
    async with desk.as_bob() as db:
        await pause.pause(db, desk.bob, "Wrong price", now=desk.clock())
    found = await look(watch)
    assert [each.reason for each in found.of(desk.cast.workspace).halts] == ["Wrong price"]
    assert found.of(desk.cast.workspace).halts[0].who == "Bob"
    assert found.of(desk.cast.elsewhere).clear
    assert told == [desk.cast.workspace]
    desk.clock.advance(SECOND)
    async with desk.as_bob() as db:
        await pause.resume(db, desk.bob, now=desk.clock())
    assert (await look(watch)).clear
    assert told == [desk.cast.workspace] * 2
