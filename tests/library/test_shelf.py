"""The library over JSON: looked through, named, deleted and brought back; cut without losing the original; nobody else's."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from postwright.edge.state import State
from postwright.library import pages
from postwright.library.purge import purge_files
from tests.api.desk import Desk
from tests.library.making import picture, video

pytestmark = pytest.mark.anyio


async def put(desk: Desk, data: bytes | None = None, name: str = "a.jpg", alt: str = "") -> dict[str, Any]:
    answer = await desk("POST", "/media", params={"name": name, "alt": alt}, content=data or picture())
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def listed(desk: Desk, **how: Any) -> list[str]:
    answer = await desk("GET", "/media", params=how)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


async def test_the_library_is_listed_latest_first_and_searched(desk: Desk):
    await put(desk, name="whiteboard.jpg", alt="Three people")
    await put(desk, name="garden.png", data=picture(form="PNG"))
    await put(desk, name="walk.mp4", data=video())
    assert await listed(desk) == ["walk.mp4", "garden.png", "whiteboard.jpg"]
    assert await listed(desk, kind="video") == ["walk.mp4"]
    assert await listed(desk, text="THREE") == ["whiteboard.jpg"]
    first = (await desk("GET", "/media", params={"limit": 2})).json()
    second = (await desk("GET", "/media", params={"limit": 2, "after": first["next"]})).json()
    assert [each["name"] for each in second["items"]] == ["whiteboard.jpg"]
    assert second["next"] is None


async def test_a_file_is_named_and_described_and_two_do_not_overwrite_each_other(desk: Desk):
    made = await put(desk)
    seen = (await desk("GET", f"/media/{made['id']}")).headers["etag"]
    changed = await desk("PATCH", f"/media/{made['id']}", json={"name": "cover.jpg", "alt_text": "A cat"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["name"], changed.json()["alt_text"]) == (200, "cover.jpg", "A cat")
    late = await desk("PATCH", f"/media/{made['id']}", json={"name": "other.jpg"}, headers={"If-Match": seen})
    assert late.status_code == 412
    blank = await desk("PATCH", f"/media/{made['id']}", json={"name": "  "})
    assert (blank.status_code, blank.json()["field"], blank.json()["rule"]) == (422, "name", "not_blank")


async def test_a_deleted_file_comes_back_within_30_days_and_then_is_gone(desk: Desk, worker: State):
    made = await put(desk)
    assert (await desk("DELETE", f"/media/{made['id']}")).status_code == 204
    assert await listed(desk) == []
    assert await listed(desk, deleted=True) == ["a.jpg"]
    change = await desk("PATCH", f"/media/{made['id']}", json={"name": "b.jpg"})
    assert (change.status_code, change.json()["rule"]) == (409, "deleted")
    assert (await desk("POST", f"/media/{made['id']}/restore")).status_code == 200
    assert await listed(desk) == ["a.jpg"]
    await desk("DELETE", f"/media/{made['id']}")
    desk.db.execute("update files set deleted_at = now() - interval '31 days'")
    assert (await desk("POST", f"/media/{made['id']}/restore")).json()["rule"] == "restore_window"
    assert await purge_files(worker, datetime.now(UTC)) == 1
    assert (await desk("GET", f"/media/{made['id']}")).status_code == 404


async def test_what_a_scheduled_post_shows_is_not_deleted(desk: Desk):
    account, made = desk.account("x"), await put(desk)
    draft = await desk.draft("x")
    await desk("POST", f"/drafts/{draft['id']}/media", json={"files": [made["id"]]})
    planned = await desk("POST", f"/drafts/{draft['id']}/plan", json={"at": "2027-03-02T09:00:00Z", "connection_ids": [str(account)]})
    item = planned.json()["items"][0]["item_id"]
    assert (await desk("POST", f"/posts/{item}/schedule")).status_code < 300
    refused = await desk("DELETE", f"/media/{made['id']}")
    assert (refused.status_code, refused.json()["rule"]) == (409, "in_use")
    await desk("POST", f"/posts/{item}/cancel")
    assert (await desk("DELETE", f"/media/{made['id']}")).status_code == 204


async def test_bytes_are_shown_by_signed_address_only(desk: Desk):
    desk.app.include_router(pages.router)
    made = await put(desk)
    address = urlsplit(made["url"])
    shown = await desk.http.get(f"{address.path}?{address.query}", headers={"Authorization": ""})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert (await desk.http.get(address.path)).status_code == 403
    assert (await desk.http.get(f"{address.path}?{address.query[:-2]}xx")).status_code == 403
    later = datetime.now(UTC) + timedelta(hours=3)
    state = desk.app.state.postwright
    from dataclasses import replace

    desk.app.state.postwright = replace(state, clock=lambda: later)
    assert (await desk.http.get(f"{address.path}?{address.query}")).status_code == 410


@pytest.mark.parametrize(("ratio", "size"), [("1:1", (300, 300)), ("4:5", (240, 300)), ("16:9", (400, 225)), ("9:16", (169, 300))])
async def test_a_cut_is_a_file_of_its_own(desk: Desk, ratio: str, size: tuple[int, int]):
    made = await put(desk, picture(400, 300, "PNG"), "wide.png", "A wall")
    cut = await desk("POST", f"/media/{made['id']}/crop", json={"ratio": ratio})
    assert cut.status_code == 201, cut.text
    found = cut.json()
    assert ((found["width"], found["height"]), found["original"], found["alt_text"]) == (size, made["id"], "A wall")
    assert (await desk("GET", f"/media/{made['id']}")).json()["width"] == 400


async def test_a_cut_keeps_the_pixels_that_were_asked_for(desk: Desk):
    made = await put(desk, picture(400, 300, "PNG"))
    cut = (await desk("POST", f"/media/{made['id']}/crop", json={"x": 30, "y": 40, "width": 100, "height": 50})).json()
    root = desk.app.state.postwright.storage.root
    stored = next((root / cut["id"][:2] / cut["id"]).iterdir())
    with Image.open(stored) as now, Image.open(io.BytesIO(picture(400, 300, "PNG"))) as was:
        assert now.convert("RGB").tobytes() == was.convert("RGB").crop((30, 40, 130, 90)).tobytes()
    again = await desk("POST", f"/media/{cut['id']}/crop", json={"ratio": "1:1"})
    assert again.json()["original"] == made["id"]


async def test_a_cut_outside_the_picture_is_refused(desk: Desk):
    made = await put(desk, picture(400, 300))
    for part in (
        {"x": 350, "y": 0, "width": 100, "height": 50}, {"x": 0, "y": 0, "width": 5, "height": 5},
        {"ratio": "1:1", "x": 0, "y": 0, "width": 100, "height": 50},
    ):  # fmt: skip
        answer = await desk("POST", f"/media/{made['id']}/crop", json=part)
        assert (answer.status_code, answer.json()["rule"]) == (422, "crop_bounds"), part
    clip = await put(desk, video(), "a.mp4")
    assert (await desk("POST", f"/media/{clip['id']}/crop", json={"ratio": "1:1"})).json()["rule"] == "media_kind"


async def test_nobody_reaches_the_media_of_another_workspace(desk: Desk):
    made = await put(desk)
    await desk.become(desk.cast.mallory, desk.cast.elsewhere)
    draft = await desk.draft("x")
    for method, path, body in (
        ("GET", f"/media/{made['id']}", None), ("PATCH", f"/media/{made['id']}", {"name": "mine.jpg"}),
        ("DELETE", f"/media/{made['id']}", None), ("POST", f"/media/{made['id']}/restore", None),
        ("POST", f"/media/{made['id']}/crop", {"ratio": "1:1"}), ("POST", f"/media/{made['id']}/conversions", {"platform": "x"}),
    ):  # fmt: skip
        assert (await desk(method, path, json=body)).status_code == 404, path
    put_in = await desk("POST", f"/drafts/{draft['id']}/media", json={"files": [made["id"]]})
    assert (put_in.status_code, put_in.json()["field"], put_in.json()["rule"]) == (422, "files", "exists")
    edit = await desk("PATCH", f"/drafts/{draft['id']}/variants/x", json={"version": draft["version"], "media": [made["id"]]})
    assert (edit.status_code, edit.json()["field"], edit.json()["rule"]) == (422, "media", "exists")
