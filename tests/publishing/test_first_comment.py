"""First comments: after the post, at most once, and no harm to the post."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from postwright.connections import renew
from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import transaction
from postwright.edge.state import State
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import Renewed
from postwright.platforms.errors import OutcomeUnknown, QuotaExhausted, ReauthRequired, Rejected, Transient
from postwright.publishing import decide, pause, store
from postwright.publishing.engine import Engine
from postwright.publishing.first_comment import give_up_comments, take_comments, write_comment
from postwright.publishing.pace import Pace
from tests.publishing.desk import Desk, actor, fake_platform

pytestmark = pytest.mark.anyio


@dataclass
class Thread:
    """What stands under the posts; `before` and `after` are what goes wrong around the next comments."""

    written: list[tuple[str, str]] = field(default_factory=list)  # (post, text)
    before: list[Exception] = field(default_factory=list)
    after: list[Exception] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)  # that it was called with
    asked: list[Any] = field(default_factory=list)  # what find says, else what is written

    async def comment(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
        self.tokens.append(credentials.access_token)
        if self.before:
            raise self.before.pop(0)
        self.written.append((remote_id, text))
        if self.after:
            raise self.after.pop(0)
        return f"c{len(self.written)}"

    async def find(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
        self.tokens.append(credentials.access_token)
        if self.asked:
            answer = self.asked.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return None if answer is None else str(answer)
        return next((f"c{number}" for number, each in enumerate(self.written, 1) if each == (remote_id, text)), None)


@dataclass
class Place:
    desk: Desk
    thread: Thread
    engine: Engine

    async def publish(self, text: str = "hello", comment: str = "link below") -> UUID:
        """A post with a first comment, out."""
        item = await self.desk.schedule(text)
        await self.desk.run(
            "update scheduled_posts set snapshot = snapshot || jsonb_build_object('options', jsonb_build_object('first_comment', %s::text))"
            " where schedule_item_id = %s",
            comment, item,
        )  # fmt: skip
        await self.desk.turn()
        assert (await self.desk.row(item))["status"] == "completed"
        return item

    async def turn(self) -> int:
        taken = await take_comments(self.engine, 10)
        for each in taken:
            await write_comment(self.engine, each)
        return len(taken)

    async def row(self) -> dict[str, Any]:
        (found,) = await self.desk.fetch("select * from first_comments")
        return found


@pytest.fixture
async def place(desk: Desk) -> Place:
    thread = Thread()
    platform = replace(fake_platform(desk.network), comment=thread.comment, find_comment=thread.find)
    return Place(desk, thread, replace(desk.engine, platform_of=lambda slug: platform))


async def test_the_comment_goes_under_the_post_that_is_out_once(place: Place) -> None:
    await place.publish()
    assert [await place.turn() for _ in range(2)] == [1, 0]
    row = await place.row()
    assert place.thread.written == [("r1", "link below")]
    assert (row["status"], row["comment_id"], row["worker_id"]) == ("sent", "c1", None)


@pytest.mark.parametrize("nothing", ["", "  "])
async def test_without_words_there_is_no_comment(place: Place, nothing: str) -> None:
    await place.publish(comment=nothing)
    assert await place.turn() == 0
    assert await place.desk.fetch("select 1 from first_comments") == []


async def test_a_comment_whose_answer_was_lost_is_looked_for_not_written_again(place: Place) -> None:
    await place.publish()
    place.thread.after.append(OutcomeUnknown("Timed out."))
    await place.turn()
    assert (await place.row())["status"] == "unknown"
    assert await place.turn() == 0, "the quarantine is waited out"
    place.desk.clock.advance(place.engine.pace.quarantine)
    await place.turn()
    assert ((await place.row())["comment_id"], len(place.thread.written)) == ("c1", 1)


async def test_a_comment_that_is_proven_absent_twice_is_written_again(place: Place) -> None:
    await place.publish()
    place.thread.before.append(OutcomeUnknown("Reset."))
    await place.turn()
    place.desk.clock.advance(place.engine.pace.quarantine)
    await place.turn()
    assert ((await place.row())["absent"], place.thread.written) == (1, [])
    place.desk.clock.advance(place.engine.pace.ask_again)
    await place.turn()
    assert ((await place.row())["status"], len(place.thread.written)) == ("sent", 1)


async def test_a_worker_lost_while_it_wrote_is_asked_about_first(place: Place) -> None:
    await place.publish()
    gone = asyncio.Event()

    async def die(*_: Any) -> str:
        place.thread.written.append(("r1", "link below"))
        gone.set()
        raise asyncio.CancelledError

    dying = replace(place.engine, platform_of=lambda slug: replace(place.engine.platform_of(slug), comment=die))
    (taken,) = await take_comments(dying, 1)
    with pytest.raises(asyncio.CancelledError):
        await write_comment(dying, taken)
    assert await place.turn() == 0, "its lease still holds"
    place.desk.clock.advance(place.engine.pace.lease)
    await place.turn()
    assert ((await place.row())["status"], len(place.thread.written)) == ("sent", 1)


async def test_a_comment_that_fails_leaves_the_post_published_and_says_so(place: Place) -> None:
    item = await place.publish()
    place.thread.before.append(Rejected("Comments are closed.", field="first_comment", rule="closed"))
    await place.turn()
    row = await place.row()
    assert (row["status"], row["error"]["rule"]) == ("failed", "closed")
    assert (await place.desk.row(item))["status"] == "completed"
    (notice,) = await place.desk.fetch("select title, body, link from notifications where user_id = %s", place.desk.cast.bob.id)
    assert notice["title"] == "A first comment is missing"
    assert "Comments are closed." in notice["body"]
    assert notice["link"] == f"/posts/{item}"


async def test_a_busy_platform_is_tried_again_and_a_lost_sign_in_is_not(place: Place) -> None:
    await place.publish()
    place.thread.before += [Transient("Busy."), ReauthRequired("Gone.")]
    await place.turn()
    row = await place.row()
    assert (row["status"], row["sent_at"], row["tries"]) == ("waiting", None, 1)
    place.desk.clock.advance(place.engine.pace.retry_cap)
    await place.turn()
    assert (await place.row())["status"] == "failed"


async def test_where_nobody_can_tell_a_person_is_asked_instead_of_writing_twice(place: Place) -> None:
    await place.publish()
    place.thread.after.append(OutcomeUnknown("Timed out."))
    await place.turn()
    blind = replace(place.engine, platform_of=lambda slug: replace(place.engine.platform_of(slug), find_comment=None))
    place.desk.clock.advance(place.engine.pace.quarantine)
    (taken,) = await take_comments(blind, 1)
    await write_comment(blind, taken)
    assert ((await place.row())["status"], len(place.thread.written)) == ("failed", 1)


async def test_a_lease_that_was_lost_writes_nothing(place: Place) -> None:
    await place.publish()
    (mine,) = await take_comments(place.engine, 1)
    place.desk.clock.advance(place.engine.pace.lease)
    other = replace(place.engine, worker="other")
    await take_comments(other, 1)
    with pytest.raises(Exception, match=str(mine.id)):
        await write_comment(place.engine, mine)
    assert place.thread.written == []


async def test_under_a_post_that_a_person_found_the_comment_is_looked_for_first(place: Place) -> None:
    desk = place.desk
    item = await desk.schedule("fog")
    options = 'snapshot || \'{"options": {"first_comment": "link below"}}\''
    await desk.run(f"update scheduled_posts set status = 'processing', snapshot = {options} where schedule_item_id = %s", item)
    await desk.turn()
    async with desk.as_bob() as db:
        await decide.landed(db, desk.bob, item, "https://x.com/acme/status/77", now=desk.clock())
    async with desk.service() as db:
        assert len(await store.adopt_confirmed(db)) == 1
    desk.clock.fixed = datetime.now(UTC) + timedelta(seconds=1)
    await place.turn()
    assert ((await place.row())["absent"], place.thread.written) == (1, [])
    desk.clock.advance(place.engine.pace.ask_again)
    await place.turn()
    assert place.thread.written == [("77", "link below")]


async def test_tokens_that_end_are_renewed_before_it_is_looked_for_and_before_it_is_written(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(1, 9))

    async def ask(state: State, held: Any) -> Renewed:
        return Renewed(Credentials(f"renewed {next(numbers)}", "again"), expires_in=60)

    monkeypatch.setattr(renew, "_ask", ask)
    await renewable(place)
    await place.publish()
    place.desk.clock.advance(timedelta(hours=2))
    place.thread.after.append(OutcomeUnknown("Timed out."))
    await place.turn()
    assert place.thread.tokens == ["renewed 1"]
    place.desk.clock.advance(timedelta(hours=2))
    await place.turn()
    assert place.thread.tokens == ["renewed 1", "renewed 2"]
    assert (await place.row())["status"] == "sent"


async def test_a_renewal_that_fails_for_now_costs_a_try_and_no_comment(place: Place) -> None:
    await renewable(place)
    await place.publish()
    place.desk.clock.advance(timedelta(hours=2))
    await place.turn()  # nobody answers where the sandbox should be
    row = await place.row()
    assert (row["status"], row["sent_at"], row["tries"], place.thread.tokens) == ("waiting", None, 1, [])


async def renewable(place: Place) -> None:
    """The account connected again, with tokens that last two hours."""
    desk = place.desk
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        again = Granted("x", "1", "sandbox", "acme", "Acme", "open sesame", "again", 7200)
        assert await save_accounts(db, alice, [again], desk.engine.box, desk.clock()) == [desk.account]


async def test_pause_all_holds_first_comments_and_they_are_written_after_it(place: Place) -> None:
    desk = place.desk
    await place.publish()
    async with desk.as_bob() as db:
        await pause.pause(db, desk.bob, "Wrong price", now=desk.clock())
    desk.clock.advance(timedelta(minutes=5))
    assert await place.turn() == 0
    async with desk.as_bob() as db:
        await pause.resume(db, desk.bob, now=desk.clock())
    desk.clock.advance(timedelta(seconds=1))
    assert await place.turn() == 1
    assert place.thread.written == [("r1", "link below")]


HELD = {
    "the server is paused": "insert into publishing_pauses (reason, began_at) values ('Upgrade', '2026-11-23 11:00Z')",
    "the workspace was deleted": "update workspaces set deleted_at = now()",
    "the post was deleted there": "update published_posts set status = 'deleted'",
    "the account is paused": "update platform_connections set paused_at = now()",
    "the account was disconnected": "update platform_connections set is_active = false",
    "the account must be connected again": "update platform_connections set health = 'reconnect'",
}


@pytest.mark.parametrize("why", HELD)
async def test_no_first_comment_is_written_while(place: Place, why: str) -> None:
    await place.publish()
    await place.desk.run(HELD[why])
    assert await place.turn() == 0
    assert place.thread.written == []
    async with place.desk.service() as db:
        now = place.desk.clock()
        due = await store.next_due(db, now=now, comments_since=now - place.engine.pace.comment_patience)
    assert due is None, "the publisher is not woken for what it may not take"


async def test_a_platform_that_slows_us_down_is_left_alone_for_as_long_as_it_says(place: Place) -> None:
    await place.publish()
    for _ in range(place.engine.pace.tries + 2):
        place.thread.before = [QuotaExhausted("Facebook slows this account down", wait=3600)]
        assert await place.turn() == 1
        row = await place.row()
        assert (row["status"], row["sent_at"], row["tries"]) == ("waiting", None, 0), "a wait is no failure"
        assert row["next_try_at"] >= place.desk.clock() + timedelta(hours=1)
        place.desk.clock.advance(timedelta(minutes=59))
        assert await place.turn() == 0
        place.desk.clock.fixed = row["next_try_at"]
    await place.turn()
    assert (await place.row())["status"] == "sent"


async def test_a_platform_that_slows_us_down_without_a_wait_is_asked_ever_less_often(place: Place) -> None:
    place = replace(place, engine=replace(place.engine, pace=Pace()))
    await place.publish()
    waits = []
    for _ in range(10):
        place.thread.before = [QuotaExhausted("Slow down.", wait=0)]
        await place.turn()
        waits.append((await place.row())["next_try_at"] - place.desk.clock())
        place.desk.clock.advance(waits[-1])
    assert waits[-1] >= timedelta(minutes=7)


async def test_a_first_comment_wakes_the_publisher_when_it_is_due(place: Place) -> None:
    await place.publish()
    async with place.desk.service() as db:
        now = place.desk.clock()
        due = await store.next_due(db, now=now, comments_since=now - place.engine.pace.comment_patience)
    assert due == (await place.row())["next_try_at"]


async def test_a_comment_that_is_a_day_late_does_not_burst_out_and_its_author_is_told(place: Place) -> None:
    item = await place.publish()
    desk = place.desk
    await desk.run(HELD["the account is paused"])
    desk.clock.advance(timedelta(hours=23))
    assert await give_up_comments(place.engine) == 0
    desk.clock.advance(timedelta(days=90))
    await desk.run("update platform_connections set paused_at = null")
    assert await place.turn() == 0
    assert [await give_up_comments(place.engine) for _ in range(2)] == [1, 0]
    row = await place.row()
    assert (row["status"], row["error"]["class"], place.thread.written) == ("failed", "late", [])
    (notice,) = await desk.fetch("select title, link from notifications where user_id = %s", desk.cast.bob.id)
    assert notice == {"title": "A first comment is missing", "link": f"/posts/{item}"}


async def test_nobody_is_told_of_a_comment_whose_post_was_deleted(place: Place) -> None:
    await place.publish()
    await place.desk.run(HELD["the post was deleted there"])
    assert await give_up_comments(place.engine) == 1
    assert (await place.row())["status"] == "failed"
    assert await place.desk.fetch("select 1 from notifications where title = 'A first comment is missing'") == []
