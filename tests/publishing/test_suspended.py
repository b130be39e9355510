"""An account that its platform bars: set aside at once, told of once, and its posts wait until a person has settled it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from postwright.connections import accounts, renew
from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.bootstrap import Dsns
from postwright.db.session import Actor, Pool, transaction
from postwright.edge.state import State
from postwright.errors import Conflict
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import Renewed
from postwright.platforms.errors import OutcomeUnknown, Suspended
from postwright.publishing.first_comment import take_comments, write_comment
from postwright.publishing.today import read_today
from tests.cast import Cast
from tests.publishing.desk import Desk, actor, fake_platform, raising
from tests.publishing.real import SANDBOX_KEY, Studio, open_studio, run_sandbox, running_publisher, until
from tests.publishing.test_engine_public_bugs import _fault, _landed, _schedule
from tests.publishing.test_incidents import Post, mail, unread

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


def banned() -> Suspended:
    return Suspended("X", "at x.com", detail=None)


def alice(desk: Desk) -> Actor:
    return actor(desk.cast.alice, desk.cast.workspace)


async def account_of(desk: Desk) -> Any:
    async with desk.as_bob() as db:
        return await accounts.get_account(db, desk.bob, desk.account)


async def try_again(desk: Desk) -> None:
    async with transaction(desk.api, alice(desk)) as db:
        await accounts.try_again(db, alice(desk), desk.account)


async def test_a_ban_heard_while_the_platform_works_on_a_post_does_not_send_it_twice(desk: Desk) -> None:
    desk.network.confirming["taken"] = [raising(banned())]
    item = await desk.schedule("taken")
    await desk.turn()
    (attempt,) = await desk.attempts(item)
    assert ((await desk.row(item))["status"], attempt["phase"]) == ("processing", "unknown")
    await try_again(desk)
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("taken")) == ("completed", 1)


async def test_a_banned_account_is_not_posted_to_again(desk: Desk) -> None:
    post, asked = Post(), len(desk.network.seen_remote_ids)
    desk.network.before["Post 0"] = [raising(banned())]
    items = [await desk.schedule("Post 0")]
    await desk.turn()
    items += [await desk.schedule(f"Post {number}") for number in (1, 2)]
    for _ in range(3):
        desk.clock.advance(timedelta(minutes=1))
        assert await desk.turn() == [], "nobody claims its posts"
    assert len(desk.network.seen_remote_ids) == asked + 1, "the platform was asked once"
    assert [(await desk.row(item))["status"] for item in items] == ["scheduled"] * 3

    found = await account_of(desk)
    assert (found.health, found.usable, found.suspended_at is not None) == ("reconnect", False, True)
    assert found.last_error == (
        "X has suspended or locked this account. Sign in at x.com and settle that, then choose Try again under Accounts."
    )
    assert await unread(desk) == ["account_reconnect"] * 2, "Alice and Ada, once each, and no post failed"
    await mail(desk, post)
    assert [each.to for each in post.letters].count(desk.cast.alice.email) == 1
    events = await desk.fetch("select data ->> 'error' as error from events where kind = 'account.reconnect'")
    assert events == [{"error": found.last_error}]
    async with desk.as_bob() as db:
        today = await read_today(db, desk.bob, now=desk.clock())
    assert {each.why for each in today.needs_person} == {"suspended"}

    await try_again(desk)
    assert ((await account_of(desk)).health, (await account_of(desk)).last_error) == ("healthy", None)
    assert await unread(desk) == [], "settled for everybody"
    assert await desk.fetch("select 1 from events where kind = 'account.healthy'") == [{"?column?": 1}]
    await desk.turn()
    assert sorted(text for _, text in desk.network.landed) == ["Post 0", "Post 1", "Post 2"]
    assert [(await desk.row(item))["status"] for item in items] == ["completed"] * 3


async def test_posts_that_met_the_ban_at_once_are_one_incident(desk: Desk) -> None:
    for number in range(4):
        desk.network.before[f"Post {number}"] = [raising(banned())]
        await desk.schedule(f"Post {number}")
    await desk.turn()
    assert await unread(desk) == ["account_reconnect"] * 2
    assert (await desk.fetch("select count(*) from events where kind = 'account.reconnect'"))[0]["count"] == 1


async def test_a_ban_that_lasts_is_told_of_again_and_connecting_again_lifts_it_as_well(desk: Desk) -> None:
    desk.network.before["Post"] = [raising(banned()), raising(banned())]
    item = await desk.schedule("Post")
    await desk.turn()
    await try_again(desk)
    await desk.turn()
    assert (await account_of(desk)).suspended_at is not None
    async with transaction(desk.api, alice(desk)) as db:
        again = Granted("x", "1", "sandbox", "acme", "Acme", "open sesame", None, None)
        await save_accounts(db, alice(desk), [again], desk.engine.box, desk.clock())
    found = await account_of(desk)
    assert (found.health, found.suspended_at, await unread(desk)) == ("healthy", None, [])
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("Post")) == ("completed", 1)


async def test_what_is_not_barred_cannot_be_tried_again(desk: Desk) -> None:
    with pytest.raises(Conflict):
        await try_again(desk)
    await desk.run("update platform_connections set health = 'reconnect' where id = %s", desk.account)
    with pytest.raises(Conflict):
        await try_again(desk)


async def test_a_ban_met_while_a_lost_answer_was_asked_about_sends_nothing_again(desk: Desk) -> None:
    desk.network.after["ghost"] = [raising(OutcomeUnknown("Timed out."))]
    barred = OutcomeUnknown("X did not tell whether the post is out")
    barred.__cause__ = banned()
    desk.network.answers["ghost"] = [barred]
    item = await desk.schedule("ghost")
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], (await account_of(desk)).suspended_at is not None) == ("processing", True)
    desk.clock.advance(timedelta(minutes=5))
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("ghost")) == ("completed", 1)


async def test_a_renewal_that_meets_the_ban_sets_the_account_aside(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(state: State, held: Any) -> Renewed:
        raise banned()

    monkeypatch.setattr(renew, "_ask", ask)
    async with transaction(desk.api, alice(desk)) as db:
        granted = Granted("x", "1", "sandbox", "acme", "Acme", "open sesame", "again", 60)
        await save_accounts(db, alice(desk), [granted], desk.engine.box, desk.clock())
    item = await desk.schedule("Post")
    await desk.turn()
    assert ((await desk.row(item))["status"], (await account_of(desk)).suspended_at) == ("scheduled", desk.clock())
    assert await desk.turn() == []


async def test_a_first_comment_waits_for_a_barred_account(desk: Desk) -> None:
    wrote: list[str] = []

    async def comment(http: object, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
        wrote.append(text)
        if len(wrote) == 1:
            raise banned()
        return "c1"

    async def find(*_: object) -> None:
        return None

    platform = replace(fake_platform(desk.network), comment=comment, find_comment=find)
    engine = replace(desk.engine, platform_of=lambda slug: platform)
    item = await desk.schedule("hello")
    options = 'snapshot || \'{"options": {"first_comment": "link below"}}\''
    await desk.run(f"update scheduled_posts set snapshot = {options} where schedule_item_id = %s", item)
    await desk.turn()
    for each in await take_comments(engine, 5):
        await write_comment(engine, each)
    desk.clock.advance(timedelta(minutes=5))
    assert await take_comments(engine, 5) == []
    await try_again(desk)
    for _ in range(engine.pace.absences + 1):
        for each in await take_comments(engine, 5):
            await write_comment(engine, each)
        desk.clock.advance(timedelta(minutes=1))
    (row,) = await desk.fetch("select status, tries from first_comments")
    assert (row["status"], wrote) == ("sent", ["link below"] * 2)


SUSPENDED_THERE = ("x", "linkedin", "facebook", "threads", "bluesky", "mastodon")


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, SUSPENDED_THERE) as made:
            yield made


async def test_accounts_that_the_sandbox_suspends_are_set_aside_and_publish_once_when_it_lets_them(studio: Studio) -> None:
    owner = actor(studio.cast.alice, studio.cast.workspace)
    for slug in SUSPENDED_THERE:
        await _fault(studio, slug, "suspended")
        await _schedule(studio, slug, {"text": f"Words for {slug}"})

    async def seen() -> list[Any]:
        async with transaction(studio.api, studio.bob) as db:
            return await accounts.list_accounts(db, studio.bob)

    async def all_aside() -> bool:
        return all(each.suspended_at is not None for each in await seen())

    async def all_out() -> bool:
        return all(_landed(studio, slug) == [f"Words for {slug}"] for slug in SUSPENDED_THERE)

    async with running_publisher(studio.state, studio.dsns.worker):
        await until(all_aside)
        assert [_landed(studio, slug) for slug in SUSPENDED_THERE] == [[]] * len(SUSPENDED_THERE)
        async with httpx2.AsyncClient() as http:
            await http.delete(f"{studio.sandbox.url}/_sandbox/faults", headers={"X-Sandbox-Key": SANDBOX_KEY})
        async with transaction(studio.api, owner) as db:
            for each in await accounts.list_accounts(db, owner):
                await accounts.try_again(db, owner, each.id)
        await until(all_out)
    assert {each.health for each in await seen()} == {"healthy"}
