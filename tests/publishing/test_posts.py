"""The read models: tabs, filters, pages, one post's story, Today."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postwright.calendar.move import move
from postwright.db.session import SERVICE, transaction
from postwright.edge.paging import Page
from postwright.errors import InvalidInput, NotFound
from postwright.platforms.errors import OutcomeUnknown, Rejected, Transient
from postwright.publishing import store
from postwright.publishing.commit import commit
from postwright.publishing.events import prune
from postwright.publishing.models import PostFilter, PostRow, PostState, Sort, Tab
from postwright.publishing.posts import get_post, list_posts, rows_by_id, tab_counts
from postwright.publishing.today import read_today
from tests.publishing.desk import NOON, Desk, actor, raising

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def show(desk: Desk, wanted: PostFilter = PostFilter(), **more: object) -> Page[PostRow]:  # noqa: B008
    async with desk.as_bob() as db:
        return await list_posts(db, desk.bob, wanted, now=desk.clock(), **more)  # type: ignore[arg-type]


async def everything(desk: Desk) -> dict[str, UUID]:
    """A post in each state."""
    posts = {"planned": await desk.plan("planned", NOON + 5 * HOUR), "missed": await desk.plan("missed", NOON - HOUR)}
    posts["overdue"] = await desk.schedule("overdue")
    await desk.run("update scheduled_posts set scheduled_for = %s where schedule_item_id = %s", NOON - HOUR, posts["overdue"])
    posts["published"] = await desk.schedule("published")
    posts["failed"] = await desk.schedule("failed")
    desk.network.before["failed"] = [raising(Rejected("No.", field="text", rule="tone"))]
    posts["unconfirmed"] = await desk.schedule("unconfirmed")
    desk.network.after["unconfirmed"] = [raising(OutcomeUnknown("Lost."))]
    await desk.turn()
    await desk.run("update scheduled_posts set status = 'needs_review' where schedule_item_id = %s", posts["unconfirmed"])
    posts["scheduled"] = await desk.schedule("scheduled", "slot", NOON + 2 * HOUR)
    posts["awaiting_approval"] = await desk.schedule("awaiting_approval", "slot", NOON + 3 * HOUR)
    await desk.run("update scheduled_posts set requires_approval = true where schedule_item_id = %s", posts["awaiting_approval"])
    posts["canceled"] = await desk.plan("canceled", NOON + HOUR, status="queued")
    await desk.run("update content_schedule_items set status = 'canceled' where id = %s", posts["canceled"])
    return posts


async def test_each_post_stands_in_its_tab_and_the_counts_agree(desk: Desk) -> None:
    posts = await everything(desk)
    expected = {
        Tab.PLANNED: {"planned"}, Tab.SCHEDULED: {"scheduled", "overdue"}, Tab.AWAITING_APPROVAL: {"awaiting_approval"},
        Tab.PUBLISHED: {"published"}, Tab.NEEDS_ATTENTION: {"missed", "overdue", "failed", "unconfirmed"}, Tab.CANCELED: {"canceled"},
        Tab.ALL: set(posts),
    }  # fmt: skip
    names = {item: name for name, item in posts.items()}
    async with desk.as_bob() as db:
        counts = await tab_counts(db, desk.bob, now=NOON)
    for tab, wanted in expected.items():
        page = await show(desk, PostFilter(tab=tab))
        assert {names[each.id] for each in page.items} == wanted, tab
        assert counts[tab] == len(wanted), tab


async def test_each_state_is_told_in_the_words_of_people(desk: Desk) -> None:
    posts = await everything(desk)
    async with desk.as_bob() as db:
        rows = {each.id: each for each in await rows_by_id(db, desk.bob, list(posts.values()), now=NOON)}
    for name, item in posts.items():
        assert rows[item].state == (PostState.SCHEDULED if name == "overdue" else PostState(name))
    overdue, published = rows[posts["overdue"]], rows[posts["published"]]
    assert (overdue.overdue, (overdue.error or {})["class"], overdue.verbs) == (
        True,
        "overdue",
        ("publish", "move", "cancel", "edit", "duplicate"),
    )
    assert (published.url, published.simulated, published.handle) == (f"/sandbox/x/{published.remote_id}", True, "acme")
    assert rows[posts["failed"]].error == {
        "class": "rejected", "field": "text", "rule": "tone", "message": "No.", "who": "you fix the input",
    }  # fmt: skip
    assert rows[posts["unconfirmed"]].verbs == ("decide",)


@pytest.mark.parametrize("sort", list(Sort))
async def test_pages_show_each_post_once_in_order(desk: Desk, sort: Sort) -> None:
    for number in range(7):
        await desk.plan(f"post {number}", NOON + (number % 3) * HOUR)
    for number in range(3):
        await desk.plan(f"undated {number}")
        await desk.schedule(f"out {number}")
    await desk.turn()
    seen: list[PostRow] = []
    after = None
    while True:
        page = await show(desk, sort=sort, after=after, limit=2)
        seen += page.items
        if (after := page.next) is None:
            break
    assert len({each.id for each in seen}) == len(seen) == (3 if "published" in sort else 13)
    name = sort.value.lstrip("-")
    values = [value for each in seen if (value := getattr(each, name)) is not None]
    assert values == sorted(values, reverse=sort.value.startswith("-"))
    assert all(getattr(each, name) is None for each in seen[len(values) :])


async def test_filters_add_up(desk: Desk) -> None:
    wanted = await desk.plan("Bread & 100% butter", NOON + HOUR, labels=["launch"])
    await desk.plan("Bread", NOON + HOUR)
    for found in (
        PostFilter(text="100% b"), PostFilter(label="launch"),
        PostFilter(text="bread", label="launch", author=desk.cast.bob.id, platform="x"),
    ):  # fmt: skip
        assert [each.id for each in (await show(desk, found)).items] == [wanted]
    for missed in (
        PostFilter(text="100_ b"), PostFilter(author=desk.cast.ada.id), PostFilter(platform="tiktok"), PostFilter(connection_id=uuid4()),
        PostFilter(state=PostState.PUBLISHED), PostFilter(tab=Tab.PLANNED, state=PostState.PUBLISHED),
    ):  # fmt: skip
        assert (await show(desk, missed)).items == []
    assert len((await show(desk, PostFilter(connection_id=desk.account, state=PostState.PLANNED))).items) == 2


async def test_a_cursor_that_no_list_gave_out_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        await show(desk, after="bm90IGEgY3Vyc29y")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30))
async def test_any_text_can_be_searched_for(desk: Desk, text: str) -> None:
    assert (await show(desk, PostFilter(text=text, connection_id=uuid4()))).items == []


async def test_a_post_tells_its_whole_story(desk: Desk) -> None:
    item = await desk.schedule("story")
    desk.network.before["story"] = [raising(OutcomeUnknown("Reset."))]
    for span in (timedelta(), desk.engine.pace.quarantine, desk.engine.pace.ask_again):
        desk.clock.advance(span)
        await desk.turn()
    async with desk.as_bob() as db:
        detail = await get_post(db, desk.bob, item, now=desk.clock())
    kinds = [each.kind for each in detail.timeline]
    assert [kind for kind in kinds if kind in {"claimed", "sent", "retrying", "published"}] == [
        "claimed", "sent", "retrying", "claimed", "sent", "published",
    ]  # fmt: skip
    assert {each.who for each in detail.timeline if each.kind in {"planned", "scheduled"}} == {"Bob"}
    assert [each.phase for each in detail.attempts] == ["abandoned", "done"]
    assert detail.content.text == "story"


async def test_admins_see_who_decided_and_members_only_that_it_happened(desk: Desk) -> None:
    item = await desk.schedule("moved", "slot", NOON + HOUR)
    async with desk.as_bob() as db:
        await commit(db, desk.bob, [item], now=NOON, when=NOON + 2 * HOUR)
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        told = (await get_post(db, alice, item, now=NOON)).timeline
    assert [(each.kind, each.who) for each in told if each.kind == "decided"] == [("decided", "Bob")]


async def test_the_story_keeps_the_times_that_a_post_had_before_it_was_moved(desk: Desk) -> None:
    item = await desk.plan("moved", NOON + HOUR)
    async with desk.as_bob() as db:
        await move(db, desk.bob, item, NOON.replace(tzinfo=None) + 2 * HOUR, "UTC", 0, NOON, anyway=True)
    async with desk.as_bob() as db:
        await commit(db, desk.bob, [item], now=NOON, when="slot")
    async with desk.as_bob() as db:
        await move(db, desk.bob, item, NOON.replace(tzinfo=None) + 3 * HOUR, "UTC", 0, NOON, anyway=True)
    async with desk.as_bob() as db:
        told = (await get_post(db, desk.bob, item, now=NOON)).timeline
    assert [each.text for each in told] == [
        "Planned for Mon 23 Nov, 13:00 (UTC)",
        "Moved from Mon 23 Nov, 13:00 (UTC) to Mon 23 Nov, 14:00 (UTC)",
        "Scheduled for Mon 23 Nov, 14:00 (UTC)",
        "Moved from Mon 23 Nov, 14:00 (UTC) to Mon 23 Nov, 15:00 (UTC)",
    ]


async def test_a_move_whose_event_has_expired_is_told_to_admins_from_the_audit_log(desk: Desk) -> None:
    item = await desk.schedule("moved", "slot", NOON + HOUR)
    async with desk.as_bob() as db:
        await commit(db, desk.bob, [item], now=NOON, when=NOON + 2 * HOUR)
    async with transaction(desk.worker, SERVICE) as db:
        await prune(db, now=NOON + timedelta(days=400))
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        told = [each.text for each in (await get_post(db, alice, item, now=NOON)).timeline]
    assert told[1:] == ["Scheduled for Mon 23 Nov, 13:00 (UTC)", "Moved from Mon 23 Nov, 13:00 (UTC) to Mon 23 Nov, 14:00 (UTC)"]


async def test_the_story_says_that_an_answer_was_lost_and_that_the_post_was_found(desk: Desk) -> None:
    item = await desk.schedule("lost")
    desk.network.after["lost"] = [raising(OutcomeUnknown("The connection broke."))]
    await desk.turn()
    told = await _told(desk, item)
    looks = desk.clock() + desk.engine.pace.quarantine
    assert told[-1] == f"The answer was lost; asking X from {looks:%H:%M:%S}. Nothing is sent again before it is known."
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert (await _told(desk, item))[-4:] == [
        "Handed to X",
        "The answer was lost",
        "Found there: X was asked and has the post",
        "Published to sandbox",
    ]


async def test_the_story_says_that_a_lost_post_was_not_there_and_was_sent_again(desk: Desk) -> None:
    item = await desk.schedule("gone")
    desk.network.before["gone"] = [raising(OutcomeUnknown("The connection broke."))]
    for _ in range(8):
        await desk.turn()
        desk.clock.advance(desk.engine.pace.quarantine)
    assert (await desk.row(item))["status"] == "completed"
    told = await _told(desk, item)
    lost = told.index("The answer was lost")
    assert told[lost + 1 : lost + 3] == ["Not there: X was asked twice, so it may be sent again", "Try 2 begins"]


async def test_a_post_that_the_platform_did_not_take_is_not_said_to_have_never_gone_there(desk: Desk) -> None:
    item = await desk.schedule("busy")
    desk.network.before["busy"] = [raising(Transient("X asks to wait."))]
    await desk.turn()
    assert (await _told(desk, item))[-2:] == ["Handed to X", "X did not take it: X asks to wait."]


async def _told(desk: Desk, item: UUID) -> list[str]:
    """The story, its tries in their order; what stands before them is told by the database's clock."""
    async with desk.as_bob() as db:
        return [each.text for each in (await get_post(db, desk.bob, item, now=desk.clock())).timeline]


