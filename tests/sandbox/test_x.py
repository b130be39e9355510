"""X, by raw calls as docs.x.com describes them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest

from tests.sandbox.conftest import Grant, Sandbox, movie, picture

POSTS = "/api.x.com/2/tweets"
UPLOAD = "/api.x.com/2/media/upload"


def upload(sandbox: Sandbox, account: Grant, data: bytes, mime: str, category: str, chunk: int = 1_000_000) -> dict[str, object]:
    begun = sandbox.http.post(
        f"{UPLOAD}/initialize", json={"media_type": mime, "total_bytes": len(data), "media_category": category}, headers=account.bearer
    )
    assert begun.status_code == 200, begun.text
    media_id = begun.json()["data"]["id"]
    for number, start in enumerate(range(0, len(data), chunk)):
        part = {"media": ("blob", data[start : start + chunk], "application/octet-stream")}
        sent = sandbox.http.post(f"{UPLOAD}/{media_id}/append", data={"segment_index": str(number)}, files=part, headers=account.bearer)
        assert sent.status_code == 200, sent.text
    done = sandbox.http.post(f"{UPLOAD}/{media_id}/finalize", headers=account.bearer)
    assert done.status_code == 200, done.text
    told: dict[str, object] = done.json()["data"]
    return told


def test_a_text_post_is_created_listed_and_deleted(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    made = sandbox.http.post(POSTS, json={"text": "A slow morning, well spent."}, headers=account.bearer)
    assert made.status_code == 201
    post_id = made.json()["data"]["id"]
    assert made.json()["data"]["text"] == "A slow morning, well spent."
    assert made.headers["x-rate-limit-limit"] == "100"
    assert made.headers["x-rate-limit-remaining"] == "99"
    assert made.headers["x-postwright-sandbox"] == "1"
    params = {"tweet.fields": "created_at,public_metrics", "max_results": "10"}
    listed = sandbox.http.get(f"/api.x.com/2/users/{account.id}/tweets", params=params, headers=account.bearer).json()
    assert [post["id"] for post in listed["data"]] == [post_id]
    assert listed["data"][0]["created_at"].startswith("2026-11-2")
    assert sandbox.http.delete(f"{POSTS}/{post_id}", headers=account.bearer).json() == {"data": {"deleted": True}}
    gone = sandbox.http.get(f"{POSTS}/{post_id}", headers=account.bearer).json()
    assert gone["errors"][0]["title"] == "Not Found Error"


def test_the_same_text_twice_is_refused_as_x_does(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    assert sandbox.http.post(POSTS, json={"text": "Once only"}, headers=account.bearer).status_code == 201
    again = sandbox.http.post(POSTS, json={"text": "Once only"}, headers=account.bearer)
    assert again.status_code == 403
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["detail"] == "You are not allowed to create a Tweet with duplicate content."
    other = sandbox.account("x")
    assert sandbox.http.post(POSTS, json={"text": "Once only"}, headers=other.bearer).status_code == 201


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 280, 201),
        ("a" * 281, 400),
        ("界" * 140, 201),
        ("界" * 141, 400),
        ("b" * 256 + " https://example.com/" + "p" * 200, 201),
        ("", 400),
    ],
)
def test_length_is_weighed(sandbox: Sandbox, text: str, status: int) -> None:
    assert sandbox.http.post(POSTS, json={"text": text}, headers=sandbox.account("x").bearer).status_code == status


def test_links_and_media_are_listed_shortened(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    media = upload(sandbox, account, picture(), "image/jpeg", "tweet_image")
    body = {"text": "See example.com/a & smile", "media": {"media_ids": [media["id"]]}}
    sandbox.http.post(POSTS, json=body, headers=account.bearer)
    params = {"tweet.fields": "entities"}
    shown = sandbox.http.get(f"/api.x.com/2/users/{account.id}/tweets", params=params, headers=account.bearer).json()["data"][0]
    link, photo = shown["entities"]["urls"]
    assert shown["text"] == f"See {link['url']} &amp; smile {photo['url']}"
    assert [shown["text"][each["start"] : each["end"]] for each in (link, photo)] == [link["url"], photo["url"]]
    assert (link["expanded_url"], photo["media_key"][:2]) == ("http://example.com/a", "3_")
    assert {each["url"][:13] for each in (link, photo)} == {"https://t.co/"}


def test_reads_are_counted_by_endpoint_not_by_post(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    for post_id in ("1", "2"):
        sandbox.http.get(f"{POSTS}/{post_id}", headers=account.bearer)
    with closing(sqlite3.connect(sandbox.ledger)) as ledger:
        used = ledger.execute("select used from usage where account_id = ? and bucket like 'read:%'", (account.id,)).fetchall()
    assert used == [(2,)]


def test_a_thread_hangs_together(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    first = sandbox.http.post(POSTS, json={"text": "One"}, headers=account.bearer).json()["data"]["id"]
    reply = {"text": "Two", "reply": {"in_reply_to_tweet_id": first}}
    second = sandbox.http.post(POSTS, json=reply, headers=account.bearer).json()["data"]["id"]
    third = {"text": "Three", "reply": {"in_reply_to_tweet_id": second}}
    assert sandbox.http.post(POSTS, json=third, headers=account.bearer).status_code == 201
    assert [part["text"] for part in sandbox.shown("x", first)["parts"]] == ["One", "Two", "Three"]
    lost = {"text": "Four", "reply": {"in_reply_to_tweet_id": "1"}}
    assert sandbox.http.post(POSTS, json=lost, headers=account.bearer).status_code == 403


def test_an_image_goes_up_in_segments_and_with_its_description(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    data = picture(600, 400, "PNG")
    told = upload(sandbox, account, data, "image/png", "tweet_image", chunk=500)
    assert "processing_info" not in told
    described = {"id": told["id"], "metadata": {"alt_text": {"text": "A green field"}}}
    assert sandbox.http.post("/api.x.com/2/media/metadata", json=described, headers=account.bearer).status_code == 200
    made = sandbox.http.post(POSTS, json={"text": "Look", "media": {"media_ids": [told["id"]]}}, headers=account.bearer)
    assert made.status_code == 201, made.text
    medium = sandbox.shown("x", made.json()["data"]["id"])["media"][0]
    assert (medium["width"], medium["height"], medium["alt"]) == (600, 400, "A green field")
    assert sandbox.http.get(medium["url"]).content == data


def test_a_video_must_be_processed_before_it_is_posted(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    told = upload(sandbox, account, movie(20), "video/mp4", "tweet_video")
    assert told["processing_info"]["state"] == "in_progress"  # type: ignore[index]
    body = {"text": "Moving", "media": {"media_ids": [told["id"]]}}
    assert sandbox.http.post(POSTS, json=body, headers=account.bearer).status_code == 400
    sandbox.clock.pass_(2)
    status = sandbox.http.get(UPLOAD, params={"command": "STATUS", "media_id": str(told["id"])}, headers=account.bearer).json()
    assert status["data"]["processing_info"]["state"] == "succeeded"
    assert sandbox.http.post(POSTS, json=body, headers=account.bearer).status_code == 201


def test_a_video_that_is_too_long_fails_in_processing(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    told = upload(sandbox, account, movie(141), "video/mp4", "tweet_video")
    sandbox.clock.pass_(2)
    status = sandbox.http.get(UPLOAD, params={"media_id": str(told["id"])}, headers=account.bearer).json()["data"]
    assert status["processing_info"]["state"] == "failed"
    assert status["processing_info"]["error"]["name"] == "InvalidMedia"


def test_uploads_hold_to_what_they_announced(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    begin = {"media_type": "image/png", "total_bytes": 5, "media_category": "tweet_image"}
    media_id = sandbox.http.post(f"{UPLOAD}/initialize", json=begin, headers=account.bearer).json()["data"]["id"]
    more = sandbox.http.post(f"{UPLOAD}/{media_id}/append", data={"segment_index": "0"}, files={"media": b"123456"}, headers=account.bearer)
    assert more.status_code == 400
    assert sandbox.http.post(f"{UPLOAD}/{media_id}/finalize", headers=account.bearer).status_code == 400
    big = {**begin, "total_bytes": 6_000_000}
    assert sandbox.http.post(f"{UPLOAD}/initialize", json=big, headers=account.bearer).status_code == 400
    stranger = sandbox.account("x")
    assert sandbox.http.post(f"{UPLOAD}/{media_id}/finalize", headers=stranger.bearer).status_code == 400
    disguised = b"<svg onload=alert(1)>"
    begin = {"media_type": "image/png", "total_bytes": len(disguised), "media_category": "tweet_image"}
    media_id = sandbox.http.post(f"{UPLOAD}/initialize", json=begin, headers=account.bearer).json()["data"]["id"]
    sandbox.http.post(f"{UPLOAD}/{media_id}/append", data={"segment_index": "0"}, files={"media": disguised}, headers=account.bearer)
    assert sandbox.http.post(f"{UPLOAD}/{media_id}/finalize", headers=account.bearer).status_code == 400


def test_the_hundred_and_first_post_in_a_window_waits(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    sandbox.clock.pass_(900 - sandbox.clock.now % 900)
    codes = {sandbox.http.post(POSTS, json={"text": f"Post {number}"}, headers=account.bearer).status_code for number in range(100)}
    assert codes == {201}
    refused = sandbox.http.post(POSTS, json={"text": "One more"}, headers=account.bearer)
    assert refused.status_code == 429
    assert refused.headers["x-rate-limit-remaining"] == "0"
    sandbox.clock.now = float(refused.headers["x-rate-limit-reset"])
    assert sandbox.http.post(POSTS, json={"text": "One more"}, headers=account.bearer).status_code == 201


def test_unknown_and_expired_tokens_are_refused(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    for headers in (
        {},
        {"Authorization": "Bearer nobody"},
        sandbox.account("mastodon").bearer,
        {"Authorization": f"Bearer {account.refresh}"},
    ):
        refused = sandbox.http.post(POSTS, json={"text": "Hello"}, headers=headers)
        assert (refused.status_code, refused.json()["title"]) == (401, "Unauthorized")
    sandbox.clock.pass_(61 * 86_400)
    assert sandbox.http.get("/api.x.com/2/users/me", headers=account.bearer).status_code == 401


def test_figures_are_told_within_seconds_and_never_fall(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    post_id = sandbox.http.post(POSTS, json={"text": "Watch me grow"}, headers=account.bearer).json()["data"]["id"]
    seen = []
    for wait in (5, 600, 7_200, 86_400):
        sandbox.clock.pass_(wait)
        params = {"tweet.fields": "public_metrics,non_public_metrics"}
        data = sandbox.http.get(f"{POSTS}/{post_id}", params=params, headers=account.bearer).json()["data"]
        seen.append(data["public_metrics"])
        assert data["non_public_metrics"]["impression_count"] == data["public_metrics"]["impression_count"]
    assert seen[0]["impression_count"] >= 1
    for earlier, later in pairwise(seen):
        assert all(later[name] >= earlier[name] for name in earlier)
    assert seen[-1]["impression_count"] > 20 * seen[0]["impression_count"]
    stranger = sandbox.account("x")
    shown = sandbox.http.get(f"{POSTS}/{post_id}", params={"tweet.fields": "non_public_metrics"}, headers=stranger.bearer).json()["data"]
    assert "non_public_metrics" not in shown


def test_broken_bodies_are_refused_in_x_words(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    for body in (b"not json", b"[]", b'"text"'):
        refused = sandbox.http.post(POSTS, content=body, headers=account.bearer)
        assert (refused.status_code, refused.json()["title"]) == (400, "Invalid Request")
    huge = sandbox.http.post(POSTS, content=b'{"text":"' + b"a" * 2_000_000 + b'"}', headers=account.bearer)
    assert (huge.status_code, huge.json()["title"]) == (413, "Payload Too Large")
    assert sandbox.http.get("/api.x.com/2/nowhere", headers=account.bearer).json()["title"] == "Not Found"
