"""Platform apps: who runs the server writes them down, sealed, and has them tried before they are used."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from postwright import config
from postwright.connections import apps
from postwright.connections.app_facts import warnings
from postwright.platforms.auth import App
from postwright.platforms.errors import Rejected, Transient
from postwright.platforms.registry import REGISTRY
from postwright.platforms.x.auth import XAuth
from tests.connections.desk import Browser, Desk

pytestmark = pytest.mark.anyio
Db = psycopg.Connection[Any]


async def operator(desk: Desk, db: Db) -> Browser:
    db.execute("update users set is_operator = true where id = %s", (desk.cast.ada.id,))
    return await desk.browser(desk.cast.ada)


async def test_the_secret_is_sealed_and_never_shown_again(desk: Desk, owner_db: Db) -> None:
    ada = await operator(desk, owner_db)
    done = await ada.post("/accounts/apps/x", data={"client_id": "my-app", "client_secret": "hush-hush", "review": "approved"})
    assert done.status_code == 303, done.text
    page = await ada.get("/accounts/apps")
    assert "my-app" in page.text
    assert "hush-hush" not in page.text
    assert "http://127.0.0.1:8484/accounts/callback/x" in page.text
    assert "hush-hush" not in str(owner_db.execute("select to_jsonb(a) from app.platform_apps a").fetchall())
    told = (await ada.get("/api/v1/platform-apps")).json()["items"]
    x = next(each for each in told if each["platform"] == "x")
    assert (x["client_id"], x["has_secret"], x["review"]) == ("my-app", True, "approved")
    assert "hush" not in str(told)


async def test_without_a_new_secret_the_old_one_stays_but_not_for_another_app(desk: Desk, owner_db: Db) -> None:
    ada = await operator(desk, owner_db)
    await ada.post("/accounts/apps/x", data={"client_id": "one", "client_secret": "hush"})
    await ada.post("/accounts/apps/x", data={"client_id": "one", "review": "approved"})
    assert await stored(desk) == App("one", "hush")
    await ada.post("/accounts/apps/x", data={"client_id": "two"})
    assert await stored(desk) == App("two", None)


async def stored(desk: Desk) -> App | None:
    async with apps.closed(desk.web, desk.actor(desk.cast.bob)) as db:
        return await apps.app_of(db, desk.web, REGISTRY["x"], "live")


@pytest.mark.parametrize(
    ("trouble", "shown"), [(None, "Known there"), (Rejected("X does not know this app", field="client_id", rule="app"), "Not accepted")]
)
async def test_an_app_is_tested_there(
    desk: Desk, owner_db: Db, monkeypatch: pytest.MonkeyPatch, trouble: Exception | None, shown: str
) -> None:
    async def try_app(self: XAuth, http: object, app: App) -> None:
        assert app == App("my-app", "hush")
        if trouble:
            raise trouble

    monkeypatch.setattr(XAuth, "try_app", try_app)
    ada = await operator(desk, owner_db)
    await ada.post("/accounts/apps/x", data={"client_id": "my-app", "client_secret": "hush"})
    assert "Not tested" in (await ada.get("/accounts/apps")).text
    assert (await ada.post("/accounts/apps/x/test")).status_code == 303
    assert shown in (await ada.get("/accounts/apps")).text


async def test_a_platform_that_is_away_leaves_the_app_as_it_was(desk: Desk, owner_db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    async def try_app(self: XAuth, http: object, app: App) -> None:
        raise Transient("X cannot be reached")

    monkeypatch.setattr(XAuth, "try_app", try_app)
    ada = await operator(desk, owner_db)
    await ada.post("/accounts/apps/x", data={"client_id": "my-app", "client_secret": "hush"})
    page = await ada.post("/accounts/apps/x/test")
    assert page.status_code == 503
    assert "did not say whether it knows the app" in page.text
    assert "Not tested" in page.text


@pytest.mark.parametrize("tried", [False, True])
async def test_nobody_is_sent_off_by_an_app_that_its_platform_does_not_accept(
    desk: Desk, owner_db: Db, monkeypatch: pytest.MonkeyPatch, tried: bool
) -> None:
    asked = []

    async def try_app(self: XAuth, http: object, app: App) -> None:
        asked.append(app.client_id)
        if app.client_id == "bad":
            raise Rejected("X does not know this app", field="client_id", rule="app")

    monkeypatch.setattr(XAuth, "try_app", try_app)
    ada = await operator(desk, owner_db)
    await ada.post("/accounts/apps/x", data={"client_id": "bad", "client_secret": "def"})
    if tried:
        await ada.post("/accounts/apps/x/test")
    for _ in range(2):
        page = await ada.post("/accounts/connect/x")
        assert (page.status_code, "X does not know this app" in page.text, "authorize?" in page.text) == (422, True, False)
        assert 'href="/accounts/apps#x"' in page.text
    assert asked == ["bad"], "it is tried once"
    assert "Not accepted" in (await ada.get("/accounts/apps")).text
    await ada.post("/accounts/apps/x", data={"client_id": "good", "client_secret": "def"})
    for _ in range(2):
        assert "x.com/i/oauth2/authorize?" in (await ada.post("/accounts/connect/x")).text
    assert asked == ["bad", "good"]
    assert "Known there" in (await ada.get("/accounts/apps")).text


async def test_a_platform_that_does_not_answer_keeps_nobody_from_going_there(
    desk: Desk, owner_db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def try_app(self: XAuth, http: object, app: App) -> None:
        raise Transient("X cannot be reached")

    monkeypatch.setattr(XAuth, "try_app", try_app)
    ada = await operator(desk, owner_db)
    await ada.post("/accounts/apps/x", data={"client_id": "my-app", "client_secret": "hush"})
    assert "x.com/i/oauth2/authorize?" in (await ada.post("/accounts/connect/x")).text
    assert "Not tested" in (await ada.get("/accounts/apps")).text


async def test_a_missing_app_is_said_before_anybody_goes_on(desk: Desk, owner_db: Db) -> None:
    ada = await operator(desk, owner_db)
    page = await ada.get("/accounts/connect/youtube")
    assert page.status_code == 200
    assert "YouTube accounts cannot be connected yet" in page.text
    assert "Go on" not in page.text
    assert 'href="/accounts/apps#youtube"' in page.text


async def test_only_who_runs_the_server_sees_them(desk: Desk) -> None:
    alice = await desk.browser(desk.cast.alice)
    for path in ("/accounts/apps", "/api/v1/platform-apps"):
        assert (await alice.get(path)).status_code == 403
    assert (await alice.post("/accounts/apps/x", data={"client_id": "evil"})).status_code == 403
    assert "Platform apps" not in (await alice.get("/accounts")).text


@pytest.mark.parametrize("given", ["", "   ", "two words"])
async def test_a_client_id_that_cannot_be_one_is_refused(desk: Desk, owner_db: Db, given: str) -> None:
    ada = await operator(desk, owner_db)
    assert (await ada.post("/accounts/apps/x", data={"client_id": given})).status_code == 422


def test_the_environment_may_give_apps() -> None:
    settings = config.load({"POSTWRIGHT_X_CLIENT_ID": "a", "POSTWRIGHT_X_CLIENT_SECRET": "b", "POSTWRIGHT_TIKTOK_CLIENT_ID": "c"})
    assert settings.platform_apps == {"x": ("a", "b"), "tiktok": ("c", None)}
    assert "'b'" not in repr(settings)


def test_warnings_follow_the_review_and_the_address() -> None:
    assert any("7 days" in each for each in warnings("youtube", "testing", "https://p.example/"))
    assert any("privat" in each or "creator only" in each for each in warnings("tiktok", "unknown", "https://p.example/"))
    assert warnings("tiktok", "approved", "https://p.example/") == []
    assert any("$" in each for each in warnings("x", "approved", "https://p.example/"))
    assert any("https only" in each for each in warnings("instagram", "approved", "http://127.0.0.1:8484/"))
    assert {slug for slug, each in REGISTRY.items() if each.oauth and not each.registers} <= {
        slug for slug, each in REGISTRY.items() if each.face.app
    }
