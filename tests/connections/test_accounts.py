"""Accounts connect, pause and stay their workspace's; their tokens open only for the worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from postwright.connections import accounts, connect, credentials
from postwright.connections.models import Granted
from postwright.db.session import Actor, Pool, transaction
from postwright.errors import Forbidden, InvalidInput, NotFound, Unavailable
from postwright.kit.crypto import Box, CannotOpen
from postwright.platforms.account import Credentials
from postwright.platforms.auth import Renewed
from tests.cast import Cast, Person

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
BOX = Box.from_key(b"k" * 32)


def seen_by(cast: Cast, person: Person) -> Actor:
    return Actor("authenticated", person.id, cast.workspace)


def granted(platform: str = "x", user: str = "42", token: str = "secret-access") -> Granted:
    return Granted(platform, user, "sandbox", "acme.example", "Acme", token, "secret-refresh", 7200, "write", profile={"followers": 1200})


async def connected(pool: Pool, cast: Cast, *wanted: Granted) -> list[UUID]:
    async with transaction(pool, seen_by(cast, cast.alice)) as db:
        return await connect.save_accounts(db, seen_by(cast, cast.alice), wanted or (granted(),), BOX, NOW)


async def test_a_connected_account_is_seen_by_its_members_only(api_pool: Pool, cast: Cast) -> None:
    (made,) = await connected(api_pool, cast)
    for person in cast.members:
        async with transaction(api_pool, seen_by(cast, person)) as db:
            (row,) = await accounts.list_accounts(db, seen_by(cast, person))
            assert (row.id, row.name, row.followers, row.simulated, row.usable) == (made, "Acme", 1200, True, True)
            assert row.token_expires_at == NOW + timedelta(hours=2)
    for workspace in (cast.workspace, cast.elsewhere):
        mallory = Actor("authenticated", cast.mallory.id, workspace)
        async with transaction(api_pool, mallory) as db:
            assert await accounts.list_accounts(db, mallory) == []
            with pytest.raises(NotFound):
                await accounts.get_account(db, mallory, made)


@pytest.mark.parametrize("columns", ["access_token", "refresh_token", "*", "row_to_json(platform_connections)"])
async def test_the_web_cannot_read_a_token_not_even_sealed(api_pool: Pool, cast: Cast, columns: str) -> None:
    await connected(api_pool, cast)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(api_pool, seen_by(cast, cast.alice)) as db:
            await db.execute(f"select {columns} from platform_connections".encode())


async def test_no_token_stands_open_in_the_database(api_pool: Pool, cast: Cast, owner_db: psycopg.Connection[object]) -> None:
    await connected(api_pool, cast)
    for table in ("platform_connections", "audit_log"):
        rows = str(owner_db.execute(f"select to_jsonb(t) from {table} t").fetchall())
        assert rows != "[]"
        assert "secret-" not in rows


async def test_the_worker_opens_them_for_its_calls(api_pool: Pool, worker_pool: Pool, cast: Cast) -> None:
    (made,) = await connected(api_pool, cast)
    async with transaction(worker_pool, Actor("service_role")) as db:
        account, opened, environment = await credentials.open_credentials(db, cast.workspace, made, BOX)
        assert (account.handle, account.profile["followers"], environment) == ("acme.example", 1200, "sandbox")
        assert (opened.access_token, opened.refresh_token) == ("secret-access", "secret-refresh")
        assert "secret" not in repr(opened)
        with pytest.raises(CannotOpen):
            await credentials.open_credentials(db, cast.workspace, made, Box.from_key(b"o" * 32))
        with pytest.raises(NotFound):
            await credentials.open_credentials(db, cast.elsewhere, made, BOX)


async def test_a_token_copied_to_another_account_does_not_open(
    api_pool: Pool, worker_pool: Pool, cast: Cast, owner_db: psycopg.Connection[object]
) -> None:
    first, second = await connected(api_pool, cast, granted(), granted(user="43", token="other"))
    owner_db.execute(
        "update platform_connections c set access_token = o.access_token from platform_connections o where c.id = %s and o.id = %s",
        (second, first),
    )
    async with transaction(worker_pool, Actor("service_role")) as db:
        with pytest.raises(CannotOpen):
            await credentials.open_credentials(db, cast.workspace, second, BOX)


async def test_a_renewed_pair_replaces_only_the_pair_it_renews(api_pool: Pool, worker_pool: Pool, cast: Cast) -> None:
    (made,) = await connected(api_pool, cast)
    used = Credentials("secret-access", "secret-refresh")
    fresh, late = Renewed(Credentials("new-access", "new-refresh"), 7200), Renewed(Credentials("late", None), 7200)
    async with transaction(worker_pool, Actor("service_role")) as db:
        assert await credentials.keep_renewed(db, cast.workspace, made, BOX, used, fresh, NOW)
        assert not await credentials.keep_renewed(db, cast.workspace, made, BOX, used, late, NOW)
        _, opened, _ = await credentials.open_credentials(db, cast.workspace, made, BOX)
    assert (opened.access_token, opened.refresh_token) == ("new-access", "new-refresh")


async def test_connecting_again_renews_and_keeps_id_and_place(api_pool: Pool, worker_pool: Pool, cast: Cast) -> None:
    before = await connected(api_pool, cast, granted(), granted("linkedin"))
    after = await connected(api_pool, cast, granted(token="secret-again"), granted("linkedin"))
    assert before == after
    async with transaction(worker_pool, Actor("service_role")) as db:
        _, opened, _ = await credentials.open_credentials(db, cast.workspace, before[0], BOX)
    assert opened.access_token == "secret-again"
    async with transaction(api_pool, seen_by(cast, cast.bob)) as db:
        assert [each.id for each in await accounts.list_accounts(db, seen_by(cast, cast.bob))] == before


async def test_reconnecting_or_renewing_makes_an_account_well_at_once(
    api_pool: Pool, worker_pool: Pool, cast: Cast, owner_db: psycopg.Connection[object]
) -> None:
    (made,) = await connected(api_pool, cast)
    ill = "update platform_connections set health = 'reconnect', last_error = 'revoked there' where id = %s"
    owner_db.execute(ill, (made,))
    async with transaction(api_pool, seen_by(cast, cast.ada)) as db:
        assert not (await accounts.pause(db, seen_by(cast, cast.ada), made, now=NOW)).usable  # any other change leaves it ill
        assert (await accounts.resume(db, seen_by(cast, cast.ada), made)).health == "reconnect"
    await connected(api_pool, cast, granted(token="again"))
    assert await _standing(api_pool, cast, made) == ("healthy", None, True)
    owner_db.execute(ill, (made,))
    async with transaction(worker_pool, Actor("service_role")) as db:
        assert await credentials.keep_renewed(db, cast.workspace, made, BOX, Credentials("again"), Renewed(Credentials("newer")), NOW)
    assert await _standing(api_pool, cast, made) == ("healthy", None, True)


async def _standing(pool: Pool, cast: Cast, account: UUID) -> tuple[str, str | None, bool]:
    async with transaction(pool, seen_by(cast, cast.vera)) as db:
        row = await accounts.get_account(db, seen_by(cast, cast.vera), account)
    return row.health, row.last_error, row.usable


async def test_a_grant_without_a_refresh_token_keeps_the_one_from_before(api_pool: Pool, worker_pool: Pool, cast: Cast) -> None:
    (made,) = await connected(api_pool, cast)
    await connected(api_pool, cast, replace(granted(token="secret-again"), refresh_token=None))
    async with transaction(worker_pool, Actor("service_role")) as db:
        _, opened, _ = await credentials.open_credentials(db, cast.workspace, made, BOX)
    assert (opened.access_token, opened.refresh_token) == ("secret-again", "secret-refresh")


async def test_a_workspace_is_sandbox_or_live_never_both(api_pool: Pool, cast: Cast) -> None:
    await connected(api_pool, cast)
    live = Granted("x", "7", "live", "acme", "Acme", "t")
    with pytest.raises(psycopg.errors.CheckViolation, match="belongs in a workspace of its own"):
        await connected(api_pool, cast, live)


async def test_admins_pause_and_set_zones_editors_do_not(api_pool: Pool, cast: Cast) -> None:
    (made,) = await connected(api_pool, cast)
    ada, bob = seen_by(cast, cast.ada), seen_by(cast, cast.bob)
    async with transaction(api_pool, ada) as db:
        assert (await accounts.pause(db, ada, made, now=NOW)).paused_at == NOW
        assert (await accounts.pause(db, ada, made, now=NOW + timedelta(hours=1))).paused_at == NOW  # the first pause counts
        assert not (await accounts.get_account(db, ada, made)).usable
        assert (await accounts.resume(db, ada, made)).usable
        assert (await accounts.set_timezone(db, ada, made, "Asia/Kathmandu")).timezone == "Asia/Kathmandu"
        with pytest.raises(InvalidInput) as refusal:
            await accounts.set_timezone(db, ada, made, "Nepal/Kathmandu")
        assert refusal.value.field == "timezone"
        assert (await accounts.set_timezone(db, ada, made, None)).timezone is None
    async with transaction(api_pool, bob) as db:
        with pytest.raises(Forbidden):
            await accounts.pause(db, bob, made, now=NOW)
        with pytest.raises(Forbidden):
            await accounts.set_timezone(db, bob, made, "UTC")
        with pytest.raises(InvalidInput, match="no account"):
            await accounts.get_accounts(db, bob, [made, uuid4()])


def sandbox(answer: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.MockTransport:
    return httpx2.MockTransport(answer)


async def test_the_sandbox_is_asked_with_its_key_for_known_platforms(cast: Cast) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        each = {
            "platform_user_id": "1",
            "handle": "a.example",
            "display_name": "A",
            "access_token": "t",
            "refresh_token": "r",
            "expires_in": 60,
        }
        return httpx2.Response(200, json={"accounts": [{"platform": p, **each} for p in json.loads(request.content)["platforms"]]})

    found = await connect.fetch_sandbox_accounts(
        "http://sandbox", "key", cast.workspace, ["twitter", "x", "linkedin"], transport=sandbox(answer)
    )
    assert [each.platform for each in found] == ["x", "linkedin"]
    assert {each.environment for each in found} == {"sandbox"}
    assert asked[0].headers["x-sandbox-key"] == "key"
    assert json.loads(asked[0].content)["workspace"] == str(cast.workspace)
    with pytest.raises(InvalidInput, match="myspace"):
        await connect.fetch_sandbox_accounts("http://sandbox", "key", cast.workspace, ["myspace"], transport=sandbox(answer))
    assert len(asked) == 1


async def test_a_proxy_of_the_operator_s_is_not_asked_for_this_machine(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\n{"accounts": []}')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert await connect.fetch_sandbox_accounts(f"http://127.0.0.1:{port}", "key", cast.workspace, ["x"]) == []


def _broken(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("refused", request=request)


@pytest.mark.parametrize(
    "answer",
    [lambda _: httpx2.Response(500), lambda _: httpx2.Response(200, text="<html>"), lambda _: httpx2.Response(200, json={}), _broken],
)
async def test_a_sandbox_that_fails_is_named(cast: Cast, answer: Callable[[httpx2.Request], httpx2.Response]) -> None:
    with pytest.raises(Unavailable, match="sandbox"):
        await connect.fetch_sandbox_accounts("http://sandbox", "key", cast.workspace, ["x"], transport=sandbox(answer))
    with pytest.raises(Unavailable, match="No sandbox is running"):
        await connect.fetch_sandbox_accounts(None, "key", cast.workspace, ["x"])
