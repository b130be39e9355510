"""What people do with posts: schedule, cancel, send again, decide. Each as the person, through row-level security."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from postwright.db.session import transaction
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.platforms.errors import OutcomeUnknown, Rejected
from postwright.publishing import store
from postwright.publishing.cancel import cancel
from postwright.publishing.claim import claim_due
from postwright.publishing.commit import Committed, When, commit
from postwright.publishing.decide import decide
from postwright.publishing.dismiss import dismiss
from postwright.publishing.models import Tab
from postwright.publishing.posts import get_post, tab_counts
from postwright.publishing.retry import retry
from tests.publishing.desk import NOON, Desk, actor, raising

pytestmark = pytest.mark.anyio
TOMORROW = NOON + timedelta(days=1)


async def do_commit(desk: Desk, *items: UUID, when: When = "slot") -> list[Committed]:
    async with desk.as_bob() as db:
        return await commit(db, desk.bob, items, now=desk.clock(), when=when)


async def test_scheduling_freezes_the_content(desk: Desk) -> None:
    item = await desk.plan("as it was", TOMORROW)
    (done,) = await do_commit(desk, item)
    await desk.run("update content_schedule_items set content = jsonb_build_object('text', 'as it became') where id = %s", item)
    row = await desk.row(item)
    assert done.scheduled_post_id == row["id"]
    assert (row["content"], row["snapshot"]["text"], row["scheduled_for"], row["item_status"]) == (
        "as it was", "as it was", TOMORROW, "scheduled",
    )  # fmt: skip


async def test_scheduling_twice_is_scheduling_once(desk: Desk) -> None:
    item = await desk.plan("hello", TOMORROW)
    first, second = await do_commit(desk, item), await do_commit(desk, item, item)
    assert [each.scheduled_post_id for each in second] == [first[0].scheduled_post_id]


async def test_scheduling_at_once_from_two_places_is_scheduling_once(desk: Desk) -> None:
    item = await desk.plan("hello", TOMORROW)
    done = await asyncio.gather(*(do_commit(desk, item) for _ in range(4)))
    assert len({each[0].scheduled_post_id for each in done}) == 1
    assert len(await desk.fetch("select 1 from scheduled_posts where schedule_item_id = %s", item)) == 1


async def test_a_rule_stops_only_the_post_that_breaks_it(desk: Desk) -> None:
    good, long, past = (
        await desk.plan("good", TOMORROW),
        await desk.plan("y" * 281, TOMORROW),
        await desk.plan("p", NOON - timedelta(hours=1)),
    )
    nowhere, undated = await desk.plan("n", TOMORROW, platform_connection_id=None), await desk.plan("undated")
    done = await do_commit(desk, good, long, past, nowhere, undated, unknown := uuid4())
    assert [each.item_id for each in done] == [good, long, past, nowhere, undated, unknown]
    rules = [[finding.rule for finding in each.findings if finding.level == "error"] for each in done]
    assert rules == [[], ["length"], ["past"], ["account"], ["no_slot"], ["exists"]]
    assert [each.scheduled_post_id is not None for each in done] == [True, False, False, False, False, False]


async def test_publishing_now_keeps_what_the_slot_was(desk: Desk) -> None:
    item = await desk.plan("hello", TOMORROW)
    await do_commit(desk, item, when="now")
    (row,) = await desk.fetch("select scheduled_at, planned_start from content_schedule_items where id = %s", item)
    assert row == {"scheduled_at": NOON, "planned_start": TOMORROW}


async def test_a_scheduled_post_takes_a_new_time(desk: Desk) -> None:
    item = await desk.schedule("hello", "slot", TOMORROW)
    await do_commit(desk, item, when=TOMORROW + timedelta(hours=2))
    row = await desk.row(item)
    assert row["scheduled_for"] == TOMORROW + timedelta(hours=2)
    assert len(await desk.fetch("select 1 from scheduled_posts where schedule_item_id = %s", item)) == 1


async def test_an_overdue_post_published_now_goes_out(desk: Desk) -> None:
    item = await desk.schedule("late")
    desk.clock.advance(timedelta(hours=2))
    async with desk.service() as db:
        await store.mark_overdue(db, now=desk.clock(), error={"class": "overdue", "message": "held"})
    await do_commit(desk, item, when="now")
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["error"]) == ("completed", None)


@pytest.mark.parametrize(
    ("when", "rule"),
    [(NOON - timedelta(seconds=1), "past"), (datetime(2030, 1, 1), "offset"), (NOON + timedelta(days=1000), "horizon")],  # noqa: DTZ001
)
async def test_an_unusable_time_is_refused_as_a_whole(desk: Desk, when: datetime, rule: str) -> None:
    item = await desk.plan("hello", TOMORROW)
    with pytest.raises(InvalidInput) as refused:
        await do_commit(desk, item, when=when)
    assert (refused.value.field, refused.value.rule) == ("when", rule)


async def test_neither_viewers_nor_outsiders_schedule(desk: Desk) -> None:
    item = await desk.plan("hello", TOMORROW)
    for person, workspace in ((desk.cast.vera, desk.cast.workspace), (desk.cast.mallory, desk.cast.elsewhere)):
        who = actor(person, workspace)
        async with transaction(desk.api, who) as db:
            done = await commit(db, who, [item], now=NOON, when="slot")
        assert done[0].scheduled_post_id is None
    assert await desk.fetch("select 1 from scheduled_posts where schedule_item_id = %s", item) == []


async def test_canceling_takes_it_out_and_is_final(desk: Desk) -> None:
    planned, scheduled = await desk.plan("a", TOMORROW), await desk.schedule("b", "slot", TOMORROW)
    for item in (planned, scheduled, scheduled):
        async with desk.as_bob() as db:
            await cancel(db, desk.bob, item, now=NOON)
    assert (await desk.row(scheduled))["status"] == "cancelled"
    (done,) = await do_commit(desk, planned)
    assert [each.rule for each in done.findings] == ["state"]
    desk.clock.fixed = TOMORROW
    assert await desk.turn() == []


async def test_what_is_going_out_cannot_be_canceled(desk: Desk) -> None:
    item = await desk.schedule("b")
    await claim_due(desk.engine, 1)
    with pytest.raises(Conflict, match="going out right now"):
        async with desk.as_bob() as db:
            await cancel(db, desk.bob, item, now=NOON)
    with pytest.raises(NotFound):
        async with desk.as_bob() as db:
            await cancel(db, desk.bob, uuid4(), now=NOON)


async def test_a_failed_post_is_sent_again_with_the_content_as_mended(desk: Desk) -> None:
    item = await desk.schedule("wrong")
    desk.network.uploading["wrong"] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    await desk.run("update content_schedule_items set content = jsonb_build_object('text', 'mended') where id = %s", item)
    async with desk.as_bob() as db:
        await retry(db, desk.bob, item, now=desk.clock())
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.landed) == ("completed", [("r1", "mended")])


async def test_what_still_breaks_a_rule_stays_failed(desk: Desk) -> None:
    item = await desk.schedule("wrong")
    desk.network.uploading["wrong"] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    await desk.run("update content_schedule_items set content = jsonb_build_object('text', repeat('y', 300)) where id = %s", item)
    with pytest.raises(InvalidInput) as refused:
        async with desk.as_bob() as db:
            await retry(db, desk.bob, item, now=desk.clock())
    assert refused.value.rule == "length"
    assert (await desk.row(item))["status"] == "failed"


async def unconfirmed(desk: Desk, text: str = "fog") -> UUID:
    item = await desk.schedule(text)
    desk.network.after[text] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers[text] = [OutcomeUnknown("No listing.") for _ in range(4)]
    while (await desk.row(item))["status"] != "needs_review":
        await desk.turn()
        desk.clock.advance(timedelta(minutes=2))
    return item


async def do_decide(desk: Desk, item: UUID, outcome: str, url: str | None = None) -> None:
    async with desk.as_bob() as db:
        await decide(db, desk.bob, item, outcome, url=url, now=desk.clock())


async def test_it_is_there_becomes_a_published_post_with_that_link(desk: Desk) -> None:
    item = await unconfirmed(desk)
    await do_decide(desk, item, "landed", "https://x.com/acme/status/77")
    async with desk.service() as db:
        await store.adopt_confirmed(db)
    row, (published,) = await desk.row(item), await desk.published(item)
    assert (row["status"], row["item_status"], row["published_post_id"]) == ("completed", "posted", published["id"])
    assert (published["status"], published["platform_post_id"], published["environment"]) == ("published", "77", "sandbox")
    assert published["published_at"] == (await desk.attempts(item))[0]["sent_at"]
    assert desk.network.count("fog") == 1


async def test_it_is_not_there_is_sent_again(desk: Desk) -> None:
    item = await unconfirmed(desk)
    await do_decide(desk, item, "send_again")
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("fog")) == ("completed", 2)


async def test_giving_up_fails_and_sends_nothing(desk: Desk) -> None:
    item = await unconfirmed(desk)
    await do_decide(desk, item, "give_up")
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("fog")) == ("failed", 1)


@pytest.mark.parametrize(
    "url", ["", "x.com/acme", "javascript:alert(1)", "https:///nowhere", "https://fakex.com/a/status/1", "https://mastodon.example/@a/1"]
)
async def test_there_needs_a_link(desk: Desk, url: str) -> None:
    item = await unconfirmed(desk)
    with pytest.raises(InvalidInput) as refused:
        await do_decide(desk, item, "landed", url)
    assert refused.value.field == "url"
    assert (await desk.row(item))["status"] == "needs_review"


async def test_a_link_stands_for_one_post(desk: Desk) -> None:
    await desk.schedule("first")
    await desk.turn()
    await desk.run("update published_posts set platform_url = 'https://x.com/acme/status/1'")
    item = await unconfirmed(desk)
    with pytest.raises(InvalidInput, match="another post"):
        await do_decide(desk, item, "landed", "https://x.com/acme/status/1")


async def test_only_an_unconfirmed_post_is_decided(desk: Desk) -> None:
    item = await desk.schedule("clear")
    with pytest.raises(Conflict):
        await do_decide(desk, item, "send_again")
    with pytest.raises(InvalidInput):
        await do_decide(desk, item, "shrug")


async def test_no_user_takes_a_post_past_their_verbs(desk: Desk) -> None:
    item = await desk.schedule("mine")
    for change in ("status = 'completed'", "status = 'processing'", "fence = 9", "lease_expires_at = now()", "retry_count = 0"):
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)):
            async with desk.as_bob() as db:
                await db.execute(f"update scheduled_posts set {change} where schedule_item_id = %s".encode(), (item,))


async def failed(desk: Desk, text: str = "wrong", **more: object) -> UUID:
    item = await desk.plan(text, TOMORROW, **more)
    await do_commit(desk, item, when="now")
    desk.network.uploading[text] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    return item


async def do_dismiss(desk: Desk, item: UUID) -> None:
    async with desk.as_bob() as db:
        await dismiss(db, desk.bob, item, now=desk.clock())


async def test_a_failed_post_is_dismissed_and_stays_so(desk: Desk) -> None:
    item = await failed(desk)
    for _ in range(2):
        await do_dismiss(desk, item)
    row = await desk.row(item)
    assert (row["status"], row["item_status"]) == ("failed", "canceled")
    with pytest.raises(Conflict, match="plan it anew"):
        async with desk.as_bob() as db:
            await retry(db, desk.bob, item, now=desk.clock())
    async with desk.as_bob() as db:
        counts = await tab_counts(db, desk.bob, now=desk.clock())
        detail = await get_post(db, desk.bob, item, now=desk.clock())
    assert (counts[Tab.NEEDS_ATTENTION], counts[Tab.CANCELED]) == (0, 1)
    assert (detail.row.state, detail.row.verbs, len(detail.attempts)) == ("canceled", ("duplicate",), 1)


async def test_only_a_failed_post_is_dismissed_and_not_by_everybody(desk: Desk) -> None:
    item = await desk.schedule("fine", "slot", TOMORROW)
    with pytest.raises(Conflict):
        await do_dismiss(desk, item)
    with pytest.raises(NotFound):
        await do_dismiss(desk, uuid4())
    wrong = await failed(desk)
    mallory = actor(desk.cast.mallory, desk.cast.elsewhere)
    async with transaction(desk.api, mallory) as db:
        with pytest.raises(NotFound):
            await dismiss(db, mallory, wrong, now=NOON)
    vera = actor(desk.cast.vera, desk.cast.workspace)
    with pytest.raises((Conflict, psycopg.errors.InsufficientPrivilege)):
        async with transaction(desk.api, vera) as db:
            await dismiss(db, vera, wrong, now=NOON)
    assert (await desk.row(wrong))["item_status"] == "failed"


async def test_what_was_given_up_in_doubt_is_not_sent_again_unasked(desk: Desk) -> None:
    item = await unconfirmed(desk)
    await do_decide(desk, item, "give_up")
    with pytest.raises(Conflict) as refused:
        async with desk.as_bob() as db:
            await retry(db, desk.bob, item, now=desk.clock())
    assert (refused.value.rule, (await desk.row(item))["status"]) == ("unconfirmed", "failed")
    async with desk.as_bob() as db:
        await retry(db, desk.bob, item, now=desk.clock(), again=True)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("fog")) == ("completed", 2)


async def test_the_link_of_one_unconfirmed_post_is_not_taken_for_another(desk: Desk) -> None:
    first, second = await unconfirmed(desk, "fog"), await unconfirmed(desk, "mist")
    await do_decide(desk, first, "landed", "https://x.com/acme/status/77")
    with pytest.raises(InvalidInput, match="another post"):
        await do_decide(desk, second, "landed", "https://x.com/acme/status/77?s=20")
    with pytest.raises(InvalidInput):
        await do_decide(desk, second, "landed", f"/sandbox/x/{'7' * 300}")


async def test_nothing_that_people_confirm_stops_the_others(desk: Desk) -> None:
    items = [await unconfirmed(desk, text) for text in ("fog", "mist", "haze")]
    for number, item in enumerate(items):
        await do_decide(desk, item, "landed", f"https://x.com/acme/status/{number}")
    # as two people did in the same instant, and as no form of ours lets anybody do
    await desk.run('update published_posts set metadata = metadata || \'{"confirmed_id": "0"}\' where schedule_item_id = %s', items[1])
    await desk.run(
        "update published_posts set metadata = jsonb_set(metadata, '{confirmed_id}', to_jsonb(repeat('9', 300)))"
        " where schedule_item_id = %s",
        items[2],
    )
    async with desk.service() as db:
        assert len(await store.adopt_confirmed(db)) == 1
    async with desk.service() as db:
        assert await store.adopt_confirmed(db) == []
