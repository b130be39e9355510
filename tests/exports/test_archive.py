"""What is in an archive: every table, only what its maker may read, never a secret; and names that no system stumbles over."""

from __future__ import annotations

import base64
import hashlib
import tracemalloc
from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from postwright.exports import collect
from postwright.exports.names import Names, safe_name
from tests.cast import acting, serving
from tests.db.rows import fill, insert, new_row
from tests.exports.desk import Desk

pytestmark = pytest.mark.anyio

# Planted where tokens, hashes and secrets lie. None may leave.
SECRETS = (
    "planted-access-token",
    "planted-refresh-token",
    "planted-webhook-secret",
    "planted-key-hash",
    "planted-invitation",
    "planted-session",
)


def plant(desk: Desk, maker: Any) -> None:
    cast = desk.cast
    with serving(desk.db):
        desk.db.execute("update platform_connections set access_token = %s, refresh_token = %s", SECRETS[:2])
        desk.db.execute("update webhooks set secret = %s", [SECRETS[2]])
        desk.db.execute("update api_keys set key_hash = %s", [SECRETS[3].encode()])
        desk.db.execute("update invitations set token_hash = %s where email like 'guest%%'", [SECRETS[4].encode()])
        desk.db.execute(
            "insert into sessions (user_id, workspace_id, token_hash, expires_at) values (%s, %s, %s, '2030-01-01')",
            [maker.id, cast.workspace, SECRETS[5].encode()],
        )


def planted(data: bytes) -> list[str]:
    """As text, and as bytea and base64 would show it."""
    found = []
    for secret in SECRETS:
        raw = secret.encode()
        forms = (raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"="))
        if any(form in data for form in forms):
            found.append(secret)
    return found


def tenant_tables(desk: Desk) -> set[str]:
    return {
        name
        for (name,) in desk.db.execute(
            """select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"""
        )
    }


async def test_every_table_with_a_workspace_is_in_it(desk: Desk) -> None:
    world = fill(desk.db, desk.cast)
    opened = await desk.export(desk.cast.alice)
    assert opened.tables == tenant_tables(desk) | {"workspaces", "people"}
    own = {"voice_profiles", "templates", "user_scheduling_preferences", "notifications", "sessions", "exports"}
    own |= {"notice_preferences", "notice_deliveries", "uploads"}
    empty = {table for table in tenant_tables(desk) - own if not opened.rows(table)}
    assert not empty, "a row of each was there"
    assert [row["id"] for row in opened.rows("projects")] == [str(world.ids["projects"])]


async def test_the_columns_are_those_that_a_member_reads(desk: Desk) -> None:
    fill(desk.db, desk.cast)
    opened = await desk.export(desk.cast.alice)
    for table in sorted(opened.tables - {"people"}):
        readable = {
            name
            for (name,) in desk.db.execute(
                """select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
                      and has_column_privilege('authenticated', attrelid, attnum, 'select')""",
                [f"public.{table}"],
            )
        }
        for row in opened.rows(table):
            assert set(row) == readable, table


@pytest.mark.parametrize("kind", ["workspace", "person"])
async def test_no_secret_is_in_it(desk: Desk, kind: str) -> None:
    fill(desk.db, desk.cast)
    plant(desk, desk.cast.alice)
    with serving(desk.db):
        desk.db.execute("update api_keys set user_id = %s", [desk.cast.alice.id])
    opened = await desk.export(desk.cast.alice, kind)
    everything = opened.everything()
    assert not planted(everything)
    assert planted(b"..." + SECRETS[0].encode()), "the search itself finds"
    password = desk.db.execute("select password_hash from app.user_secrets where user_id = %s", [desk.cast.alice.id]).fetchone()
    assert password
    assert password[0].encode() not in everything


async def test_nothing_of_another_workspace(desk: Desk) -> None:
    fill(desk.db, desk.cast)
    with serving(desk.db, desk.cast.elsewhere):
        for table in ("projects", "platform_connections", "competitor_profiles"):
            row = new_row(table, {}, desk.cast, desk.cast.mallory, 7) | {"workspace_id": desk.cast.elsewhere}
            insert(desk.db, table, row)
    await desk.add_medium("hers.png", b"mallory's picture", workspace=desk.cast.elsewhere, person=desk.cast.mallory)
    opened = await desk.export(desk.cast.alice)
    everything = opened.everything()
    for foreign in (desk.cast.elsewhere, desk.cast.mallory.id, desk.cast.mallory.personal, desk.cast.bob.personal):
        assert str(foreign).encode() not in everything
    assert b"mallory" not in everything.lower()
    for table in opened.tables - {"people", "workspaces"}:
        assert {row["workspace_id"] for row in opened.rows(table)} <= {str(desk.cast.workspace)}, table


