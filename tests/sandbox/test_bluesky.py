"""Bluesky, by raw XRPC calls after the lexicons."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Grant, Sandbox, picture

XRPC = "/bsky.social/xrpc"


def create(sandbox: Sandbox, account: Grant, text: str = "Hello", rkey: str | None = None, **more: Any) -> Any:
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-20T10:00:00.000Z", **more}
    body = {"repo": account.id, "collection": "app.bsky.feed.post", "record": record, **({"rkey": rkey} if rkey else {})}
    return sandbox.http.post(f"{XRPC}/com.atproto.repo.createRecord", json=body, headers=account.bearer)


def get(sandbox: Sandbox, method: str, account: Grant | None = None, **params: Any) -> Any:
    return sandbox.http.get(f"{XRPC}/{method}", params=params, headers=account.bearer if account else {})


def test_sessions_are_created_and_rotated(sandbox: Sandbox) -> None:
    account = sandbox.account("bluesky")
    made = sandbox.http.post(f"{XRPC}/com.atproto.server.createSession", json={"identifier": account.handle, "password": account.refresh})
    assert made.json()["did"] == account.id
    tokens = made.json()
    session = sandbox.http.get(f"{XRPC}/com.atproto.server.getSession", headers={"Authorization": f"Bearer {tokens['accessJwt']}"})
    assert session.json()["handle"] == account.handle
    refresh = {"Authorization": f"Bearer {tokens['refreshJwt']}"}
    fresh = sandbox.http.post(f"{XRPC}/com.atproto.server.refreshSession", headers=refresh)
    assert fresh.json()["accessJwt"] != tokens["accessJwt"]
    again = sandbox.http.post(f"{XRPC}/com.atproto.server.refreshSession", headers=refresh)
    assert (again.status_code, again.json()["error"]) == (400, "ExpiredToken")
    sandbox.clock.pass_(7_201)
    old = sandbox.http.get(f"{XRPC}/com.atproto.server.getSession", headers={"Authorization": f"Bearer {fresh.json()['accessJwt']}"})
    assert (old.status_code, old.json()["error"]) == (400, "ExpiredToken")
    wrong = sandbox.http.post(f"{XRPC}/com.atproto.server.createSession", json={"identifier": account.handle, "password": "guess"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "AuthenticationRequired")


def test_a_chosen_rkey_is_taken_once(sandbox: Sandbox) -> None:
    account = sandbox.account("bluesky")
    made = create(sandbox, account, "Mine", rkey="3mdwh5xyzab2c")
    assert made.json()["uri"] == f"at://{account.id}/app.bsky.feed.post/3mdwh5xyzab2c"
    again = create(sandbox, account, "Mine", rkey="3mdwh5xyzab2c")
    assert (again.status_code, again.json()["error"]) == (500, "InternalServerError")
    found = get(sandbox, "com.atproto.repo.getRecord", repo=account.id, collection="app.bsky.feed.post", rkey="3mdwh5xyzab2c").json()
    assert (found["value"]["text"], found["cid"]) == ("Mine", made.json()["cid"])
    delete = {"repo": account.id, "collection": "app.bsky.feed.post", "rkey": "3mdwh5xyzab2c"}
    assert sandbox.http.post(f"{XRPC}/com.atproto.repo.deleteRecord", json=delete, headers=account.bearer).status_code == 200
    missing = get(sandbox, "com.atproto.repo.getRecord", **delete)
    assert (missing.status_code, missing.json()["error"]) == (400, "RecordNotFound")
    assert create(sandbox, account, "Mine", rkey="3mdwh5xyzab2c").status_code == 200
    assert create(sandbox, account, "Bad key", rkey="a/b").status_code == 400


FAMILY = "👩‍👩‍👧"  # one grapheme, 18 bytes
LENGTHS = [(FAMILY * 150, 200), ("a" * 300, 200), ("a" * 301, 400), (FAMILY * 170, 400), ("é" * 300, 200)]


@pytest.mark.parametrize(("text", "status"), LENGTHS)
def test_length_is_in_graphemes_and_bytes(sandbox: Sandbox, text: str, status: int) -> None:
    assert create(sandbox, sandbox.account("bluesky"), text).status_code == status


def test_images_are_blobs(sandbox: Sandbox) -> None:
    account = sandbox.account("bluesky")
    data = picture(1200, 800)
    sent = sandbox.http.post(f"{XRPC}/com.atproto.repo.uploadBlob", content=data, headers={**account.bearer, "Content-Type": "image/jpeg"})
    blob = sent.json()["blob"]
    assert (blob["mimeType"], blob["size"], blob["ref"]["$link"][:7]) == ("image/jpeg", len(data), "bafkrei")
    image = {"alt": "A green field", "image": blob}
    made = create(sandbox, account, "Look", embed={"$type": "app.bsky.embed.images", "images": [image]})
    assert sandbox.shown("bluesky", made.json()["uri"])["media"][0]["alt"] == "A green field"
    five = create(sandbox, account, "Look", embed={"$type": "app.bsky.embed.images", "images": [image] * 5})
    assert five.status_code == 400
    lost = {"alt": "", "image": {**blob, "ref": {"$link": "bafkreinone"}}}
    assert create(sandbox, account, "x", embed={"$type": "app.bsky.embed.images", "images": [lost]}).json()["error"] == "BlobNotFound"
    noise = picture(1200, 800) + b"\0" * 1_000_000
    big = sandbox.http.post(f"{XRPC}/com.atproto.repo.uploadBlob", content=noise, headers=account.bearer).json()["blob"]
    large = {"alt": "", "image": big}
    assert create(sandbox, account, "x", embed={"$type": "app.bsky.embed.images", "images": [large]}).json()["error"] == "BlobTooLarge"


def test_records_must_be_whole(sandbox: Sandbox) -> None:
    account = sandbox.account("bluesky")
    assert create(sandbox, account, "x", createdAt="yesterday").status_code == 400
    assert create(sandbox, account, "x", createdAt="2026-11-20T10:00:00").status_code == 400
    link = {"features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}]}
    assert create(sandbox, account, "é!", facets=[{"index": {"byteStart": 0, "byteEnd": 3}, **link}]).status_code == 200
    assert create(sandbox, account, "é!", facets=[{"index": {"byteStart": 0, "byteEnd": 4}, **link}]).status_code == 400
    other = sandbox.account("bluesky")
    body = {"repo": other.id, "collection": "app.bsky.feed.post", "record": {}}
    assert sandbox.http.post(f"{XRPC}/com.atproto.repo.createRecord", json=body, headers=account.bearer).status_code == 400
    assert create(sandbox, account, "x", reply={"root": {}, "parent": {}}).status_code == 400


def test_threads_lists_views_and_handles(sandbox: Sandbox) -> None:
    account = sandbox.account("bluesky")
    first = create(sandbox, account, "One").json()
    strong = {"uri": first["uri"], "cid": first["cid"]}
    second = create(sandbox, account, "Two", reply={"root": strong, "parent": strong}).json()
    assert [part["text"] for part in sandbox.shown("bluesky", first["uri"])["parts"]] == ["One", "Two"]
    where = {"repo": account.id, "collection": "app.bsky.feed.post", "limit": 1}
    page = get(sandbox, "com.atproto.repo.listRecords", **where).json()
    assert page["records"][0]["uri"] == second["uri"]
    rest = get(
        sandbox, "com.atproto.repo.listRecords", repo=account.id, collection="app.bsky.feed.post", limit=1, cursor=page["cursor"]
    ).json()
    assert [record["uri"] for record in rest["records"]] == [first["uri"]]
    sandbox.clock.pass_(86_400)
    posts = get(sandbox, "app.bsky.feed.getPosts", account, uris=[first["uri"], second["uri"]]).json()["posts"]
    assert [post["record"]["text"] for post in posts] == ["One", "Two"]
    assert posts[0]["likeCount"] > 0
    profile = get(sandbox, "app.bsky.actor.getProfile", account, actor=account.handle).json()
    assert (profile["did"], profile["postsCount"]) == (account.id, 2)
    assert get(sandbox, "com.atproto.identity.resolveHandle", handle=account.handle).json() == {"did": account.id}
    assert get(sandbox, "com.atproto.identity.resolveHandle", handle="nobody.example").status_code == 400
    assert get(sandbox, "app.bsky.feed.getPosts", uris=[first["uri"]]).json()["error"] == "AuthMissing"


def test_points_run_out_within_the_hour(sandbox: Sandbox) -> None:
    account = sandbox.account("bluesky")
    sandbox.clock.pass_(3_600 - sandbox.clock.now % 3_600)
    made = create(sandbox, account, "One")
    assert (made.headers["ratelimit-limit"], made.headers["ratelimit-remaining"]) == ("5000", "4997")
    delete = {"repo": account.id, "collection": "app.bsky.feed.post", "rkey": "none"}
    while True:
        left = sandbox.http.post(f"{XRPC}/com.atproto.repo.deleteRecord", json=delete, headers=account.bearer)
        if left.status_code != 200:
            break
    assert (left.status_code, left.json()["error"]) == (429, "RateLimitExceeded")
