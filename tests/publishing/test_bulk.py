"""One act on many posts: each fate told, undo, and a handful of statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from postwright.db import queries
from postwright.errors import InvalidInput
from postwright.publishing.bulk import Act, Outcome, Wish, bulk
from postwright.publishing.commit import MAX_AT_ONCE, commit
from postwright.publishing.posts import rows_by_id
from tests.publishing.desk import NOON, Desk

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(hours=2)


async def act(desk: Desk, wish: Wish, *items: UUID) -> Outcome:
    async with desk.as_bob() as db:
        return await bulk(db, desk.bob, wish, items, now=desk.clock())


async def undo(desk: Desk, done: Outcome) -> Outcome:
    assert done.undo is not None
    return await act(desk, done.undo, *done.undo_ids)


async def plan_many(desk: Desk, count: int) -> list[UUID]:
    """Planned posts, a minute apart."""
    async with desk.as_bob() as db:
        rows = await db.execute(
            "insert into content_schedule_items"
            " (workspace_id, calendar_id, platform_id, platform_connection_id, content, scheduled_at, timezone)"
            " select %s, %s, p.id, %s, jsonb_build_object('text', 'post ' || n), %s::timestamptz + n * interval '1 minute', 'UTC'"
            " from platforms p, generate_series(1, %s) n where p.slug = 'x' order by n returning id",
            (desk.cast.workspace, desk.calendar, desk.account, LATER, count),
        )
        return [each[0] for each in await rows.fetchall()]


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the statements that are run."""
    seen: list[str] = []
    for name in ("rows", "one", "value", "values", "run"):
        real = getattr(queries.Query, name)

        async def counted(self: queries.Query, *args: Any, _real: Any = real, **how: Any) -> Any:
            seen.append(self.name)
            return await _real(self, *args, **how)

        monkeypatch.setattr(queries.Query, name, counted)
    yield seen


async def test_what_stops_one_post_stops_no_other(desk: Desk) -> None:
    good, slotless, long = await desk.plan("good", LATER), await desk.plan("no slot"), await desk.plan("x" * 300, LATER)
    done = await act(desk, Wish(Act.SCHEDULE), good, slotless, uuid4(), long, good)
    assert [(each.done, each.rule) for each in done.items] == [(True, None), (False, "no_slot"), (False, "exists"), (False, "length")]
    assert (done.count, done.undo, len(done.failed)) == (1, None, 3)
    assert (await desk.row(good))["status"] == "scheduled"


