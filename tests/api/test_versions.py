"""Who saw an older state overwrites nothing: ETag and If-Match where two may edit."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.api.desk import Desk

pytestmark = pytest.mark.anyio


def _match(tag: str) -> dict[str, str]:
    return {"If-Match": tag}


def _is_refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (412, "changed_since", "If-Match"), answer.text


async def test_drafts_and_variants(desk: Desk):
    draft = await desk.draft("x", "linkedin")
    path = f"/drafts/{draft['id']}"
    first = (await desk("GET", path)).headers["etag"]
    edit: dict[str, Any] = {"version": 1, "text": "Another text."}
    edited = await desk("PATCH", f"{path}/variants/x", json=edit, headers=_match(first))
    assert edited.status_code == 200
    second = edited.headers["etag"]
    assert second != first
    assert (await desk("GET", path)).headers["etag"] == second
    _is_refused(await desk("PATCH", f"{path}/variants/linkedin", json=edit, headers=_match(first)))
    _is_refused(await desk("PATCH", path, json={"version": 2, "title": "New"}, headers=_match(first)))
    _is_refused(await desk("POST", f"{path}/variants/x/undo", headers=_match(first)))
    _is_refused(await desk("DELETE", path, headers=_match(first)))
    assert (await desk("GET", path)).headers["etag"] == second
    assert (await desk("PATCH", path, json={"version": 2, "title": "New"}, headers=_match(f'"other", W/{second}'))).status_code == 200
    assert (await desk("DELETE", path, headers=_match("*"))).status_code == 204
    restored = await desk("POST", f"{path}/restore")
    assert restored.headers["etag"] == (await desk("GET", path)).headers["etag"]


async def test_the_version_in_the_body_goes_on_working(desk: Desk):
    draft = await desk.draft("x")
    path = f"/drafts/{draft['id']}/variants/x"
    assert (await desk("PATCH", path, json={"version": 1, "text": "Bob's."})).status_code == 200
    await desk.become(desk.cast.ada)
    late = await desk("PATCH", path, json={"version": 1, "text": "Ada's."})
    assert (late.status_code, late.json()["rule"]) == (409, "version")


async def test_posts_by_their_place(desk: Desk):
    desk.account("x")
    post = await desk.post()
    path = f"/posts/{post['item_id']}"
    first = (await desk("GET", path)).headers["etag"]
    moved = await desk("PATCH", path, json={"wall_time": "2027-03-03T10:00:00"}, headers=_match(first))
    assert moved.status_code == 200, moved.text
    assert moved.headers["etag"] == (await desk("GET", path)).headers["etag"] != first
    _is_refused(await desk("PATCH", path, json={"wall_time": "2027-03-04T10:00:00"}, headers=_match(first)))
    assert (await desk("GET", path)).json()["wall_time"] == "2027-03-03T10:00:00"
    scheduled = await desk("POST", f"{path}/schedule")
    _is_refused(await desk("PATCH", path, json={"wall_time": "2027-03-04T10:00:00"}, headers=_match(moved.headers["etag"])))
    late = await desk("PATCH", path, json={"wall_time": "2027-03-04T10:00:00"}, headers=_match(scheduled.headers["etag"]))
    assert late.status_code == 200


async def test_accounts(desk: Desk):
    path = f"/accounts/{desk.account('x')}"
    await desk.become(desk.cast.ada)
    first = (await desk("GET", path)).headers["etag"]
    paused = await desk("PATCH", path, json={"paused": True}, headers=_match(first))
    assert (paused.status_code, paused.json()["paused_at"] is None) == (200, False)
    _is_refused(await desk("PATCH", path, json={"timezone": "Asia/Tokyo"}, headers=_match(first)))
    after = await desk("PATCH", path, json={"timezone": "Asia/Tokyo"}, headers=_match(paused.headers["etag"]))
    assert after.headers["etag"] == (await desk("GET", path)).headers["etag"]
    desk.db.execute("update platform_connections set profile_data = '{\"followers\": 7}', last_sync_at = now()")
    assert (await desk("GET", path)).headers["etag"] == after.headers["etag"]  # what the platform tells is no edit


async def test_preferences(desk: Desk):
    path = "/scheduling-preferences"
    empty = await desk("GET", path)
    assert empty.json()["items"] == []
    wish = {
        "timezone": "Europe/Berlin",
        "platform": "x",
        "daily_maximum": 2,
        "closed_days": ["sun"],
        "closed_hours": [{"start": 22, "end": 6}],
    }
    saved = await desk("PUT", path, json=wish, headers=_match(empty.headers["etag"]))
    assert saved.status_code == 200, saved.text
    _is_refused(await desk("PUT", path, json=wish | {"daily_maximum": 9}, headers=_match(empty.headers["etag"])))
    shown = await desk("GET", path)
    assert shown.headers["etag"] == saved.headers["etag"]
    (row,) = shown.json()["items"]
    assert {name: row[name] for name in wish} == wish | {"closed_hours": [{"start": 22.0, "end": 6.0}]}
    await desk.become(desk.cast.vera)
    assert (await desk("GET", path)).json()["items"] == []  # Bob's wishes are his own


async def test_two_at_once_with_the_same_tag(desk: Desk):
    """Both saw the first state; one is taken, the other told."""
    import asyncio

    desk.account("x")
    post = await desk.post()
    path = f"/posts/{post['item_id']}"
    tag = (await desk("GET", path)).headers["etag"]
    asked = [desk("PATCH", path, json={"wall_time": f"2027-03-0{day}T10:00:00"}, headers=_match(tag)) for day in (3, 4, 5)]
    assert sorted(each.status_code for each in await asyncio.gather(*asked)) == [200, 412, 412]
