"""A workspace with a real row for every address, everybody who might call, and an application whose acts are taken back.

All of a request happens on one connection, inside a transaction that is rolled back when the answer is there: thousands of
requests find the same rows, however destructive each is.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from fastapi import FastAPI
from fastapi.routing import APIRoute
from PIL import Image

from postwright import config
from postwright.db.bootstrap import Dsns
from postwright.db.session import open_pool
from postwright.edge.access import Scope
from postwright.edge.events import EventHub
from postwright.edge.state import State
from postwright.identity.after import after_of
from postwright.library.storage import Storage, media_path, path_of
from postwright.web.app import create_app
from tests.cast import PASSWORD, Cast, Person, acting, gather, join, make_workspace, serving, sign_up
from tests.edge.small import make_key

HOST = "http://postwright.test"
KEY = b"k" * 32
MARK = "Acme"  # stands in every name that an outsider must not see
IDEA = "Acme moved its launch from Friday to Tuesday. Support answered twice as fast, and nobody worked on Saturday."


@dataclass
class Scene:
    """What the requests are made of. `ids` are the workspace's rows; `own` what is each caller's own, by their name."""

    dsns: Dsns
    home: Path
    cast: Cast
    people: dict[str, Person]
    ids: dict[str, str] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def known(self, caller: str) -> Mapping[str, str]:
        """What stands in this caller's requests: who has nothing of that kind tries Alice's."""
        return self.ids | self.own.get(caller, self.own["alice"])


def make_app(pool: Any, home: Path) -> FastAPI:
    """The whole application, in front of that pool."""
    settings = config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_URL": HOST})
    app = create_app(settings)
    app.state.postwright = State(settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), None, "k", KEY, "test")
    app.state.events = EventHub("")
    return app


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Every (method, path) that the application answers, but static files and the document."""

    def walk(routes: Any, prefix: str = "") -> Any:
        for each in routes:
            if isinstance(each, APIRoute):
                yield from ((method, prefix + each.path) for method in each.methods)
            elif hasattr(each, "original_router"):
                yield from walk(each.original_router.routes, prefix + each.include_context.prefix)

    return set(walk(app.routes))


class OneConnection:
    """A pool of a single connection; transactions on it are savepoints of the one that is open around them."""

    def __init__(self, db: psycopg.AsyncConnection[Any]) -> None:
        self.db = db

    @asynccontextmanager
    async def connection(self, **_: float) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        yield self.db


class Stage:
    """Requests whose acts are taken back."""

    def __init__(self, scene: Scene, app: FastAPI, http: httpx2.AsyncClient, db: psycopg.AsyncConnection[Any]) -> None:
        self.scene, self.app, self.http, self.db = scene, app, http, db

    async def __call__(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """One request, and nothing stays of it."""
        async with self.db.transaction(force_rollback=True):
            return await self.act(method, path, **how)

    async def act(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """One request inside a transaction of the test's own."""
        self.http.cookies.clear()
        answer = await self.http.request(method, path, **how)
        await after_of(self.app).settle()
        return answer

    def bearer(self, caller: str, workspace: UUID | str | None = None) -> dict[str, str]:
        """The headers of a caller who is a program."""
        headers = {"Authorization": f"Bearer {self.scene.tokens[caller]}"} if caller in self.scene.tokens else {}
        return headers | ({"X-Workspace": str(workspace)} if workspace else {})


@asynccontextmanager
async def on_stage(scene: Scene) -> AsyncIterator[Stage]:
    """The application, with nothing left behind."""
    db = await psycopg.AsyncConnection.connect(scene.dsns.api, autocommit=True, prepare_threshold=None)
    async with db:
        app = make_app(OneConnection(db), scene.home)
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=HOST) as http:
            yield Stage(scene, app, http, db)


def set_up(dsns: Dsns, home: Path) -> Scene:
    """Fills a fresh database, for good."""
    with psycopg.connect(dsns.owner, autocommit=True) as db:
        cast = gather(db)
        people = {each.name.lower(): each for each in (*cast.members, cast.mallory)}
        for name, role in (("Otto", "admin"), ("Carl", "viewer"), ("Dora", "editor"), ("Olga", None), ("Greta", None)):
            people[name.lower()] = person = sign_up(db, name, role=role)
            if role:
                join(db, person, cast.workspace, invited_by=cast.alice)
        with acting(db, cast.alice, cast.workspace):
            db.execute("update workspace_members set role = 'owner' where user_id = %s", [people["otto"].id])
        db.execute("update users set is_operator = (email = 'olga@example.com'), email_verified_at = now()")
        db.execute("update app.server_rules set sign_up_open = true")
        scene = Scene(dsns, home, cast, people)
        asyncio.run(_by_the_api(scene))
        _by_hand(db, scene)
    return scene


async def _by_the_api(scene: Scene) -> None:
    """What people make by asking for it."""
    async with open_pool(scene.dsns.api, size=2) as pool:
        app = make_app(pool, scene.home)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=f"{HOST}/api/v1") as http:
            for name, person in scene.people.items():
                scene.tokens[name] = await _enter(http, person)
                await _enter(http, person)
            with psycopg.connect(scene.dsns.owner, autocommit=True) as db:
                _accounts(db, scene)
            await _fill(scene, http)


