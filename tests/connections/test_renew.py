"""Tokens are renewed early, one at a time, and a bad network disconnects nobody."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest

from postwright.connections import renew, store
from postwright.connections.credentials import moment
from postwright.connections.models import AccountRow
from postwright.db.session import SERVICE, transaction
from postwright.kit.http import make_client
from postwright.platforms.errors import ReauthRequired, Transient
from postwright.worker import jobs
from tests.connections.desk import Desk, allow, set_out

pytestmark = pytest.mark.anyio
Db = psycopg.Connection[Any]


async def connected(desk: Desk, platform: str) -> AccountRow:
    """An account that was allowed on the sandbox's page: with the platform's real lifetimes."""
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, platform)
    assert (await ada.get(await allow(ada, consent, consent.accounts[1]))).status_code == 303
    return next(each for each in await desk.accounts() if each.platform_user_id == consent.accounts[1])


async def row(desk: Desk, account: UUID) -> AccountRow:
    return next(each for each in await desk.accounts() if each.id == account)


# With the sandbox's pre-authorised account, which lasts 60 days as those of Instagram and LinkedIn do.
@pytest.mark.parametrize(
    ("platform", "early", "due"),
    [("x", 95, 1), ("youtube", 35, 1), ("tiktok", 23 * 60 + 5, 1), ("instagram", 41 * 24 * 60, 2), ("linkedin", 51 * 24 * 60, 2)],
)
async def test_fresh_tokens_before_the_old_ones_end(desk: Desk, platform: str, early: int, due: int, owner_db: Db) -> None:
    account = await connected(desk, platform)
    before = await desk.tokens(account.id)
    assert await renew.renew_due(desk.worker) == 0  # there is time
    desk.clock.pass_by(minutes=early)
    if due == 2:
        owner_db.execute("update platform_connections set is_active = false where platform = any (%s)", (["instagram", "linkedin"],))
        owner_db.execute("update platform_connections set is_active = true where platform = %s", (platform,))
    assert await renew.renew_due(desk.worker) == due
    after, there = await desk.tokens(account.id), await row(desk, account.id)
    assert after.access_token != before.access_token
    assert after.expires_at is not None
    assert after.expires_at > desk.clock()
    assert there.health == "healthy"
    assert await renew.renew_due(desk.worker) == 0


async def test_bluesky_sessions_are_renewed_too(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    told = await ada.get("/accounts/connect/bluesky")
    handle, password = re.findall(r"<dd><code>([^<]+)</code>", told.text)[:2]
    await ada.post("/accounts/connect/bluesky", data={"handle": handle, "app_password": password})
    account = next(each for each in await desk.accounts() if each.platform == "bluesky")
    before = await desk.tokens(account.id)
    desk.clock.pass_by(minutes=95)
    assert await renew.renew_due(desk.worker) == 1
    after = await desk.tokens(account.id)
    assert (after.access_token, after.refresh_token) != (before.access_token, before.refresh_token)


@pytest.mark.parametrize("platform", ["facebook", "mastodon"])
async def test_what_does_not_end_is_not_renewed(desk: Desk, platform: str) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, platform, host="mastodon.example")
    await ada.get(await allow(ada, consent, consent.accounts[1]))
    account = next(each for each in await desk.accounts() if each.platform_user_id == consent.accounts[1])
    assert (account.renewable, account.ends_at) == (False, None)


async def test_of_many_who_renew_at_once_one_asks_the_platform(desk: Desk) -> None:
    """X's refresh token works once: a second use would end the grant."""
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    desk.clock.pass_by(minutes=119)
    found = await asyncio.gather(*(renew.fresh(desk.worker, desk.cast.workspace, account.id, used) for _ in range(6)))
    assert len({each.access_token for each in found}) == 1
    assert found[0].access_token != used.access_token
    assert (await row(desk, account.id)).health == "healthy"


async def test_tokens_that_hold_are_used_as_they_are(desk: Desk) -> None:
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    assert await renew.fresh(desk.worker, desk.cast.workspace, account.id, used) is used


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout("silence"),
        httpx2.Response(500, json={"error": "invalid_grant"}),
        httpx2.Response(502, text="<html>Bad gateway</html>"),
        httpx2.Response(200, text="<html>Welcome to the hotel's network</html>"),
        httpx2.Response(400, json={"error": "temporarily_unavailable"}),
        httpx2.Response(429, json={"title": "Too Many Requests"}),
    ],
    ids=["refused", "silence", "500", "502", "html", "400", "429"],
)
async def test_a_network_error_during_refresh_keeps_the_connection(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: httpx2.Response | Exception
) -> None:
    account = await connected(desk, "x")
    before = await desk.tokens(account.id)
    desk.clock.pass_by(minutes=95)
    answers_with(monkeypatch, answer)
    assert await renew.renew_due(desk.worker) == 0
    assert ((await row(desk, account.id)).health, await desk.tokens(account.id)) == ("healthy", before)
    desk.clock.pass_by(minutes=30)  # now it has ended: that is said, and it is still tried
    with pytest.raises(Transient):
        await renew.fresh(desk.worker, desk.cast.workspace, account.id, before)
    assert (await row(desk, account.id)).health == "unreachable"
    monkeypatch.undo()
    assert await renew.renew_due(desk.worker) == 1
    assert (await row(desk, account.id)).health == "healthy"


