"""A request with an Idempotency-Key takes effect once, and a rehearsal not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest
from pydantic import BaseModel
from tests.cast import Cast
from tests.edge.small import client_of, enter, make_key, small_app

from postwright.db.session import Pool
from postwright.edge.access import ADMIN, needs
from postwright.edge.context import Signed, SignedNoTx
from postwright.edge.once import DryRun
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch, require, tell
from postwright.workspaces import api as workspaces

pytestmark = pytest.mark.anyio

router = api_router()


class Wish(BaseModel):
    title: str


class Made(BaseModel):
    id: str
    title: str


async def _insert(db, workspace, title: str) -> Made:
    row = await (await db.execute("insert into projects (workspace_id, title) values (%s, %s) returning id", (workspace, title))).fetchone()
    return Made(id=str(row[0]), title=title)


@router.post("/projects", status_code=201)
@needs(ADMIN)
async def make(ctx: Signed, wish: Wish, dry_run: DryRun = False) -> Made:
    made = await _insert(ctx.db, ctx.actor.home, wish.title)
    if wish.title == "slow":
        await asyncio.sleep(0.3)
    if wish.title == "fails":
        raise RuntimeError("after the write")
    return made


@router.post("/long-projects", status_code=201)
@needs(ADMIN)
async def make_long(ctx: SignedNoTx, wish: Wish, dry_run: DryRun = False) -> Made:
    return await _insert(await ctx.last_transaction(), ctx.actor.home, wish.title)


@router.patch("/projects/name")
@needs(ADMIN)
async def rename(ctx: Signed, wish: Wish, if_match: IfMatch = None) -> Made:
    now = await (await ctx.db.execute("select name from workspaces where id = %s", (ctx.actor.home,))).fetchone()
    require(if_match, now[0])
    await ctx.db.execute("update workspaces set name = %s where id = %s", (wish.title, ctx.actor.home))
    tell(ctx.request, wish.title)
    return Made(id="", title=wish.title)


@pytest.fixture
async def http(api_pool: Pool, cast: Cast, tmp_path: Path):
    async with client_of(small_app(api_pool, tmp_path, router, workspaces.router)) as client:
        client.headers |= await enter(client, cast.alice, cast.workspace)
        yield client


@pytest.mark.parametrize("address", ["/api/v1/projects", "/api/v1/long-projects"])
async def test_the_same_request_is_done_once(http: httpx2.AsyncClient, owner_db, address: str):
    first = await http.post(address, json={"title": "one"}, headers={"Idempotency-Key": "a"})
    again = await http.post(address, json={"title": "one"}, headers={"Idempotency-Key": "a"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert _titles(owner_db) == ["one"]
    assert (await http.post(address, json={"title": "one"}, headers={"Idempotency-Key": "b"})).json()["id"] != first.json()["id"]


@pytest.mark.parametrize("address", ["/api/v1/projects", "/api/v1/long-projects"])
async def test_the_same_key_for_another_request_is_refused(http: httpx2.AsyncClient, owner_db, address: str):
    await http.post(address, json={"title": "one"}, headers={"Idempotency-Key": "a"})
    other = await http.post(address, json={"title": "two"}, headers={"Idempotency-Key": "a"})
    assert (other.status_code, other.json()["field"], other.json()["rule"]) == (409, "Idempotency-Key", "same_request")
    assert _titles(owner_db) == ["one"]


async def test_two_at_once_are_done_once(http: httpx2.AsyncClient, owner_db):
    asked = [http.post("/api/v1/projects", json={"title": "slow"}, headers={"Idempotency-Key": "a"}) for _ in range(3)]
    answers = await asyncio.gather(*asked)
    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["id"] for each in answers}) == 1
    assert _titles(owner_db) == ["slow"]


async def test_what_failed_may_be_tried_again_with_its_key(http: httpx2.AsyncClient, owner_db):
    assert (await http.post("/api/v1/projects", json={"title": "fails"}, headers={"Idempotency-Key": "a"})).status_code == 500
    assert _titles(owner_db) == []
    assert (await http.post("/api/v1/projects", json={"title": "one"}, headers={"Idempotency-Key": "a"})).status_code == 201


async def test_an_answer_that_never_arrived_is_given_again(api_pool: Pool, cast: Cast, tmp_path: Path, owner_db):
    """The process dies between the commit and the answer: the next one knows what was done."""
    app = small_app(api_pool, tmp_path, router)
    async with client_of(app) as client:
        client.headers |= await enter(client, cast.alice, cast.workspace)

        async def dies(scope, receive, send):
            async def never_sends(message):
                raise ConnectionResetError("gone")

            await app(scope, receive, never_sends if "projects" in scope["path"] else send)

        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(dies), base_url="http://test", headers=client.headers) as dying:
            with pytest.raises(ConnectionResetError):
                await dying.post("/api/v1/projects", json={"title": "one"}, headers={"Idempotency-Key": "a"})
        assert _titles(owner_db) == ["one"]
        again = await client.post("/api/v1/projects", json={"title": "one"}, headers={"Idempotency-Key": "a"})
        assert again.status_code == 201
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json()["title"] == "one"
        assert _titles(owner_db) == ["one"]


async def test_a_key_of_one_person_is_not_another_s(http: httpx2.AsyncClient, owner_db, cast: Cast):
    mine = await http.post("/api/v1/projects", json={"title": "one"}, headers={"Idempotency-Key": "a"})
    ada = await enter(http, cast.ada, cast.workspace)
    hers = await http.post("/api/v1/projects", json={"title": "one"}, headers={"Idempotency-Key": "a"} | ada)
    assert hers.status_code == 201
    assert hers.json()["id"] != mine.json()["id"]


@pytest.mark.parametrize("address", ["/api/v1/projects", "/api/v1/long-projects"])
async def test_a_rehearsal_keeps_nothing(http: httpx2.AsyncClient, owner_db, address: str):
    said = await http.post(address, params={"dry_run": True}, json={"title": "one"}, headers={"Idempotency-Key": "a"})
    assert said.json()["title"] == "one"
    assert said.headers["dry-run"] == "true"
    assert _titles(owner_db) == []
    assert (await http.post(address, json={"title": "one"}, headers={"Idempotency-Key": "a"})).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "\x7f"])
async def test_a_key_that_is_none_is_refused(http: httpx2.AsyncClient, owner_db, key: str):
    refused = await http.post("/api/v1/projects", json={"title": "one"}, headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json()["field"]) == (422, "Idempotency-Key")
    assert _titles(owner_db) == []


async def test_who_saw_an_older_state_overwrites_nothing(http: httpx2.AsyncClient, owner_db):
    first = await http.patch("/api/v1/projects/name", json={"title": "One"})
    second = await http.patch("/api/v1/projects/name", json={"title": "Two"}, headers={"If-Match": first.headers["etag"]})
    assert second.status_code == 200
    late = await http.patch("/api/v1/projects/name", json={"title": "Three"}, headers={"If-Match": first.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "changed_since")
    assert owner_db.execute("select count(*) from workspaces where name = 'Two'").fetchone()[0] == 1


async def test_a_key_needs_its_scope_and_is_held_to_its_workspace(http: httpx2.AsyncClient, owner_db, cast: Cast):
    reads = {"Authorization": f"Bearer {make_key(owner_db, cast.alice, cast.workspace, ['read', 'publish'])}"}
    rules = {"Authorization": f"Bearer {make_key(owner_db, cast.alice, cast.workspace, ['admin'])}"}
    refused = await http.post("/api/v1/projects", json={"title": "one"}, headers=reads)
    assert (refused.status_code, refused.json()["rule"]) == (403, "scope")
    made = await http.post("/api/v1/projects", json={"title": "one"}, headers=rules)
    assert made.status_code == 201
    assert int(made.headers["ratelimit-remaining"]) == int(made.headers["ratelimit-limit"]) - 1
    there = await http.get("/api/v1/me", headers=rules | {"X-Workspace": str(cast.alice.personal)})
    assert there.status_code == 404
    listed = await http.get("/api/v1/workspaces", headers=rules)
    assert [each["id"] for each in listed.json()["items"]] == [str(cast.workspace)]


async def test_a_key_that_ended_opens_nothing(http: httpx2.AsyncClient, owner_db, cast: Cast):
    key = {"Authorization": f"Bearer {make_key(owner_db, cast.alice, cast.workspace, ['read'])}"}
    assert (await http.get("/api/v1/me", headers=key)).status_code == 200
    for ending in ("revoked_at = now()", "revoked_at = null, expires_at = now() - interval '1 second'"):
        owner_db.execute(f"update api_keys set {ending}".encode())
        assert (await http.get("/api/v1/me", headers=key)).status_code == 401


async def test_a_key_that_asks_too_often_waits(api_pool: Pool, owner_db, cast: Cast, tmp_path: Path):
    key = {"Authorization": f"Bearer {make_key(owner_db, cast.alice, cast.workspace, ['read'])}"}
    async with client_of(small_app(api_pool, tmp_path, POSTWRIGHT_KEY_RATE="2")) as http:
        answers = [await http.get("/api/v1/me", headers=key) for _ in range(4)]
        while [each.status_code for each in answers][:3] != [200, 200, 429]:  # the minute turned in between
            answers = [await http.get("/api/v1/me", headers=key) for _ in range(4)]
    assert answers[2].headers["retry-after"]
    assert answers[2].headers["ratelimit-remaining"] == "0"


def _titles(db) -> list[str]:
    return [row[0] for row in db.execute("select title from projects order by created_at").fetchall()]
