"""Deleting a workspace: gone for everybody, nothing goes out, back within thirty days, purged after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import Actor, Pool, transaction
from postwright.library.storage import Storage, path_of
from postwright.platforms.errors import OutcomeUnknown, Transient
from postwright.publishing.claim import claim_due
from postwright.publishing.commit import commit
from postwright.workspaces.purge import purge
from tests.cast import Cast, acting
from tests.db.rows import World, fill
from tests.edge.small import make_key
from tests.publishing.desk import NOON, open_desk
from tests.publishing.desk import Desk as Publishing
from tests.workspaces.desk import Desk, make_app, sit

pytestmark = pytest.mark.anyio
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
async def desk(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Publishing]:
    """A workspace with an account and a publisher."""
    async with open_desk(database, api_pool, worker_pool, cast, tmp_path / "publisher") as made:
        yield made


async def delete(desk: Desk, name: str = "Acme", **how) -> httpx2.Response:
    return await desk.ask("POST", "/current/delete", json={"name": name}, **how)


async def test_it_says_before_what_goes_along_and_wants_the_name(desk: Publishing, desks: dict[str, Desk]):
    await desk.plan("planned", TOMORROW)
    await desk.schedule("scheduled", "slot", TOMORROW)
    await desk.schedule("out", "now")
    await desk.turn()
    alice = desks["alice"]
    takes = (await alice.ask("GET", "/current/deletion")).json()
    wanted = {"members": 4, "accounts": 1, "planned": 1, "scheduled": 1, "publishing": 0, "published": 1, "media": 0}
    assert {name: takes[name] for name in wanted} == wanted
    for wrong in ("", "acme", "Acme Ltd"):
        refused = await delete(alice, wrong)
        assert (refused.status_code, refused.json()["field"], refused.json()["rule"]) == (422, "name", "typed")
    rehearsal = await delete(alice, params={"dry_run": True})
    assert rehearsal.json()["takes"] == takes
    assert (await alice.ask("GET", "/current")).status_code == 200


async def test_it_disappears_for_everybody(owner_db, cast: Cast, desks: dict[str, Desk], http: httpx2.AsyncClient):
    key = make_key(owner_db, cast.alice, cast.workspace, ["admin"])
    invited = (await desks["alice"].ask("POST", "/current/invitations", json={"email": cast.mallory.email})).json()
    assert (await delete(desks["alice"])).status_code == 200
    for each in cast.members:
        named = desks[each.name.lower()]
        assert (await named.ask("GET", "/current")).status_code == 404
        plain = Desk(http, named.token, None)
        assert [each["personal"] for each in (await plain.ask("GET", "")).json()["items"]] == [True]
        with acting(owner_db, each, cast.workspace) as db:
            for table in ("workspaces", "workspace_members", "content_calendar", "audit_log", "invitations"):
                column = "id" if table == "workspaces" else "workspace_id"
                assert db.execute(f"select count(*) from {table} where {column} = %s", [cast.workspace]).fetchone() == (0,), table
    by_key = await http.get("/api/v1/workspaces/current", headers={"Authorization": f"Bearer {key}"})
    assert by_key.status_code == 404
    mallory = Desk(http, desks["mallory"].token, None)
    late = await mallory.ask("POST", "/invitations/accept", json={"token": invited["link"].rpartition("/")[2]})
    assert (late.status_code, late.json()["rule"]) == (404, "stands")


async def test_scheduled_posts_are_planned_again_and_nothing_goes_out(desk: Publishing, desks: dict[str, Desk]):
    soon, far = await desk.schedule("now", "now"), await desk.schedule("later", "slot", TOMORROW)
    assert (await delete(desks["alice"])).status_code == 200
    desk.clock.advance(timedelta(days=2))
    assert await desk.turn() == []
    assert desk.network.landed == []
    items = {row["id"]: row["status"] for row in await desk.fetch("select id, status from content_schedule_items")}
    assert items == {soon: "queued", far: "queued"}
    assert await desk.fetch("select 1 from scheduled_posts") == []


async def test_nothing_bursts_out_after_a_restore(desk: Publishing, desks: dict[str, Desk], http: httpx2.AsyncClient, cast: Cast, owner_db):
    item = await desk.schedule("later", "slot", NOON + timedelta(minutes=5))
    assert (await delete(desks["alice"])).status_code == 200
    alice = Desk(http, desks["alice"].token, None)
    listed = (await alice.ask("GET", "/deleted")).json()["items"]
    assert [each["name"] for each in listed] == ["Acme"]
    for nobody in ("ada", "bob", "vera", "mallory"):
        other = Desk(http, desks[nobody].token, None)
        assert (await other.ask("GET", "/deleted")).json()["items"] == []
        assert (await other.ask("POST", f"/{cast.workspace}/restore")).status_code == 404
    for person in (cast.ada, cast.bob, cast.vera, cast.mallory):
        with acting(owner_db, person) as db:
            assert db.execute("select app.restore_workspace(%s)", [cast.workspace]).fetchone() == (False,)
    assert (await alice.ask("POST", f"/{cast.workspace}/restore")).status_code == 200
    assert (await alice.ask("POST", f"/{cast.workspace}/restore")).status_code == 404, "once"
    desk.clock.advance(timedelta(minutes=6))
    assert await desk.turn() == []
    for each in cast.members:
        assert (await desks[each.name.lower()].ask("GET", "/current")).status_code == 200
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [item], now=desk.clock(), when="now")
    assert done.scheduled_post_id, "a person may schedule it again"
    assert len(await desk.turn()) == 1
    assert [text for _, text in desk.network.landed] == ["later"]


async def test_what_is_being_sent_ends_as_it_ends(desk: Publishing, desks: dict[str, Desk]):
    item = await desk.schedule("under way", "now")

    async def meanwhile() -> None:
        gone = await delete(desks["alice"])
        assert gone.json()["takes"]["publishing"] == 1

    desk.network.before["under way"] = [meanwhile]
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"
    assert len(await desk.published(item)) == 1


async def test_a_try_that_comes_back_after_the_delete_waits_for_a_person(desk: Publishing, desks: dict[str, Desk], http, cast: Cast):
    item = await desk.schedule("under way", "now")

    async def fails_meanwhile() -> None:
        await delete(desks["alice"])
        raise Transient("busy")

    desk.network.before["under way"] = [fails_meanwhile]
    await desk.turn()
    assert (await desk.row(item))["status"] == "scheduled", "to be tried again, were the workspace there"
    desk.clock.advance(timedelta(seconds=10))
    assert await desk.turn() == []
    alice = Desk(http, desks["alice"].token, None)
    assert (await alice.ask("POST", f"/{cast.workspace}/restore")).status_code == 200
    assert await desk.turn() == [], "nothing bursts out"
    row = await desk.row(item)
    assert (row["status"], row["error"]["class"], row["item_status"]) == ("failed", "workspace_deleted", "failed")
    assert len(await desk.attempts(item)) == 1, "the ledger keeps what was tried"


async def test_an_unknown_outcome_stays_unknown(desk: Publishing, desks: dict[str, Desk], http, cast: Cast):
    item = await desk.schedule("who knows", "now")
    desk.network.before["who knows"] = [_raising(OutcomeUnknown("cut off"))]
    await desk.turn()
    await delete(desks["alice"])
    alice = Desk(http, desks["alice"].token, None)
    await alice.ask("POST", f"/{cast.workspace}/restore")
    assert (await desk.row(item))["status"] in {"processing", "needs_review"}


async def test_a_delete_racing_with_a_schedule(desk: Publishing, desks: dict[str, Desk]):
    """Whoever comes first: in the end nothing is scheduled in a deleted workspace."""
    items = [await desk.plan(f"post {n}", TOMORROW) for n in range(6)]

    async def schedule(item: UUID) -> None:
        try:
            async with desk.as_bob() as db:
                await commit(db, desk.bob, [item], now=desk.clock(), when="now")
        except psycopg.errors.InsufficientPrivilege:
            return

    answers = await asyncio.gather(*(schedule(each) for each in items[:3]), delete(desks["alice"]), *(schedule(each) for each in items[3:]))
    assert answers[3].status_code == 200
    assert await desk.fetch("select 1 from scheduled_posts") == []
    assert {row["status"] for row in await desk.fetch("select status from content_schedule_items")} == {"queued"}
    assert await desk.turn() == []


async def test_a_delete_racing_with_the_publisher(desk: Publishing, desks: dict[str, Desk]):
    """A post is either taken before, and ends as it ends, or not taken at all."""
    items = [await desk.schedule(f"post {n}", "now") for n in range(5)]
    gone, claimed = await asyncio.gather(delete(desks["alice"]), claim_due(desk.engine, 50))
    assert gone.status_code == 200
    taken = {each.item_id for each in claimed}
    left = await desk.fetch("select schedule_item_id, status from scheduled_posts")
    assert {row["schedule_item_id"] for row in left} == taken
    assert {row["status"] for row in left} <= {"processing"}
    planned = {row["id"] for row in await desk.fetch("select id from content_schedule_items where status = 'queued'")}
    assert planned == set(items) - taken


async def test_a_personal_workspace_stays(cast: Cast, http: httpx2.AsyncClient, owner_db):
    alice = await sit(http, cast.alice, cast.alice.personal)
    name = (await alice.ask("GET", "/current")).json()["name"]
    refused = await delete(alice, name)
    assert (refused.status_code, refused.json()["rule"]) == (409, "personal")
    left = await alice.ask("POST", "/current/leave")
    assert (left.status_code, left.json()["rule"]) == (409, "personal")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, cast.alice) as db:
        db.execute("delete from workspaces where id = %s", [cast.alice.personal])


async def test_after_thirty_days_it_cannot_be_restored(cast: Cast, desks: dict[str, Desk], http, owner_db):
    await delete(desks["alice"])
    owner_db.execute("update workspaces set deleted_at = now() - interval '30 days 1 minute' where id = %s", [cast.workspace])
    alice = Desk(http, desks["alice"].token, None)
    assert (await alice.ask("GET", "/deleted")).json()["items"] == []
    late = await alice.ask("POST", f"/{cast.workspace}/restore")
    assert (late.status_code, late.json()["rule"]) == (404, "restorable")


async def test_a_purge_takes_every_row_and_file_of_it_and_nothing_else(owner_db, cast: Cast, worker_pool: Pool, tmp_path: Path):
    world: World = fill(owner_db, cast)
    state = make_app(worker_pool, tmp_path).state.postwright
    tables = [name for (name,) in owner_db.execute(_TENANT_TABLES).fetchall()]
    assert {"audit_log", "content_schedule_items", "performance_kpi_events", "scheduled_posts"} <= set(tables)
    mine, hers = uuid4(), uuid4()
    storage: Storage = state.storage
    for file, workspace in ((mine, world.cast.workspace), (hers, world.cast.elsewhere)):
        await storage.put(path_of(file, "a.png"), b"bytes", "image/png")
        owner_db.execute(
            "insert into files (id, workspace_id, user_id, path, mime_type, size_bytes) values (%s, %s, %s, %s, 'image/png', 5)",
            [file, workspace, world.cast.mallory.id, path_of(hers, "a.png")],  # a row that names another's file
        )
    elsewhere = _count(owner_db, tables, world.cast.elsewhere)
    with acting(owner_db, world.cast.alice, world.cast.workspace) as db:
        db.execute("select app.delete_workspace(%s, (select name from workspaces where id = %s))", [world.cast.workspace] * 2)
    assert await purge(state) == 0, "not yet"
    owner_db.execute("update workspaces set deleted_at = now() - interval '30 days 1 minute' where id = %s", [world.cast.workspace])
    assert await purge(state) == 1
    assert await purge(state) == 0, "it may run twice"
    assert _count(owner_db, tables, world.cast.workspace) == {}
    assert _count(owner_db, tables, world.cast.elsewhere) == elsewhere
    assert owner_db.execute("select count(*) from workspaces where id = %s", [world.cast.workspace]).fetchone() == (0,)
    assert not (storage.root / path_of(mine, "a.png")).exists()
    assert (storage.root / path_of(hers, "a.png")).exists()


async def test_only_the_service_purges(cast: Cast, api_pool: Pool, owner_db):
    for person in (cast.alice, cast.mallory):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, person) as db:
            db.execute("select app.purge_workspace(%s, now() + interval '1 year')", [cast.workspace])
    async with transaction(api_pool, _actor(cast)) as db:
        assert (await (await db.execute("select count(*) from workspaces")).fetchone())[0] == 2


_TENANT_TABLES = """
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1"""


def _count(db, tables: list[str], workspace: UUID) -> dict[str, int]:
    counted = {each: db.execute(f'select count(*) from "{each}" where workspace_id = %s', [workspace]).fetchone()[0] for each in tables}
    return {name: number for name, number in counted.items() if number}


def _actor(cast: Cast) -> Actor:
    return Actor("authenticated", cast.alice.id, cast.workspace)


def _raising(error: Exception):
    async def step() -> None:
        raise error

    return step