async def test_one_account_whose_renewal_breaks_here_stops_nobody_else(desk: Desk, monkeypatch: pytest.MonkeyPatch, owner_db: Db) -> None:
    """A server's answer that nobody foresaw, and one that cannot even be opened."""
    account = await connected(desk, "x")
    for ended, platform in ((desk.clock() - timedelta(hours=1), "x"), (desk.clock(), "instagram")):
        owner_db.execute("update platform_connections set token_expires_at = %s where platform = %s", (ended, platform))
    owner_db.execute("update platform_connections set is_active = false where platform = 'x' and id <> %s", (account.id,))
    add_elsewhere(owner_db, desk, 1)
    real = renew._ask

    async def ask(state: Any, held: Any) -> Any:
        if held.id == account.id:
            raise OverflowError("cannot convert float infinity to integer")
        return await real(state, held)

    monkeypatch.setattr(renew, "_ask", ask)
    assert await renew.renew_due(desk.worker) == 1  # Instagram's
    assert (await row(desk, account.id)).health == "healthy"
    monkeypatch.undo()
    desk.clock.pass_by(minutes=2)  # the lease of the one that broke has ended too
    assert await renew.renew_due(desk.worker) == 1


async def test_an_account_that_fails_is_asked_ever_more_rarely_until_it_answers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, owner_db: Db
) -> None:
    account = await connected(desk, "x")
    desk.clock.pass_by(minutes=95)
    asked, real, began = list[int](), renew._ask, desk.clock()

    async def ask(state: Any, held: Any) -> Any:
        asked.append(int((desk.clock() - began).total_seconds() / 60))
        return await real(state, held)

    answers_with(monkeypatch, httpx2.ConnectError("refused"))
    monkeypatch.setattr(renew, "_ask", ask)
    for _ in range(200):
        await renew.renew_due(desk.worker)
        desk.clock.pass_by(minutes=1)
    assert asked == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    monkeypatch.undo()
    desk.clock.pass_by(hours=1)
    assert await renew.renew_due(desk.worker) == 1
    told = owner_db.execute("select next_renewal_at, renewal_failures from platform_connections where id = %s", (account.id,)).fetchone()
    assert told == (None, 0)


async def test_no_workspace_takes_all_the_places(desk: Desk, owner_db: Db) -> None:
    account = await connected(desk, "x")
    add_elsewhere(owner_db, desk, 60)  # whose tokens ended long before
    desk.clock.pass_by(minutes=95)
    async with transaction(desk.worker.pool, SERVICE) as db:
        due = await store.due_for_renewal(db, renew.leads(), desk.clock(), 2)
    assert {each.workspace_id for each in due} == {desk.cast.workspace, desk.cast.elsewhere}
    assert account.id in {each.id for each in due}
    assert await renew.renew_due(desk.worker, limit=50) == 1


async def test_a_round_ends_before_its_job_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair that was given out must be written down: nobody may end a renewal between the two."""
    assert renew._TURN + renew.LEASE.total_seconds() + sum(renew._PAUSES) < jobs._LONGEST
    await connected(desk, "x")
    desk.clock.pass_by(minutes=95)
    monkeypatch.setattr(renew, "_TURN", -1.0)
    assert await renew.renew_due(desk.worker) == 0
    monkeypatch.undo()
    assert await renew.renew_due(desk.worker) == 1


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), 10**400, 1e18])
def test_what_no_token_lives_is_no_moment(seconds: float) -> None:
    assert moment(datetime.now(UTC), seconds) is None


async def test_only_a_definite_no_asks_for_a_person(desk: Desk, owner_db: Db) -> None:
    account = await connected(desk, "x")
    used = await desk.tokens(account.id)
    async with make_client(sandbox_url=desk.web.sandbox_url) as http:
        form = {"token": used.refresh_token or ""}
        await http.post("https://api.x.com/2/oauth2/revoke", data=form, auth=("sandbox-x", "sandbox-secret"))
    desk.clock.pass_by(minutes=119)
    with pytest.raises(ReauthRequired):
        await renew.fresh(desk.worker, desk.cast.workspace, account.id, used)
    there = await row(desk, account.id)
    assert (there.health, there.usable) == ("reconnect", False)
    told = owner_db.execute("select count(*), min(kind) from notifications where incident = %s", (f"account:{account.id}",)).fetchone()
    assert told == (2, "account_reconnect")  # Alice owns, Ada administers
    assert await renew.renew_due(desk.worker) == 0  # nobody asks again


async def test_a_renewal_that_could_not_be_kept_is_insisted_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away between the platform's answer and our writing it down."""
    account = await connected(desk, "x")
    before = await desk.tokens(account.id)
    desk.clock.pass_by(minutes=95)
    real, failures = renew._keep, [psycopg.OperationalError("away"), psycopg.OperationalError("still away")]

    async def keep(*args: Any) -> bool:
        if failures:
            raise failures.pop()
        return await real(*args)

    monkeypatch.setattr(renew, "_keep", keep)
    monkeypatch.setattr(renew, "_PAUSES", (0.01, 0.01, 0.01))
    assert await renew.renew_due(desk.worker) == 1
    assert (await desk.tokens(account.id)).access_token != before.access_token


