"""Lists: paging by cursors that hold for one list, filters and orders, and no parameter that is silently ignored."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.desk import Desk

pytestmark = pytest.mark.anyio


async def _all(desk: Desk, path: str, **query: Any) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = await desk("GET", path, params=query | {"limit": 2} | ({"after": after} if after else {}))
        assert page.status_code == 200, page.text
        found += [each["id"] for each in page.json()["items"]]
        after = page.json()["next"]
        if after is None:
            return found


async def _lists(desk: Desk) -> dict[str, list[str]]:
    """Five rows of each list, as one page tells them."""
    for number in range(5):
        desk.account("x", f"account{number}")
        await desk.post(f"2027-03-0{number + 1}T09:00:00Z", idea=f"Idea {number}. It has enough words to say something.")
        closed = {"start": f"2027-05-0{number + 1}T00:00:00Z", "end": f"2027-05-0{number + 1}T12:00:00Z"}
        assert (await desk("POST", "/closed-times", json=closed)).status_code == 201
    whole = {}
    for path in ("/drafts", "/posts", "/accounts", "/closed-times"):
        page = (await desk("GET", path)).json()
        assert (len(page["items"]) >= 5, page["next"]) == (True, None)
        whole[path] = [each["id"] for each in page["items"]]
    return whole


async def test_pages_join_to_the_whole_and_cursors_hold_for_one_list(desk: Desk):
    whole = await _lists(desk)
    cursors = {}
    for path, ids in whole.items():
        assert await _all(desk, path) == ids, path
        cursors[path] = (await desk("GET", path, params={"limit": 2})).json()["next"]
    orders = {"/drafts": ["created_at", "updated_at", "-updated_at"], "/posts": ["scheduled_at", "-created_at", "created_at"]}
    for path, sorts in orders.items():
        for sort in sorts:
            assert sorted(await _all(desk, path, sort=sort)) == sorted(whole[path]), (path, sort)
            refused = await desk("GET", path, params={"sort": sort, "after": cursors[path]})
            assert (refused.status_code, refused.json()["field"], refused.json()["rule"]) == (422, "after", "cursor"), (path, sort)
    assert await _all(desk, "/drafts", sort="created_at") == whole["/drafts"][::-1]
    for path in whole:
        for other, cursor in cursors.items():
            if other != path:
                assert (await desk("GET", path, params={"after": cursor})).json()["field"] == "after", (path, other)


async def _people_s_lists(desk: Desk) -> dict[str, list[str]]:
    """At least two rows of each list that tells of people and what they did, as Alice sees them in one page."""
    for _ in range(2):
        await desk.become(desk.cast.alice)
    desk.db.execute("update users set is_operator = true where id = %s", (desk.cast.alice.id,))
    draft = (await desk.draft("x"))["id"]
    desk.account("x")
    post = (await desk.post())["item_id"]
    for number in range(3):
        assert (await desk("POST", "/keys", json={"name": f"Robot {number}", "days": 7})).status_code == 201
        asked = await desk("POST", "/workspaces/current/invitations", json={"email": f"carol{number}@example.com", "role": "viewer"})
        assert asked.status_code == 201, asked.text
    await desk.become(desk.cast.bob)
    for about in (f"/drafts/{draft}/comments", f"/posts/{post}/comments"):
        for number in range(3):
            assert (await desk("POST", about, json={"text": f"Remark {number}."})).status_code == 201
    await desk.become(desk.cast.alice)
    for kind in ("person", "workspace"):
        assert (await desk("POST", "/exports", json={"kind": kind})).status_code == 202
    whole = {}
    lists = ("/sessions", "/keys", "/workspaces/current/invitations", "/audit", "/people", "/notifications", "/exports")
    for path in (*lists, f"/drafts/{draft}/comments", f"/posts/{post}/comments"):
        page = await desk("GET", path, params={"limit": 200})
        assert page.status_code == 200, page.text
        whole[path] = [each["id"] for each in page.json()["items"]]
        assert len(whole[path]) > 1, path
    return whole


async def test_lists_of_people_and_of_what_they_did_page_and_keep_their_cursors_apart(desk: Desk):
    whole = await _people_s_lists(desk)
    cursors = {}
    for path, ids in whole.items():
        first = (await desk("GET", path, params={"limit": 1})).json()
        second = (await desk("GET", path, params={"limit": 1, "after": first["next"]})).json()
        assert [each["id"] for each in first["items"] + second["items"]] == ids[:2], path
        cursors[path] = first["next"]
    for path in whole:
        for other, cursor in cursors.items():
            if other != path:
                refused = await desk("GET", path, params={"after": cursor})
                assert (refused.status_code, refused.json()["field"], refused.json()["rule"]) == (422, "after", "cursor"), (path, other)
    elsewhere = (await desk("POST", "/workspaces", json={"name": "Elsewhere"})).json()["id"]
    for path in ("/keys", "/workspaces/current/invitations", "/audit", "/notifications", "/exports"):
        refused = await desk("GET", path, params={"after": cursors[path]}, headers={"X-Workspace": elsewhere})
        assert (refused.status_code, refused.json()["field"]) == (422, "after"), path


async def test_mallory_finds_nothing_with_another_workspace_s_cursor(desk: Desk):
    whole = await _lists(desk)
    cursors = {path: (await desk("GET", path, params={"limit": 2})).json()["next"] for path in whole}
    await desk.become(desk.cast.mallory, desk.cast.elsewhere)
    for path, cursor in cursors.items():
        refused = await desk("GET", path, params={"after": cursor})
        assert (refused.status_code, refused.json()["field"]) == (422, "after")


async def test_filters(desk: Desk):
    x, linkedin = desk.account("x"), desk.account("linkedin")
    mine = await desk.draft("x")
    await desk.become(desk.cast.ada)
    hers = await desk.draft("linkedin", idea="Ada's idea is another one altogether.")
    assert await _all(desk, "/drafts", author=str(desk.cast.bob.id)) == [mine["id"]]
    assert await _all(desk, "/drafts", author=str(desk.cast.ada.id)) == [hers["id"]]
    assert await _all(desk, "/accounts", platform="twitter") == [str(x)]
    await desk("PATCH", f"/accounts/{linkedin}", json={"paused": True})
    assert await _all(desk, "/accounts", health="healthy", active="true") == [str(x), str(linkedin)]
    assert await _all(desk, "/accounts", active="false") == []
    for account, month in ((str(x), 5), (None, 6)):
        body = {"start": f"2027-0{month}-01T00:00:00Z", "end": f"2027-0{month}-02T00:00:00Z", "connection_id": account}
        assert (await desk("POST", "/closed-times", json=body)).status_code == 201
    for_x = await _all(desk, "/closed-times", connection_id=str(x))
    for_linkedin = await _all(desk, "/closed-times", connection_id=str(linkedin))
    assert (len(for_x), for_x[1:]) == (2, for_linkedin)  # what closes all closes each


async def test_every_row_says_by_which_way_it_came(desk: Desk):
    desk.account("x")
    await desk.post()
    closed = {"start": "2027-05-01T00:00:00Z", "end": "2027-05-02T00:00:00Z"}
    await desk("POST", "/closed-times", json=closed, headers={"User-Agent": "postwright-cli/1"})
    origins = {path: (await desk("GET", path)).json()["items"][0]["origin"] for path in ("/drafts", "/posts", "/closed-times")}
    assert origins == {"/drafts": "api", "/posts": "api", "/closed-times": "cli"}
    span = {"start": "2027-03-01T00:00:00Z", "end": "2027-03-05T00:00:00Z"}
    assert (await desk("GET", "/calendar", params=span)).json()["items"][0]["origin"] == "api"


async def test_a_mistyped_filter_is_refused_by_name_on_every_route(desk: Desk):
    asked = 0
    for path, operations in desk.app.openapi()["paths"].items():
        for name, value in (("act", "undo"), ("platform", "x")):
            path = path.replace("{" + name + "}", value)
        address = re.sub(r"{\w+}", "01a02f7c-7b20-7a90-b1d4-90c1f6a2e855", path)
        for method in operations:
            answer = await desk.http.request(method, address, params={"platfrom": "x"})
            asked += 1
            if method == "head":  # its answers have no body
                assert answer.status_code == 422, path
                continue
            problem = answer.json()
            assert (answer.status_code, problem["field"], problem["rule"]) == (422, "platfrom", "unknown_parameter"), (method, path)
    assert asked > 30
