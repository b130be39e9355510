"""Changing what one post says before it goes out: history, approval, who was faster."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from postwright.db.session import transaction
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.platforms.errors import Rejected
from postwright.publishing.commit import commit
from postwright.publishing.edit import Edited, edit_post, hold_post, list_edits, restore
from postwright.publishing.posts import get_post
from postwright.publishing.retry import retry
from tests.publishing.desk import NOON, Desk, actor, raising

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(hours=2)


async def change(desk: Desk, item: UUID, **changes: Any) -> Edited:
    async with desk.as_bob() as db:
        return await edit_post(db, desk.bob, await hold_post(db, desk.bob, item), changes)


async def text_of(desk: Desk, item: UUID) -> str:
    async with desk.as_bob() as db:
        return (await get_post(db, desk.bob, item, now=desk.clock())).content.text


async def test_a_scheduled_post_goes_out_with_what_it_says_now(desk: Desk) -> None:
    item = await desk.schedule("Hello wrold", "slot", LATER)
    done = await change(desk, item, text="Hello world")
    assert done.edit_id is not None
    row = await desk.row(item)
    assert (row["status"], row["content"], row["snapshot"]["text"], row["scheduled_for"]) == (
        "scheduled",
        "Hello world",
        "Hello world",
        LATER,
    )
    desk.clock.advance(timedelta(hours=2))
    await desk.turn()
    assert [text for _, text in desk.network.landed] == ["Hello world"]


async def test_the_history_tells_who_and_what_and_brings_an_earlier_text_back(desk: Desk) -> None:
    item = await desk.plan("one", LATER)
    await change(desk, item, text="two")
    await change(desk, item, text="three", hashtags=["launch"])
    async with desk.as_bob() as db:
        page = await list_edits(db, desk.bob, item)
    assert [(each.before["text"], each.after["text"], each.name) for each in page.items] == [("two", "three", "Bob"), ("one", "two", "Bob")]
    async with desk.as_bob() as db:
        await restore(db, desk.bob, await hold_post(db, desk.bob, item), page.items[0].id)
    async with desk.as_bob() as db:
        detail = await get_post(db, desk.bob, item, now=desk.clock())
        latest = (await list_edits(db, desk.bob, item)).items[0]
    assert (detail.content.text, detail.content.hashtags, latest.restored_from) == ("two", (), page.items[0].id)
    assert [each.text for each in detail.timeline if each.kind == "edited"] == [
        "Changed what it says", "Changed what it says", "Brought back to what it said before",
    ]  # fmt: skip


async def test_the_history_is_read_page_by_page(desk: Desk) -> None:
    item = await desk.plan("0", LATER)
    for number in range(1, 5):
        await change(desk, item, text=str(number))
    seen: list[str] = []
    after = None
    async with desk.as_bob() as db:
        for _ in range(2):
            page = await list_edits(db, desk.bob, item, after=after, limit=2)
            seen += [each.after["text"] for each in page.items]
            after = page.next
    assert (seen, after) == (["4", "3", "2", "1"], None)


async def test_an_edit_that_changes_nothing_leaves_no_trace(desk: Desk) -> None:
    item = await desk.plan("same", LATER)
    done = await change(desk, item, text="same")
    async with desk.as_bob() as db:
        assert (done.edit_id, (await list_edits(db, desk.bob, item)).items) == (None, [])


async def test_an_edit_voids_the_approval_that_was_given(desk: Desk) -> None:
    await desk.run("update workspaces set settings = settings || '{\"require_approval\": true}' where id = %s", desk.cast.workspace)
    item = await desk.schedule("please approve", "slot", LATER)
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        await db.execute("update approvals set status = 'approved' where scheduled_post_id = %s", ((await desk.row(item))["id"],))
    assert (await desk.row(item))["approved_at"] is not None
    done = await change(desk, item, text="please approve again")
    assert (done.voided_approval, (await desk.row(item))["approved_at"]) == (True, None)
    desk.clock.advance(timedelta(hours=2))
    await desk.turn()
    assert desk.network.landed == [], "what nobody approved does not go out"


async def test_a_scheduled_post_cannot_be_made_one_that_cannot_go_out(desk: Desk) -> None:
    item = await desk.schedule("short", "slot", LATER)
    with pytest.raises(InvalidInput) as refused:
        await change(desk, item, text="x" * 300)
    assert (refused.value.field, refused.value.rule) == ("text", "length")
    assert await text_of(desk, item) == "short"
    planned = await desk.plan("short, too", LATER)
    done = await change(desk, planned, text="x" * 300)
    assert [each.rule for each in done.findings if each.level == "error"] == ["length"], "a planned one says so and is kept"


async def test_what_is_out_on_its_way_or_canceled_is_not_changed(desk: Desk) -> None:
    out = await desk.schedule("out")
    await desk.turn()
    canceled = await desk.plan("canceled", LATER)
    await desk.run("update content_schedule_items set status = 'canceled' where id = %s", canceled)
    going = await desk.schedule("going")
    await desk.run(
        "update scheduled_posts set status = 'processing', lease_expires_at = now() + interval '1 hour' where schedule_item_id = %s", going
    )
    for item in (out, canceled, going):
        with pytest.raises(Conflict):
            await change(desk, item, text="something else")
    with pytest.raises(NotFound):
        await change(desk, desk.account, text="no such post")
    assert [text for _, text in desk.network.landed] == ["out"]


async def test_a_failed_post_is_sent_again_with_what_it_says_now(desk: Desk) -> None:
    from postwright.platforms.errors import Rejected
    from postwright.publishing.retry import retry
    from tests.publishing.desk import raising

    desk.network.before["bad tone"] = [raising(Rejected("No.", field="text", rule="spam"))]
    item = await desk.schedule("bad tone")
    await desk.turn()
    await change(desk, item, text="good tone")
    assert await text_of(desk, item) == "good tone"
    async with desk.as_bob() as db:
        await retry(db, desk.bob, item, now=desk.clock())
    await desk.turn()
    assert [text for _, text in desk.network.landed] == ["good tone"]


async def test_one_text_takes_the_place_of_a_thread(desk: Desk) -> None:
    from psycopg.types.json import Jsonb

    item = await desk.plan("1", LATER, content=Jsonb({"text": "1", "thread": ["1", "2"]}))
    await change(desk, item, text="all in one")
    async with desk.as_bob() as db:
        content = (await get_post(db, desk.bob, item, now=desk.clock())).content
    assert (content.text, content.thread) == ("all in one", ())


async def test_a_viewer_changes_nothing(desk: Desk) -> None:
    item = await desk.plan("hands off", LATER)
    vera = actor(desk.cast.vera, desk.cast.workspace)
    with pytest.raises(Exception, match=r"no such post|denied|policy"):
        async with transaction(desk.api, vera) as db:
            await edit_post(db, vera, await hold_post(db, vera, item), {"text": "mine"})
    assert await text_of(desk, item) == "hands off"


async def test_the_draft_stays_as_it_is(desk: Desk) -> None:
    from psycopg.types.json import Jsonb

    async with desk.as_bob() as db:
        row = await (
            await db.execute(
                "insert into content_adaptations (workspace_id, original_idea, adaptations) values (%s, 'idea', %s) returning id",
                (desk.cast.workspace, Jsonb({"x": {"text": "as drafted"}})),
            )
        ).fetchone()
    assert row is not None
    item = await desk.plan("", LATER, content=None, adaptation_id=row[0])
    await change(desk, item, text="this post alone")
    kept = await desk.fetch("select adaptations -> 'x' ->> 'text' as text from content_adaptations where id = %s", row[0])
    assert (kept[0]["text"], await text_of(desk, item)) == ("as drafted", "this post alone")
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [item], now=desk.clock(), when="slot")
    assert done.scheduled_post_id is not None
    assert (await desk.row(item))["content"] == "this post alone"


PARTS = ["one", "two", "three"]


async def broken_off(desk: Desk, *, out: int) -> UUID:
    """A thread of three of which the first parts are public; the platform refused the next one."""
    item = await desk.plan("one", content=Jsonb({"text": "one", "thread": PARTS}))
    async with desk.as_bob() as db:
        await commit(db, desk.bob, [item], now=desk.clock(), when="now")
    desk.network.before["one"] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    kept = Jsonb({f"part_{number}": f"r{number}" for number in range(out)} | {"sending_part": None})
    await desk.run("update publish_attempts set remote_ids = %s where workspace_id = %s", kept, desk.cast.workspace)
    return item


async def test_what_is_public_of_a_thread_is_not_rewritten(desk: Desk) -> None:
    """It would not go out, and the post would count as published with words that nobody ever saw."""
    item = await broken_off(desk, out=2)
    for changes in ({"thread": ["uno", "two", "three"]}, {"thread": ["one", "dos"]}, {"thread": ["one"]}, {"text": "one"}):
        with pytest.raises(Conflict, match="first 2 parts of this thread are public and stay as they are") as refused:
            await change(desk, item, **changes)
        assert (refused.value.field, refused.value.rule) == ("thread", "public_parts")
    assert (await change(desk, item, thread=["one", "two", "tres", "cuatro"])).edit_id is not None
    async with desk.as_bob() as db:
        await retry(db, desk.bob, item, now=desk.clock())
    assert (await desk.row(item))["status"] == "scheduled"


async def test_a_thread_whose_draft_was_rewritten_behind_it_is_not_sent_off_again(desk: Desk) -> None:
    item = await broken_off(desk, out=1)
    await desk.run(
        "update content_schedule_items set content = %s where id = %s", Jsonb({"text": "uno", "thread": ["uno", "two", "three"]}), item
    )
    for again in (False, True):
        async with desk.as_bob() as db:
            with pytest.raises(Conflict, match="first part of this thread is public") as refused:
                await retry(db, desk.bob, item, now=desk.clock(), again=again)
        assert refused.value.rule == "public_parts"
    assert (await change(desk, item, thread=["one", "two"])).edit_id is not None, "bringing it back is no change of it"


async def test_a_thread_of_which_nothing_is_out_may_be_rewritten(desk: Desk) -> None:
    item = await broken_off(desk, out=0)
    assert (await change(desk, item, text="uno")).edit_id is not None


async def test_a_post_takes_no_more_hashtags_than_a_variant_holds(desk: Desk) -> None:
    item = await desk.plan("one", LATER)
    with pytest.raises(InvalidInput) as refused:
        await change(desk, item, text="two", hashtags=[f"tag{number}" for number in range(101)])
    assert (refused.value.field, refused.value.rule) == ("hashtags", "max_hashtags")
    async with desk.as_bob() as db:
        assert (await list_edits(db, desk.bob, item)).items == []
