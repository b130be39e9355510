"""Facebook Pages, by raw calls as developers.facebook.com describes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Files, Grant, Sandbox, movie, picture

GRAPH = "/graph.facebook.com/v25.0"


def feed(sandbox: Sandbox, account: Grant, **fields: Any) -> Any:
    return sandbox.http.post(f"{GRAPH}/{account.id}/feed", data=fields, headers=account.bearer)


def read(sandbox: Sandbox, account: Grant, path: str, **params: str) -> Any:
    return sandbox.http.get(f"{GRAPH}/{path}", params=params, headers=account.bearer).json()


def test_a_post_is_created_listed_and_deleted(sandbox: Sandbox) -> None:
    account = sandbox.account("facebook")
    post_id = feed(sandbox, account, message="A slow morning").json()["id"]
    assert post_id.startswith(f"{account.id}_")
    listed = read(sandbox, account, f"{account.id}/published_posts", fields="id,message,created_time,permalink_url")["data"]
    assert [(post["id"], post["message"]) for post in listed] == [(post_id, "A slow morning")]
    assert sandbox.http.delete(f"{GRAPH}/{post_id}", headers=account.bearer).json() == {"success": True}
    assert read(sandbox, account, post_id)["error"]["error_subcode"] == 33
    assert feed(sandbox, account).json()["error"]["code"] == 100
    assert feed(sandbox, account, message="a" * 63_207).json()["error"]["code"] == 100


def test_photos_are_brought_unpublished_and_posted_once(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("facebook")
    fields = {"published": "false", "alt_text_custom": "A green field"}
    photo = sandbox.http.post(f"{GRAPH}/{account.id}/photos", data=fields, files={"source": picture(kind="PNG")}, headers=account.bearer)
    pulled = {"published": "false", "url": files.put("fb.jpg", picture(500, 300))}
    other = sandbox.http.post(f"{GRAPH}/{account.id}/photos", data=pulled, headers=account.bearer)
    attached = {f"attached_media[{n}]": json.dumps({"media_fbid": answer.json()["id"]}) for n, answer in enumerate((photo, other))}
    post_id = feed(sandbox, account, message="Two", **attached).json()["id"]
    assert [medium["alt"] for medium in sandbox.shown("facebook", post_id)["media"]] == ["A green field", ""]
    again = feed(sandbox, account, message="Two again", **attached).json()["error"]
    assert again["error_subcode"] == 1366051
    at_once = sandbox.http.post(
        f"{GRAPH}/{account.id}/photos", data={"caption": "One"}, files={"source": picture()}, headers=account.bearer
    )
    assert sandbox.shown("facebook", at_once.json()["post_id"])["text"] == "One"
    bad = sandbox.http.post(f"{GRAPH}/{account.id}/photos", files={"source": b"<svg>"}, headers=account.bearer)
    assert bad.json()["error"]["code"] == 324
    foreign = sandbox.http.post(f"{GRAPH}/{account.id}/photos", data={"url": "https://example.com/a.jpg"}, headers=account.bearer)
    assert foreign.json()["error"]["code"] == 324


def test_a_video_comes_out_after_processing(sandbox: Sandbox) -> None:
    account = sandbox.account("facebook")
    form = {"description": "A film", "title": "Film"}
    sent = sandbox.http.post(f"{GRAPH}/{account.id}/videos", data=form, files={"source": movie()}, headers=account.bearer)
    video = sent.json()["id"]
    early = read(sandbox, account, video, fields="status,post_id")
    assert (early["status"]["video_status"], early.get("post_id")) == ("processing", None)
    sandbox.clock.pass_(2)
    done = read(sandbox, account, video, fields="status,post_id,permalink_url")
    assert done["status"]["video_status"] == "ready"
    assert sandbox.shown("facebook", done["post_id"])["title"] == "Film"


def test_a_reel_starts_uploads_resumes_and_finishes(sandbox: Sandbox) -> None:
    account = sandbox.account("facebook")
    address = f"{GRAPH}/{account.id}/video_reels"
    begun = sandbox.http.post(address, data={"upload_phase": "start"}, headers=account.bearer).json()
    upload = begun["upload_url"].replace("https://", "/", 1)
    data = movie(10, padding=300_000)
    head = {"Authorization": f"OAuth {account.token}", "file_size": str(len(data))}
    assert sandbox.http.post(upload, content=data[:100_000], headers={**head, "offset": "0"}).status_code == 400
    assert sandbox.http.post(upload, content=data, headers={**head, "offset": "0"}).status_code == 400
    resumed = sandbox.http.post(upload, content=data[100_000:], headers={**head, "offset": "100000"})
    assert resumed.json() == {"success": True}
    finish = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED", "description": "Reel"}
    post_id = sandbox.http.post(address, data=finish, headers=account.bearer).json()["post_id"]
    assert sandbox.http.post(address, data=finish, headers=account.bearer).json()["post_id"] == post_id
    sandbox.clock.pass_(2)
    assert sandbox.shown("facebook", post_id)["kind"] == "reel"


@pytest.mark.parametrize("data", [movie(2), movie(91), movie(10, 300, 500)])
def test_reels_have_bounds(sandbox: Sandbox, data: bytes) -> None:
    account = sandbox.account("facebook")
    address = f"{GRAPH}/{account.id}/video_reels"
    begun = sandbox.http.post(address, data={"upload_phase": "start"}, headers=account.bearer).json()
    head = {"Authorization": f"OAuth {account.token}", "file_size": str(len(data)), "offset": "0"}
    assert sandbox.http.post(begun["upload_url"].replace("https://", "/", 1), content=data, headers=head).status_code == 200
    finish = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED"}
    assert sandbox.http.post(address, data=finish, headers=account.bearer).status_code == 400


def test_the_platforms_own_schedule(sandbox: Sandbox) -> None:
    account = sandbox.account("facebook")
    soon = {"published": "false", "scheduled_publish_time": str(int(sandbox.clock.now) + 60)}
    assert feed(sandbox, account, message="Soon", **soon).status_code == 400
    later = {"published": "false", "scheduled_publish_time": str(int(sandbox.clock.now) + 3_600)}
    post_id = feed(sandbox, account, message="Later", **later).json()["id"]
    assert read(sandbox, account, post_id)["error"]["code"] == 100
    sandbox.clock.pass_(3_601)
    assert read(sandbox, account, post_id)["message"] == "Later"


def test_figures_of_posts_and_page(sandbox: Sandbox) -> None:
    account = sandbox.account("facebook")
    post_id = feed(sandbox, account, message="Watch").json()["id"]
    assert read(sandbox, account, f"{post_id}/insights", metric="post_media_view") == {"data": []}
    sandbox.clock.pass_(86_400)
    data = read(sandbox, account, f"{post_id}/insights", metric="post_media_view,post_clicks,post_reactions_by_type_total")["data"]
    told = {item["name"]: item["values"][0]["value"] for item in data}
    fields = "shares,comments.limit(0).summary(total_count),reactions.limit(0).summary(total_count)"
    shown = read(sandbox, account, post_id, fields=fields)
    assert told["post_media_view"] > shown["reactions"]["summary"]["total_count"] == sum(told["post_reactions_by_type_total"].values())
    for dead in ("post_impressions", "page_fans"):
        assert read(sandbox, account, f"{post_id}/insights", metric=dead)["error"]["code"] == 100
    page = read(sandbox, account, "me", fields="id,name,followers_count")
    assert page["followers_count"] >= 1_800
    assert read(sandbox, account, f"{account.id}/insights", metric="page_media_view")["data"][0]["values"][0]["value"] > 0


def test_tokens_and_other_peoples_pages(sandbox: Sandbox) -> None:
    account, other = sandbox.account("facebook"), sandbox.account("facebook")
    foreign = sandbox.http.post(f"{GRAPH}/{other.id}/feed", data={"message": "x"}, headers=account.bearer).json()["error"]
    assert foreign["error_subcode"] == 33
    assert sandbox.http.post(f"{GRAPH}/{account.id}/feed", data={"message": "x"}).json()["error"]["code"] == 2500
    assert feed(sandbox, other, message="x").status_code == 200
    assert read(sandbox, account, "me/accounts")["data"][0]["access_token"] == account.token
