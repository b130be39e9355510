"""The audit log: admins only, their own workspace only, in words, without secrets, page by page and as a file."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID, uuid4

import psycopg
import pytest

from postwright.audit import api, pages, store
from postwright.audit.diff import find_changes
from postwright.audit.export import Format, export, harmless
from postwright.audit.models import TABLES, Kind, View
from postwright.db.session import Actor, Pool, transaction
from postwright.errors import Forbidden
from tests.cast import Cast, acting, serving
from tests.edge.small import make_key
from tests.notices.door import Door, app_of, doors, words

pytestmark = pytest.mark.anyio

EVIL = '=HYPERLINK("https://evil.example")<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.fixture
async def people(api_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[dict[str, Door]]:
    async with doors(app_of(api_pool, tmp_path, api=(api.router,), pages=(pages.router,)), cast) as made:
        yield made


@pytest.fixture
def account(owner_db, cast: Cast) -> UUID:
    """Alice connects one, and pauses it."""
    row = {"workspace_id": cast.workspace, "platform": "x", "platform_user_id": "1", "environment": "sandbox", "handle": "acme"}
    with acting(owner_db, cast.alice, cast.workspace):
        made = owner_db.execute(
            "insert into platform_connections (workspace_id, platform, platform_user_id, environment, handle, access_token, refresh_token)"
            " values (%s, 'x', '1', 'sandbox', 'acme', 'sealed-one', 'sealed-two') returning id",
            (row["workspace_id"],),
        ).fetchone()[0]
        owner_db.execute("update platform_connections set paused_at = now() where id = %s", (made,))
    return made


async def everything(door: Door, **asked) -> list[dict]:
    items, after = [], None
    while True:
        answer = await door.api("GET", "/audit", params={"limit": 7, **asked} | ({"after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        after = answer.json()["next"]
        if after is None:
            return items


async def test_only_admins_read_it(people: dict[str, Door], account: UUID):
    for path in ("/audit", "/audit/export"):
        for name in ("vera", "bob"):
            refused = await people[name].api("GET", path)
            assert (refused.status_code, refused.json()["rule"]) == (403, "role")
        for name in ("ada", "alice"):
            assert (await people[name].api("GET", path)).status_code == 200
    for path in ("/settings/audit", "/settings/audit/export"):
        assert (await people["bob"].page("GET", path)).status_code == 403
        assert (await people["ada"].page("GET", path)).status_code == 200


async def test_nothing_of_another_workspace(people: dict[str, Door], account: UUID, cast: Cast):
    ours = {each["id"] for each in await everything(people["alice"])}
    for asked in ({}, {"record": str(account)}, {"person": str(cast.alice.id)}):
        assert not ours & {each["id"] for each in await everything(people["mallory"], **asked)}
    cursor = (await people["alice"].api("GET", "/audit", params={"limit": 1})).json()["next"]
    answer = await people["mallory"].api("GET", "/audit", params={"after": cursor})
    assert (answer.status_code, answer.json()["field"]) == (422, "after")
    assert str(account) not in (await people["mallory"].api("GET", "/audit/export", params={"record": str(account)})).text
    shown = await people["mallory"].page("GET", "/settings/audit", params={"person": str(cast.alice.id)})
    assert "Alice" not in words(shown.text)


async def test_in_words_with_before_and_after(people: dict[str, Door], account: UUID, owner_db, cast: Cast):
    with acting(owner_db, cast.alice, cast.workspace):
        owner_db.execute(
            "update workspace_members set role = 'admin' where workspace_id = %s and user_id = %s", (cast.workspace, cast.bob.id)
        )
        owner_db.execute("update workspaces set name = 'Acme Ltd' where id = %s", (cast.workspace,))
    found = await everything(people["ada"])
    said = [f"{each['actor']} {each['what']}" for each in found]
    assert said[:4] == [
        "Alice renamed the workspace from “Acme” to “Acme Ltd”",
        "Alice made Bob admin, who was editor",
        "Alice paused the account acme (x)",
        "Alice connected the account acme (x)",
    ]
    assert found[1]["changes"] == [{"field": "role", "before": "editor", "after": "admin"}]
    assert "Alice invited vera@example.com as viewer" in said
    assert {each["simulated"] for each in found} == {True}, "its first account made it a sandbox"
    text = json.dumps(found)
    for secret in ("sealed-one", "sealed-two", "token_hash", "key_hash", "access_token"):
        assert secret not in text


async def test_filters_and_pages_agree(people: dict[str, Door], account: UUID, owner_db, cast: Cast):
    every = await everything(people["alice"])
    assert [each["at"] for each in every] == sorted((each["at"] for each in every), reverse=True)
    assert len({each["id"] for each in every}) == len(every) > 7
    for asked, fits in (
        ({"kind": "account"}, lambda each: each["kind"] == "account"),
        ({"verb": "changed"}, lambda each: each["verb"] == "changed"),
        ({"person": str(cast.alice.id)}, lambda each: each["actor_id"] == str(cast.alice.id)),
        ({"person": "system"}, lambda each: each["actor_id"] is None),
        ({"record": str(account)}, lambda each: each["record"] == str(account)),
        ({"kind": "account", "verb": "added"}, lambda each: each["what"].startswith("connected")),
        ({"kind": "other"}, lambda each: each["kind"] == "other"),
        ({"since": every[3]["at"]}, lambda each: each["at"] >= every[3]["at"]),
        ({"until": every[3]["at"]}, lambda each: each["at"] < every[3]["at"]),
    ):
        assert await everything(people["alice"], **asked) == [each for each in every if fits(each)], asked
    for wrong in (
        {"kind": "gossip"},
        {"verb": "seen"},
        {"person": "me"},
        {"record": "1"},
        {"since": "yesterday"},
        {"after": "x"},
        {"limit": 0},
    ):
        assert (await people["alice"].api("GET", "/audit", params=wrong)).status_code == 422, wrong


async def test_a_key_is_named_with_its_maker(people: dict[str, Door], owner_db, cast: Cast):
    token = make_key(owner_db, cast.alice, cast.workspace, ["admin"])
    key = Door(people["alice"].http, {"Authorization": f"Bearer {token}"})
    (key_id,) = owner_db.execute("select id from api_keys where name = 'robot'").fetchone()
    with owner_db.transaction():
        claims = {"role": "authenticated", "sub": str(cast.alice.id), "key": str(key_id), "workspace": str(cast.workspace), "cap": 3}
        owner_db.execute(
            "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true),"
            " set_config('app.origin', 'api:robot', true)",
            (json.dumps(claims),),
        )
        owner_db.execute("update workspaces set name = 'By a robot' where id = %s", (cast.workspace,))
    first = (await key.api("GET", "/audit", params={"limit": 1})).json()["items"][0]
    assert (first["actor"], first["key"], first["key_id"], first["origin"]) == ("Alice", "robot", str(key_id), "api:robot")
    assert "Alice by key “robot” renamed the workspace" in words((await people["ada"].page("GET", "/settings/audit")).text)
    reads = Door(people["alice"].http, {"Authorization": f"Bearer {make_key(owner_db, cast.alice, cast.workspace, ['read', 'publish'])}"})
    assert (await reads.api("GET", "/audit")).json()["rule"] == "scope"


async def test_the_page_escapes_filters_and_leads_on(people: dict[str, Door], account: UUID, owner_db, cast: Cast):
    with acting(owner_db, cast.alice, cast.workspace):
        owner_db.execute("update workspaces set name = %s where id = %s", (EVIL, cast.workspace))
    owner_db.execute("update users set full_name = %s where id = %s", (EVIL, cast.ada.id))
    shown = (await people["alice"].page("GET", "/settings/audit")).text
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "kept for 400 days" in words(shown)
    owner_db.execute("update workspaces set settings = '{\"audit_days\": 30}' where id = %s", (cast.workspace,))
    assert "kept for 30 days" in words((await people["alice"].page("GET", "/settings/audit")).text)
    asked = {"kind": "account", "verb": "changed", "person": str(cast.alice.id), "since": "2026-01-01", "until": "2199-01-01"}
    some = await people["alice"].page("GET", "/settings/audit", params=asked)
    assert "paused the account acme (x)" in words(some.text)
    assert "connected the account" not in words(some.text)
    assert "format=csv" in some.text
    assert "kind=account&amp;verb=changed" in some.text
    assert "Nothing matches" in (await people["alice"].page("GET", "/settings/audit", params={"record": str(uuid4())})).text
    for wrong in ({"since": "soon"}, {"until": "0001-01-01"}, {"person": "x"}, {"kind": "gossip"}, {"record": "x"}):
        refused = await people["alice"].page("GET", "/settings/audit", params=wrong)
        assert refused.status_code == 422, wrong


async def test_as_files(people: dict[str, Door], account: UUID, owner_db, cast: Cast):
    with acting(owner_db, cast.alice, cast.workspace):
        owner_db.execute("update workspaces set name = %s where id = %s", (EVIL, cast.workspace))
    owner_db.execute("update users set full_name = '@SUM(1)' where id = %s", (cast.ada.id,))
    with acting(owner_db, cast.ada, cast.workspace):
        owner_db.execute("update workspaces set name = 'Plain' where id = %s", (cast.workspace,))
    every = await everything(people["alice"])
    lines = await people["alice"].api("GET", "/audit/export", params={"format": "jsonl"})
    assert lines.headers["content-disposition"] == 'attachment; filename="audit-log.jsonl"'
    assert lines.headers["x-content-type-options"] == "nosniff"
    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == [each["id"] for each in every]
    table = await people["alice"].page("GET", "/settings/audit/export", params={"format": "csv", "kind": "workspace"})
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == [each["id"] for each in every if each["kind"] == "workspace"]
    assert {row["simulated"] for row in rows} == {"true"}
    assert rows[0]["actor"] == "'@SUM(1)"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\tx", "\rx", "\n=1", "＝1"])
def test_no_cell_is_a_formula(cell: str):
    assert harmless(cell) == f"'{cell}"
    assert harmless("plain = fine") == "plain = fine"


def test_secrets_are_left_out_twice():
    old = {"name": "a", "access_token": "t", "data": {"client_secret": "s", "hashtags": ["x"], "list": [{"Authorization": "b", "n": 1}]}}
    found = find_changes(old, {"name": "b", "access_token": "u", "data": {}})
    assert [(each.field, each.before, each.after) for each in found] == [
        ("name", "a", "b"),
        ("data.hashtags", ["x"], None),
        ("data.list", [{"n": 1}], None),
    ]


def test_of_a_field_with_fields_only_what_differs():
    (change,) = find_changes({"settings": {"a": 1, "b": 2, "c": None}}, {"settings": {"a": 1, "b": 3}})
    assert (change.field, change.before, change.after) == ("settings.b", 2, 3)


def test_every_audited_table_has_a_word(owner_db):
    audited = {
        name for (name,) in owner_db.execute("select tgrelid::regclass::text from pg_trigger where tgfoid = 'public.log_audit'::regproc")
    }
    assert audited <= set(TABLES)


async def test_ten_thousand_rows_stay_flat_in_memory(api_pool: Pool, owner_db, cast: Cast):
    def fill(count: int) -> None:
        owner_db.execute(
            """insert into audit_log (workspace_id, table_name, record_id, action, old_data, new_data, user_id, created_at)
               select %s, 'workspaces', %s, 'UPDATE', jsonb_build_object('name', 'a' || n, 'settings', repeat('x', 500)),
                      jsonb_build_object('name', 'b' || n, 'settings', repeat('y', 500)), %s, now() - make_interval(secs => n)
                 from generate_series(1, %s) n""",
            (cast.workspace, cast.workspace, cast.alice.id, count),
        )

    async def weigh() -> tuple[int, int]:
        """How many lines, and the peak in bytes."""
        lines, tracing = 0, tracemalloc.start()
        assert tracing is None
        async for piece in export(context(api_pool, cast), View(), Format.CSV):
            lines += piece.count(b"\r\n")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return lines - 1, peak

    fill(500)
    await weigh()  # what is loaded once
    few, little = await weigh()
    fill(10_000)
    many, much = await weigh()
    assert many == few + 10_000
    assert much < 1.5 * little, (little, much)


FILTERS = {
    "all": View(),
    "a person's": View(person=UUID(int=7)),
    "a kind's": View(kind=Kind.KEY),
    "a record's": View(record=UUID(int=7)),
    "a span's": View(since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2026, 2, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_each_filter_is_an_index(api_pool: Pool, owner_db, cast: Cast, name: str):
    """On a log of many workspaces: what is asked for is found without reading the rest."""
    owner_db.execute(
        """insert into audit_log (workspace_id, table_name, record_id, action, user_id, created_at)
           select case when n %% 10 = 0 then %s else %s end, case when n %% 97 = 0 then 'api_keys' else 'scheduled_posts' end,
                  gen_random_uuid(), 'UPDATE', gen_random_uuid(), timestamptz '2026-01-01' + make_interval(mins => n)
             from generate_series(1, 30000) n""",
        (cast.workspace, cast.elsewhere),
    )
    owner_db.execute("analyze audit_log")
    async with transaction(api_pool, Actor("authenticated", cast.alice.id, cast.workspace)) as db:
        query = store._sql["entries"].text
        values = store.parameters(cast.workspace, FILTERS[name], after=None, limit=51)
        plan = await (await db.execute(f"explain (analyze, format json) {query}".encode(), values)).fetchone()
    assert read_rows(plan[0][0]["Plan"]) < 500


def read_rows(node: dict) -> int:
    """How many rows of the log a plan looked at."""
    looked_at = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    own = looked_at if node.get("Relation Name") == "audit_log" else 0
    return own + sum(read_rows(each) for each in node.get("Plans", []))


async def test_who_may_no_longer_read_gets_no_whole_file(api_pool: Pool, owner_db, cast: Cast):
    owner_db.execute(
        """insert into audit_log (workspace_id, table_name, record_id, action, created_at)
           select %s, 'workspaces', %s, 'INSERT', now() - make_interval(secs => n) from generate_series(1, 500) n""",
        (cast.workspace, cast.workspace),
    )
    lines = export(context(api_pool, cast), View(), Format.JSONL)
    assert await anext(lines)
    with serving(owner_db):
        owner_db.execute(
            "insert into workspace_members (workspace_id, user_id, role) values (%s, %s, 'owner')", (cast.workspace, cast.mallory.id)
        )
        owner_db.execute("delete from workspace_members where workspace_id = %s and user_id = %s", (cast.workspace, cast.alice.id))
    with pytest.raises(Forbidden):
        await anext(lines)


def test_nobody_writes_key_or_origin(owner_db, cast: Cast):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, cast.alice, cast.workspace):
        owner_db.execute("update audit_log set key_id = null, origin = 'cli'")


def context(pool: Pool, cast: Cast) -> SimpleNamespace:
    """What an export needs of a request of Alice's."""
    actor = Actor("authenticated", cast.alice.id, cast.workspace)
    workspace = SimpleNamespace(simulated=False)
    now = datetime.now(UTC) + timedelta(minutes=1)
    return SimpleNamespace(actor=actor, caller=SimpleNamespace(workspace=workspace), now=now, transaction=lambda: transaction(pool, actor))