async def test_five_hundred_posts_take_as_many_statements_as_two(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    for count in (2, MAX_AT_ONCE):
        items = await plan_many(desk, count)
        with counting(monkeypatch) as seen:
            async with desk.as_bob() as db:
                done = await commit(db, desk.bob, items, now=desk.clock(), when="slot")
            taken.append(len(seen))
        assert all(each.scheduled_post_id for each in done)
        assert [each.item_id for each in done] == items
        await desk.run("update content_schedule_items set status = 'canceled' where status = 'scheduled'")
        monkeypatch.undo()
    assert taken[0] == taken[1] <= 10


async def test_one_that_the_database_refuses_takes_no_other_down(desk: Desk) -> None:
    async with desk.as_bob() as db:
        row = await (
            await db.execute(
                "insert into content_adaptations (workspace_id, original_idea, adaptations) values (%s, 'idea', %s) returning id",
                (desk.cast.workspace, Jsonb({"x": {"text": "the same"}})),
            )
        ).fetchone()
    assert row is not None
    twins = [await desk.plan("", LATER + timedelta(hours=n), content=None, adaptation_id=row[0]) for n in range(2)]
    others = [await desk.plan(f"other {n}", LATER + timedelta(hours=3 + n)) for n in range(3)]
    # To one moment: the draft's two posts would stand in the same slot, which the database refuses.
    async with desk.as_bob() as db:
        moment = NOON + timedelta(days=1)
        done = await commit(db, desk.bob, [others[0], *twins, *others[1:]], now=NOON, when=moment, again=[desk.account])
    assert [each.scheduled_post_id is not None for each in done] == [True, True, False, True, True]
    assert done[2].findings[0].rule == "one_slot"
    async with desk.as_bob() as db:
        rows = await rows_by_id(db, desk.bob, [each.item_id for each in done], now=NOON)
    assert [(str(each.state), each.scheduled_at == moment) for each in rows].count(("scheduled", True)) == 4


async def test_twins_of_a_draft_that_are_scheduled_together_go_out_once(desk: Desk) -> None:
    async with desk.as_bob() as db:
        row = await (
            await db.execute(
                "insert into content_adaptations (workspace_id, original_idea, adaptations) values (%s, 'idea', %s) returning id",
                (desk.cast.workspace, Jsonb({"x": {"text": "only once"}})),
            )
        ).fetchone()
    assert row is not None
    twins = [await desk.plan("", LATER + timedelta(hours=n), content=None, adaptation_id=row[0]) for n in range(2)]
    done = await act(desk, Wish(Act.PUBLISH), *twins)
    assert [(each.done, each.rule) for each in done.items] == [(True, None), (False, "already_sent")]
    await desk.turn()
    assert desk.network.count("only once") == 1


async def test_moving_by_days_keeps_the_clock_and_is_undone(desk: Desk) -> None:
    # Over the night on which Berlin's clocks go forward.
    wall = (NOON + timedelta(days=124)).replace(hour=9, tzinfo=None)
    at = (NOON + timedelta(days=124)).replace(hour=8)
    item = await desk.plan("spring", at, timezone="Europe/Berlin", wall_time=wall)
    done = await act(desk, Wish(Act.MOVE, days=7, anyway=True), item)
    assert done.count == 1, done.items
    (row,) = await desk.fetch("select scheduled_at, wall_time from content_schedule_items where id = %s", item)
    assert row["wall_time"] == wall + timedelta(days=7)
    assert row["scheduled_at"] == at + timedelta(days=7, hours=-1), "an hour earlier in UTC: summer time"
    await undo(desk, done)
    (row,) = await desk.fetch("select scheduled_at, wall_time from content_schedule_items where id = %s", item)
    assert (row["scheduled_at"], row["wall_time"]) == (at, wall)


async def test_a_row_of_posts_moves_through_itself(desk: Desk) -> None:
    items = [await desk.plan(f"day {n}", LATER + timedelta(days=n)) for n in range(5)]
    done = await act(desk, Wish(Act.MOVE, days=1), *items)
    assert [each.done for each in done.items] == [True] * 5, done.failed


async def test_what_cannot_move_says_why(desk: Desk) -> None:
    out = await desk.schedule("out")
    await desk.turn()
    loose, soon = await desk.plan("no time"), await desk.plan("soon", LATER)
    done = await act(desk, Wish(Act.MOVE, days=-1), out, loose, soon)
    assert [(each.done, each.rule) for each in done.items] == [(False, "open"), (False, "required"), (False, "future")]


async def test_labels_come_and_go(desk: Desk) -> None:
    items = [await desk.plan(f"p{n}", LATER + timedelta(hours=n)) for n in range(2)]
    done = await act(desk, Wish(Act.LABEL, label=" launch "), *items)
    async with desk.as_bob() as db:
        assert [each.labels for each in await rows_by_id(db, desk.bob, items, now=NOON)] == [["launch"], ["launch"]]
    await act(desk, Wish(Act.LABEL, label="launch"), items[0])
    await undo(desk, done)
    async with desk.as_bob() as db:
        assert [each.labels for each in await rows_by_id(db, desk.bob, items, now=NOON)] == [[], []]


async def test_canceling_is_undone_by_planning_again(desk: Desk) -> None:
    item = await desk.schedule("on second thought", "slot", LATER)
    done = await act(desk, Wish(Act.CANCEL), item)
    assert (await desk.row(item))["status"] == "cancelled"
    again = await undo(desk, done)
    made = again.items[0].made
    assert made is not None
    async with desk.as_bob() as db:
        (row,) = await rows_by_id(db, desk.bob, [made], now=NOON)
    assert (str(row.state), row.text, row.scheduled_at) == ("planned", "on second thought", LATER)


async def test_deleting_asks_only_for_what_is_out(desk: Desk) -> None:
    planned = await desk.plan("planned", LATER)
    done = await act(desk, Wish(Act.DELETE), planned)
    assert [(each.done, each.rule) for each in done.items] == [(False, "deletable")]


@pytest.mark.parametrize(
    ("wish", "field"), [(Wish(Act.MOVE), "days"), (Wish(Act.MOVE, days=731), "days"), (Wish(Act.LABEL, label=" "), "label")]
)
async def test_a_wish_that_cannot_be_changes_nothing(desk: Desk, wish: Wish, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await act(desk, wish, await desk.plan("still", LATER))
    assert refused.value.field == field
    with pytest.raises(InvalidInput, match="At most 500"):
        await act(desk, Wish(Act.CANCEL), *(uuid4() for _ in range(501)))