async def test_what_others_keep_to_themselves_stays_theirs(desk: Desk) -> None:
    fill(desk.db, desk.cast)  # voices, templates, preferences and notices of Bob
    opened = await desk.export(desk.cast.alice)
    for table in ("voice_profiles", "templates", "user_scheduling_preferences", "notifications", "sessions"):
        assert str(desk.cast.bob.id) not in {row["user_id"] for row in opened.rows(table)}, table
    assert {row["user_id"] for row in opened.rows("voice_profiles")} <= {str(desk.cast.alice.id)}


async def test_a_persons_own_rows_wherever_they_lie(desk: Desk) -> None:
    fill(desk.db, desk.cast)
    bob = desk.cast.bob
    opened = await desk.export(bob, "person")
    assert [row["email"] for row in opened.rows("users")] == [bob.email]
    assert {row["user_id"] for row in opened.rows("workspace_members")} == {str(bob.id)}
    assert {row["name"] for row in opened.rows("workspaces")} == {"Acme", "Bob"}
    for table in ("sessions", "api_keys", "voice_profiles", "user_scheduling_preferences", "comments", "notifications", "templates"):
        assert opened.rows(table), table
        assert {row["user_id"] for row in opened.rows(table)} == {str(bob.id)}, table
    assert not opened.rows("content_adaptations"), "drafts of a workspace are the workspace's"
    assert not opened.rows("platform_connections")
    assert "people" not in opened.tables
    everything = opened.everything()
    for other in (desk.cast.alice, desk.cast.ada, desk.cast.mallory):
        assert other.email.encode() not in everything


async def test_the_manifest_is_true(desk: Desk) -> None:
    fill(desk.db, desk.cast)
    with serving(desk.db):
        desk.db.execute("update workspaces set environment = 'sandbox' where id = %s", [desk.cast.workspace])
        lost = insert(desk.db, "files", new_row("files", {"projects": None}, desk.cast, desk.cast.bob, 9))
    await desk.add_medium("a.png", b"one")
    opened = await desk.export(desk.cast.alice)
    told = opened.manifest
    assert (told["format"], told["version"], told["of"], told["simulated"]) == ("postwright-export", 1, "workspace", True)
    assert told["made_by"]["email"] == desk.cast.alice.email
    assert {each["path"] for each in told["files"]} | {"manifest.json", "README.txt"} == set(opened.names)
    for each in told["files"]:
        data = opened.zip.read(each["path"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"]), each
        if "rows" in each:
            assert len(data.splitlines()) == each["rows"]
    assert str(lost) in told["missing_media"]
    readme = opened.zip.read("README.txt").decode()
    assert "sandbox" in readme
    assert "Acme" in readme


async def test_hard_words_come_out_as_they_went_in(desk: Desk) -> None:
    words = [
        "back\\slash \\\\ \\n \\N",
        'quote " tab \t line \n return \r',
        "\u2028 \u202e rtl",
        "👩‍👩‍👧 emoji",
        "ends with \\",
        "x" * 300_000,
    ]
    with acting(desk.db, desk.cast.bob, desk.cast.workspace):
        for each in words:
            desk.db.execute(
                "insert into content_adaptations (original_idea, adaptations) values (%s, %s)", [each, Jsonb({"x": {"text": each}})]
            )
    opened = await desk.export(desk.cast.alice)
    rows = opened.rows("content_adaptations")
    assert {row["original_idea"] for row in rows} == set(words)
    assert {row["adaptations"]["x"]["text"] for row in rows} == set(words)


async def test_media_under_names_that_lead_nowhere(desk: Desk) -> None:
    wanted = [
        "../../x.png",
        "CON",
        "con.txt",
        "🎉 party.png",
        "a.png",
        "A.png",
        "a.png",
        "/etc/passwd",
        "..",
        "C:\\temp\\b.png",
        "\x00\x1f",
        "x" * 400 + ".png",
    ]
    for number, name in enumerate(wanted):
        if "\x00" in name:
            name = "\x01\x1f"
        await desk.add_medium(name, f"bytes {number}".encode())
    opened = await desk.export(desk.cast.alice)
    media = [name for name in opened.names if name.startswith("media/")]
    assert len(media) == len(wanted) == len({name.casefold() for name in media})
    for name in media:
        inner = name.removeprefix("media/")
        assert inner not in {"", ".", ".."}
        assert not set(inner) & set('/\\:*?"<>|')
        assert len(inner.encode()) <= 120
    assert {"media/x.png", "media/CON_", "media/🎉 party.png", "media/passwd", "media/b.png"} <= set(media)
    assert sorted(opened.zip.read(name) for name in media) == sorted(f"bytes {n}".encode() for n in range(len(wanted)))
    by_file = {each["file_id"]: each["path"] for each in opened.manifest["files"] if "file_id" in each}
    assert set(by_file) == {row["id"] for row in opened.rows("files")}


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("../../x", "x"), ("CON", "CON_"), ("con.tar.gz", "con_.tar.gz"), ("Lpt1", "Lpt1_"), ("", "file"), ("...", "file"), ("a/", "a"),
        ("name. ", "name"), ("b\u202egnp.exe", "b_gnp.exe"), ("COM¹", "COM¹_"), ("a\nb", "a_b"), ("e\u0301", "é"), 
        (" con .txt", "con_.txt"),
    ],
)  # fmt: skip
def test_a_safe_name(wanted: str, given: str) -> None:
    assert safe_name(wanted) == given


