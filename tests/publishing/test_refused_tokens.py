"""Tokens that end while a post is on its way: the post goes out once with others, and no account is lost by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx2
import pytest

from postwright.connections import renew
from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import transaction
from postwright.edge.state import State
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import Renewed
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown, ReauthRequired
from postwright.platforms.post import Post
from postwright.publishing.first_comment import take_comments, write_comment
from tests.publishing.desk import Desk, Network, actor, fake_platform, raising

pytestmark = pytest.mark.anyio
_SIGNED_IN = Credentials("open sesame")


@dataclass
class Guarded(Network):
    """Refuses what is not its token, at the step that a test names; `first` happens just before."""

    takes: str = "new"
    at: str = "before"
    used: list[str] = field(default_factory=list)
    first: Callable[[], Awaitable[None]] | None = None

    async def publish(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
        self.used.append(credentials.access_token)
        if credentials.access_token != self.takes:
            getattr(self, self.at)[post.text] = [self.refuse]
        return await super().publish(http, account, _SIGNED_IN, post, ledger)

    async def find(
        self,
        http: httpx2.AsyncClient,
        account: Account,
        credentials: Credentials,
        post: Post,
        remote_ids: Mapping[str, Any],
        since: datetime,
    ) -> Receipt | None:
        self.used.append(credentials.access_token)
        if credentials.access_token != self.takes:
            await self.refuse()
        return await super().find(http, account, _SIGNED_IN, post, remote_ids, since)

    async def comment(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
        self.used.append(credentials.access_token)
        if credentials.access_token != self.takes:
            await self.refuse()
        return self.land(text)

    async def refuse(self) -> None:
        if self.first is not None:
            await self.first()
        raise ReauthRequired("Access ended.")


@pytest.fixture
def network(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    """The desk's engine on a network that minds tokens; a renewal gives the one that it takes."""
    guarded = Guarded()
    platform = replace(fake_platform(guarded), comment=guarded.comment)
    desk.network, desk.engine = guarded, replace(desk.engine, platform_of=lambda slug: platform)

    async def ask(state: State, held: Any) -> Renewed:
        return Renewed(Credentials("new", "again"), expires_in=7200)

    monkeypatch.setattr(renew, "_ask", ask)
    return guarded


async def connect(desk: Desk, token: str, lives: int = 7200) -> None:
    """The account connected anew, with tokens that can be renewed."""
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        granted = Granted("x", "1", "sandbox", "acme", "Acme", token, "again", lives)
        assert await save_accounts(db, alice, [granted], desk.engine.box, desk.clock()) == [desk.account]


async def health(desk: Desk) -> str:
    (found,) = await desk.fetch("select health from platform_connections where id = %s", desk.account)
    return str(found["health"])


@pytest.mark.parametrize("at", ["uploading", "before"])
async def test_a_token_that_ends_during_a_long_try_is_renewed_and_the_post_goes_out_once(desk: Desk, network: Guarded, at: str) -> None:
    network.at = at
    await connect(desk, "old")
    item = await desk.schedule("hello")
    await desk.turn()
    assert ((await desk.row(item))["status"], await health(desk), network.count("hello")) == ("scheduled", "healthy", 0)
    desk.clock.advance(timedelta(minutes=1))
    await desk.turn()
    assert ((await desk.row(item))["status"], network.used, network.count("hello")) == ("completed", ["old", "new"], 1)


async def test_an_account_connected_again_meanwhile_stays_connected_and_its_posts_go_out(desk: Desk, network: Guarded) -> None:
    await connect(desk, "old")
    network.takes, network.first = "anew", lambda: connect(desk, "anew")
    item = await desk.schedule("hello")
    await desk.turn()
    assert await health(desk) == "healthy"
    desk.clock.advance(timedelta(minutes=1))
    await desk.turn()
    assert ((await desk.row(item))["status"], network.used) == ("completed", ["old", "anew"])


async def test_a_grant_that_the_platform_ended_lets_the_post_wait_and_asks_for_a_person(
    desk: Desk, network: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(state: State, held: Any) -> Renewed:
        raise ReauthRequired("Revoked.")

    monkeypatch.setattr(renew, "_ask", ask)
    await connect(desk, "old")
    item = await desk.schedule("hello")
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["error"]["who"], await health(desk)) == ("scheduled", "you reconnect the account", "reconnect")
    assert await desk.turn() == []


async def test_an_outcome_is_asked_for_again_with_renewed_tokens(desk: Desk, network: Guarded) -> None:
    """A lost answer, and the token ends before the platform is asked: that is no reason to bother a person."""
    await connect(desk, "new")
    network.after["ghost"] = [raising(OutcomeUnknown("Timed out."))]
    item = await desk.schedule("ghost")
    await desk.turn()
    await connect(desk, "old")
    for _ in range(2):
        desk.clock.advance(timedelta(minutes=1))
        await desk.turn()
    assert ((await desk.row(item))["status"], await health(desk), network.count("ghost")) == ("completed", "healthy", 1)
    assert network.used == ["new", "old", "new"]


async def test_tokens_refused_after_the_platform_took_the_post_send_nothing_again(desk: Desk, network: Guarded) -> None:
    await connect(desk, "new")
    network.confirming["taken"] = [raising(ReauthRequired("Access ended."))]
    item = await desk.schedule("taken")
    await desk.turn()
    assert ((await desk.row(item))["status"], await health(desk)) == ("processing", "healthy")
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], network.count("taken")) == ("completed", 1)


async def test_a_first_comment_is_written_once_with_renewed_tokens(desk: Desk, network: Guarded) -> None:
    await connect(desk, "new")
    item = await desk.schedule("hello")
    options = 'snapshot || \'{"options": {"first_comment": "link below"}}\''
    await desk.run(f"update scheduled_posts set snapshot = {options} where schedule_item_id = %s", item)
    await desk.turn()
    await connect(desk, "old")
    for _ in range(2):
        for each in await take_comments(desk.engine, 10):
            await write_comment(desk.engine, each)
        desk.clock.advance(timedelta(minutes=1))
    (comment,) = await desk.fetch("select status, tries from first_comments")
    assert (comment, await health(desk), network.count("link below")) == ({"status": "sent", "tries": 1}, "healthy", 1)


async def test_when_tokens_end_is_counted_on_the_clock_that_publishers_share(desk: Desk, network: Guarded) -> None:
    """This machine's clock is two hours behind: by it the tokens would hold."""
    desk.engine.drift.offset, desk.engine.drift.known = timedelta(hours=2), True
    await connect(desk, "old")
    used = Credentials("old", "again", desk.clock() + timedelta(hours=2), True)
    assert (await desk.engine.fresh((desk.cast.workspace, desk.account), used)).access_token == "new"
    (found,) = await desk.fetch("select token_expires_at from platform_connections where id = %s", desk.account)
    assert found["token_expires_at"] == desk.clock() + timedelta(hours=4)


async def test_a_renewal_is_done_once_for_all_posts_of_an_account(desk: Desk, network: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count(1)

    async def ask(state: State, held: Any) -> Renewed:
        assert next(numbers) == 1, "a refresh token works once"
        return Renewed(Credentials("new", "again"), expires_in=7200)

    monkeypatch.setattr(renew, "_ask", ask)
    await connect(desk, "old")
    for number in range(3):
        await desk.schedule(f"post {number}")
    await desk.turn()
    desk.clock.advance(timedelta(minutes=1))
    await desk.turn()
    assert sorted(text for _, text in network.landed) == ["post 0", "post 1", "post 2"]
