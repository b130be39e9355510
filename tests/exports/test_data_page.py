"""Settings > Your data, as a browser without scripts uses it."""

from __future__ import annotations

import re
from uuid import UUID

import httpx2
import pytest

from postwright.edge.callers import token_hash
from postwright.edge.context import cookie_name
from tests.cast import PASSWORD, Person
from tests.exports.desk import Desk, Opened

pytestmark = pytest.mark.anyio

HTML = {"Accept": "text/html"}


async def open_browser(desk: Desk, person: Person) -> dict[str, str]:
    """Signs in and looks at the cast's workspace; the cookie's header."""
    token = (await desk.sign_in(person))["Authorization"].removeprefix("Bearer ")
    desk.db.execute("update sessions set workspace_id = %s where token_hash = %s", [desk.cast.workspace, token_hash(token)])
    return HTML | {"Cookie": f"{cookie_name(desk.web)}={token}"}


async def post(desk: Desk, browser: dict[str, str], path: str, **fields: str) -> httpx2.Response:
    """Fills in a form, with the token that the page carries."""
    shown = await desk.client.get("/settings/data", headers=browser)
    found = re.search(r'name="csrf" value="(\w+)"', shown.text)
    assert found, shown.text
    return await desk.client.post(path, data=fields | {"csrf": found[1]}, headers=browser)


async def test_from_the_button_to_the_download(desk: Desk) -> None:
    browser = await open_browser(desk, desk.cast.alice)
    asked = await post(desk, browser, "/settings/data/exports", kind="workspace")
    assert (asked.status_code, asked.headers["location"]) == (303, "/settings/data#archives")
    shown = (await desk.client.get("/settings/data", headers=browser)).text
    assert "Waiting" in shown
    assert 'hx-get="/settings/data/_exports"' in shown
    assert '<noscript><meta http-equiv="refresh"' in shown, "without scripts the page asks again by itself"
    assert "Waiting" in (await desk.client.get("/settings/data/_exports", headers=browser)).text
    row = desk.db.execute("select id from exports").fetchone()
    assert row
    await desk.make(UUID(str(row[0])))
    shown = (await desk.client.get("/settings/data", headers=browser)).text
    assert "Ready" in shown
    assert "refresh" not in shown
    assert "hx-get" not in shown
    link = re.search(r'href="(/settings/data/exports/[\w-]+/archive)"', shown)
    assert link
    assert Opened((await desk.client.get(link[1], headers=browser)).content).rows("workspaces")
    gone = await post(desk, browser, f"/settings/data/exports/{row[0]}/delete")
    assert gone.status_code == 303
    assert "No archives yet" in (await desk.client.get("/settings/data", headers=browser)).text


async def test_refusals_stand_by_their_form(desk: Desk) -> None:
    browser = await open_browser(desk, desk.cast.alice)
    await post(desk, browser, "/settings/data/exports", kind="person")
    again = await post(desk, browser, "/settings/data/exports", kind="person")
    assert again.status_code == 409
    assert "being made already" in again.text
    vera = await open_browser(desk, desk.cast.vera)
    assert "Export the workspace" not in (await desk.client.get("/settings/data", headers=vera)).text
    assert (await post(desk, vera, "/settings/data/exports", kind="workspace")).status_code == 403
    assert (await post(desk, vera, "/settings/data/exports", kind="everything")).status_code == 422


async def test_another_site_asks_and_deletes_nothing(desk: Desk) -> None:
    browser = await open_browser(desk, desk.cast.bob)
    for path in ("/settings/data/exports", "/settings/data/delete"):
        fields = {"kind": "person", "email": desk.cast.bob.email, "password": PASSWORD}
        assert (await desk.client.post(path, data=fields, headers=browser)).status_code == 403


async def test_deleting_says_what_goes_and_wants_the_proof(desk: Desk) -> None:
    browser = await open_browser(desk, desk.cast.bob)
    shown = (await desk.client.get("/settings/data/delete", headers=browser)).text
    assert "your personal workspace" in shown
    assert "“Acme”" in shown
    assert "It is empty." in shown
    wrong = await post(desk, browser, "/settings/data/delete", email=desk.cast.bob.email, password="wrong")
    assert wrong.status_code == 422
    assert "not your present password" in wrong.text
    assert f'value="{desk.cast.bob.email}"' in wrong.text, "what was typed is kept"
    assert PASSWORD not in wrong.text
    done = await post(desk, browser, "/settings/data/delete", email=desk.cast.bob.email, password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert (await desk.client.get("/settings/data", headers=browser)).headers["location"].startswith("/sign-in")


async def test_the_last_owner_finds_no_button(desk: Desk) -> None:
    browser = await open_browser(desk, desk.cast.alice)
    shown = (await desk.client.get("/settings/data/delete", headers=browser)).text
    assert "First, a new owner" in shown
    assert "Delete the account" not in shown