async def test_a_pair_that_was_given_out_is_kept_although_who_asked_for_it_is_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publisher stops, or loses its lease, while X's answer is on its way: the old refresh token is spent by then."""
    account = await connected(desk, "x")
    before = await desk.tokens(account.id)
    desk.clock.pass_by(minutes=119)
    real, asked, answered = renew._ask, asyncio.Event(), asyncio.Event()

    async def ask(*args: Any) -> Any:
        renewed = await real(*args)
        asked.set()
        await answered.wait()
        return renewed

    monkeypatch.setattr(renew, "_ask", ask)
    publisher = asyncio.create_task(renew.fresh(desk.worker, desk.cast.workspace, account.id, before))
    await asyncio.wait_for(asked.wait(), 10)
    publisher.cancel()
    await asyncio.sleep(0)
    answered.set()
    with pytest.raises(asyncio.CancelledError):
        await publisher
    assert (await desk.tokens(account.id)).refresh_token != before.refresh_token


async def test_a_lease_that_was_left_behind_is_taken_over(desk: Desk, owner_db: Db) -> None:
    account = await connected(desk, "x")
    desk.clock.pass_by(minutes=95)
    until = desk.clock() + renew.LEASE
    owner_db.execute("update platform_connections set renewing_until = %s where id = %s", (until, account.id))
    assert await renew.renew_due(desk.worker) == 0
    desk.clock.pass_by(minutes=2)
    assert await renew.renew_due(desk.worker) == 1


async def test_an_ending_that_only_a_person_can_mend_is_told_a_week_before_and_once(desk: Desk, owner_db: Db) -> None:
    account = await connected(desk, "linkedin")
    owner_db.execute("update platform_connections set is_active = false where id <> %s", (account.id,))
    owner_db.execute("update platform_connections set renewable = false where id = %s", (account.id,))
    desk.clock.pass_by(days=52)
    assert await renew.warn(desk.worker) == 0
    desk.clock.pass_by(days=2)
    assert await renew.warn(desk.worker) == 1
    assert await renew.warn(desk.worker) == 0
    assert (await row(desk, account.id)).health == "expiring"
    title = owner_db.execute("select title from notifications where incident = %s limit 1", (f"account:{account.id}",)).fetchone()
    assert title == (f"Connect LinkedIn {account.handle} again within a week",)
    ada = await desk.browser(desk.cast.ada)
    assert "Its access cannot be renewed without you" in (await ada.get("/accounts")).text


async def test_accounts_of_one_id_on_two_servers_are_two(desk: Desk) -> None:
    from postwright.connections.connect import save_accounts
    from postwright.connections.models import Granted

    ada = desk.actor(desk.cast.ada)
    first = Granted("mastodon", "109", "live", "acme@one.example", "Acme", "t1", host="one.example")
    async with transaction(desk.web.pool, ada) as db:
        ids = await save_accounts(db, ada, [first, replace(first, access_token="t2", host="two.example")], desk.web.box, desk.clock())
    assert len(set(ids)) == 2
    assert [(await desk.tokens(each)).access_token for each in ids] == ["t1", "t2"]


def add_elsewhere(owner_db: Db, desk: Desk, count: int) -> None:
    """Accounts of Mallory's whose tokens have ended, and that cannot be opened."""
    owner_db.execute(
        """insert into platform_connections (workspace_id, user_id, platform, platform_user_id, environment, access_token, token_expires_at,
                                             renewable)
           select %s, %s, 'bluesky', 'did:' || n, 'sandbox', 'nonsense', %s, true from generate_series(1, %s) n""",
        (desk.cast.elsewhere, desk.cast.mallory.id, desk.clock() - timedelta(days=1), count),
    )


def answers_with(monkeypatch: pytest.MonkeyPatch, answer: httpx2.Response | Exception) -> None:
    """The platform's place is taken by somebody who says just this."""

    def say(request: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer.status_code, content=answer.content, headers={"content-type": answer.headers["content-type"]})

    def client(*, sandbox_url: str | None, **_: object) -> httpx2.AsyncClient:
        return make_client(sandbox_url=sandbox_url, transport=httpx2.MockTransport(say))

    monkeypatch.setattr(renew, "make_client", client)
