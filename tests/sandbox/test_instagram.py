"""Instagram content publishing, by raw calls as developers.facebook.com describes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Files, Grant, Sandbox, movie, picture

GRAPH = "/graph.instagram.com/v25.0"


def container(sandbox: Sandbox, account: Grant, **fields: Any) -> Any:
    return sandbox.http.post(f"{GRAPH}/{account.id}/media", data={**fields, "access_token": account.token})


def status(sandbox: Sandbox, account: Grant, name: str) -> dict[str, str]:
    answer = sandbox.http.get(f"{GRAPH}/{name}", params={"fields": "status_code,status"}, headers=account.bearer)
    told: dict[str, str] = answer.json()
    return told


def publish(sandbox: Sandbox, account: Grant, name: str) -> Any:
    return sandbox.http.post(f"{GRAPH}/{account.id}/media_publish", data={"creation_id": name}, headers=account.bearer)


def ready(sandbox: Sandbox, account: Grant, **fields: Any) -> str:
    name = container(sandbox, account, **fields).json()["id"]
    sandbox.clock.pass_(2)
    return str(name)


def test_a_picture_is_pulled_processed_and_published_once(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("instagram")
    url = files.put("a.jpg", picture(1080, 1350))
    made = container(sandbox, account, image_url=url, caption="Slow #morning", alt_text="A green field")
    name = made.json()["id"]
    assert status(sandbox, account, name)["status_code"] == "IN_PROGRESS"
    early = publish(sandbox, account, name)
    assert (early.status_code, early.json()["error"]["code"], early.json()["error"]["error_subcode"]) == (400, 9007, 2207027)
    sandbox.clock.pass_(2)
    assert status(sandbox, account, name)["status_code"] == "FINISHED"
    post_id = publish(sandbox, account, name).json()["id"]
    assert status(sandbox, account, name)["status_code"] == "PUBLISHED"
    assert publish(sandbox, account, name).status_code == 400
    fields = {"fields": "id,caption,permalink,timestamp,media_type"}
    listed = sandbox.http.get(f"{GRAPH}/{account.id}/media", params=fields, headers=account.bearer).json()["data"]
    assert [(item["id"], item["caption"], item["media_type"]) for item in listed] == [(post_id, "Slow #morning", "IMAGE")]
    shown = sandbox.shown("instagram", post_id)
    assert shown["media"][0]["alt"] == "A green field"


def test_a_container_dies_after_a_day(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("instagram")
    name = ready(sandbox, account, image_url=files.put("b.jpg", picture()))
    sandbox.clock.pass_(86_400)
    assert status(sandbox, account, name)["status_code"] == "EXPIRED"
    assert publish(sandbox, account, name).json()["error"]["error_subcode"] == 2207008


@pytest.mark.parametrize(
    ("data", "code", "subcode"),
    [
        (picture(1080, 1080, "PNG"), 36001, 2207005),
        (picture(1000, 1300), 36003, 2207009),
        (picture(2000, 1000), 36003, 2207009),
        (b"<html>", 36001, 2207005),
        (b"\xff\xd8\xff" + b"a" * 9_000_000, 9004, 2207052),
    ],
)
def test_pictures_that_instagram_does_not_take(sandbox: Sandbox, files: Files, data: bytes, code: int, subcode: int) -> None:
    account = sandbox.account("instagram")
    error = container(sandbox, account, image_url=files.put("bad", data)).json()["error"]
    assert (error["code"], error["error_subcode"]) == (code, subcode)
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/none.jpg", "https://example.com/a.jpg", "file:///etc/passwd", "http://169.254.169.254/"]
)
def test_only_our_own_web_is_pulled_from(sandbox: Sandbox, url: str) -> None:
    error = container(sandbox, sandbox.account("instagram"), image_url=url).json()["error"]
    assert (error["code"], error["error_subcode"]) == (9004, 2207052)


@pytest.mark.parametrize("caption", ["a" * 2201, "#a " * 31, "@a " * 21])
def test_captions_have_limits(sandbox: Sandbox, files: Files, caption: str) -> None:
    answer = container(sandbox, sandbox.account("instagram"), image_url=files.put("c.jpg", picture()), caption=caption)
    assert answer.json()["error"]["error_subcode"] == 2207010


def test_a_caption_is_counted_in_characters(sandbox: Sandbox, files: Files) -> None:
    answer = container(sandbox, sandbox.account("instagram"), image_url=files.put("c.jpg", picture()), caption="🎉" * 2200)
    assert answer.status_code == 200


def test_a_reel_fails_in_its_status_not_in_the_answer(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("instagram")
    good = ready(sandbox, account, media_type="REELS", video_url=files.put("reel.mp4", movie(12)), caption="Reel")
    short = ready(sandbox, account, media_type="REELS", video_url=files.put("short.mp4", movie(1)))
    lost = ready(sandbox, account, media_type="REELS", video_url=files.base + "/nowhere.mp4")
    assert status(sandbox, account, short)["status_code"] == "ERROR"
    assert "2207052" in status(sandbox, account, lost)["status"]
    post_id = publish(sandbox, account, good).json()["id"]
    sandbox.clock.pass_(3600)
    metrics = {"metric": "views,ig_reels_avg_watch_time"}
    data = sandbox.http.get(f"{GRAPH}/{post_id}/insights", params=metrics, headers=account.bearer).json()["data"]
    assert {item["name"] for item in data} == {"views", "ig_reels_avg_watch_time"}


def test_a_carousel_of_children(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("instagram")
    url = files.put("child.jpg", picture())
    children = [container(sandbox, account, image_url=url, is_carousel_item="true").json()["id"] for _ in range(3)]
    early = container(sandbox, account, media_type="CAROUSEL", children=",".join(children))
    assert early.json()["error"]["error_subcode"] == 2207022
    sandbox.clock.pass_(2)
    assert publish(sandbox, account, children[0]).status_code == 400
    parent = ready(sandbox, account, media_type="CAROUSEL", children=",".join(children), caption="Three")
    post_id = publish(sandbox, account, parent).json()["id"]
    assert len(sandbox.shown("instagram", post_id)["media"]) == 3
    assert container(sandbox, account, media_type="CAROUSEL", children=children[0]).status_code == 400


def test_insights_are_empty_before_there_are_any_and_dead_metrics_are_errors(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("instagram")
    post_id = publish(sandbox, account, ready(sandbox, account, image_url=files.put("d.jpg", picture()))).json()["id"]
    path, params = f"{GRAPH}/{post_id}/insights", {"metric": "views,reach,likes,comments,saved,shares,total_interactions"}
    assert sandbox.http.get(path, params=params, headers=account.bearer).json() == {"data": []}
    sandbox.clock.pass_(86_400)
    told = {
        item["name"]: item["values"][0]["value"] for item in sandbox.http.get(path, params=params, headers=account.bearer).json()["data"]
    }
    assert told["views"] >= told["reach"] > told["likes"]
    assert told["total_interactions"] == told["likes"] + told["comments"] + told["saved"] + told["shares"]
    dead = sandbox.http.get(path, params={"metric": "impressions"}, headers=account.bearer).json()["error"]
    assert dead["code"] == 100


def test_the_daily_cap_is_told_and_held(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("instagram")
    url = files.put("e.jpg", picture(400, 400))
    names = [container(sandbox, account, image_url=url).json()["id"] for _ in range(101)]
    sandbox.clock.pass_(2)
    assert {publish(sandbox, account, name).status_code for name in names[:100]} == {200}
    limit = sandbox.http.get(
        f"{GRAPH}/{account.id}/content_publishing_limit", params={"fields": "quota_usage,config"}, headers=account.bearer
    )
    assert limit.json() == {"data": [{"quota_usage": 100, "config": {"quota_total": 100, "quota_duration": 86_400}}]}
    error = publish(sandbox, account, names[100]).json()["error"]
    assert (error["code"], error["error_subcode"]) == (9, 2207042)


def test_versions_tokens_and_paths(sandbox: Sandbox) -> None:
    account = sandbox.account("instagram")
    me = sandbox.http.get(f"{GRAPH}/me", params={"fields": "user_id,username,followers_count", "access_token": account.token}).json()
    assert (me["user_id"], me["username"]) == (account.id, account.handle)
    old = sandbox.http.get("/graph.instagram.com/v24.0/me", headers=account.bearer).json()["error"]
    assert old["code"] == 12
    unknown = sandbox.http.get(f"{GRAPH}/me", headers={"Authorization": "Bearer nobody"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (401, 190)
    assert sandbox.http.get(f"{GRAPH}/me", params={"fields": "shoe_size"}, headers=account.bearer).json()["error"]["code"] == 100
    other = sandbox.account("instagram")
    assert container(sandbox, account, image_url="x").status_code == 400
    foreign = sandbox.http.post(f"{GRAPH}/{other.id}/media", data={"image_url": "x"}, headers=account.bearer).json()["error"]
    assert (foreign["code"], foreign["error_subcode"]) == (100, 33)
    sandbox.clock.pass_(61 * 86_400)
    expired = sandbox.http.get(f"{GRAPH}/me", headers=account.bearer).json()["error"]
    assert (expired["code"], expired["error_subcode"]) == (190, 463)
