"""For every route a request that is right: whoever is refused, is refused for lack of right."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image

from tests.cast import PASSWORD

Ids = Mapping[str, str]
LATER = "2027-04-05T09:00:00"
_NEW = "four plain quiet words"

# What stands for a parameter of a path: by what stands before it, then by its name.
_BEFORE = {
    "/drafts/": "draft", "/posts/": "post_planned", "/notifications/": "notice", "/exports/": "export", "/comments/": "comment",
    "/sessions/": "session", "/people/": "carl", "/members/": "carl", "/workspaces/": "workspace", "/keys/": "api_key",
    "/accounts/": "account_x", "/edits/": "edit", "/closed-times/": "closed", "/pictures/": "picture",
    "/uploads/": "upload", "/media/conversions/": "conversion",
}  # fmt: skip
_PLAIN = {"token": "{token}", "platform": "x", "slug": "x", "act": "resync", "remote_id": "no-such-copy", "file_id": "{medium}",
          "host": "x.com", "path": "i/oauth2/authorize", "server": "0123456789abcdef",
          "walk_id": "00000000-0000-4000-8000-000000000000"}  # fmt: skip

# Where a route needs another row than the usual one.
_OTHER = {
    "POST /posts/{post_id}/retry": {"post_planned": "post_failed"},
    "POST /posts/{post_id}/dismiss": {"post_planned": "post_failed"},
    "POST /posts/{post_id}/decide": {"post_planned": "post_unconfirmed"},
    "POST /posts/{post_id}/plan-again": {"post_planned": "post_canceled"},
    "POST /posts/{post_id}/cancel": {"post_planned": "post_scheduled"},
    "POST /drafts/{id}/restore": {"draft": "draft_deleted"},
    "POST /workspaces/{workspace}/restore": {"workspace": "gone"},
    "POST /workspaces/invitations/{invitation}/accept": {"invitation": "waiting"},
    "POST /workspaces/invitations/{invitation}/decline": {"invitation": "waiting"},
    "GET /people/{person}/pictures/{picture}": {"carl": "alice"},
    "POST /drafts/{draft_id}/plan": {"draft": "draft_unplanned"},
    "POST /drafts/{draft_id}/schedule": {"draft": "draft_unplanned"},
}


def address(method: str, path: str, known: Ids) -> str:
    """The path with this caller's rows in it."""
    if path == "/media/{file_id}/{name}":
        return known["media_path"]
    if path.startswith("/sandbox/avatars/"):
        return "/sandbox/avatars/acme.svg"
    other = _OTHER.get(f"{method} {path.removeprefix('/api/v1')}", {})

    def fill(found: re.Match[str]) -> str:
        name = found[1].partition(":")[0]
        if name in _PLAIN:
            return _PLAIN[name].format(**known)
        before = path[: found.start()]
        usual = "invitation" if name == "invitation" else next(key for start, key in _BEFORE.items() if before.endswith(start))
        return known[other.get(usual, usual)]

    return re.sub(r"\{([^}]+)\}", fill, path)


def body(method: str, path: str, known: Ids) -> dict[str, Any]:
    """What goes with it: `json`, `data`, `params`, `content`."""
    api = path.startswith("/api/v1")
    made = (_JSON if api else _FORMS).get(f"{method} {path.removeprefix('/api/v1')}")
    return made(known) if made else {}


def _json(**fields: Any) -> Any:
    return lambda known: {"json": {name: _known(value, known) for name, value in fields.items()}}


def _form(**fields: Any) -> Any:
    return lambda known: {"data": {name: _known(value, known) for name, value in fields.items()}}


def _query(**fields: Any) -> Any:
    return lambda known: {"params": fields}


def _known(value: Any, known: Ids) -> Any:
    """`<name>` stands for that row's id."""
    if isinstance(value, list):
        return [_known(each, known) for each in value]
    return known[value[1:-1]] if isinstance(value, str) and value.startswith("<") else value


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(made, "PNG")
    return made.getvalue()


_PICTURE = _picture()
_SIGN_IN = {"email": "bob@example.com", "password": PASSWORD}
_NEWCOMER = {"email": "newest@example.com", "password": _NEW, "name": "Newest", "timezone": "UTC"}

