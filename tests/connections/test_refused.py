"""A refusal is about the tokens that were used: only where nothing newer stands or can be had, a person is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx2
import pytest

from postwright.connections import renew
from postwright.connections.at_platform import at_platform
from postwright.connections.connect import save_accounts
from postwright.connections.models import AccountRow, Granted
from postwright.connections.refused import signed_in
from postwright.db.session import transaction
from postwright.edge.state import State
from postwright.kit.http import make_client
from postwright.platforms.account import Credentials
from postwright.platforms.errors import ReauthRequired, Transient
from tests.connections.desk import Desk
from tests.connections.test_renew import answers_with, connected, row

pytestmark = pytest.mark.anyio


async def is_refused(desk: Desk, account: UUID, used: Credentials, first: Callable[[], Awaitable[object]] | None = None) -> type[Exception]:
    """What a call with these tokens raises that the platform refuses; something else may happen during it."""

    async def call() -> None:
        async with signed_in(desk.worker, desk.cast.workspace, account, used):
            if first is not None:
                await first()
            raise ReauthRequired("Access ended.")

    with pytest.raises((ReauthRequired, Transient)) as raised:
        await call()
    return raised.type


async def connect_again(desk: Desk, account: AccountRow, token: str) -> None:
    ada = desk.actor(desk.cast.ada)
    granted = Granted("x", account.platform_user_id, "sandbox", account.handle or "", "Acme", token, "again", 7200)
    async with transaction(desk.web.pool, ada) as db:
        assert await save_accounts(db, ada, [granted], desk.web.box, desk.clock()) == [account.id]


async def test_refused_tokens_that_can_be_renewed_cost_a_try_and_no_account(desk: Desk) -> None:
    """By the clock they would hold for long: the platform ended them early, or this machine slept."""
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    assert await is_refused(desk, account.id, used) is Transient
    after = await desk.tokens(account.id)
    assert (after.access_token != used.access_token, (await row(desk, account.id)).health) == (True, "healthy")
    async with signed_in(desk.worker, desk.cast.workspace, account.id, after):
        pass


async def test_of_many_that_are_refused_at_once_one_renews(desk: Desk) -> None:
    """X's refresh token works once: a second use would end the grant."""
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    assert await asyncio.gather(*(is_refused(desk, account.id, used) for _ in range(6))) == [Transient] * 6
    assert (await row(desk, account.id)).health == "healthy"
    desk.clock.pass_by(minutes=119)
    assert await renew.renew_due(desk.worker) == 1, "the pair that was kept is the one that holds"


async def test_an_account_that_was_connected_again_is_not_ended_by_its_old_tokens(desk: Desk) -> None:
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    assert await is_refused(desk, account.id, used, lambda: connect_again(desk, account, "new")) is Transient
    assert ((await row(desk, account.id)).health, (await desk.tokens(account.id)).access_token) == ("healthy", "new")


async def test_a_renewal_that_is_refused_while_a_person_connects_again_ends_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)

    async def ask(state: State, held: Any) -> Any:
        await connect_again(desk, account, "new")
        raise ReauthRequired("Revoked.")

    monkeypatch.setattr(renew, "_ask", ask)
    desk.clock.pass_by(minutes=119)
    assert (await renew.fresh(desk.worker, desk.cast.workspace, account.id, used)).access_token == "new"
    assert (await row(desk, account.id)).health == "healthy"


async def test_a_renewal_that_is_refused_for_good_asks_for_a_person(desk: Desk) -> None:
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    async with make_client(sandbox_url=desk.web.sandbox_url) as http:
        form = {"token": used.refresh_token or ""}
        await http.post("https://api.x.com/2/oauth2/revoke", data=form, auth=("sandbox-x", "sandbox-secret"))
    assert await is_refused(desk, account.id, used) is ReauthRequired
    assert (await row(desk, account.id)).health == "reconnect"
    assert await is_refused(desk, account.id, used) is ReauthRequired, "and it stays so"


async def test_a_renewal_that_fails_for_now_asks_for_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    answers_with(monkeypatch, httpx2.ConnectError("refused"))
    assert await is_refused(desk, account.id, used) is Transient
    assert ((await row(desk, account.id)).health, await desk.tokens(account.id)) == ("healthy", used)
    monkeypatch.undo()
    assert await is_refused(desk, account.id, used) is Transient
    assert await desk.tokens(account.id) != used


async def test_a_platform_that_refuses_what_it_just_gave_is_not_asked_for_more_at_once(desk: Desk) -> None:
    account = await connected(desk, "x")
    found = [await desk.tokens(account.id)]
    for minutes in (0, 1, 5):
        desk.clock.pass_by(minutes=minutes)
        assert await is_refused(desk, account.id, found[-1]) is Transient
        found.append(await desk.tokens(account.id))
    assert [was != then for was, then in pairwise(found)] == [True, False, True]


async def test_refused_tokens_that_cannot_be_renewed_ask_for_a_person(desk: Desk) -> None:
    account = await connected(desk, "facebook")
    used = await desk.tokens(account.id)
    assert await is_refused(desk, account.id, replace(used, access_token="older")) is Transient
    assert (await row(desk, account.id)).health == "healthy"
    assert await is_refused(desk, account.id, used) is ReauthRequired
    there = await row(desk, account.id)
    assert (there.health, there.last_error) == ("reconnect", "Access ended.")


async def test_background_calls_are_minded_too(desk: Desk) -> None:
    account = await connected(desk, "x")
    with pytest.raises(Transient):
        async with at_platform(desk.worker, desk.cast.workspace, account.id):
            raise ReauthRequired("Access ended.")
    assert (await row(desk, account.id)).health == "healthy"
