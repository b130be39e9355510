"""Sessions: seen, ended, made anew, and over in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI

from postwright.db.bootstrap import Dsns
from postwright.edge import events, live
from postwright.edge.events import EventHub
from postwright.identity.devices import device
from tests.cast import PASSWORD, Cast, Person
from tests.edge.small import make_key
from tests.identity.conftest import COOKIE, Site, form

pytestmark = pytest.mark.anyio

Db = psycopg.Connection[Any]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


async def test_they_are_listed_with_device_and_place_and_this_one_is_marked(site: Site, cast: Cast):
    old = await site.program(cast.bob)
    here = site.client(headers={"User-Agent": FIREFOX})
    await here.post("/sign-in", data={"email": cast.bob.email, "password": PASSWORD})
    found = (await here.get("/api/v1/sessions")).json()["items"]
    assert [(each["device"], each["place"], each["current"]) for each in found] == [
        ("Firefox on Linux", "192.0.2.1", True),
        (device(old.headers["user-agent"]), "192.0.2.1", False),
    ]
    page = await here.get("/settings/sessions")
    assert page.text.index("This one") < page.text.index("End all others") or "End all others" in page.text
    assert "Firefox on Linux" in page.text


async def test_they_come_in_pages(site: Site, cast: Cast):
    program = await site.program(cast.bob)
    for _ in range(4):
        await site.program(cast.bob)
    seen, after = [], None
    while True:
        answer = (await program.get("/api/v1/sessions", params={"limit": 2} | ({"after": after} if after else {}))).json()
        seen += [each["id"] for each in answer["items"]]
        after = answer["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5


async def test_one_ends_or_all_others(site: Site, cast: Cast):
    here, there, third = [await site.program(cast.bob) for _ in range(3)]
    theirs = next(each["id"] for each in (await there.get("/api/v1/sessions")).json()["items"] if each["current"])
    assert (await here.delete(f"/api/v1/sessions/{theirs}")).status_code == 204
    assert (await here.delete(f"/api/v1/sessions/{theirs}")).status_code == 404
    assert (await there.get("/api/v1/me")).status_code == 401
    assert (await third.get("/api/v1/me")).status_code == 200
    assert (await here.delete("/api/v1/sessions")).json() == {"ended": 1}
    assert (await third.get("/api/v1/me")).status_code == 401
    assert (await here.get("/api/v1/me")).status_code == 200


async def test_nobody_sees_or_ends_another_s(site: Site, cast: Cast):
    bob, mallory, alice = await site.program(cast.bob), await site.program(cast.mallory), await site.browser(cast.alice)
    his = (await bob.get("/api/v1/sessions")).json()["items"][0]["id"]
    assert his not in (await mallory.get("/api/v1/sessions")).text
    assert (await mallory.delete(f"/api/v1/sessions/{his}")).status_code == 404
    assert (await mallory.delete("/api/v1/sessions")).json() == {"ended": 0}
    assert (await form(alice, "/settings/sessions", f"/settings/sessions/{his}/end")).status_code == 404
    assert (await bob.get("/api/v1/me")).status_code == 200


async def test_ending_this_one_on_the_page_signs_out(site: Site, cast: Cast):
    browser = await site.browser(cast.bob)
    here = (await browser.get("/api/v1/sessions")).json()["items"][0]["id"]
    done = await form(browser, "/settings/sessions", f"/settings/sessions/{here}/end")
    assert done.headers["location"].startswith("/sign-in")
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_ending_needs_the_form_s_own_token(site: Site, cast: Cast):
    browser = await site.browser(cast.bob)
    for address in ("/settings/sessions/end", "/settings/password", "/settings/address", "/settings", "/sign-out"):
        assert (await browser.post(address, data={"csrf": "guessed"})).status_code == 403, address
    assert (await browser.delete("/api/v1/sessions")).status_code == 403


async def test_a_cookie_from_before_never_becomes_the_session(site: Site, cast: Cast):
    """Mallory plants a cookie in Bob's browser, one that she made up and one that is her own session's."""
    mallory = await site.browser(cast.mallory)
    for planted in ("made-up-by-mallory", mallory.cookies[COOKIE]):
        browser = site.client(cookies={COOKIE: planted})
        answer = await browser.post("/sign-in", data={"email": cast.bob.email, "password": PASSWORD})
        fresh = answer.cookies[COOKIE]
        assert fresh != planted
        assert (await site.client(cookies={COOKIE: fresh}).get("/api/v1/me")).json()["email"] == cast.bob.email
        assert (await site.client(cookies={COOKIE: planted}).get("/api/v1/me")).status_code == 401


async def test_signing_in_ends_the_session_that_the_browser_had(site: Site, cast: Cast):
    browser = await site.browser(cast.bob)
    before = browser.cookies[COOKIE]
    await browser.post("/sign-in", data={"email": cast.bob.email, "password": PASSWORD})
    assert browser.cookies[COOKIE] != before
    assert (await site.client(cookies={COOKIE: before}).get("/api/v1/me")).status_code == 401
    assert len((await browser.get("/api/v1/sessions")).json()["items"]) == 1


async def test_the_cookie_is_hidden_from_scripts_and_other_sites(site: Site, cast: Cast):
    answer = await site.client().post("/sign-in", data={"email": cast.bob.email, "password": PASSWORD})
    words = answer.headers["set-cookie"].lower()
    assert "httponly" in words
    assert "samesite=lax" in words


async def test_a_session_that_nobody_uses_ends_and_a_visit_moves_its_end(site: Site, cast: Cast, owner_db: Db):
    program = await site.program(cast.bob)
    owner_db.execute("update sessions set last_seen_at = now() - interval '10 minutes', expires_at = now() + interval '1 day'")
    assert (await program.get("/api/v1/me")).status_code == 200
    assert _days_left(owner_db) == 30
    owner_db.execute("update sessions set expires_at = now() - interval '1 second'")
    assert (await program.get("/api/v1/me")).status_code == 401


async def test_no_visit_moves_the_end_past_ninety_days(site: Site, cast: Cast, owner_db: Db):
    program = await site.program(cast.bob)
    owner_db.execute("update sessions set created_at = now() - interval '80 days', last_seen_at = now() - interval '1 day'")
    assert (await program.get("/api/v1/me")).status_code == 200
    assert _days_left(owner_db) == 10


async def test_a_key_reaches_no_profile_no_session_no_person(site: Site, cast: Cast, owner_db: Db, operator: Person):
    key = site.client()
    key.headers["Authorization"] = f"Bearer {make_key(owner_db, cast.alice, cast.workspace, ['read', 'admin'])}"
    asked = [
        ("GET", "/sessions"), ("DELETE", "/sessions"), ("DELETE", f"/sessions/{cast.alice.id}"), ("PATCH", "/me"), ("PUT", "/me/picture"),
        ("DELETE", "/me/picture"), ("POST", "/me/password"), ("POST", "/me/address"), ("POST", "/me/address/letter"), ("GET", "/people"),
        ("GET", "/people/sign-up"), ("PUT", "/people/sign-up"), ("POST", f"/people/{cast.bob.id}/deactivate"),
        ("POST", f"/people/{cast.bob.id}/reset-link"), ("POST", f"/people/{cast.bob.id}/sign-in-link"),
    ]  # fmt: skip
    body = {"name": "X", "password": "four plain quiet words", "email": "x@example.org", "open": True}
    for method, path in asked:
        answer = await key.request(method, f"/api/v1{path}", json=body if method not in {"GET", "DELETE"} else None)
        assert (answer.status_code, answer.json()["rule"]) == (403, "person"), (method, path)


# Deactivated


async def test_a_deactivated_person_is_locked_out_at_once(site: Site, cast: Cast, owner_db: Db, operator: Person):
    bob, browser = await site.program(cast.bob), await site.browser(cast.bob)
    key = site.client()
    key.headers["Authorization"] = f"Bearer {make_key(owner_db, cast.ada, cast.workspace, ['read'])}"
    alice = await site.program(operator)
    await site.client().post("/api/v1/forgot", json={"email": cast.bob.email})
    await site.settle()
    link = (await alice.post(f"/api/v1/people/{cast.bob.id}/sign-in-link")).json()["url"].partition("link=")[2]
    for person in (cast.bob, cast.ada):
        assert (await alice.post(f"/api/v1/people/{person.id}/deactivate")).status_code == 204
    assert (await bob.get("/api/v1/me")).status_code == 401
    assert (await browser.get("/settings")).headers["location"].startswith("/sign-in")
    assert (await key.get("/api/v1/me")).status_code == 401
    signed_in = await site.client().post("/api/v1/sessions", json={"email": cast.bob.email, "password": PASSWORD})
    assert (signed_in.status_code, signed_in.json()["detail"]) == (422, "Address or password is wrong.")
    assert (await site.client().post("/api/v1/sessions", json={"link": link})).status_code == 401
    reset = {"token": site.token(cast.bob.email), "password": "four plain quiet words"}
    assert (await site.client().post("/api/v1/reset", json=reset)).status_code == 422
    for person in (cast.bob, cast.ada):
        assert (await alice.post(f"/api/v1/people/{person.id}/activate")).status_code == 204
    assert (await bob.get("/api/v1/me")).status_code == 401  # the sessions stay ended
    assert (await key.get("/api/v1/me")).status_code == 200
    assert (await (await site.program(cast.bob)).get("/api/v1/me")).status_code == 200


async def test_invitations_that_a_deactivated_person_made_stay(site: Site, cast: Cast, owner_db: Db, operator: Person):
    before = owner_db.execute("select count(*) from invitations").fetchone()
    alice = await site.program(operator)
    await alice.post(f"/api/v1/people/{cast.ada.id}/deactivate")
    assert owner_db.execute("select count(*) from invitations").fetchone() == before


@pytest.mark.parametrize("by", ["deactivation", "sign-out elsewhere", "removal from the workspace"])
async def test_a_stream_that_runs_ends_at_once_with_its_right(
    site: Site, cast: Cast, database: Dsns, owner_db: Db, operator: Person, by: str
):
    """Over a real socket: the stream is open, the right to look ends, the stream ends long before its next look."""
    hub = site.app.state.events = EventHub(database.api)
    async with hub.subscribe("", cast.bob.id) as told:
        listening = asyncio.create_task(hub.run())
        await told.get()  # it listens
    site.app.include_router(live.router)
    bob, alice = await site.browser(cast.bob), await site.program(operator)
    async with served(site.app) as address, httpx2.AsyncClient(base_url=address, timeout=10) as http:
        seen = {"Cookie": f"{COOKIE}={bob.cookies[COOKIE]}", "X-Workspace": str(cast.workspace)}
        async with http.stream("GET", "/events", headers=seen) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ": hello"
            if by == "deactivation":
                assert (await alice.post(f"/api/v1/people/{cast.bob.id}/deactivate")).status_code == 204
            elif by == "removal from the workspace":
                owner_db.execute("delete from workspace_members where workspace_id = %s and user_id = %s", (cast.workspace, cast.bob.id))
            else:
                owner_db.execute("update sessions set revoked_at = now() where user_id = %s", (cast.bob.id,))
            async with asyncio.timeout(events._LOOK_EVERY / 2):
                rest = [line async for line in lines]
            assert len(rest) < 50
        assert (await http.get("/events", headers=seen)).status_code == (404 if by.startswith("removal") else 401)
    listening.cancel()


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The application on a socket of its own: its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    running = asyncio.create_task(server.main_loop())
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running
    await server.shutdown()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT} Version/18.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("postwright-cli/0.1", "Postwright's command line"),
        ("python-httpx2/2.0", "A Python program"),
        ("<script>alert(1)</script>", "<script>alert(1)<"),
        ("", "Unknown program"),
        (None, "Unknown program"),
    ],
)  # fmt: skip
def test_a_device_in_words(agent: str | None, words: str):
    assert device(agent) == words


def _days_left(db: Db) -> int:
    row = db.execute("select extract(epoch from expires_at - now()) / 86400 from sessions").fetchone()
    assert row is not None
    return round(row[0])
