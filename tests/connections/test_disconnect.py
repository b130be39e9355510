"""Disconnecting says what it takes along, tears nothing away that is going out, and gives the access back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from postwright.connections import disconnect as leaving
from postwright.connections.connect import save_accounts
from postwright.connections.disconnect import Plan, disconnect, what_hangs_on
from postwright.connections.models import Granted
from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Actor, Pool, transaction
from postwright.errors import Conflict, Forbidden
from postwright.kit.http import make_client
from postwright.platforms.account import Account
from postwright.platforms.auth import App
from postwright.platforms.errors import Transient
from postwright.platforms.youtube.auth import YouTubeAuth
from tests.cast import Cast
from tests.connections.desk import Desk, allow, set_out
from tests.publishing import desk as publishing

pytestmark = pytest.mark.anyio
SOON = timedelta(hours=3)


@pytest.fixture
async def posts(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[publishing.Desk]:
    """A workspace with an account, and a publisher on a network of memory."""
    async with publishing.open_desk(database, api_pool, worker_pool, cast, tmp_path) as made:
        yield made


async def leave(posts: publishing.Desk, cast: Cast, plan: Plan) -> Any:
    ada = publishing.actor(cast.ada, cast.workspace)
    async with transaction(posts.api, ada) as db:
        return await disconnect(db, ada, posts.account, plan=plan)


async def state_of(posts: publishing.Desk, item: UUID) -> tuple[str, UUID | None]:
    (found,) = await posts.fetch("select status, platform_connection_id from content_schedule_items where id = %s", item)
    return found["status"], found["platform_connection_id"]


@pytest.mark.parametrize(("plan", "planned"), [(Plan.KEEP, ("queued", None)), (Plan.CANCEL, None)])
async def test_scheduled_posts_are_canceled_and_planned_ones_as_chosen(
    posts: publishing.Desk, cast: Cast, plan: Plan, planned: tuple[str, None] | None
) -> None:
    later = posts.clock() + SOON
    waits, goes = await posts.plan("planned", later), await posts.schedule("scheduled", "slot", later)
    ada = publishing.actor(cast.ada, cast.workspace)
    async with transaction(posts.api, ada) as db:
        _, hung = await what_hangs_on(db, ada, posts.account)
    assert (hung.planned, hung.scheduled, hung.publishing) == (1, 1, 0)
    assert await leave(posts, cast, plan) == hung
    assert await state_of(posts, waits) == (planned or ("canceled", posts.account))
    assert (await state_of(posts, goes))[0] == "canceled"
    assert [each["status"] for each in await posts.fetch("select status from scheduled_posts")] == ["cancelled"]
    assert await posts.fetch("select task_name from procrastinate.procrastinate_jobs where task_name = 'revoke_account'")
    assert await leave(posts, cast, plan) is not None  # twice is once


async def test_an_account_that_is_publishing_is_not_torn_away(posts: publishing.Desk, cast: Cast) -> None:
    goes = await posts.schedule("going out")
    later = await posts.schedule("later", "slot", posts.clock() + SOON)
    await posts.run("update scheduled_posts set status = 'processing' where schedule_item_id = %s", goes)
    with pytest.raises(Conflict, match="going out from this account right now"):
        await leave(posts, cast, Plan.CANCEL)
    assert (await posts.fetch("select is_active from platform_connections where id = %s", posts.account))[0]["is_active"]
    assert (await state_of(posts, later))[0] == "scheduled"


async def test_what_is_unconfirmed_is_decided_first(posts: publishing.Desk, cast: Cast) -> None:
    item = await posts.schedule("who knows")
    for status in ("processing", "needs_review"):
        await posts.run("update scheduled_posts set status = %s where schedule_item_id = %s", status, item)
    with pytest.raises(Conflict, match="We do not know whether"):
        await leave(posts, cast, Plan.KEEP)


async def test_editors_do_not_disconnect(posts: publishing.Desk, cast: Cast) -> None:
    bob = publishing.actor(cast.bob, cast.workspace)
    async with transaction(posts.api, bob) as db:
        with pytest.raises(Forbidden):
            await disconnect(db, bob, posts.account, plan=Plan.KEEP)


async def walked(desk: Desk, platform: str) -> UUID:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, platform)
    assert (await ada.get(await allow(ada, consent, consent.accounts[1]))).status_code == 303
    return next(each.id for each in await desk.accounts() if each.platform_user_id == consent.accounts[1])


@pytest.mark.parametrize("platform", ["x", "tiktok", "youtube", "linkedin"])
async def test_the_access_is_given_back_and_the_tokens_forgotten(desk: Desk, platform: str) -> None:
    account = await walked(desk, platform)
    tokens = await desk.tokens(account)
    ada = await desk.browser(desk.cast.ada)
    page = await ada.get(f"/accounts/{account}/disconnect")
    assert "Nothing is scheduled on it." in page.text
    done = await ada.post(f"/accounts/{account}/disconnect", data={"plan": "keep"})
    assert done.headers["location"] == "/accounts?said=disconnected"
    await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=True)
    after = await desk.tokens(account)
    assert (after.access_token, after.refresh_token) == ("", None)
    assert not await works(desk, platform, tokens.access_token)
    assert "its history is kept" in (await ada.get("/accounts")).text


@pytest.mark.parametrize("platform", ["youtube", "linkedin"])
async def test_what_was_granted_at_once_is_taken_back_with_the_last_of_it(desk: Desk, platform: str) -> None:
    """A person's channels or organisations share one token: to disconnect one must not disconnect the others."""
    account = await walked(desk, platform)
    tokens, ada = await desk.tokens(account), desk.actor(desk.cast.ada)
    own = next(each for each in await desk.accounts() if each.id == account)
    both = [
        Granted(platform, id, "sandbox", id, id, tokens.access_token, tokens.refresh_token, scope=own.scope)
        for id in (own.platform_user_id, "another of hers")
    ]
    async with transaction(desk.web.pool, ada) as db:
        _, other = await save_accounts(db, ada, both, desk.web.box, desk.clock())
    for gone, still in ((account, True), (other, False)):
        async with transaction(desk.web.pool, ada) as db:
            await disconnect(db, ada, gone, plan=Plan.KEEP)
        await leaving.revoke(desk.worker, desk.cast.workspace, gone, insist=True)
        assert (await desk.tokens(gone)).access_token == ""
        assert await works(desk, platform, tokens.access_token) is still


