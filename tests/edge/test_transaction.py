"""A request is one transaction, and the client hears of success only after the commit."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from tests.cast import PASSWORD, Cast

from postwright import config
from postwright.db.session import Pool
from postwright.edge import problems
from postwright.edge.context import Signed
from postwright.edge.state import State
from postwright.identity import api as identity

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(api_pool: Pool, cast: Cast, tmp_path: Path):
    """A client of a small application with the real edge in front of the real database, signed in as Alice."""
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(tmp_path)})
    app.state.postwright = State(settings, api_pool, None, lambda: datetime.now(UTC), None, "", b"k" * 32, "test")
    problems.install(app)
    app.include_router(identity.router, prefix="/api/v1")

    @app.post("/api/v1/leave")
    async def leave(ctx: Signed) -> dict[str, str]:
        """Only the commit can refuse it: the last owner's row is checked by a deferred trigger."""
        await ctx.db.execute("delete from workspace_members where workspace_id = %s and user_id = %s", (ctx.actor.home, ctx.caller.user_id))
        return {"said": "done"}

    @app.post("/api/v1/rename")
    async def rename(ctx: Signed, fail: bool = False) -> dict[str, str]:
        await ctx.db.execute("update workspaces set name = 'Renamed' where id = %s", (ctx.actor.home,))
        if fail:
            raise RuntimeError("after the write")
        return {"said": "done"}

    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        opened = await client.post("/api/v1/sessions", json={"email": cast.alice.email, "password": PASSWORD})
        assert opened.status_code == 201, opened.text
        client.headers |= {"Authorization": f"Bearer {opened.json()['token']}", "X-Workspace": str(cast.workspace)}
        yield client


async def test_a_commit_that_fails_is_no_success(http: httpx2.AsyncClient, owner_db, cast: Cast):
    answer = await http.post("/api/v1/leave")
    assert answer.status_code == 409, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["rule"] == "workspace_members_last_owner"
    assert _role(owner_db, cast.workspace, cast.alice.id) == "owner"


async def test_what_raises_leaves_nothing_half_written(http: httpx2.AsyncClient, owner_db, cast: Cast):
    assert (await http.post("/api/v1/rename", params={"fail": True})).status_code == 500
    assert _name(owner_db, cast.workspace) == "Acme"
    assert (await http.post("/api/v1/rename")).status_code == 200
    assert _name(owner_db, cast.workspace) == "Renamed"


async def test_mallory_s_workspace_is_not_alice_s(http: httpx2.AsyncClient, cast: Cast):
    assert (await http.get("/api/v1/me", headers={"X-Workspace": str(cast.elsewhere)})).status_code == 404
    assert (await http.get("/api/v1/me", headers={"X-Workspace": "not an id"})).json()["field"] == "X-Workspace"


async def test_wrong_address_and_wrong_password_get_the_same_answer(http: httpx2.AsyncClient, cast: Cast):
    wrong = [("nobody@example.org", PASSWORD), (cast.alice.email, "not her password")]
    answers = [await http.post("/api/v1/sessions", json={"email": email, "password": password}) for email, password in wrong]
    assert {each.status_code for each in answers} == {422}
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


async def test_half_a_character_signs_nobody_in_and_is_stored_nowhere(http: httpx2.AsyncClient) -> None:
    half = "\ud800"
    for sent in ({"email": half, "password": PASSWORD}, {"email": "a@b", "password": half}, {"link": half}):
        answer = await http.post("/api/v1/sessions", content=json.dumps(sent), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["who"]) == (422, "you fix the input"), answer.text


async def test_repeated_failures_make_the_account_wait(http: httpx2.AsyncClient, cast: Cast):
    for email in (cast.bob.email, "nobody@example.org"):  # the same for an address that has no account
        for _ in range(5):
            assert (await http.post("/api/v1/sessions", json={"email": email, "password": "guess after guess"})).status_code == 422
        assert (await http.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})).status_code == 429
    assert (await http.post("/api/v1/sessions", json={"email": cast.vera.email, "password": PASSWORD})).status_code == 201


async def test_a_body_that_never_ends_holds_no_connection(http: httpx2.AsyncClient, api_pool: Pool):
    """Twelve forms that stop in the middle once kept everybody out: the pool has fewer connections than that."""

    async def stalls():
        yield b"csrf="
        await asyncio.sleep(60)

    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": "postwright_test=" + http.headers["Authorization"][7:]}
    slow = httpx2.AsyncClient(transport=http._transport, base_url="http://test")
    stuck = [asyncio.create_task(slow.post("/api/v1/rename", content=stalls(), headers=headers)) for _ in range(8)]
    try:
        await asyncio.sleep(0.2)
        assert (await asyncio.wait_for(http.get("/api/v1/me"), 5)).status_code == 200
    finally:
        for each in stuck:
            each.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def test_a_deactivated_user_is_out_at_once(http: httpx2.AsyncClient, owner_db, cast: Cast):
    owner_db.execute("update users set is_active = false where id = %s", (cast.alice.id,))
    assert (await http.get("/api/v1/me")).status_code == 401


def _role(db, workspace: UUID, user: UUID) -> str | None:
    row = db.execute("select role from workspace_members where workspace_id = %s and user_id = %s", (workspace, user)).fetchone()
    return row[0] if row else None


def _name(db, workspace: UUID) -> str:
    return db.execute("select name from workspaces where id = %s", (workspace,)).fetchone()[0]
