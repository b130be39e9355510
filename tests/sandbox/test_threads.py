"""Threads, by raw calls: containers, replies, limits, sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Files, Grant, Sandbox, movie, picture

BASE = "/graph.threads.net/v1.0"


def make(sandbox: Sandbox, account: Grant, **fields: Any) -> Any:
    return sandbox.http.post(f"{BASE}/{account.id}/threads", data=fields, headers=account.bearer)


def publish(sandbox: Sandbox, account: Grant, container: str) -> Any:
    return sandbox.http.post(f"{BASE}/me/threads_publish", data={"creation_id": container}, headers=account.bearer)


def status(sandbox: Sandbox, account: Grant, container: str) -> Any:
    return sandbox.http.get(f"{BASE}/{container}", params={"fields": "status,error_message"}, headers=account.bearer).json()


def say(sandbox: Sandbox, account: Grant, text: str, **fields: Any) -> str:
    container = make(sandbox, account, media_type="TEXT", text=text, **fields).json()["id"]
    remote_id: str = publish(sandbox, account, container).json()["id"]
    return remote_id


def test_a_container_is_published_once(sandbox: Sandbox) -> None:
    account = sandbox.account("threads")
    container = make(sandbox, account, media_type="TEXT", text="Hello").json()["id"]
    assert status(sandbox, account, container)["status"] == "FINISHED"
    assert publish(sandbox, account, container).status_code == 200
    assert status(sandbox, account, container)["status"] == "PUBLISHED"
    assert publish(sandbox, account, container).json()["error"]["error_subcode"] == 2207008


def test_media_are_pulled_and_processed(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("threads")
    one = make(sandbox, account, media_type="IMAGE", image_url=files.put("t.jpg", picture()), is_carousel_item="true").json()["id"]
    two = make(sandbox, account, media_type="VIDEO", video_url=files.put("t.mp4", movie()), is_carousel_item="true").json()["id"]
    assert status(sandbox, account, two)["status"] == "IN_PROGRESS"
    assert make(sandbox, account, media_type="CAROUSEL", children=f"{one},{two}").json()["error"]["error_subcode"] == 2207022
    sandbox.clock.pass_(2)
    both = make(sandbox, account, media_type="CAROUSEL", children=f"{one},{two}", text="Two").json()["id"]
    assert publish(sandbox, account, both).json()["error"]["error_subcode"] == 2207027
    sandbox.clock.pass_(2)
    shown = sandbox.shown("threads", publish(sandbox, account, both).json()["id"])
    assert [medium["kind"] for medium in shown["media"]] == ["image", "video"]
    assert make(sandbox, account, media_type="CAROUSEL", children=one).json()["error"]["error_subcode"] == 2207028


@pytest.mark.parametrize(
    ("name", "data", "kind", "said"),
    [
        ("gone.jpg", None, "IMAGE", "FAILED_DOWNLOADING_IMAGE"), ("t.sh", b"#!/bin/sh", "IMAGE", "FAILED_PROCESSING_IMAGE"),
        ("long.mp4", movie(301), "VIDEO", "INVALID_DURATION"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_medium_shows_in_the_status(
    sandbox: Sandbox, files: Files, name: str, data: bytes | None, kind: str, said: str
) -> None:
    account = sandbox.account("threads")
    url = files.put(name, data) if data else f"{files.base}/{name}"
    container = make(sandbox, account, media_type=kind, **{f"{kind.lower()}_url": url}).json()["id"]
    sandbox.clock.pass_(2)
    assert status(sandbox, account, container) == {"id": container, "status": "ERROR", "error_message": said}


def test_a_container_dies_after_a_day(sandbox: Sandbox) -> None:
    account = sandbox.account("threads")
    container = make(sandbox, account, media_type="TEXT", text="Late").json()["id"]
    sandbox.clock.pass_(86_401)
    assert status(sandbox, account, container)["status"] == "EXPIRED"
    assert publish(sandbox, account, container).status_code == 400


@pytest.mark.parametrize(("text", "code"), [("a" * 500, 200), ("a" * 501, 400), ("🎉" * 125, 200), ("🎉" * 126, 400), ("", 400)])
def test_length_counts_an_emoji_by_its_bytes(sandbox: Sandbox, text: str, code: int) -> None:
    assert make(sandbox, sandbox.account("threads"), media_type="TEXT", text=text).status_code == code


def test_replies_are_listed_apart(sandbox: Sandbox) -> None:
    account = sandbox.account("threads")
    first = say(sandbox, account, "One")
    sandbox.clock.pass_(1)
    second = say(sandbox, account, "Two", reply_to_id=first)
    asked = {"params": {"fields": "id,text,replied_to"}, "headers": account.bearer}
    assert [post["id"] for post in sandbox.http.get(f"{BASE}/me/threads", **asked).json()["data"]] == [first]
    assert [post["replied_to"] for post in sandbox.http.get(f"{BASE}/me/replies", **asked).json()["data"]] == [{"id": first}]
    assert [post["id"] for post in sandbox.http.get(f"{BASE}/{first}/replies", **asked).json()["data"]] == [second]
    assert sandbox.http.get(f"{BASE}/{second}/replies", **asked).json() == {"data": []}


def test_250_posts_a_day_are_enough_replies_do_not_count(sandbox: Sandbox) -> None:
    account = sandbox.account("threads")
    first = say(sandbox, account, "0")
    for number in range(1, 250):
        say(sandbox, account, str(number))
    limit = sandbox.http.get(f"{BASE}/me/threads_publishing_limit", params={"fields": "quota_usage,config"}, headers=account.bearer)
    assert limit.json()["data"] == [{"quota_usage": 250, "config": {"quota_total": 250, "quota_duration": 86_400}}]
    container = make(sandbox, account, media_type="TEXT", text="One more").json()["id"]
    assert publish(sandbox, account, container).json()["error"]["error_subcode"] == 2207042
    assert say(sandbox, account, "A reply", reply_to_id=first)
    asked = {"params": {"fields": "quota_usage,reply_quota_usage,reply_config"}, "headers": account.bearer}
    (told,) = sandbox.http.get(f"{BASE}/me/threads_publishing_limit", **asked).json()["data"]
    config = {"quota_total": 1_000, "quota_duration": 86_400}
    assert told == {"quota_usage": 250, "reply_quota_usage": 1, "reply_config": config}
    sandbox.clock.pass_(86_401)
    assert say(sandbox, account, "Tomorrow")


def test_tokens_and_versions_are_checked(sandbox: Sandbox) -> None:
    account, stranger = sandbox.account("threads"), sandbox.account("threads")
    assert sandbox.http.get(f"{BASE}/me", headers={"Authorization": "Bearer no"}).json()["error"]["code"] == 190
    assert sandbox.http.get("/graph.threads.net/v9.0/me", headers=account.bearer).json()["error"]["code"] == 2500
    mine = say(sandbox, account, "Mine")
    assert sandbox.http.delete(f"{BASE}/{mine}", headers=stranger.bearer).json()["error"]["error_subcode"] == 33
    assert sandbox.http.delete(f"{BASE}/{mine}", headers=account.bearer).json()["success"] is True
    assert sandbox.http.get("/graph.threads.net/v1.0/me/nothing/here", headers=account.bearer).json()["error"]["code"] == 2500


def test_a_short_token_becomes_a_long_one_for_who_knows_the_secret(sandbox: Sandbox) -> None:
    account = sandbox.account("threads")
    asked = {"grant_type": "th_exchange_token", "client_secret": "wrong", "access_token": account.token}
    assert sandbox.http.get("/graph.threads.net/access_token", params=asked).status_code == 400
    long = sandbox.http.get("/graph.threads.net/access_token", params={**asked, "client_secret": "sandbox-secret"}).json()
    assert long["expires_in"] == 5_184_000
    sandbox.clock.pass_(5_184_001)
    again = sandbox.http.get(
        "/graph.threads.net/refresh_access_token", params={"grant_type": "th_refresh_token", "access_token": long["access_token"]}
    )
    assert again.json()["error"]["code"] == 190