async def _enter(http: httpx2.AsyncClient, person: Person) -> str:
    opened = await http.post("/sessions", json={"email": person.email, "password": PASSWORD})
    assert opened.status_code == 201, opened.text
    found: str = opened.json()["token"]
    return found


def _accounts(db: Any, scene: Scene) -> None:
    for platform in ("x", "linkedin"):
        with acting(db, scene.cast.alice, scene.cast.workspace):
            row = db.execute(
                "insert into platform_connections (platform, platform_user_id, environment, handle, display_name, access_token)"
                " values (%s, 'acme', 'sandbox', 'acme.example', 'Acme', 'sealed') returning id",
                (platform,),
            ).fetchone()
        scene.ids[f"account_{platform}"] = str(row[0])
    with acting(db, scene.cast.mallory, scene.cast.elsewhere):
        row = db.execute(
            "insert into platform_connections (platform, platform_user_id, environment, handle, display_name, access_token)"
            " values ('x', 'mallory', 'sandbox', 'mallory.example', 'Mallory', 'sealed') returning id"
        ).fetchone()
    scene.ids["mallorys_account"] = str(row[0])


async def _fill(scene: Scene, http: httpx2.AsyncClient) -> None:
    ids = scene.ids
    ids["workspace"] = str(scene.cast.workspace)

    async def ask(who: str, method: str, path: str, workspace: UUID | None = None, **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {scene.tokens[who]}", "X-Workspace": str(workspace or scene.cast.workspace)}
        answer = await http.request(method, path, headers=headers, **how)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    async def draft(who: str = "alice", workspace: UUID | None = None, text: str = IDEA) -> str:
        made = await ask(who, "POST", "/drafts", workspace, json={"idea": text, "platforms": ["x", "linkedin"]})
        return str(made["id"])

    ids["draft"], ids["draft_deleted"], ids["draft_unplanned"] = await draft(), await draft(), await draft()
    await ask("alice", "DELETE", f"/drafts/{ids['draft_deleted']}")
    for day, state in enumerate(("planned", "failed", "unconfirmed", "canceled", "scheduled"), start=1):
        text = f"{IDEA} This was written on day {day} of the week, which is what makes it {state}."
        made = await ask(
            "alice", "POST", f"/drafts/{await draft(text=text)}/plan",
            json={"at": f"2027-03-0{day}T09:00:00Z", "connection_ids": [ids["account_x"]]},
        )  # fmt: skip
        ids[f"post_{state}"] = made["items"][0]["item_id"]
        if state != "planned":
            await ask("alice", "POST", f"/posts/{ids[f'post_{state}']}/schedule")
    await ask("alice", "POST", f"/posts/{ids['post_canceled']}/cancel")
    edited = await ask("alice", "PATCH", f"/posts/{ids['post_planned']}/content", json={"text": f"{IDEA} Written anew."})
    ids["edit"] = edited["edit_id"]
    closed = await ask("alice", "POST", "/closed-times", json={"start": "2027-05-01T00:00:00Z", "end": "2027-05-02T00:00:00Z"})
    ids["closed"] = closed["id"]
    invited = await ask("alice", "POST", "/workspaces/current/invitations", json={"email": "nobody@example.com", "role": "viewer"})
    ids["invitation"] = invited["id"]
    ids["api_key"] = (await ask("alice", "POST", "/keys", json={"name": "Acme robot"}))["id"]
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(picture, "PNG")
    for who in ("alice", "mallory"):
        await _picture(scene, http, who, picture.getvalue())
    medium = await ask("alice", "POST", "/media", params={"name": "Acme.png"}, content=picture.getvalue())
    ids["medium"] = medium["id"]
    ids["conversion"] = (await ask("alice", "POST", f"/media/{ids['medium']}/conversions", json={"platform": "linkedin"}))["id"]
    ids["carl"], ids["alice"], ids["bob"], ids["ada"] = (str(scene.people[each].id) for each in ("carl", "alice", "bob", "ada"))
    me = (await http.get("/me", headers={"Authorization": f"Bearer {scene.tokens['alice']}"})).json()
    ids["picture"] = str(me["picture"]).rpartition("/")[2]
    for who in ("alice", "ada", "bob", "vera", "otto"):
        own = scene.own.setdefault(who, {})
        told = await ask(who, "POST", f"/drafts/{ids['draft']}/comments", json={"text": f"Acme: {who} likes it."})
        own["comment"] = told["id"]
        mine = (await ask(who, "GET", "/sessions"))["items"]
        own["session"] = next(each["id"] for each in mine if not each["current"])
        own["upload"] = ids["upload"] if who == "vera" else await _announced(scene, http, who)
        ids.setdefault("upload", own["upload"])
        own["email"], own["me"] = scene.people[who].email, str(scene.people[who].id)
    ids["mallorys_draft"] = await draft("mallory", scene.cast.elsewhere, "Mallory writes about something else entirely, and at length.")


async def _announced(scene: Scene, http: httpx2.AsyncClient, who: str) -> str:
    """A large file of somebody's own, on its way."""
    headers = {"Authorization": f"Bearer {scene.tokens[who]}", "X-Workspace": str(scene.cast.workspace), "Upload-Length": "100"}
    answer = await http.post("/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _picture(scene: Scene, http: httpx2.AsyncClient, who: str, data: bytes) -> None:
    headers = {"Authorization": f"Bearer {scene.tokens[who]}", "Content-Type": "image/png"}
    answer = await http.put("/me/picture", content=data, headers=headers)
    assert answer.status_code == 200, answer.text


def _by_hand(db: Any, scene: Scene) -> None:
    """What only the worker, a mail server or time makes."""
    cast, ids = scene.cast, scene.ids
    for state, status in (("failed", "failed"), ("unconfirmed", "needs_review")):
        with serving(db):
            db.execute("update scheduled_posts set status = %s where schedule_item_id = %s", [status, ids[f"post_{state}"]])
    beta = make_workspace(db, scene.people["greta"], "Beta")
    gone = make_workspace(db, cast.alice, "Acme that was")
    for name in ("ada", "bob", "vera", "otto"):
        join(db, scene.people[name], gone, invited_by=cast.alice)
    with acting(db, cast.alice, gone):
        db.execute("select app.delete_workspace(%s, 'Acme that was')", [gone])
    ids["gone"] = str(gone)
    for name, own in scene.own.items():
        _one_persons(db, scene, name, own, beta)
    for why in ("sign_up", "reset"):
        ids[f"{why}_token"] = f"letter {why}"
        who, address = (None, "newcomer@example.com") if why == "sign_up" else (cast.bob.id, cast.bob.email)
        with db.transaction():
            db.execute("set local role app_auth")
            db.execute(
                "select app_auth.make_letter_link(%s, %s, %s, %s, 'Newcomer', 'UTC', null, true, now() + interval '1 hour')",
                [_hash(ids[f"{why}_token"]), why, who, address],
            )
    ids["link"] = "welcome link"
    with db.transaction():
        db.execute("set local role app_auth")
        db.execute("select app_auth.make_sign_in_link(%s, %s, now() + interval '1 hour')", [cast.bob.id, _hash(ids["link"])])
    with acting(db, cast.bob, cast.workspace):
        row = db.execute(
            "insert into files (workspace_id, path, mime_type, size_bytes) values (%s, 'x/x.png', 'image/png', 1) returning id",
            [cast.workspace],
        ).fetchone()
    ids["file"] = str(row[0])
    place = scene.home / "media" / path_of(row[0], "media.png")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"x")
    until = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    ids["media_path"] = media_path(KEY, ids["file"], until)
    for scope in Scope:
        scene.tokens[f"key_{scope}"] = make_key(db, cast.alice, cast.workspace, sorted({"read", str(scope)}))
    scene.tokens["key_held"] = make_key(db, cast.alice, cast.workspace, [str(each) for each in Scope], [UUID(ids["account_x"])])
    scene.tokens["key_elsewhere"] = make_key(db, cast.mallory, cast.elsewhere, [str(each) for each in Scope])
    scene.tokens["key_revoked"] = make_key(db, cast.alice, cast.workspace, [str(each) for each in Scope])
    db.execute("update api_keys set revoked_at = now() where key_hash = %s", [_hash(scene.tokens["key_revoked"])])
    db.execute("update users set is_active = false where email = 'dora@example.com'")
    db.execute("analyze")


def _one_persons(db: Any, scene: Scene, name: str, own: dict[str, str], beta: UUID) -> None:
    """A notice, an archive and an invitation of somebody's own."""
    person = scene.people[name]
    own["token"] = f"invitation of {name}"
    with acting(db, scene.people["greta"]):
        row = db.execute(
            "insert into invitations (workspace_id, email, role, token_hash) values (%s, %s, 'viewer', %s) returning id",
            [beta, person.email, _hash(own["token"])],
        ).fetchone()
    own["waiting"] = str(row[0])
    with serving(db):
        db.execute("select app.notify(%s, %s, 'comment', 'Acme: a notice', null, '/today')", [scene.cast.workspace, [person.id]])
        row = db.execute("select id from notifications where user_id = %s and title = 'Acme: a notice'", [person.id]).fetchone()
        own["notice"] = str(row[0])
        row = db.execute(
            "insert into exports (workspace_id, user_id, kind) values (%s, %s, 'person') returning id", [person.personal, person.id]
        ).fetchone()
        own["export"] = str(row[0])
        where = path_of(row[0], "archive.zip")
        db.execute("update exports set status = 'running' where id = %s", [row[0]])
        db.execute(
            "update exports set status = 'ready', path = %s, size_bytes = 1, sha256 = 'x', finished_at = now(),"
            " expires_at = now() + interval '1 day' where id = %s",
            [where, row[0]],
        )
    archive = scene.home / "exports" / "archives" / where
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(b"x")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
