"""Posts by hand: told at the time, the link taken, reminded, missed; never sent by Postwright."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from postwright.db.session import transaction
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.publishing import events, handoff, posts
from postwright.publishing.models import PostRow, PostState
from postwright.publishing.today import read_today
from tests.publishing.desk import NOON, Desk, actor

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
LINK = "https://x.com/acme/status/123"


async def by_hand(desk: Desk, text: str = "Hello", at=NOON + MINUTE) -> UUID:
    item = await desk.schedule(text, "slot", at)
    await choose(desk, item, True)
    return item


async def choose(desk: Desk, item: UUID, yes: bool) -> None:
    async with desk.as_bob() as db:
        await handoff.choose_way(db, desk.bob, item, by_hand=yes)


async def turn(desk: Desk) -> dict[str, int]:
    async with desk.service() as db:
        return dict(await handoff.turn(db, now=desk.clock()))


async def posted(desk: Desk, item: UUID, url: str = LINK) -> UUID:
    async with desk.as_bob() as db:
        return await handoff.posted(db, desk.bob, item, url, now=desk.clock())


async def row(desk: Desk, item: UUID) -> PostRow:
    async with desk.as_bob() as db:
        return (await posts.get_post(db, desk.bob, item, now=desk.clock())).row


async def notices(desk: Desk) -> list[tuple[str, bool]]:
    found = await desk.fetch(
        "select title, read_at is null as unread from notifications where kind = 'hand_off' order by created_at, title"
    )
    return [(each["title"], each["unread"]) for each in found]


async def test_the_publisher_never_takes_it_and_its_author_is_told_at_its_time(desk: Desk):
    item = await by_hand(desk)
    assert await turn(desk) == {"told": 0, "reminded": 0, "missed": 0}
    desk.clock.advance(2 * MINUTE)
    assert await desk.turn() == []
    assert (await turn(desk))["told"] == 1
    assert await turn(desk) == {"told": 0, "reminded": 0, "missed": 0}
    assert await notices(desk) == [("Post this by hand now: X acme", True)]
    found = await row(desk, item)
    assert (found.state, found.hand_off, found.overdue) == (PostState.SCHEDULED, True, False)
    async with desk.as_bob() as db:
        today = await read_today(db, desk.bob, now=desk.clock())
    assert [(each.post.id, each.why) for each in today.needs_person] == [(item, "hand_off")]
    assert today.counters.needs_person == 1
    assert desk.network.landed == []


async def test_the_link_makes_it_published(desk: Desk):
    item = await by_hand(desk)
    desk.clock.advance(2 * MINUTE)
    await turn(desk)
    await posted(desk, item)
    found = await row(desk, item)
    assert (found.state, found.remote_id, found.published_at) == (PostState.PUBLISHED, "123", desk.clock())
    assert await notices(desk) == [("Post this by hand now: X acme", False)]
    async with desk.as_bob() as db:
        told = await events.read_events(db, desk.bob, kind="post.published")
    assert told.events[0].data["by_hand"] is True
    assert told.events[0].actor == desk.cast.bob.id
    with pytest.raises(Conflict):
        await posted(desk, item, "https://x.com/acme/status/124")
    desk.clock.advance(timedelta(days=3))
    assert await turn(desk) == {"told": 0, "reminded": 0, "missed": 0}


async def test_it_may_be_posted_before_its_time(desk: Desk):
    item = await by_hand(desk, at=NOON + timedelta(days=2))
    await posted(desk, item)
    assert (await row(desk, item)).state is PostState.PUBLISHED


async def test_not_done_within_a_day_it_is_reminded_then_missed(desk: Desk):
    item = await by_hand(desk)
    desk.clock.advance(2 * MINUTE)
    await turn(desk)
    desk.clock.advance(timedelta(hours=23))
    assert (await turn(desk))["reminded"] == 0
    desk.clock.advance(timedelta(hours=1, minutes=1))
    assert (await turn(desk))["reminded"] == 1
    assert await notices(desk) == [("Post this by hand now: X acme", False), ("Still to be posted by hand: X acme", True)]
    desk.clock.advance(timedelta(hours=24, minutes=1))
    assert (await turn(desk))["missed"] == 1
    assert (await row(desk, item)).state is PostState.MISSED
    with pytest.raises(Conflict):
        await posted(desk, item)


async def test_a_new_time_is_told_anew(desk: Desk):
    item = await by_hand(desk)
    desk.clock.advance(2 * MINUTE)
    await turn(desk)
    async with desk.as_bob() as db:
        await db.execute("update content_schedule_items set scheduled_at = %s where id = %s", (NOON + timedelta(hours=1), item))
    assert await notices(desk) == [("Post this by hand now: X acme", False)]
    assert (await turn(desk))["told"] == 0
    desk.clock.advance(timedelta(hours=1))
    assert (await turn(desk))["told"] == 1


async def test_one_may_think_again(desk: Desk):
    item = await by_hand(desk)
    await choose(desk, item, False)
    desk.clock.advance(2 * MINUTE)
    assert (await turn(desk))["told"] == 0
    await desk.turn()
    assert desk.network.count("Hello") == 1
    with pytest.raises(Conflict):
        await choose(desk, item, True)


async def test_said_of_a_planned_post_it_holds_when_it_is_scheduled(desk: Desk):
    item = await desk.plan("Hello", NOON + MINUTE)
    await choose(desk, item, True)
    from postwright.publishing.commit import commit

    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [item], now=desk.clock(), when="slot")
    assert done.scheduled_post_id
    desk.clock.advance(2 * MINUTE)
    assert await desk.turn() == []
    assert (await turn(desk))["told"] == 1


@pytest.mark.parametrize("url", ["", "x.com/acme/status/1", "javascript:alert(1)", "https://", "http://[", "https://x.com/\x00"])
async def test_a_link_that_is_none(desk: Desk, url: str):
    item = await by_hand(desk)
    with pytest.raises(InvalidInput):
        await posted(desk, item, url)


async def test_a_link_that_is_another_post_s(desk: Desk):
    first, second = await by_hand(desk, "One"), await by_hand(desk, "Two", NOON + 3 * MINUTE)
    await posted(desk, first)
    with pytest.raises(InvalidInput, match="another post"):
        await posted(desk, second)


async def test_nobody_outside_and_no_viewer(desk: Desk):
    item = await by_hand(desk)
    vera, mallory = actor(desk.cast.vera, desk.cast.workspace), actor(desk.cast.mallory, desk.cast.elsewhere)
    with pytest.raises(Conflict):
        async with transaction(desk.api, vera) as db:
            await handoff.posted(db, vera, item, LINK, now=desk.clock())
    with pytest.raises(NotFound):
        async with transaction(desk.api, mallory) as db:
            await handoff.posted(db, mallory, item, LINK, now=desk.clock())
    async with transaction(desk.api, mallory) as db:
        made = await (await db.execute("select app.post_by_hand(%s, %s, null, now())", (item, LINK))).fetchone()
        chosen = await (await db.execute("select app.choose_way(%s, false)", (item,))).fetchone()
    assert (made, chosen) == ((None,), (False,))


async def test_what_no_interface_takes_goes_by_hand_by_itself(desk: Desk):
    await desk.run(
        "insert into platform_limits (platform_id, name, content_format, unit, detail, source, checked_on)"
        " select id, 'by_hand', 'post', 'fact', 'X has no interface any more.', 'https://example.com', '2026-11-01'"
        " from platforms where slug = 'x'"
    )
    item = await desk.plan("Hello", NOON + MINUTE, content_format="post")
    from postwright.publishing.commit import commit

    async with desk.as_bob() as db:
        await commit(db, desk.bob, [item], now=desk.clock(), when="slot")
        found = await handoff.read_hand_off(db, desk.bob, item)
    assert found is not None
    assert found.hand_off
    assert found.reason == "X has no interface any more."


async def test_approval_comes_first(desk: Desk):
    await desk.run("update workspaces set settings = '{\"require_approval\": true}' where id = %s", desk.cast.workspace)
    item = await by_hand(desk)
    desk.clock.advance(2 * MINUTE)
    assert (await turn(desk))["told"] == 0
    with pytest.raises(Conflict):
        await posted(desk, item)
