"""The sandbox's own endpoints: key, accounts, posts, files, simulated history."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from postwright.sandbox.accounts import PLATFORMS
from tests.sandbox.conftest import KEY, Sandbox, picture


def test_everything_but_files_needs_the_key(sandbox: Sandbox) -> None:
    for path in ("/_sandbox/health", "/_sandbox/posts", "/_sandbox/accounts", "/_sandbox/nothing"):
        for headers in ({}, {"X-Sandbox-Key": "wrong"}, {"X-Sandbox-Key": ""}):
            refused = sandbox.http.get(path, headers=headers)
            assert refused.status_code == 401
            assert refused.headers["x-postwright-sandbox"] == "1"
    assert sandbox.admin("GET", "/health").json()["status"] == "ok"


def test_accounts_are_granted_once_per_workspace_and_platform(sandbox: Sandbox) -> None:
    workspace = str(uuid.uuid4())
    first = sandbox.admin("POST", "/accounts", json={"workspace": workspace, "platforms": list(PLATFORMS)}).json()["accounts"]
    assert sandbox.admin("POST", "/accounts", json={"workspace": workspace}).json()["accounts"] == first
    assert [account["platform"] for account in first] == list(PLATFORMS)
    assert all(".example" in account["handle"] for account in first)
    assert all(account["profile"]["followers"] > 100 for account in first)
    assert {account["host"] for account in first if account["platform"] in ("bluesky", "mastodon")} == {"bsky.social", "mastodon.example"}
    second = sandbox.admin("POST", "/accounts", json={"workspace": str(uuid.uuid4())}).json()["accounts"]
    for name in ("platform_user_id", "access_token", "refresh_token"):
        assert not {account[name] for account in first} & {account[name] for account in second} - {None}
    lasting = {account["platform"] for account in first if account["expires_in"] is None}
    # Keys; and the tokens of a Page and of Mastodon, which have no end.
    assert lasting == {"telegram", "discord", "wordpress", "ghost", "substack", "webhook", "facebook", "mastodon"}
    handles = {(account["platform"], account["handle"]) for account in first}
    assert not handles & {(account["platform"], account["handle"]) for account in second}


def test_a_grant_is_renewed_before_it_ends(sandbox: Sandbox) -> None:
    workspace = str(uuid.uuid4())
    before = sandbox.account("x", workspace)
    sandbox.clock.pass_(55 * 86_400)
    after = sandbox.account("x", workspace)
    assert (before.id, before.token != after.token) == (after.id, True)
    assert after.answer["expires_in"] > 50 * 86_400


@pytest.mark.parametrize(
    "body", [{}, {"workspace": 7}, {"workspace": "w", "platforms": ["myspace"]}, {"workspace": "w", "platforms": "x"}, {"workspace": ""}]
)
def test_grants_refuse_what_they_do_not_know(sandbox: Sandbox, body: dict[str, object]) -> None:
    refused = sandbox.admin("POST", "/accounts", json=body)
    assert refused.status_code == 422
    assert refused.json()["error"]


def test_posts_are_found_by_account_platform_and_id(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    ids = [sandbox.http.post("/api.x.com/2/tweets", json={"text": text}, headers=account.bearer).json()["data"]["id"] for text in "ab"]
    for query in ({"account": account.id}, {"account": account.handle, "platform": "x"}):
        found = sandbox.admin("GET", "/posts", params=query).json()["posts"]
        assert {post["remote_id"] for post in found} == set(ids)
    one = sandbox.admin("GET", "/posts", params={"platform": "x", "remote_id": ids[0]}).json()["posts"][0]
    assert (one["text"], one["account"]["handle"], one["simulated"]) == ("a", account.handle, True)
    assert {"views", "likes", "comments", "shares"} <= one["metrics"].keys()
    assert sandbox.admin("GET", "/posts/x/1").status_code == 404
    assert sandbox.admin("GET", "/posts/myspace/1").status_code == 404


def test_a_bluesky_post_is_found_by_its_key_alone(sandbox: Sandbox) -> None:
    account = sandbox.account("bluesky")
    record = {"text": "Hello", "createdAt": "2026-11-20T10:00:00Z"}
    body = {"repo": account.id, "collection": "app.bsky.feed.post", "record": record}
    uri = sandbox.http.post("/bsky.social/xrpc/com.atproto.repo.createRecord", json=body, headers=account.bearer).json()["uri"]
    assert sandbox.shown("bluesky", uri)["text"] == "Hello"
    assert sandbox.shown("bluesky", uri.rsplit("/", 1)[-1])["remote_id"] == uri


def test_files_are_served_closed_in(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    sent = sandbox.http.post("/mastodon.example/api/v2/media", files={"file": picture()}, headers=account.bearer).json()
    served = sandbox.http.get(sent["preview_url"])
    assert served.headers["content-type"] == "image/jpeg"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]
    for name in ("..%2f..%2fledger.db", "%2e%2e", "incoming", "none"):
        assert sandbox.http.get(f"/_sandbox/media/{name}").status_code == 404
    avatar = sandbox.http.get(f"/_sandbox/avatars/{account.id}.svg")
    assert avatar.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in avatar.headers["content-security-policy"]


def test_eight_weeks_of_history_come_and_go(sandbox: Sandbox) -> None:
    workspace = str(uuid.uuid4())
    sandbox.admin("POST", "/accounts", json={"workspace": workspace})
    made = sandbox.admin("POST", "/history", json={"workspace": workspace, "weeks": 8}).json()["posts"]
    assert {post["platform"] for post in made} == set(PLATFORMS)
    assert len(made) > 150
    assert len({(post["platform"], post["remote_id"]) for post in made}) == len(made)
    assert [post["created_at"] for post in made] == sorted(post["created_at"] for post in made)
    for post in made:
        assert post["origin"] == "history"
        assert datetime.fromisoformat(post["created_at"]).timestamp() < sandbox.clock.now
        assert sum(day["views"] for day in post["daily"]) <= post["metrics"]["views"]
        assert all(value >= 0 for day in post["daily"] for name, value in day.items() if name != "date")
    again = sandbox.admin("POST", "/history", json={"workspace": workspace, "weeks": 8}).json()["posts"]
    assert len(again) == len(made)
    listed = sandbox.admin("GET", "/posts", params={"workspace": workspace, "limit": "1000"}).json()["posts"]
    assert len(listed) == len(made)
    assert sandbox.admin("DELETE", "/history", params={"workspace": workspace}).json() == {"removed": len(made)}
    assert sandbox.admin("GET", "/posts", params={"workspace": workspace}).json() == {"posts": []}
    assert sandbox.admin("POST", "/history", json={"workspace": workspace, "weeks": 0}).status_code == 422


def test_history_spends_no_quota_and_reads_like_posts(sandbox: Sandbox) -> None:
    workspace = str(uuid.uuid4())
    account = sandbox.account("instagram", workspace)
    made = sandbox.admin("POST", "/history", json={"workspace": workspace, "weeks": 2}).json()["posts"]
    path = f"/graph.instagram.com/v25.0/{account.id}"
    limit = sandbox.http.get(f"{path}/content_publishing_limit", headers=account.bearer).json()
    assert limit["data"][0]["quota_usage"] == 0
    listed = sandbox.http.get(f"{path}/media", params={"fields": "id,caption"}, headers=account.bearer).json()["data"]
    assert {item["id"] for item in listed} == {post["remote_id"] for post in made}


def test_the_key_is_not_in_any_answer(sandbox: Sandbox) -> None:
    for path in ("/health", "/posts"):
        assert KEY not in sandbox.admin("GET", path).text


def test_an_account_is_renamed_as_its_owner_would_and_keeps_id_and_tokens(sandbox: Sandbox) -> None:
    account, other = sandbox.account("x", str(uuid.uuid4())), sandbox.account("x", str(uuid.uuid4()))
    told = sandbox.admin("PATCH", f"/accounts/{account.id}", json={"handle": "another.example", "display_name": "Another"})
    assert (told.status_code, told.json()["handle"], told.json()["display_name"]) == (200, "another.example", "Another")
    me = sandbox.http.get("/api.x.com/2/users/me", headers=account.bearer).json()["data"]
    assert (me["id"], me["username"], me["name"]) == (account.id, "another.example", "Another")
    named = sandbox.admin("PATCH", f"/accounts/{account.id}", json={"display_name": "Only this"}).json()
    assert (named["handle"], named["display_name"]) == ("another.example", "Only this")
    assert sandbox.admin("PATCH", f"/accounts/{other.id}", json={"handle": "Another.example"}).status_code == 409
    assert sandbox.admin("PATCH", f"/accounts/{other.id}", json={"handle": ""}).status_code == 422
    assert sandbox.admin("PATCH", "/accounts/nobody", json={"handle": "a"}).status_code == 404
    assert sandbox.http.patch(f"/_sandbox/accounts/{other.id}", json={"handle": "b.example"}).status_code == 401