async def test_an_account_of_two_workspaces_is_taken_back_with_the_last_of_them(desk: Desk) -> None:
    account = await walked(desk, "youtube")
    tokens, mallory = await desk.tokens(account), Actor("authenticated", desk.cast.mallory.id, desk.cast.elsewhere)
    own = next(each for each in await desk.accounts() if each.id == account)
    theirs = Granted("youtube", own.platform_user_id, "sandbox", "same", "same", "a token of their own", scope=own.scope)
    async with transaction(desk.web.pool, mallory) as db:
        await save_accounts(db, mallory, [theirs], desk.web.box, desk.clock())
    async with transaction(desk.web.pool, desk.actor(desk.cast.ada)) as db:
        await disconnect(db, desk.actor(desk.cast.ada), account, plan=Plan.KEEP)
    await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=True)
    assert await works(desk, "youtube", tokens.access_token)


async def test_connected_again_meanwhile_it_keeps_its_tokens(desk: Desk) -> None:
    account = await walked(desk, "x")
    ada = await desk.browser(desk.cast.ada)
    await ada.post(f"/accounts/{account}/disconnect", data={"plan": "keep"})
    consent = await set_out(ada, "x", again=str(account))
    back = await ada.get(await allow(ada, consent, consent.accounts[1]))
    assert back.headers["location"] == f"/accounts?said=reconnected#account-{account}"
    await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=True)
    assert await works(desk, "x", (await desk.tokens(account)).access_token)


async def test_a_platform_that_is_away_is_asked_again_and_then_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await walked(desk, "x")
    ada = await desk.browser(desk.cast.ada)
    await ada.post(f"/accounts/{account}/disconnect", data={"plan": "keep"})

    async def away(*_: object) -> None:
        raise Transient("X cannot be reached")

    monkeypatch.setattr(leaving, "_take_back", away)
    with pytest.raises(Transient):
        await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=True)
    assert (await desk.tokens(account)).refresh_token
    await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=False)
    assert (await desk.tokens(account)).access_token == ""


@pytest.mark.parametrize("broken", [RuntimeError("the process fell"), Transient("X cannot be reached")])
async def test_what_was_not_taken_back_is_found_later_whatever_became_of_its_job(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, owner_db: psycopg.Connection[Any], broken: Exception
) -> None:
    account = await walked(desk, "x")
    tokens, ada = await desk.tokens(account), await desk.browser(desk.cast.ada)
    await ada.post(f"/accounts/{account}/disconnect", data={"plan": "keep"})

    async def fails(*_: object) -> None:
        raise broken

    with monkeypatch.context() as once:
        once.setattr(leaving, "_take_back", fails)
        with pytest.raises(type(broken)):
            await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=True)
    owner_db.execute("update procrastinate.procrastinate_jobs set status = 'failed' where task_name = 'revoke_account'")
    assert await leaving.revoke_left(desk.worker) == 0, "its own job has some minutes"
    owner_db.execute("update platform_connections set leaving_since = %s where id = %s", (desk.clock() - timedelta(hours=1), account))
    assert await leaving.revoke_left(desk.worker) == 1
    (queued,) = owner_db.execute(
        "select args from procrastinate.procrastinate_jobs where task_name = 'revoke_account' and status = 'todo'"
    ).fetchall()
    assert queued[0] == {"workspace": str(desk.cast.workspace), "ids": [str(account)]}
    await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=True)
    assert not await works(desk, "x", tokens.access_token)
    assert await leaving.revoke_left(desk.worker) == 0


