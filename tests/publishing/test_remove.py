"""Deleting on the platform: who may, what the post tells afterwards, and a platform that cannot be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from postwright.errors import Conflict, NotFound
from postwright.platforms import registry
from postwright.platforms.errors import ReauthRequired, Rejected, Transient
from postwright.publishing import remove
from postwright.publishing.posts import get_post
from tests.publishing.desk import NOON, Desk

pytestmark = pytest.mark.anyio


@dataclass
class Deleting:
    """What the platform was asked to take down, and what it answers."""

    asked: list[str] = field(default_factory=list)
    answers: list[Exception | None] = field(default_factory=list)  # None: it is deleted

    async def __call__(self, http: Any, account: Any, credentials: Any, remote_id: str) -> None:
        assert credentials.access_token == "open sesame"
        self.asked.append(remote_id)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Deleting:
    made = Deleting()
    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], delete=made))
    return made


async def published(desk: Desk, text: str = "regrettable") -> UUID:
    item = await desk.schedule(text)
    await desk.turn()
    return item


async def ask(desk: Desk, item: UUID) -> list[UUID]:
    """Somebody asks; the open wishes."""
    async with desk.as_bob() as db:
        await remove.ask_removal(db, desk.bob, item)
    return [each["id"] for each in await desk.fetch("select id from post_removals where status = 'asked'")]


async def work(desk: Desk, ids: list[UUID]) -> None:
    await remove.remove_posts(desk.engine.state, desk.cast.workspace, ids)


async def told(desk: Desk, item: UUID) -> tuple[bool, str, list[tuple[str, str | None]]]:
    async with desk.as_bob() as db:
        detail = await get_post(db, desk.bob, item, now=desk.clock())
    story = [(each.kind, each.who) for each in detail.timeline if each.kind in {"deleting", "deleted", "kept"}]
    return detail.row.deleted, str(detail.row.state), story


async def test_a_post_is_deleted_there_and_says_who_and_when(desk: Desk, there: Deleting) -> None:
    item = await published(desk)
    ids = await ask(desk, item)
    queued = await desk.fetch("select task_name, args from procrastinate.procrastinate_jobs where task_name = 'remove_posts'")
    assert [each["args"]["ids"] for each in queued] == [[str(ids[0])]]
    assert (await told(desk, item))[0] is False, "asked is not deleted"
    desk.clock.advance(timedelta(minutes=1))
    await work(desk, ids)
    assert there.asked == ["r1"]
    assert await told(desk, item) == (True, "published", [("deleting", "Bob"), ("deleted", "Bob")])
    (row,) = await desk.published(item)
    assert (row["status"], row["content"], row["platform_post_id"]) == ("deleted", "regrettable", "r1")
    (wish,) = await desk.fetch("select * from post_removals")
    assert wish["finished_at"] == NOON + timedelta(minutes=1)


async def test_asking_and_working_twice_delete_once(desk: Desk, there: Deleting) -> None:
    item = await published(desk)
    ids = await ask(desk, item)
    assert await ask(desk, item) == ids
    await work(desk, ids)
    await work(desk, ids)
    assert there.asked == ["r1"]
    with pytest.raises(Conflict, match="deleted on X already"):
        await ask(desk, item)


async def test_a_platform_that_is_away_is_asked_again_and_then_given_up(desk: Desk, there: Deleting) -> None:
    item = await published(desk)
    ids = await ask(desk, item)
    there.answers = [Transient("X is away")] * remove.TRIES
    for _ in range(remove.TRIES - 1):
        with pytest.raises(remove.NotYet):
            await work(desk, ids)
    await work(desk, ids)
    assert (len(there.asked), (await told(desk, item))[2]) == (remove.TRIES, [("deleting", "Bob"), ("kept", None)])
    fresh = await ask(desk, item)
    assert fresh
    assert fresh != ids
    await work(desk, fresh)
    assert (await told(desk, item))[0] is True


@pytest.mark.parametrize("answer", [Rejected("Too old to delete.", field="state", rule="forbidden"), ReauthRequired("Sign in again.")])
async def test_a_definite_no_ends_it_with_its_reason(desk: Desk, there: Deleting, answer: Exception) -> None:
    item = await published(desk)
    there.answers = [answer]
    await work(desk, await ask(desk, item))
    deleted, state, story = await told(desk, item)
    assert (deleted, state, [kind for kind, _ in story]) == (False, "published", ["deleting", "kept"])
    (wish,) = await desk.fetch("select status, error from post_removals")
    assert (wish["status"], wish["error"]["message"]) == ("refused", str(answer))


async def test_only_what_is_out_and_may_be_deleted_is(desk: Desk, there: Deleting, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = await desk.plan("still here", NOON + timedelta(hours=1))
    with pytest.raises(Conflict, match="Cancel this one instead"):
        await ask(desk, planned)
    with pytest.raises(NotFound):
        await ask(desk, desk.account)
    item = await published(desk)
    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], delete=None))
    with pytest.raises(Conflict, match="lets no program delete"):
        await ask(desk, item)
    assert there.asked == []


async def test_a_sandbox_post_never_reaches_the_real_platform(desk: Desk, there: Deleting) -> None:
    item = await published(desk)
    ids = await ask(desk, item)
    alone = replace(desk.engine.state, sandbox_url=None)
    with pytest.raises(remove.NotYet):
        await remove.remove_posts(alone, desk.cast.workspace, ids)
    assert there.asked == []


async def test_another_workspace_deletes_nothing_here(desk: Desk, there: Deleting) -> None:
    from postwright.db.session import transaction
    from tests.publishing.desk import actor

    item = await published(desk)
    mallory = actor(desk.cast.mallory, desk.cast.elsewhere)
    with pytest.raises(NotFound):
        async with transaction(desk.api, mallory) as db:
            await remove.ask_removal(db, mallory, item)
    assert await desk.fetch("select id from post_removals") == []


def test_the_words_of_a_failure_hold_no_control_character() -> None:
    said: Mapping[str, Any] = remove._words(Transient("a\x00b"))
    assert said["message"] == "ab"


PARTS = ("r1", "r2", "r3")


async def _thread(desk: Desk, *, known: bool = True) -> UUID:
    """A thread of three parts that is out; or one of which a person gave the link of the first part."""
    item = await published(desk, "of three parts")
    metadata = {"part_ids": list(PARTS)} if known else {}
    await desk.run("update published_posts set metadata = %s, platform_post_id = 'r1' where schedule_item_id = %s", Jsonb(metadata), item)
    said = Jsonb({"thread": ["one", "two", "three"]})
    await desk.run("update scheduled_posts set snapshot = snapshot || %s where schedule_item_id = %s", said, item)
    return item


async def test_a_thread_is_deleted_with_all_its_parts_the_last_first(desk: Desk, there: Deleting) -> None:
    item = await _thread(desk)
    await work(desk, await ask(desk, item))
    assert there.asked == ["r3", "r2", "r1"]
    assert await told(desk, item) == (True, "published", [("deleting", "Bob"), ("deleted", "Bob")])


async def test_a_deletion_that_broke_off_says_what_is_public_and_goes_on_behind_it(desk: Desk, there: Deleting) -> None:
    item = await _thread(desk)
    ids = await ask(desk, item)
    there.answers = [None, Transient("X is away")]
    with pytest.raises(remove.NotYet):
        await work(desk, ids)
    (wish,) = await desk.fetch("select status, error from post_removals")
    assert (wish["status"], wish["error"]["gone"]) == ("asked", ["r3"])
    assert "the rest is still public" in wish["error"]["message"]
    assert (await told(desk, item))[0] is False
    await work(desk, ids)
    assert there.asked == ["r3", "r2", "r2", "r1"]
    assert (await told(desk, item))[0] is True


async def test_a_thread_known_by_its_link_alone_says_that_its_other_parts_stay_public(desk: Desk, there: Deleting) -> None:
    item = await _thread(desk, known=False)
    async with desk.as_bob() as db:
        stays = (await remove.removable(db, desk.bob, [item]))[item].stays()
    assert stays is not None
    assert "2 of the thread's 3 parts" in stays
    await work(desk, await ask(desk, item))
    assert there.asked == ["r1"]
    async with desk.as_bob() as db:
        story = (await get_post(db, desk.bob, item, now=desk.clock())).timeline
    assert [stays in each.text for each in story if each.kind == "deleted"] == [True]


async def test_parts_that_earlier_tries_kept_are_deleted_with_the_confirmed_thread(desk: Desk, there: Deleting) -> None:
    item = await _thread(desk, known=False)
    await desk.run(
        "update publish_attempts a set remote_ids = %s from scheduled_posts s where s.id = a.scheduled_post_id and s.schedule_item_id = %s",
        Jsonb({"part_0": "r1", "part_1": "r2", "sending_part": 2}),
        item,
    )
    await work(desk, await ask(desk, item))
    assert there.asked == ["r2", "r1"]


async def test_a_first_comment_that_is_a_post_of_its_own_is_deleted_with_the_post(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Deleting()
    rules = replace(registry.REGISTRY["x"].rules, threads=True)
    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], delete=made, rules=rules))
    item = await published(desk)
    await desk.run(
        "insert into first_comments"
        " (workspace_id, scheduled_post_id, platform_connection_id, platform, remote_id, content, status, comment_id)"
        " select workspace_id, id, platform_connection_id, 'x', 'r1', 'first!', 'sent', 'c1' from scheduled_posts"
        " where schedule_item_id = %s",
        item,
    )
    await work(desk, await ask(desk, item))
    assert made.asked == ["c1", "r1"]