def test_the_second_of_a_name_is_numbered() -> None:
    names = Names()
    assert [names.give(each) for each in ("a.png", "A.PNG", "a (2).png", "a.png", "b", "b")] == [
        "a.png", "A (2).PNG", "a (2) (2).png", "a (3).png", "b", "b (2)",
    ]  # fmt: skip
    long = "ü" * 200 + ".jpeg"
    given = [names.give(long) for _ in range(12)]
    assert len(set(given)) == 12
    assert max(len(each.encode()) for each in given) <= 120
    assert all(each.endswith(".jpeg") for each in given)


async def test_memory_does_not_grow_with_the_rows(desk: Desk) -> None:
    """What Python holds at its peak stays under a bound far below the size of the rows."""
    with serving(desk.db):
        desk.db.execute(
            """insert into competitor_profiles (workspace_id, created_by, name, platform, handle)
               select %s, %s, 'Rival ' || n || repeat('x', 200), 'x', 'rival' || n from generate_series(1, 60000) n""",
            [desk.cast.workspace, desk.cast.bob.id],
        )
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    tracemalloc.start()
    try:
        assert await desk.make(id)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = desk.db.execute("select sum(length(row_to_json(c)::text)) from competitor_profiles c").fetchone()
    assert size
    assert size[0] > 25_000_000
    assert peak < 12_000_000


async def test_one_snapshot_for_all_rows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written while it is being made is not in it: no row refers to one that is missing."""
    packed = collect._pack_table

    async def meanwhile(*values: Any) -> Any:
        with acting(desk.db, desk.cast.bob, desk.cast.workspace):
            desk.db.execute("insert into projects (title) values ('meanwhile')")
        return await packed(*values)

    monkeypatch.setattr(collect, "_pack_table", meanwhile)
    opened = await desk.export(desk.cast.alice)
    assert not opened.rows("projects")
    assert opened.manifest["counts"]["rows"] == sum(len(opened.rows(table)) for table in opened.tables)


async def test_an_own_column_is_found_by_the_policy(desk: Desk) -> None:
    found = {
        name: desk.db.execute("select app.own_column(%s::regclass)", [f"public.{name}"]).fetchone()[0]  # type: ignore[index]
        for name in ("voice_profiles", "templates", "user_scheduling_preferences", "notifications", "sessions", "users", "projects")
    }
    assert found == {
        "voice_profiles": "user_id", "templates": "user_id", "user_scheduling_preferences": "user_id", "notifications": "user_id",
        "sessions": "user_id", "users": "id", "projects": None,
    }  # fmt: skip
    policies = desk.db.execute(sql.SQL("select count(*) from pg_policies where qual like '%app.me()%' and cmd = 'SELECT'")).fetchone()
    assert policies
    assert policies[0] >= 5
