"""Drafts get their places: the same ones each time, never two at once, never against a rule."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest

from postwright.calendar.plan import plan_draft
from postwright.db.session import transaction
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.kit.time import to_wall
from tests.calendar.desk import NOW, Desk

pytestmark = pytest.mark.anyio


async def test_each_account_gets_its_best_slot_with_its_reason(desk: Desk) -> None:
    desk.baseline("x", hours=[{"start": 9, "end": 12}])
    desk.baseline("youtube", hours=[{"start": 15, "end": 17}, {"start": 16, "end": 17, "days": ["wed"], "weight": 1}])
    desk.account("x"), desk.account("youtube")
    draft = desk.draft("x", "youtube", "tiktok")
    async with transaction(desk.pool, desk.actor()) as db:
        planned = {each.platform: each for each in await plan_draft(db, desk.actor(), draft, None, now=NOW)}
    assert set(planned) == {"x", "youtube"}  # no account on TikTok
    video = planned["youtube"]
    assert to_wall(video.utc, "Europe/Berlin")[0].isoformat() == "2026-11-18T16:00:00"
    assert "Wednesday 16:00 is the standout hour for YouTube (Test, 2025)" in video.reason
    assert "not yet learned" in video.reason
    row = desk.row(video.item_id)
    assert (row["status"], row["scheduled_at"], row["timezone"], row["content_format"]) == ("queued", video.utc, "Europe/Berlin", "video")
    assert row["wall_time"].isoformat() == "2026-11-18T16:00:00"
    assert row["slot_reason"] == video.reason


async def test_the_same_state_gives_the_same_plan(desk: Desk) -> None:
    desk.baseline("x")
    desk.account("x")
    draft = desk.draft("x")
    found = set()
    for _ in range(2):
        try:
            async with transaction(desk.pool, desk.actor()) as db:
                found |= {each.utc for each in await plan_draft(db, desk.actor(), draft, None, now=NOW)}
                raise _Undo
        except _Undo:
            pass
    assert len(found) == 1


async def test_planning_again_keeps_the_place(desk: Desk) -> None:
    desk.baseline("x")
    account, draft = desk.account("x"), desk.draft("x")
    async with transaction(desk.pool, desk.actor()) as db:
        (first,) = await plan_draft(db, desk.actor(), draft, [account], now=NOW)
    async with transaction(desk.pool, desk.actor()) as db:
        (again,) = await plan_draft(db, desk.actor(), draft, [account], now=NOW)
    assert (first.created, again.created, again.item_id, again.utc) == (True, False, first.item_id, first.utc)
    chosen = NOW + timedelta(days=2)
    async with transaction(desk.pool, desk.actor()) as db:
        (moved,) = await plan_draft(db, desk.actor(), draft, [account], now=NOW, at=chosen)
    assert (moved.item_id, moved.utc, desk.row(first.item_id)["scheduled_at"]) == (first.item_id, chosen, chosen)


async def test_two_planners_at_once_never_share_a_day(desk: Desk) -> None:
    desk.baseline("x", daily_max=1)
    desk.account("x")
    drafts = [desk.draft("x", text=f"Idea {number}") for number in range(4)]

    async def plan(draft: object) -> datetime:
        async with transaction(desk.pool, desk.actor()) as db:
            (only,) = await plan_draft(db, desk.actor(), draft, None, now=NOW)  # type: ignore[arg-type]
            return only.utc

    times = await asyncio.gather(*(plan(each) for each in drafts))
    assert len({to_wall(each, "Europe/Berlin")[0].date() for each in times}) == 4


async def test_a_chosen_time_passes_over_guidelines_and_says_so(desk: Desk) -> None:
    desk.baseline("x", min_spacing_minutes=240)
    account = desk.account("x")
    desk.post(account, NOW + timedelta(hours=1))
    async with transaction(desk.pool, desk.actor()) as db:
        (only,) = await plan_draft(db, desk.actor(), desk.draft("x"), None, now=NOW, at=NOW + timedelta(minutes=1))
    assert only.utc == NOW + timedelta(minutes=1)
    assert "keep 4 h apart" in only.reason


@pytest.mark.parametrize(
    ("at", "rule"),
    [(NOW, "future"), (NOW - timedelta(days=1), "future"), (NOW + timedelta(days=800), "range"), (datetime(2027, 1, 1), "aware")],  # noqa: DTZ001
)
async def test_impossible_times_are_refused(desk: Desk, at: datetime, rule: str) -> None:
    desk.account("x")
    draft = desk.draft("x")
    async with transaction(desk.pool, desk.actor()) as db:
        with pytest.raises(InvalidInput) as refusal:
            await plan_draft(db, desk.actor(), draft, None, now=NOW, at=at)
    assert (refusal.value.field, refusal.value.rule) == ("at", rule)


async def test_all_or_nothing_when_an_account_has_no_slot(desk: Desk) -> None:
    desk.baseline("x")
    desk.baseline("linkedin", posting_frequency_min=0, posting_frequency_max=0)
    desk.account("x"), desk.account("linkedin", "Acme Inc")
    draft = desk.draft("x", "linkedin")
    with pytest.raises(Conflict, match=r"Acme Inc \(LinkedIn\) has no free slot in the next 28 days"):
        async with transaction(desk.pool, desk.actor()) as db:
            await plan_draft(db, desk.actor(), draft, None, now=NOW)
    count = desk.db.execute("select count(*) from content_schedule_items").fetchone()
    assert count == (0,)


async def test_what_does_not_fit_is_named(desk: Desk) -> None:
    account, paused = desk.account("linkedin"), desk.account("x")
    desk.db.execute("update platform_connections set paused_at = now() where id = %s", (paused,))
    draft = desk.draft("x")
    async with transaction(desk.pool, desk.actor()) as db:
        with pytest.raises(InvalidInput, match="no variant for LinkedIn"):
            await plan_draft(db, desk.actor(), draft, [account], now=NOW)
        with pytest.raises(Conflict, match="paused"):
            await plan_draft(db, desk.actor(), draft, [paused], now=NOW)
        with pytest.raises(Conflict, match="No connected account"):
            await plan_draft(db, desk.actor(), draft, None, now=NOW)
        with pytest.raises(InvalidInput, match="no account"):
            await plan_draft(db, desk.actor(), draft, [draft], now=NOW)
        with pytest.raises(NotFound):
            await plan_draft(db, desk.actor(), account, None, now=NOW)


async def test_vera_cannot_plan_and_mallory_sees_no_draft(desk: Desk) -> None:
    desk.baseline("x")
    desk.account("x")
    draft = desk.draft("x")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(desk.pool, desk.actor(desk.cast.vera)) as db:
            await plan_draft(db, desk.actor(desk.cast.vera), draft, None, now=NOW)
    mallory = desk.actor(desk.cast.mallory)
    async with transaction(desk.pool, mallory) as db:
        with pytest.raises(NotFound):
            await plan_draft(db, mallory, draft, None, now=NOW)


async def test_a_place_whose_zone_nobody_knows_is_kept_and_moved(desk: Desk) -> None:
    desk.baseline("x")
    account, draft = desk.account("x"), desk.draft("x")
    item = desk.post(account, NOW + timedelta(days=1), draft=draft)
    desk.db.execute("update content_schedule_items set timezone = 'Nowhere/Land', wall_time = null where id = %s", (item,))
    for at in (None, NOW + timedelta(days=2)):
        async with transaction(desk.pool, desk.actor()) as db:
            (kept,) = await plan_draft(db, desk.actor(), draft, [account], now=NOW, at=at)
        assert (kept.item_id, kept.zone, kept.utc) == (item, "Europe/Berlin", at or NOW + timedelta(days=1))


class _Undo(Exception):
    pass