async def test_a_platform_is_insisted_upon_for_days_not_for_ever(desk: Desk, owner_db: psycopg.Connection[Any]) -> None:
    account = await walked(desk, "x")
    ada = await desk.browser(desk.cast.ada)
    await ada.post(f"/accounts/{account}/disconnect", data={"plan": "keep"})
    for since, worth in ((timedelta(days=6), True), (timedelta(days=8), False)):
        owner_db.execute("update platform_connections set leaving_since = %s where id = %s", (desk.clock() - since, account))
        assert await leaving.is_worth_insisting(desk.worker, desk.cast.workspace, account) is worth


async def test_an_account_that_is_connected_again_is_not_looked_for(desk: Desk, owner_db: psycopg.Connection[Any]) -> None:
    account = await walked(desk, "x")
    ada = await desk.browser(desk.cast.ada)
    await ada.post(f"/accounts/{account}/disconnect", data={"plan": "keep"})
    consent = await set_out(ada, "x", again=str(account))
    await ada.get(await allow(ada, consent, consent.accounts[1]))
    row = owner_db.execute("select is_active, leaving_since from platform_connections where id = %s", (account,)).fetchone()
    assert row == (True, None)


@pytest.mark.parametrize(
    ("other", "live", "still"),
    [("the same person", False, True), ("somebody else", False, False), ("somebody else", True, False), (None, True, True)],
)
async def test_a_person_s_other_channel_keeps_its_access(
    desk: Desk, owner_db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, other: str | None, live: bool, still: bool
) -> None:
    """Two channels, connected one after the other: Google ends what the person granted for both, so that comes with the last one.
    Where nobody knows whose the other is, it is left alone as well."""
    account, asked = await walked(desk, "youtube"), list[str]()
    owner_db.execute("update platform_connections set is_active = false where platform = 'youtube' and id <> %s", (account,))
    ada = desk.actor(desk.cast.ada)
    second = Granted("youtube", "UC2", "sandbox", "two", "Two", "token", profile={"granted_by": other} if other else {})
    async with transaction(desk.web.pool, ada) as db:
        await save_accounts(db, ada, [second], desk.web.box, desk.clock())
    owner_db.execute('update platform_connections set profile_data = \'{"granted_by": "the same person"}\' where id = %s', (account,))
    if live:
        owner_db.execute("alter table platform_connections disable trigger user")
        owner_db.execute("update platform_connections set environment = 'live' where platform = 'youtube'")
        owner_db.execute("alter table platform_connections enable trigger user")
    async with transaction(desk.web.pool, ada) as db:
        await disconnect(db, ada, account, plan=Plan.KEEP)

    async def note(self: object, http: object, app: object, there: Account, credentials: object) -> None:
        asked.append(there.platform_user_id)

    async def app_of(*_: object) -> App:
        return App("an app")

    monkeypatch.setattr(YouTubeAuth, "revoke", note)
    monkeypatch.setattr(leaving, "app_for_worker", app_of)
    await leaving.revoke(desk.worker, desk.cast.workspace, account, insist=True)
    assert (asked == []) is still


async def test_who_granted_a_channel_is_known(desk: Desk) -> None:
    account = await walked(desk, "youtube")
    own = next(each for each in await desk.accounts() if each.id == account)
    async with transaction(desk.worker.pool, SERVICE) as db:
        found = await (
            await db.execute("select profile_data ->> 'granted_by' from platform_connections where id = %s", (account,))
        ).fetchone()
    assert found == (own.platform_user_id,)


async def test_people_order_their_accounts(desk: Desk, owner_db: psycopg.Connection[Any]) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    first, second, *rest = [each.id for each in await desk.accounts()]
    await ada.post(f"/accounts/{second}/move", data={"to": "up"})
    assert [each.id for each in await desk.accounts()] == [second, first, *rest]
    await ada.post(f"/accounts/{second}/move", data={"to": "up"})
    assert [each.id for each in await desk.accounts()] == [second, first, *rest]
    answer = await ada("PUT", "/api/v1/accounts/order", json={"ids": [str(rest[-1]), str(first)]})
    assert answer.status_code == 204, answer.text
    assert [each.id for each in await desk.accounts()][:2] == [rest[-1], first]


async def works(desk: Desk, platform: str, token: str) -> bool:
    """Whether the platform still takes the token."""
    address = {
        "x": "https://api.x.com/2/users/me", "linkedin": "https://api.linkedin.com/v2/userinfo",
        "tiktok": "https://open.tiktokapis.com/v2/user/info/?fields=open_id",
        "youtube": "https://www.googleapis.com/youtube/v3/channels?part=snippet&mine=true",
    }[platform]  # fmt: skip
    async with make_client(sandbox_url=desk.web.sandbox_url) as http:
        return (await http.get(address, headers={"Authorization": f"Bearer {token}"})).status_code == 200
