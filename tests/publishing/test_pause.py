"""Pause all: claims stop, a send under way finishes, and nothing bursts out afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from postwright.db.session import Actor, transaction
from postwright.errors import Conflict, Forbidden, InvalidInput
from postwright.publishing import overdue, pause, policy, posts
from postwright.publishing.overdue import HeldDecision
from tests.publishing.desk import NOON, Desk, actor

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def pause_all(desk: Desk, reason: str = "Wrong price", **how) -> pause.Pause:
    async with desk.as_bob() as db:
        return await pause.pause(db, desk.bob, reason, now=desk.clock(), **how)


async def resume_all(desk: Desk) -> None:
    async with desk.as_bob() as db:
        await pause.resume(db, desk.bob, now=desk.clock())


async def decide(desk: Desk, ids, decision: HeldDecision) -> list[overdue.Decided]:
    async with desk.as_bob() as db:
        return await overdue.decide_held(db, desk.bob, ids, decision, now=desk.clock())


async def held(desk: Desk) -> list[overdue.Held]:
    async with desk.as_bob() as db:
        return await overdue.list_held(db, desk.bob, now=desk.clock())


async def test_claims_stop_and_what_fell_due_waits_for_a_decision(desk: Desk):
    item = await desk.schedule("Hello", "slot", NOON + 5 * MINUTE)
    later = await desk.schedule("Later", "slot", NOON + timedelta(hours=1))
    made = await pause_all(desk)
    assert (made.who, made.reason) == ("Bob", "Wrong price")
    desk.clock.advance(6 * MINUTE)
    assert await desk.turn() == []
    await resume_all(desk)
    assert await desk.turn() == [], "within its grace, and yet it does not burst out"
    assert [each.post.id for each in await held(desk)] == [item]
    desk.clock.advance(timedelta(hours=1))
    assert [each.item_id for each in await desk.turn()] == [later], "what falls due after the pause goes out by itself"
    assert await decide(desk, [item], HeldDecision.SEND) == [overdue.Decided(item, None)]
    desk.clock.advance(timedelta(seconds=1))
    await desk.turn()
    assert desk.network.count("Hello") == 1


async def test_a_send_under_way_finishes(desk: Desk):
    item = await desk.schedule("Hello")

    async def somebody_pauses() -> None:
        await pause_all(desk)

    desk.network.before["Hello"] = [somebody_pauses]
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"


async def test_it_goes_on_by_itself_at_its_time_and_can_be_paused_again(desk: Desk):
    early = await desk.schedule("Early", "slot", NOON + 5 * MINUTE)
    late = await desk.schedule("Late", "slot", NOON + 31 * MINUTE)
    await pause_all(desk, until=NOON + 30 * MINUTE)
    desk.clock.advance(32 * MINUTE)
    async with desk.as_bob() as db:
        assert await pause.current(db, desk.bob, now=desk.clock()) == []
        with pytest.raises(Conflict):
            await pause.resume(db, desk.bob, now=desk.clock())
    assert [each.item_id for each in await desk.turn()] == [late]
    assert [each.post.id for each in await held(desk)] == [early]
    assert (await pause_all(desk, "Once more")).reason == "Once more"


async def test_a_pause_of_another_workspace_holds_nothing_here(desk: Desk):
    mallory = actor(desk.cast.mallory, desk.cast.elsewhere)
    async with transaction(desk.api, mallory) as db:
        await pause.pause(db, mallory, "Mine", now=desk.clock())
    item = await desk.schedule("Hello")
    assert [each.item_id for each in await desk.turn()] == [item]
    async with desk.as_bob() as db:
        assert await pause.current(db, desk.bob, now=desk.clock()) == []


async def test_a_viewer_pauses_and_resumes_nothing(desk: Desk):
    vera = actor(desk.cast.vera, desk.cast.workspace)
    import psycopg

    with pytest.raises((Forbidden, psycopg.errors.InsufficientPrivilege)):
        async with transaction(desk.api, vera) as db:
            await pause.pause(db, vera, "No", now=desk.clock())
    await pause_all(desk)
    with pytest.raises(Conflict):
        async with transaction(desk.api, vera) as db:
            await pause.resume(db, vera, now=desk.clock())
    async with desk.as_bob() as db:
        assert len(await pause.current(db, desk.bob, now=desk.clock())) == 1


async def test_the_operator_pauses_the_whole_server(desk: Desk):
    await desk.run("update users set is_operator = true where id = %s", desk.cast.alice.id)
    item = await desk.schedule("Hello")
    visitor = Actor("app_auth", desk.cast.alice.id)
    async with transaction(desk.api, visitor) as db:
        await pause.pause_server(db, desk.cast.alice.id, "Upgrade", now=desk.clock())
    assert await desk.turn() == []
    async with desk.as_bob() as db:
        (found,) = await pause.current(db, desk.bob, now=desk.clock())
        assert found.workspace_id is None
        with pytest.raises(Conflict):
            await pause.resume(db, desk.bob, now=desk.clock())  # not his to end
    desk.clock.advance(MINUTE)
    async with transaction(desk.api, visitor) as db:
        await pause.resume_server(db, desk.cast.alice.id, now=desk.clock())
    assert await desk.turn() == []
    assert [each.post.id for each in await held(desk)] == [item]


async def test_nobody_else_pauses_the_server(desk: Desk):
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(desk.api, Actor("app_auth", desk.cast.bob.id)) as db:
            await pause.pause_server(db, desk.cast.bob.id, "Mine", now=desk.clock())


@pytest.mark.parametrize(
    ("reason", "until", "field"),
    [("  ", None, "reason"), ("x" * 301, None, "reason"), ("a\x00b", None, "reason"), ("ok", NOON - MINUTE, "resumes_at"),
     ("ok", (NOON + MINUTE).replace(tzinfo=None), "resumes_at"), ("ok", NOON + timedelta(days=400), "resumes_at")],
)  # fmt: skip
async def test_what_a_pause_does_not_take(desk: Desk, reason: str, until, field: str):
    with pytest.raises(InvalidInput) as refused:
        await pause_all(desk, reason, until=until)
    assert refused.value.field == field


async def test_the_publisher_says_on_held_posts_why_they_wait_and_their_author_is_told_once(desk: Desk):
    from postwright.publishing import outcome, store

    items = [await desk.schedule(f"Post {n}", "slot", NOON + n * MINUTE) for n in range(1, 4)]
    await pause_all(desk)
    desk.clock.advance(10 * MINUTE)
    await resume_all(desk)
    async with desk.service() as db:
        assert len(await store.mark_overdue(db, now=desk.clock(), error=outcome.overdue())) == 3
    told = await desk.fetch("select user_id, times from notifications where kind = 'posts_overdue' and read_at is null")
    assert told == [{"user_id": desk.cast.bob.id, "times": 3}]
    async with desk.as_bob() as db:
        row = (await posts.get_post(db, desk.bob, items[0], now=desk.clock())).row
    assert row.overdue
    assert row.error
    assert row.error["class"] == "overdue"
    await decide(desk, items[:2], HeldDecision.CANCEL)
    assert await desk.fetch("select 1 from notifications where kind = 'posts_overdue' and read_at is null") != []
    await decide(desk, items[2:], HeldDecision.SLOT)
    assert await desk.fetch("select 1 from notifications where kind = 'posts_overdue' and read_at is null") == [], (
        "nothing is held any more"
    )


# Overdue posts, and the policy.


async def test_many_at_once_get_slots_of_their_own(desk: Desk):
    items = [await desk.schedule(f"Post {n}", "slot", NOON + n * MINUTE) for n in range(1, 4)]
    desk.clock.advance(timedelta(hours=2))
    offered = [each.offered for each in await held(desk)]
    assert len({each.utc for each in offered if each}) == 3
    assert await decide(desk, items, HeldDecision.SLOT) == [overdue.Decided(each, None) for each in items]
    assert await held(desk) == []
    times = [(await desk.row(each))["scheduled_for"] for each in items]
    assert len(set(times)) == 3
    assert min(times) > desk.clock()


async def test_what_cannot_be_done_stops_only_its_own_post(desk: Desk):
    item = await desk.schedule("Hello", "slot", NOON + MINUTE)
    desk.clock.advance(timedelta(hours=2))
    import uuid

    stranger = uuid.uuid4()
    done = {each.item_id: each.problem for each in await decide(desk, [stranger, item], HeldDecision.CANCEL)}
    assert done[item] is None
    assert done[stranger]
    assert (await desk.row(item))["status"] == "cancelled"


async def test_nothing_is_sent_off_while_publishing_is_paused(desk: Desk):
    item = await desk.schedule("Hello", "slot", NOON + MINUTE)
    desk.clock.advance(timedelta(hours=2))
    await pause_all(desk)
    with pytest.raises(Conflict, match="paused"):
        await decide(desk, [item], HeldDecision.SEND)


@pytest.mark.parametrize(("minutes", "late", "goes"), [(30, 20, True), (5, 20, False), (1440, 1400, True), (0, 2, False)])
async def test_the_late_policy_of_the_workspace(desk: Desk, minutes: int, late: int, goes: bool):
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        assert await policy.set_late_grace(db, alice, minutes) == max(1, minutes)
    await desk.schedule("Hello", "slot", NOON + MINUTE)
    desk.clock.advance((1 + late) * MINUTE)
    assert bool(await desk.turn()) is goes
    assert bool(await held(desk)) is not goes


async def test_the_policy_is_for_admins_and_has_bounds(desk: Desk):
    async with desk.as_bob() as db:
        with pytest.raises(Forbidden):
            await policy.set_late_grace(db, desk.bob, 20)
    for wrong in (-1, 1441):
        async with desk.as_bob() as db:
            with pytest.raises(InvalidInput):
                await policy.set_late_grace(db, desk.bob, wrong)
