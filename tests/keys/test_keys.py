"""Keys are made by persons, shown once, and end at once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import httpx2
import psycopg
import pytest
from fastapi import FastAPI

from postwright import config
from postwright.db.session import SERVICE, Pool, transaction
from postwright.edge.key_text import make_key, well_formed
from postwright.errors import SetupError
from postwright.keys import store
from tests.cast import Cast, acting
from tests.workspaces.desk import Browser, Desk

pytestmark = pytest.mark.anyio

ROBOT = {"name": "Robot", "scopes": ["draft"]}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def make(desk: Desk, **wish) -> dict:
    made = await desk("POST", "/v1/keys", json=ROBOT | wish)
    assert made.status_code == 201, made.text
    return made.json()


async def test_a_key_is_shown_once_and_kept_as_a_hash(desks: dict[str, Desk], owner_db, http: httpx2.AsyncClient):
    made = await make(desks["alice"])
    assert well_formed(made["token"])
    assert (made["prefix"], made["scopes"], made["accounts"], made["state"]) == (made["token"][:10], ["read", "draft"], None, "stands")
    listed = await desks["ada"]("GET", "/v1/keys")
    assert [each["id"] for each in listed.json()["items"]] == [made["id"]]
    assert made["token"] not in listed.text + (await desks["ada"]("GET", f"/v1/keys/{made['id']}")).text
    row = owner_db.execute("select key_hash, to_jsonb(k)::text from api_keys k").fetchone()
    assert row[0] == hashlib.sha256(made["token"].encode()).digest()
    assert made["token"] not in row[1]
    me = await http.get("/api/v1/me", headers=bearer(made["token"]))
    assert (me.status_code, me.json()["email"], me.json()["workspace"]["role"]) == (200, "alice@example.com", "editor")
    assert (await desks["alice"]("GET", f"/v1/keys/{made['id']}")).json()["last_used_at"] is not None


async def test_the_same_request_gives_the_same_key_and_no_stored_answer_tells_it(desks: dict[str, Desk], owner_db):
    first, again = [await desks["alice"]("POST", "/v1/keys", json=ROBOT, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    stored = owner_db.execute("select string_agg(to_jsonb(a)::text, '') from app.request_answers a").fetchone()[0]
    assert first.json()["token"] not in stored
    assert first.json()["id"] not in stored


async def test_a_rehearsal_makes_none(desks: dict[str, Desk], http: httpx2.AsyncClient):
    made = await desks["alice"]("POST", "/v1/keys", params={"dry_run": True}, json=ROBOT)
    assert made.headers["dry-run"] == "true"
    assert (await http.get("/api/v1/me", headers=bearer(made.json()["token"]))).status_code == 401


@pytest.mark.parametrize(
    ("wish", "field", "rule"),
    [
        ({"name": " "}, "name", "length"),
        ({"name": "a\nb"}, "name", "length"),
        ({"name": "x" * 81}, "name", "length"),
        ({"scopes": []}, "scopes", "too_short"),
        ({"scopes": ["owner"]}, "scopes.0", "enum"),
        ({"accounts": []}, "accounts", "too_short"),
        ({"accounts": ["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a55"]}, "accounts", "exists"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "future"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "expires_at", "range"),
        ({"expires_at": "2030-01-01T00:00:00"}, "expires_at", "timezone_aware"),
        ({"days": 0}, "days", "greater_than_equal"),
        ({"surprise": 1}, "surprise", "extra_forbidden"),
    ],
)
async def test_what_is_wrong_is_named(desks: dict[str, Desk], wish: dict, field: str, rule: str):
    refused = await desks["alice"]("POST", "/v1/keys", json=ROBOT | wish)
    assert (refused.status_code, refused.json()["field"], refused.json()["rule"]) == (422, field, rule)


async def test_its_life(desks: dict[str, Desk]):
    now = datetime.now(UTC)
    usual, forever, exact = await make(desks["alice"]), await make(desks["alice"], days=None), now + timedelta(days=3)
    assert abs(datetime.fromisoformat(usual["expires_at"]) - now - timedelta(days=90)) < timedelta(minutes=1)
    assert forever["expires_at"] is None
    assert datetime.fromisoformat((await make(desks["alice"], expires_at=exact.isoformat()))["expires_at"]) == exact


@pytest.mark.parametrize("who", ["bob", "vera"])
async def test_only_admins_manage_keys(desks: dict[str, Desk], who: str):
    made = await make(desks["alice"])
    for method, path, body in _verbs(made["id"]):
        refused = await desks[who](method, path, json=body)
        assert (refused.status_code, refused.json()["rule"]) == (403, "role"), (method, path)


async def test_no_key_manages_keys_whatever_it_may(desks: dict[str, Desk], http: httpx2.AsyncClient, owner_db, cast: Cast):
    made = await make(desks["alice"], scopes=["read", "draft", "schedule", "publish", "admin"])
    for method, path, body in _verbs(made["id"]):
        refused = await http.request(method, f"/api{path}", json=body, headers=bearer(made["token"]))
        assert (refused.status_code, refused.json()["rule"]) == (403, "person"), (method, path)
    with acting(owner_db, cast.alice, cast.workspace) as db:
        db.execute("select set_config('request.jwt.claims', (current_setting('request.jwt.claims')::jsonb || %s::jsonb)::text, true)",
                   [f'{{"key": "{made["id"]}", "workspace": "{cast.workspace}", "cap": 3}}'])  # fmt: skip
        assert db.execute("update api_keys set name = 'mine'").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction():
            db.execute("insert into api_keys (workspace_id, name, prefix, key_hash) values (%s, 'more', 'pwk_', 'x')", [cast.workspace])


async def test_another_workspace_s_key_is_not_there(desks: dict[str, Desk], http: httpx2.AsyncClient, cast: Cast):
    made = await make(desks["alice"])
    for desk in (Desk(http, desks["mallory"].token, cast.elsewhere), Desk(http, desks["alice"].token, cast.alice.personal)):
        for method, path, body in _verbs(made["id"])[2:]:
            assert (await desk(method, path, json=body)).status_code == 404
    assert (await http.get("/api/v1/me", headers=bearer(made["token"]))).status_code == 200


async def test_renamed_and_revoked(desks: dict[str, Desk], http: httpx2.AsyncClient):
    made = await make(desks["alice"])
    path = f"/v1/keys/{made['id']}"
    seen = await desks["ada"]("GET", path)
    renamed = await desks["alice"]("PATCH", path, json={"name": "Other"}, headers={"If-Match": seen.headers["etag"]})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Other")
    assert (await desks["ada"]("PATCH", path, json={"name": "Late"}, headers={"If-Match": seen.headers["etag"]})).status_code == 412
    assert [(await desks["ada"]("DELETE", path)).status_code for _ in range(2)] == [204, 204]
    refused = await http.get("/api/v1/me", headers=bearer(made["token"]))
    assert (refused.status_code, refused.json()["rule"], refused.headers["www-authenticate"][:6]) == (401, "key", "Bearer")
    late = await desks["alice"]("PATCH", path, json={"name": "Again"})
    assert (late.status_code, late.json()["rule"]) == (409, "revoked")
    standing, ended = [(await desks["alice"]("GET", "/v1/keys", params={"state": each})).json()["items"] for each in ("standing", "ended")]
    assert (standing, [each["state"] for each in ended]) == ([], ["revoked"])


async def test_revoked_is_for_good_in_the_database_too(desks: dict[str, Desk], owner_db, cast: Cast):
    made = await make(desks["alice"])
    await desks["alice"]("DELETE", f"/v1/keys/{made['id']}")
    for change in ("revoked_at = null", "revoked_at = now() + interval '1 day'", "name = 'x'"):
        with pytest.raises(psycopg.errors.CheckViolation), acting(owner_db, cast.alice, cast.workspace) as db:
            db.execute(f"update api_keys set {change}".encode())


async def test_pages_of_the_list_neither_skip_nor_repeat(desks: dict[str, Desk]):
    made = [(await make(desks["alice"], name=f"Key {n}"))["id"] for n in range(5)]
    seen, after = [], None
    while True:
        page = (await desks["alice"]("GET", "/v1/keys", params={"limit": 2} | ({"after": after} if after else {}))).json()
        seen += [each["id"] for each in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen == made[::-1]


async def test_it_is_worth_what_its_maker_is_at_that_moment(desks: dict[str, Desk], http: httpx2.AsyncClient, owner_db, cast: Cast):
    made = await make(desks["ada"], scopes=["admin", "draft"])
    role = "select role from workspace_members where workspace_id = %s and user_id = %s"
    assert owner_db.execute(role, [cast.workspace, cast.ada.id]).fetchone() == ("admin",)
    for present, expected, held_back in [("admin", "admin", False), ("editor", "editor", True), ("viewer", "viewer", True)]:
        owner_db.execute(
            "update workspace_members set role = %s where workspace_id = %s and user_id = %s", [present, cast.workspace, cast.ada.id]
        )
        me = await http.get("/api/v1/me", headers=bearer(made["token"]))
        assert (me.status_code, me.json()["workspace"]["role"]) == (200, expected)
        assert (await desks["alice"]("GET", f"/v1/keys/{made['id']}")).json()["held_back"] is held_back


async def test_it_ends_with_its_maker(desks: dict[str, Desk], http: httpx2.AsyncClient, owner_db, cast: Cast):
    left, locked = await make(desks["ada"]), await make(desks["alice"])
    owner_db.execute("delete from workspace_members where workspace_id = %s and user_id = %s", [cast.workspace, cast.ada.id])
    assert (await http.get("/api/v1/me", headers=bearer(left["token"]))).status_code == 401
    shown = (await desks["alice"]("GET", f"/v1/keys/{left['id']}")).json()
    assert (shown["state"], shown["maker"]) == ("revoked", None)
    owner_db.execute("update users set is_active = false where id = %s", [cast.alice.id])
    assert (await http.get("/api/v1/me", headers=bearer(locked["token"]))).status_code == 401


async def test_a_typo_is_told_without_the_database(api_pool: Pool, app: FastAPI, http: httpx2.AsyncClient, monkeypatch):
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(app.state.postwright.pool, "connection", asked)
    key = make_key()
    for wrong in (key[:-1], key[:-1] + ("a" if key[-1] != "a" else "b"), key + "x", "pwk_", key.replace("_", "-", 1)[:3] + "_" + key[5:]):
        refused = await http.get("/api/v1/me", headers=bearer(wrong))
        assert (refused.status_code, refused.json()["rule"]) == (401, "key_form"), wrong


async def test_keys_open_the_api_only(desks: dict[str, Desk], http: httpx2.AsyncClient):
    made = await make(desks["alice"], scopes=["admin"])
    for path in ("/settings/keys", "/events"):
        refused = await http.get(path, headers=bearer(made["token"]))
        assert (refused.status_code, refused.json()["rule"]) == (401, "session"), path
        assert "/api/" in refused.json()["detail"]


async def test_every_answer_tells_what_the_key_has_left(desks: dict[str, Desk], http: httpx2.AsyncClient, cast: Cast):
    made = await make(desks["alice"], scopes=["read"])
    key = bearer(made["token"])
    answers = [
        await http.get("/api/v1/me", headers=key),
        await http.post("/api/v1/keys", json=ROBOT, headers=key),
        await http.get("/api/v1/me", headers=key | {"X-Workspace": str(cast.elsewhere)}),
        await http.get("/api/v1/me", headers=key | {"X-Workspace": "nonsense"}),
        await http.get("/api/v1/keys/nonsense", headers=key),
    ]
    assert [each.status_code for each in answers] == [200, 403, 404, 422, 403]
    assert {each.headers["ratelimit-limit"] for each in answers} == {"600"}
    left = [int(each.headers["ratelimit-remaining"]) for each in answers]
    assert left == sorted(left, reverse=True) or 599 in left  # the minute may turn in between
    assert all(1 <= int(each.headers["ratelimit-reset"]) <= 60 for each in answers)


@pytest.mark.parametrize("rate", ["0", "-1", "many", "1000001", "6e2"])
def test_the_operator_s_rate_is_a_number(rate: str):
    assert config.load({"POSTWRIGHT_KEY_RATE": "30"}).key_rate == 30
    with pytest.raises(SetupError) as refused:
        config.load({"POSTWRIGHT_KEY_RATE": rate})
    assert refused.value.field == "POSTWRIGHT_KEY_RATE"


async def test_its_maker_is_told_before_it_ends(desks: dict[str, Desk], owner_db, worker_pool: Pool, cast: Cast):
    now = datetime.now(UTC)
    ends, far, brief = [await make(desks["ada"], name=f"{days} days", days=days) for days in (20, 60, 3)]
    assert brief["expires_at"]

    async def warn(at: datetime) -> int:
        async with transaction(worker_pool, SERVICE) as db:
            return await store.warn_of_ending_keys(db, at)

    assert await warn(now) == 0  # who makes a key for three days knows
    assert await warn(now + timedelta(days=14)) == 1
    assert await warn(now + timedelta(days=14, hours=1)) == 0
    rows = owner_db.execute("select user_id, kind, title, link, incident from notifications where kind = 'key_expiring'").fetchall()
    assert rows == [(cast.ada.id, "key_expiring", "The key “20 days” ends soon", "/settings/keys", f"key:{ends['id']}")]
    await desks["ada"]("DELETE", f"/v1/keys/{far['id']}")
    assert await warn(now + timedelta(days=55)) == 0


async def test_the_page_makes_shows_once_and_revokes(desks: dict[str, Desk], http: httpx2.AsyncClient, app: FastAPI, cast: Cast, owner_db):
    browser = await _browser(http, app, desks["alice"], cast, owner_db)
    page = await browser.get("/settings/keys")
    assert page.status_code == 200
    assert "No key stands" in page.text
    wrong = await browser.post("/settings/keys", name="", scopes=["draft"], lifetime="date", until="soon")
    assert wrong.status_code == 422
    assert 'value="draft" checked' in wrong.text
    made = await browser.post("/settings/keys", name="Page robot", scopes=["draft"], lifetime="date", until=str(datetime.now(UTC).date()))
    token = made.text.split("pwk_")[1].split('"')[0]
    assert well_formed(f"pwk_{token}")
    assert made.headers.get("location") is None
    again = await browser.get("/settings/keys")
    assert "Page robot" in again.text
    assert token not in again.text
    id = owner_db.execute("select id from api_keys").fetchone()[0]
    assert (await browser.post(f"/settings/keys/{id}/name", name="Renamed")).status_code == 303
    assert (await browser.post(f"/settings/keys/{id}/revoke", workspace=str(cast.elsewhere))).status_code == 409
    assert (await browser.post(f"/settings/keys/{id}/revoke")).status_code == 303
    assert "Renamed" in (await browser.get("/settings/keys?state=ended")).text
    assert (await http.get("/api/v1/me", headers=bearer(f"pwk_{token}"))).status_code == 401


async def test_the_page_tells_others_whom_to_ask(desks: dict[str, Desk], http: httpx2.AsyncClient, app: FastAPI, cast: Cast, owner_db):
    await make(desks["alice"], name="Secret robot")
    browser = await _browser(http, app, desks["bob"], cast, owner_db)
    page = await browser.get("/settings/keys")
    assert (page.status_code, "Keys are for admins" in page.text, "Secret robot" in page.text) == (200, True, False)
    assert (await browser.post("/settings/keys", name="x")).status_code == 403


async def _browser(http: httpx2.AsyncClient, app: FastAPI, desk: Desk, cast: Cast, owner_db) -> Browser:
    owner_db.execute("update sessions set workspace_id = %s", [cast.workspace])
    return Browser(http, app, desk.token)


def _verbs(id: str) -> list[tuple[str, str, dict | None]]:
    one = f"/v1/keys/{id}"
    return [
        ("GET", "/v1/keys", None),
        ("POST", "/v1/keys", ROBOT),
        ("GET", one, None),
        ("PATCH", one, {"name": "x"}),
        ("DELETE", one, None),
    ]
