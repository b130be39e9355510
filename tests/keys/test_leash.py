"""A key that names accounts writes to no other; what a key makes says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from postwright.calendar.plan import plan_draft
from postwright.db.session import Pool
from postwright.edge.access import ADMIN, DRAFT, PUBLISH, SCHEDULE, needs
from postwright.edge.context import Signed, SignedNoTx
from postwright.edge.once import DryRun
from postwright.edge.routes import api_router
from postwright.keys import api
from postwright.publishing.commit import commit
from postwright.studio.adapt import adapt
from postwright.studio.bring_in import from_text
from postwright.studio.drafts import create_draft
from tests.calendar.desk import Desk as Planning
from tests.cast import Cast, acting
from tests.edge.small import make_key, small_app
from tests.workspaces.desk import Desk, client_of, sit

pytestmark = pytest.mark.anyio

router = api_router()

COMMIT = b"insert into scheduled_posts (platform_connection_id, platform, content, scheduled_for) values (%s, %s, 'x', now()) returning id"
CLOSE = b"insert into schedule_exceptions (exception_type, window_start, window_end) values ('blackout', now(), now() + interval '1 hour')"
CONNECT = (
    b"insert into platform_connections (platform, platform_user_id, environment, handle, access_token)"
    b" values (%s, %s, 'sandbox', %s, 's') returning id"
)


class Where(BaseModel):
    accounts: list[UUID]


@router.post("/test/drafts", status_code=201)
@needs(DRAFT)
async def draft(ctx: SignedNoTx, dry_run: DryRun = False) -> UUID:
    idea = from_text("Our shop opens on Monday at nine.")
    variants = adapt(idea, ["x", "bluesky"], None, ctx.now)
    return await create_draft(await ctx.last_transaction(), ctx.actor, idea, variants, ctx.now)


@router.post("/test/drafts/{draft}/plan", status_code=201)
@needs(SCHEDULE)
async def plan(ctx: Signed, draft: UUID, where: Where, dry_run: DryRun = False) -> list[UUID]:
    return [each.item_id for each in await plan_draft(ctx.db, ctx.actor, draft, where.accounts, now=ctx.now)]


@router.post("/test/posts/{post}/publish")
@needs(PUBLISH)
async def publish(ctx: Signed, post: UUID) -> list[UUID | None]:
    return [each.scheduled_post_id for each in await commit(ctx.db, ctx.actor, [post], now=ctx.now, when="now")]


@router.post("/test/accounts/{account}/pause", status_code=204)
@needs(ADMIN)
async def pause(ctx: Signed, account: UUID, dry_run: DryRun = False) -> None:
    await ctx.db.execute("update platform_connections set paused_at = now() where workspace_id = %s and id = %s", (ctx.actor.home, account))


@pytest.fixture
def desk(owner_db, api_pool: Pool, cast: Cast) -> Planning:
    return Planning(owner_db, api_pool, cast)


@pytest.fixture
def app(api_pool: Pool, tmp_path: Path) -> FastAPI:
    return small_app(api_pool, tmp_path, api.router, router)


@pytest.fixture
async def http(app: FastAPI) -> httpx2.AsyncClient:
    async with client_of(app) as client:
        yield client


async def test_what_a_key_makes_says_so(desk: Planning, http: httpx2.AsyncClient, owner_db, cast: Cast):
    account = desk.account("x")
    alice = await sit(http, cast.alice, cast.workspace)
    made = (await alice("POST", "/v1/keys", json={"name": "Robot", "scopes": ["draft", "schedule", "publish"]})).json()
    robot = Desk(http, made["token"], None)
    draft = (await robot("POST", "/v1/test/drafts")).json()
    (post,) = (await robot("POST", f"/v1/test/drafts/{draft}/plan", json={"accounts": [str(account)]})).json()
    (sent,) = (await robot("POST", f"/v1/test/posts/{post}/publish")).json()
    for table, id in (("content_adaptations", draft), ("content_schedule_items", post), ("scheduled_posts", sent)):
        row = owner_db.execute(f"select origin, user_id from {table} where id = %s".encode(), [id]).fetchone()
        assert row == ("api:Robot", cast.alice.id), table
    logged = owner_db.execute("select origin, key_id::text, user_id from audit_log where record_id = %s", [sent]).fetchall()
    assert set(logged) == {("api:Robot", made["id"], cast.alice.id)}


@pytest.mark.parametrize(("agent", "origin"), [("postwright-cli/0.1", "cli"), ("python-httpx2/1", "api")])
async def test_so_does_what_a_session_makes(http: httpx2.AsyncClient, owner_db, cast: Cast, agent: str, origin: str):
    alice = await sit(http, cast.alice, cast.workspace)
    draft = (await alice("POST", "/v1/test/drafts", headers={"User-Agent": agent})).json()
    assert owner_db.execute("select origin from content_adaptations where id = %s", [draft]).fetchone() == (origin,)


async def test_each_scope_stands_for_itself(desk: Planning, http: httpx2.AsyncClient, owner_db, cast: Cast):
    account, draft = desk.account("x"), desk.draft("x")
    acts = {
        "draft": ("/v1/test/drafts", None),
        "schedule": (f"/v1/test/drafts/{draft}/plan", {"accounts": [str(account)]}),
        "admin": (f"/v1/test/accounts/{account}/pause", None),
    }
    for held in ("read", "draft", "schedule", "publish", "admin"):
        robot = Desk(http, make_key(owner_db, cast.alice, cast.workspace, [held]), None)
        for needed, (path, body) in acts.items():
            answer = await robot("POST", path, params={"dry_run": True}, json=body)
            assert (answer.status_code < 300) is (held == needed), (held, needed, answer.text)


async def test_a_key_held_to_an_account_reaches_no_other_by_any_route(desk: Planning, http: httpx2.AsyncClient, owner_db, cast: Cast):
    own, other, draft = desk.account("x"), desk.account("bluesky"), desk.draft("x", "bluesky")
    theirs = desk.post(other, desk_time(), draft=desk.draft("bluesky", text="Theirs"))
    robot = Desk(http, make_key(owner_db, cast.alice, cast.workspace, ["schedule", "publish", "admin"], [own]), None)
    for path, body in [
        (f"/v1/test/drafts/{draft}/plan", {"accounts": [str(other)]}),
        (f"/v1/test/drafts/{draft}/plan", {"accounts": [str(own), str(other)]}),
        (f"/v1/test/posts/{theirs}/publish", None),
        (f"/v1/test/accounts/{other}/pause", None),
    ]:
        refused = await robot("POST", path, json=body)
        assert refused.status_code == 403, (path, refused.text)
        assert refused.json()["rule"] == "account"
        assert "bluesky.example on bluesky" in refused.json()["detail"]
        assert int(refused.headers["ratelimit-remaining"]) < 600
    (post,) = (await robot("POST", f"/v1/test/drafts/{draft}/plan", json={"accounts": [str(own)]})).json()
    assert (await robot("POST", f"/v1/test/posts/{post}/publish")).json() != [None]
    assert (await robot("POST", f"/v1/test/accounts/{own}/pause")).status_code == 204
    untouched = owner_db.execute("select count(*) from content_schedule_items where platform_connection_id = %s", [other]).fetchone()
    assert untouched == (1,)


async def test_nor_by_any_statement(desk: Planning, owner_db, cast: Cast):
    own, other = desk.account("x"), desk.account("bluesky")
    mine, theirs = desk.post(own, desk_time()), desk.post(other, desk_time())
    with held_to(owner_db, cast, [own]) as db:
        assert db.execute("select count(*) from content_schedule_items where workspace_id = %s", [cast.workspace]).fetchone() == (2,)
        for statement, values in [
            ("update content_schedule_items set labels = '{a}' where id = %s", [theirs]),
            ("update content_schedule_items set labels = '{a}'", []),
            ("update content_schedule_items set platform_connection_id = %s where id = %s", [other, mine]),
            ("update content_schedule_items set platform_connection_id = %s where id = %s", [own, theirs]),
            ("insert into content_schedule_items (platform_id, content) select id, '{}' from platforms where slug = 'x'", []),
            (COMMIT, [other, "bluesky"]),
            ("update platform_connections set paused_at = now() where id = %s", [other]),
            ("delete from platform_connections where id = %s", [other]),
            (CONNECT, ["x", "9", "new"]),
            (CLOSE, []),
            ("insert into publishing_pauses (workspace_id, reason) values (%s, 'x')", [cast.workspace]),
            ("update workspaces set settings = settings || '{\"late_grace_minutes\": 1}' where id = %s", [cast.workspace]),
            ("delete from workspace_members where workspace_id = %s and user_id = %s", [cast.workspace, cast.vera.id]),
            ("insert into invitations (workspace_id, email, role, token_hash) values (%s, 'a@b.example', 'viewer', 'x')", [cast.workspace]),
        ]:  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused, db.transaction():
                db.execute(statement if isinstance(statement, bytes) else statement.encode(), values)
            assert refused.value.diag.constraint_name == "key_accounts", statement
        assert db.execute("update content_schedule_items set labels = '{a}' where id = %s", [mine]).rowcount == 1
        assert db.execute("update content_schedule_items set status = 'canceled' where id = %s", [mine]).rowcount == 1
        assert db.execute("delete from platform_connections where id = %s", [own]).rowcount == 1


async def test_an_approval_is_about_its_post_s_account(desk: Planning, owner_db, cast: Cast):
    own, other = desk.account("x"), desk.account("bluesky")
    with acting(owner_db, cast.bob, cast.workspace) as db:
        mine, theirs = [db.execute(COMMIT, values).fetchone()[0] for values in ([own, "x"], [other, "bluesky"])]
    with held_to(owner_db, cast, [own]) as db:
        db.execute("insert into approvals (scheduled_post_id) values (%s)", [mine])
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused, db.transaction():
            db.execute("insert into approvals (scheduled_post_id) values (%s)", [theirs])
    assert refused.value.diag.constraint_name == "key_accounts"


async def test_a_foreign_account_is_not_named(desk: Planning, owner_db, cast: Cast):
    """Neither as one of a key's, nor in the words of a refusal."""
    own = desk.account("x")
    with acting(owner_db, cast.mallory, cast.elsewhere) as db:
        foreign = db.execute(CONNECT, ["x", "7", "mallory-only"]).fetchone()[0]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        make_key(owner_db, cast.alice, cast.workspace, ["read"], [foreign])
    with held_to(owner_db, cast, [own]) as db, pytest.raises(psycopg.Error) as refused:
        db.execute(
            "insert into content_schedule_items (workspace_id, platform_id, platform_connection_id, content)"
            " select %s, id, %s, '{}' from platforms where slug = 'x'",
            [cast.elsewhere, foreign],
        )
    assert "mallory-only" not in str(refused.value)


@pytest.mark.parametrize("task", ["simulate_history", "forget_history", "measure_posts", "make_export"])
def test_a_key_held_to_an_account_starts_no_job_about_all(desk: Planning, owner_db, cast: Cast, task: str):
    with (
        held_to(owner_db, cast, [desk.account("x")]) as db,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="held to some accounts"),
    ):
        db.execute("select app.enqueue(%s, %s, '{}')", [task, cast.workspace])


def desk_time() -> datetime:
    """In two days."""
    return datetime.now(UTC) + timedelta(days=2)


@contextmanager
def held_to(db: psycopg.Connection, cast: Cast, accounts: list[UUID]) -> Iterator[psycopg.Connection]:
    """As Alice's key that is held to those accounts and may everything there."""
    leash = {"key": str(cast.workspace), "workspace": str(cast.workspace), "cap": 3, "accounts": [str(each) for each in accounts]}
    with acting(db, cast.alice, cast.workspace) as held:
        held.execute(
            "select set_config('request.jwt.claims', (current_setting('request.jwt.claims')::jsonb || %s::jsonb)::text, true)",
            [json.dumps(leash)],
        )
        yield held
