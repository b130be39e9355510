"""The notifications centre: one's own, page by page, read once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from postwright.db.session import Pool
from postwright.notices import api, pages
from tests.cast import Cast
from tests.edge.small import make_key
from tests.notices.door import Door, app_of, doors, words

pytestmark = pytest.mark.anyio

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.fixture
async def people(api_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[dict[str, Door]]:
    async with doors(app_of(api_pool, tmp_path, api=(api.router,), pages=(pages.router,)), cast) as made:
        yield made


@pytest.fixture
def seven(owner_db, cast: Cast) -> list[str]:
    """Bob's notices, the latest first."""
    owner_db.execute("delete from notifications")
    for n in range(7):
        owner_db.execute(
            """insert into notifications (workspace_id, user_id, kind, title, link, created_at)
               values (%s, %s, %s, %s, '/posts', now() - make_interval(mins => %s))""",
            (cast.workspace, cast.bob.id, "mention" if n % 2 else "comment", f"Notice {n}", n),
        )
    return [str(row[0]) for row in owner_db.execute("select id from notifications order by created_at desc")]


async def test_page_by_page_and_by_kind(people: dict[str, Door], seven: list[str]):
    first = (await people["bob"].api("GET", "/notifications", params={"limit": 4})).json()
    rest = (await people["bob"].api("GET", "/notifications", params={"limit": 4, "after": first["next"]})).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == seven
    assert (rest["next"], first["unread"]) == (None, 7)
    mentions = (await people["bob"].api("GET", "/notifications", params={"kind": "mention"})).json()
    assert {each["kind"] for each in mentions["items"]} == {"mention"}
    assert len(mentions["items"]) == 3
    assert {each["simulated"] for each in first["items"]} == {False}


async def test_read_one_read_all(people: dict[str, Door], seven: list[str]):
    bob = people["bob"]
    once = await bob.api("POST", f"/notifications/{seven[2]}/read")
    assert once.json()["read_at"]
    assert (await bob.api("POST", f"/notifications/{seven[2]}/read")).json()["read_at"] == once.json()["read_at"]
    unread = (await bob.api("GET", "/notifications", params={"unread": True})).json()
    assert len(unread["items"]) == unread["unread"] == 6
    until = unread["items"][3]["created_at"]
    assert (await bob.api("POST", "/notifications/read", json={"until": until})).json() == {"marked": 3}
    assert (await bob.api("POST", "/notifications/read")).json() == {"marked": 3}
    assert (await bob.api("GET", "/notifications", params={"unread": True})).json()["items"] == []


async def test_nobody_reads_another_s(people: dict[str, Door], seven: list[str]):
    for name in ("alice", "ada", "vera", "mallory"):
        assert (await people[name].api("GET", "/notifications")).json()["items"] == []
        answer = await people[name].api("POST", f"/notifications/{seven[0]}/read")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await people[name].page("POST", f"/notifications/{seven[0]}/open")).status_code == 404
    assert (await people["bob"].api("GET", "/notifications")).json()["unread"] == 7


async def test_another_s_cursor_shows_nothing_of_theirs(people: dict[str, Door], seven: list[str]):
    cursor = (await people["bob"].api("GET", "/notifications", params={"limit": 2})).json()["next"]
    assert (await people["vera"].api("GET", "/notifications", params={"after": cursor})).json()["items"] == []
    for who, after in (("mallory", cursor), ("bob", "x")):  # of another workspace, and of none
        refused = await people[who].api("GET", "/notifications", params={"after": after})
        assert (refused.status_code, refused.json()["field"]) == (422, "after")


async def test_keys_read_and_mark_nothing(people: dict[str, Door], seven: list[str], owner_db, cast: Cast):
    owner_db.execute("update workspace_members set role = 'admin' where workspace_id = %s and user_id = %s", (cast.workspace, cast.bob.id))
    key = Door(people["bob"].http, {"Authorization": f"Bearer {make_key(owner_db, cast.bob, cast.workspace, ['read', 'admin'])}"})
    assert len((await key.api("GET", "/notifications", params={"kind": "comment"})).json()["items"]) == 4
    for path in ("/notifications/read", f"/notifications/{seven[0]}/read"):
        answer = await key.api("POST", path)
        assert (answer.status_code, answer.json()["rule"]) == (403, "person")


async def test_the_page_and_the_bell(people: dict[str, Door], seven: list[str], owner_db):
    bob = people["bob"]
    assert "7" in words((await bob.page("GET", "/notifications/_bell")).text)
    owner_db.execute("update notifications set title = %s, body = %s where id = %s", (EVIL, EVIL, seven[0]))
    shown = await bob.page("GET", "/notifications")
    assert shown.status_code == 200, shown.text
    assert "<script>alert" not in shown.text
    assert "<img src=x" not in shown.text
    opened = await bob.page("POST", f"/notifications/{seven[0]}/open")
    assert (opened.status_code, opened.headers["location"]) == (303, "/posts")
    assert "6" in words((await bob.page("GET", "/notifications/_bell")).text)
    assert (await bob.page("POST", "/notifications/read", data={"show": "unread"})).headers["location"] == "/notifications?show=unread"
    assert words((await bob.page("GET", "/notifications/_bell")).text) == ""
    assert "All read" in (await bob.page("GET", "/notifications", params={"show": "unread"})).text
    assert "Nothing to tell you" in (await people["vera"].page("GET", "/notifications")).text


async def test_what_waits_in_another_workspace_is_said(people: dict[str, Door], owner_db, cast: Cast):
    owner_db.execute("delete from notifications")
    owner_db.execute(
        "insert into notifications (workspace_id, user_id, kind, title) values (%s, %s, 'invitation', 'You are invited')",
        (cast.bob.personal, cast.bob.id),
    )
    shown = (await people["bob"].page("GET", "/notifications")).text
    assert "Unread in your other workspaces" in shown
    assert f"/workspaces/{cast.bob.personal}/open" in shown
    assert "other workspaces" not in (await people["vera"].page("GET", "/notifications")).text


async def test_one_that_is_none(people: dict[str, Door]):
    assert (await people["bob"].api("POST", f"/notifications/{uuid4()}/read")).status_code == 404
    assert (await people["bob"].api("POST", "/notifications/read", json={"until": "2026-01-01T00:00:00"})).status_code == 422