async def test_nobody_outside_sees_a_post(desk: Desk) -> None:
    item = await desk.plan("secret", NOON + HOUR)
    for workspace in (desk.cast.elsewhere, desk.cast.workspace):
        mallory = actor(desk.cast.mallory, workspace)
        async with transaction(desk.api, mallory) as db:
            with pytest.raises(NotFound):
                await get_post(db, mallory, item, now=NOON)


async def test_today_says_what_goes_out_what_needs_a_person_and_what_just_went_out(desk: Desk) -> None:
    posts = await everything(desk)
    async with desk.as_bob() as db:
        today = await read_today(db, desk.bob, now=NOON)
    assert {each.id for each in today.out_next} == {posts["scheduled"], posts["awaiting_approval"]}
    assert {each.post.id: each.why for each in today.needs_person} == {
        posts[name]: name for name in ("missed", "overdue", "failed", "unconfirmed")
    }
    assert [each.id for each in today.just_out] == [posts["published"]]
    assert (today.counters.planned_next_7d, today.counters.needs_person, today.counters.published_7d) == (1, 4, 1)


async def test_today_says_when_the_publisher_fell_silent(desk: Desk) -> None:
    for beat, silent in ((NOON - timedelta(seconds=30), None), (NOON - timedelta(seconds=61), NOON - timedelta(seconds=61))):
        async with desk.service() as db:
            await store.beat(db, worker="w", kind="publisher", started=NOON, now=beat, pid=1)
        async with desk.as_bob() as db:
            today = await read_today(db, desk.bob, now=NOON)
        assert (today.publisher_silent_since, today.publisher_ever) == (silent, True)
