"""The pretend WordPress, Ghost and Substack, and the receiver of webhooks, by raw calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Files, Grant, Sandbox, movie, picture

WORDPRESS, GHOST = "/wordpress.example/wp-json/wp/v2", "/ghost.example/ghost/api/admin"


def basic(account: Grant) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(account.token.encode()).decode()}"}


def ghost_token(sandbox: Sandbox, account: Grant, **changes: Any) -> dict[str, str]:
    """A JWT made here, byte by byte, as any Ghost client makes it."""
    name, _, secret = account.token.partition(":")
    now = int(sandbox.clock.now)
    claims = {"iat": now, "exp": now + 300, "aud": "/admin/", **changes}
    parts = [json.dumps({"alg": "HS256", "typ": "JWT", "kid": name}), json.dumps(claims)]
    head = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(bytes.fromhex(secret), head.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return {"Authorization": f"Ghost {head}.{signature}"}


def test_wordpress_keeps_posts_media_and_tags(sandbox: Sandbox) -> None:
    account = sandbox.account("wordpress")
    headers = {**basic(account), "Content-Disposition": 'attachment; filename="a.jpg"'}
    medium = sandbox.http.post(f"{WORDPRESS}/media", content=picture(), headers=headers).json()
    sandbox.http.post(f"{WORDPRESS}/media/{medium['id']}", json={"alt_text": "Green"}, headers=basic(account))
    tag = sandbox.http.post(f"{WORDPRESS}/tags", json={"name": "Launch"}, headers=basic(account)).json()
    again = sandbox.http.post(f"{WORDPRESS}/tags", json={"name": "launch"}, headers=basic(account))
    assert (again.status_code, again.json()["code"], again.json()["data"]["term_id"]) == (400, "term_exists", tag["id"])
    body = {
        "title": "T",
        "content": "<p>One</p>\n<p>Two &amp; three</p>",
        "status": "publish",
        "slug": "t-1",
        "featured_media": medium["id"],
    }
    made = sandbox.http.post(f"{WORDPRESS}/posts", json={**body, "tags": [tag["id"]]}, headers=basic(account))
    assert (made.status_code, made.json()["link"]) == (201, "https://wordpress.example/t-1/")
    shown = sandbox.shown("wordpress", str(made.json()["id"]))
    assert (shown["text"], shown["media"][0]["alt"]) == ("One\n\nTwo & three", "Green")
    found = sandbox.http.get(f"{WORDPRESS}/posts", params={"slug": "t-1"}, headers=basic(account)).json()
    assert [post["id"] for post in found] == [made.json()["id"]]
    taken = sandbox.http.post(f"{WORDPRESS}/posts", json=body, headers=basic(account)).json()
    assert taken["slug"] == "t-1-2"
    assert sandbox.http.get(f"{WORDPRESS}/posts", params={"slug": "none"}, headers=basic(account)).json() == []


def test_what_wordpress_refuses(sandbox: Sandbox) -> None:
    account, other = sandbox.account("wordpress"), sandbox.account("wordpress")
    assert sandbox.http.get(f"{WORDPRESS}/users/me").json()["code"] == "rest_not_logged_in"
    wrong = {"Authorization": f"Basic {base64.b64encode(b'alice:wrong').decode()}"}
    assert sandbox.http.get(f"{WORDPRESS}/users/me", headers=wrong).json()["code"] == "incorrect_password"
    assert sandbox.http.post(f"{WORDPRESS}/posts", json={}, headers=basic(account)).json()["code"] == "empty_content"
    bad = sandbox.http.post(f"{WORDPRESS}/posts", json={"title": "x", "status": "shout"}, headers=basic(account))
    assert (bad.status_code, bad.json()["code"]) == (400, "rest_invalid_param")
    assert sandbox.http.post(f"{WORDPRESS}/media", content=b"x", headers=basic(account)).json()["code"].startswith("rest_upload_no")
    made = sandbox.http.post(f"{WORDPRESS}/posts", json={"title": "Mine"}, headers=basic(account)).json()
    assert sandbox.http.delete(f"{WORDPRESS}/posts/{made['id']}", headers=basic(other)).status_code == 403
    assert sandbox.http.delete(f"{WORDPRESS}/posts/{made['id']}", headers=basic(account)).json()["status"] == "trash"
    assert sandbox.http.get("/wordpress.example/wp-json/nothing").json()["code"] == "rest_no_route"


def test_ghost_keeps_posts_and_files(sandbox: Sandbox) -> None:
    account = sandbox.account("ghost")
    signed = ghost_token(sandbox, account)
    image = sandbox.http.post(f"{GHOST}/images/upload/", files={"file": ("a.jpg", picture())}, data={"ref": "r"}, headers=signed).json()
    film = sandbox.http.post(f"{GHOST}/media/upload/", files={"file": ("a.mp4", movie())}, headers=signed).json()["media"][0]["url"]
    assert image["images"][0]["ref"] == "r"
    post = {
        "title": "T", "html": f'<p>Hello</p><figure><video src="{film}"></video></figure>', "status": "published", "slug": "t-1",
        "feature_image": image["images"][0]["url"], "feature_image_alt": "Green", "tags": [{"name": "Launch"}],
    }  # fmt: skip
    made = sandbox.http.post(f"{GHOST}/posts/", params={"source": "html"}, json={"posts": [post]}, headers=signed)
    assert made.status_code == 201
    remote_id = made.json()["posts"][0]["id"]
    shown = sandbox.shown("ghost", remote_id)
    assert (shown["text"], [medium["kind"] for medium in shown["media"]]) == ("Hello", ["image", "video"])
    assert sandbox.http.get(f"{GHOST}/posts/slug/t-1/", headers=signed).json()["posts"][0]["id"] == remote_id
    counted = sandbox.http.get(f"{GHOST}/posts/{remote_id}/", params={"include": "count.clicks"}, headers=signed).json()
    assert set(counted["posts"][0]["count"]) == {"clicks"}
    assert sandbox.http.delete(f"{GHOST}/posts/{remote_id}/", headers=signed).status_code == 204
    gone = sandbox.http.get(f"{GHOST}/posts/slug/t-1/", headers=signed)
    assert (gone.status_code, gone.json()["errors"][0]["type"]) == (404, "NotFoundError")


@pytest.mark.parametrize(
    "changes", [{"aud": "/content/"}, {"exp": 4_000_000_000}, {"exp": 0}],
)  # fmt: skip
def test_ghost_checks_what_a_token_claims(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    account = sandbox.account("ghost")
    refused = sandbox.http.get(f"{GHOST}/posts/", headers=ghost_token(sandbox, account, **changes))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, "INVALID_JWT")


def test_what_ghost_refuses(sandbox: Sandbox) -> None:
    account, other = sandbox.account("ghost"), sandbox.account("ghost")
    signed = ghost_token(sandbox, account)
    forged = {"Authorization": signed["Authorization"][:-6] + "AAAAAA"}
    assert sandbox.http.get(f"{GHOST}/posts/", headers=forged).json()["errors"][0]["code"] == "INVALID_JWT"
    assert sandbox.http.get(f"{GHOST}/posts/").status_code == 403
    for post, field in (
        ({"title": ""}, "title"),
        ({"title": "a" * 256}, "title"),
        ({"title": "a", "custom_excerpt": "b" * 301}, "custom_excerpt"),
    ):
        refused = sandbox.http.post(f"{GHOST}/posts/", json={"posts": [post]}, headers=signed)
        assert (refused.status_code, refused.json()["errors"][0]["property"]) == (422, field)
    assert sandbox.http.post(f"{GHOST}/images/upload/", files={"file": ("a", b"#!")}, headers=signed).status_code == 415
    made = sandbox.http.post(f"{GHOST}/posts/", json={"posts": [{"title": "Mine"}]}, headers=signed).json()["posts"][0]["id"]
    assert sandbox.http.delete(f"{GHOST}/posts/{made}/", headers=ghost_token(sandbox, other)).status_code == 404
    assert sandbox.http.get("/ghost.example/ghost/api/admin/site/").json()["site"]["version"]


def test_substack_shows_a_feed(sandbox: Sandbox) -> None:
    account = sandbox.account("substack", "workspace-of-the-feed")
    sandbox.admin("POST", "/history", json={"workspace": "workspace-of-the-feed", "weeks": 4})
    feed = sandbox.http.get("/substack.example/feed")
    assert feed.headers["content-type"].startswith("application/xml")
    assert "<item><title>" in feed.text
    assert account.handle
    assert sandbox.http.get("/substack.example/api/v1/drafts").status_code == 404


def deliver(sandbox: Sandbox, account: Grant, body: Any, *, name: str = "msg_1", age: float = 0, key: bytes | None = None) -> Any:
    secret, _, address = account.token.partition(" ")
    data, at = json.dumps(body).encode(), int(sandbox.clock.now - age)
    key = key or base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{name}.{at}.".encode() + data, hashlib.sha256)).decode()
    headers = {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": f"v0,x v1,{signature}"}
    return sandbox.http.post(address.replace("https://", "/"), content=data, headers=headers)


def test_a_webhook_takes_an_id_once(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("webhook")
    media = [{"kind": "image", "url": files.put("w.jpg", picture()), "alt": "Green"}]
    body = {"type": "post.publish", "data": {"text": "Hello", "media": media}}
    for _ in range(3):
        assert deliver(sandbox, account, body, name=f"msg_{account.id}").json() == {"id": f"msg_{account.id}"}
    posts = sandbox.admin("GET", "/posts", params={"account": account.id}).json()["posts"]
    assert [(post["text"], post["media"][0]["alt"]) for post in posts] == [("Hello", "Green")]
    deliver(sandbox, account, {"type": "post.deleted", "data": {"id": f"msg_{account.id}"}}, name="msg_2")
    assert sandbox.admin("GET", "/posts", params={"account": account.id}).json()["posts"] == []


def test_what_a_webhook_refuses(sandbox: Sandbox) -> None:
    account, ping = sandbox.account("webhook"), {"type": "ping", "data": {}}
    assert deliver(sandbox, account, ping).status_code == 200
    assert deliver(sandbox, account, ping, key=b"another key").status_code == 401
    assert deliver(sandbox, account, ping, age=301).status_code == 400
    assert deliver(sandbox, account, {"type": "post.liked", "data": {}}).status_code == 422
    assert deliver(sandbox, account, ["no", "event"]).status_code == 422
    inside = {"type": "post.publish", "data": {"media": [{"kind": "image", "url": "https://10.0.0.1/a.jpg"}]}}
    assert deliver(sandbox, account, inside, name="msg_inside").status_code == 422
    assert sandbox.http.post("/hooks.example/nobody/x", content=b"{}").status_code == 404