_JSON: dict[str, Any] = {
    "POST /sessions": _json(**_SIGN_IN),
    "POST /sign-up": _json(**_NEWCOMER),
    "POST /verify": _json(token="<sign_up_token>", name="Newcomer", password=_NEW),
    "POST /forgot": _json(email="bob@example.com"),
    "POST /reset": _json(token="<reset_token>", password=_NEW),
    "PUT /people/sign-up": _json(open=False),
    "PATCH /me": _json(name="Somebody else"),
    "PUT /me/picture": lambda known: {"content": _PICTURE, "headers": {"Content-Type": "image/png"}},
    "POST /me/password": _json(present=PASSWORD, password=_NEW),
    "POST /me/address": _json(email="elsewhere@example.com", present=PASSWORD),
    "DELETE /me": _json(email="<email>", password=PASSWORD),
    "POST /workspaces": _json(name="New"),
    "POST /workspaces/invitations/accept": _json(token="<token>"),
    "POST /workspaces/invitations/decline": _json(id="<waiting>"),
    "PATCH /workspaces/current": _json(name="Renamed"),
    "POST /workspaces/current/delete": _json(name="Acme"),
    "POST /workspaces/current/transfer": _json(member="<ada>"),
    "PATCH /workspaces/current/members/{member}": _json(role="editor"),
    "POST /workspaces/current/invitations": _json(email="guest@example.com", role="viewer"),
    "POST /keys": _json(name="Robot", scopes=["read"]),
    "PATCH /keys/{key}": _json(name="Robot 2"),
    "POST /accounts/sandbox": _json(platforms=["x"]),
    "PATCH /accounts/{account_id}": _json(paused=True),
    "PUT /accounts/order": _json(ids=["<account_x>"]),
    "POST /accounts/connect": _json(platform="bluesky"),
    "POST /accounts/connect/keys": _json(platform="bluesky", keys={"handle": "acme.example", "app_password": "xxxx"}),
    "PUT /platform-apps/{platform}": _json(client_id="an-app", client_secret="a secret"),
    "POST /drafts": _json(idea="A new idea that is long enough to be adapted to a post.", platforms=["x"]),
    "POST /drafts/find": _json(idea="A new idea"),
    "PATCH /drafts/{id}": _json(version=1, title="Another title"),
    "PATCH /drafts/{id}/variants/{platform}": _json(version=1, text="Other words."),
    "POST /media": lambda known: {"content": _PICTURE, "params": {"name": "new.png"}},
    "PUT /media/room": _json(quota=10**9),
    "PATCH /media/{file_id}": _json(name="Other.png"),
    "POST /media/{file_id}/crop": _json(ratio="1:1"),
    "POST /media/{file_id}/conversions": _json(platform="x"),
    "POST /drafts/{id}/media": _json(files=["<medium>"]),
    "POST /uploads": lambda known: {"headers": {"Upload-Length": "100"}},
    "PATCH /uploads/{upload_id}": lambda known: {
        "content": b"x",
        "headers": {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    },
    "POST /check": _json(platform="x", text="Words."),
    "POST /drafts/{draft_id}/plan": _json(at=f"{LATER}Z", connection_ids=["<account_x>"]),
    "PATCH /posts/{post_id}": _json(wall_time=LATER, timezone="UTC"),
    "GET /calendar": _query(start="2027-03-01T00:00:00Z", end="2027-03-08T00:00:00Z"),
    "POST /closed-times": _json(start="2027-06-01T00:00:00Z", end="2027-06-02T00:00:00Z"),
    "PUT /scheduling-preferences": _json(timezone="UTC", platform="x"),
    "POST /posts/schedule": _json(ids=["<post_planned>"]),
    "POST /posts/bulk": _json(act="label", ids=["<post_planned>"], label="launch"),
    "POST /posts/cost": _json(ids=["<post_planned>"]),
    "PUT /costs/budget": _json(dollars=25),
    "PATCH /posts/{post_id}/content": _json(text="Other words."),
    "POST /posts/{post_id}/decide": _json(outcome="give_up"),
    "POST /drafts/{draft}/comments": _json(text="Hello."),
    "POST /posts/{post}/comments": _json(text="Hello."),
    "PATCH /comments/{comment}": _json(text="Other words."),
    "POST /exports": _json(kind="person"),
    "PATCH /notice-preferences": _json(email={"comment": True}),
    "POST /publishing/pause": _json(reason="Wrong price"),
    "POST /publishing/server/pause": _json(reason="Upgrade"),
    "PUT /publishing/policy": _json(late_grace_minutes=30),
    "POST /held": _json(ids=["<post_scheduled>"], decision="cancel"),
    "PUT /posts/{post_id}/by-hand": _json(by_hand=True),
    "POST /posts/{post_id}/by-hand": _json(url="https://x.com/acme/status/77"),
    "GET /audit/export": _query(format="csv"),
}

_FORMS: dict[str, Any] = {
    "POST /settings": _form(name="Somebody", timezone="UTC", week_start="1", locale="en"),
    "POST /settings/picture": lambda known: {"files": {"picture": ("p.png", _PICTURE, "image/png")}},
    "POST /settings/address": _form(email="elsewhere@example.com", present=PASSWORD),
    "POST /settings/password": _form(present=PASSWORD, password=_NEW),
    "POST /settings/people/sign-up": _form(rule="closed"),
    "POST /sign-in": _form(**_SIGN_IN),
    "POST /sign-up": _form(**_NEWCOMER),
    "GET /verify": lambda known: {"params": {"token": known["sign_up_token"]}},
    "GET /reset": lambda known: {"params": {"token": known["reset_token"]}},
    "POST /verify": _form(token="<sign_up_token>", name="Newcomer", password=_NEW),
    "POST /forgot": _form(email="bob@example.com"),
    "POST /reset": _form(token="<reset_token>", password=_NEW),
    "POST /settings/members/invite": _form(email="guest@example.com", role="viewer", days="7"),
    "POST /settings/members/{member}": _form(role="editor"),
    "POST /workspaces": _form(name="New", kind="sandbox"),
    "POST /workspaces/live": _form(name="Live one"),
    "POST /settings/workspace": _form(name="Renamed", timezone="UTC"),
    "POST /settings/workspace/transfer": _form(member="<ada>"),
    "POST /settings/workspace/delete": _form(name="Acme"),
    "POST /settings/keys": _form(name="Robot", scopes=["read"], lifetime="90"),
    "POST /settings/keys/{key}/name": _form(name="Robot 2"),
    "POST /notifications/read": _form(show=""),
    "POST /notifications/{id}/read": _form(show=""),
    "GET /settings/audit/export": _query(format="csv"),
    "POST /welcome": _form(link="<link>", timezone="UTC"),
    "POST /posts/schedule": _form(id=["<post_planned>"]),
    "POST /drafts/{draft_id}/schedule": _form(account=["<account_x>"], when="slot"),
    "POST /posts/{post_id}/decide": _form(what="give_up"),
    "POST /posts/{post_id}/edit": _form(text="Other words."),
    "POST /posts/{post_id}/fix": _form(act="split"),
    "POST /posts/bulk": _form(act="label", label="launch", id=["<post_planned>"]),
    "GET /posts/_cost": lambda known: {"params": {"id": known["post_planned"]}},
    "POST /costs": _form(dollars="25"),
    "POST /posts/{post_id}/move": _form(wall=LATER, timezone="UTC"),
    "POST /drafts": _form(idea="A new idea that is long enough to be adapted to a post.", platform=["x"]),
    "POST /drafts/{id}/idea": _form(version="1", idea="A changed idea that is long enough to be adapted to a post.", title="Title"),
    "POST /drafts/{id}/platforms": _form(platform=["x"]),
    "POST /drafts/{id}/variants/{slug}": _form(version="1", text="Other words."),
    "POST /drafts/{id}/variants/{slug}/look": _form(version="1", text="Other words."),
    "POST /drafts/{id}/variants/{slug}/media": lambda known: {"files": {"file": ("p.png", _PICTURE, "image/png")}},
    "POST /media/room": _form(gigabytes="5"),
    "POST /media/{file_id}": _form(name="Other.png", alt="Words"),
    "POST /accounts/{account_id}/zone": _form(timezone="UTC"),
    "POST /accounts/{account_id}/disconnect": _form(plan="keep"),
    "POST /accounts/{account_id}/move": _form(to="up"),
    "POST /accounts/choose/{walk_id}": _form(account=["1"]),
    "POST /accounts/apps/{platform}": _form(client_id="an-app", client_secret="a secret"),
    "POST /sandbox/connect/{host}/{path}": _form(allow="no"),
    "POST /drafts/{draft_id}/comments": _form(text="Hello."),
    "POST /posts/{post_id}/comments": _form(text="Hello."),
    "POST /comments/{id}/edit": _form(text="Other words."),
    "POST /settings/data/exports": _form(kind="person"),
    "POST /settings/data/delete": _form(email="<email>", password=PASSWORD),
    "POST /posts/{post_id}/by-hand": _form(url="https://x.com/acme/status/77"),
    "POST /posts/{post_id}/way": _form(by_hand="yes"),
    "POST /settings/publishing/pause": _form(reason="Wrong price"),
    "POST /settings/publishing/server/pause": _form(reason="Upgrade"),
    "POST /settings/publishing/policy": _form(minutes="30"),
    "POST /today/held": _form(id=["<post_scheduled>"], decision="cancel"),
    "POST /settings/notices": _form(kind=["comment"]),
    "POST /sandbox/break": _form(platform="x", kind="cut_after"),
    "POST /settings/theme": _form(theme="dark", next="/settings"),
    "GET /posts/scheduled": lambda known: {"params": {"post": known["post_planned"]}},
    "GET /drafts/{draft_id}/scheduled": lambda known: {"params": {"post": known["post_planned"]}},
}
