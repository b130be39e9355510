"""The people of the server: only for whoever runs it."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from tests.cast import Cast, Person, sign_up
from tests.identity.conftest import Site, form

pytestmark = pytest.mark.anyio

Db = psycopg.Connection[Any]


async def test_the_operator_sees_everybody_by_pages_and_by_part_of_a_name(site: Site, operator: Person, owner_db: Db):
    alice = await site.program(operator)
    seen: list[str] = []
    after = None
    while True:
        answer = (await alice.get("/api/v1/people", params={"limit": 2} | ({"after": after} if after else {}))).json()
        seen += [each["name"] for each in answer["items"]]
        after = answer["next"]
        if after is None:
            break
    assert sorted(seen) == ["Ada", "Alice", "Bob", "Mallory", "Vera"]
    found = (await alice.get("/api/v1/people", params={"q": "MALL"})).json()["items"]
    assert [each["email"] for each in found] == ["mallory@example.com"]
    assert found[0]["workspaces"] == 2
    for wild in ("%", "_", "'; drop table users; --", "\\"):
        assert (await alice.get("/api/v1/people", params={"q": wild})).json()["items"] == []
    assert (await alice.get("/api/v1/people", params={"after": "nonsense"})).json()["field"] == "after"


async def test_nobody_else_does_whatever_their_role_in_a_workspace(site: Site, cast: Cast, operator: Person):
    asked = [
        ("GET", "/people"), ("GET", "/people/sign-up"), ("PUT", "/people/sign-up"), ("POST", f"/people/{cast.vera.id}/deactivate"),
        ("POST", f"/people/{cast.vera.id}/activate"), ("POST", f"/people/{cast.vera.id}/reset-link"),
        ("POST", f"/people/{cast.vera.id}/sign-in-link"),
    ]  # fmt: skip
    for person in (cast.ada, cast.bob, cast.mallory):
        program, browser = await site.program(person), await site.browser(person)
        for method, path in asked:
            answer = await program.request(method, f"/api/v1{path}", json={"open": True} if method == "PUT" else None)
            assert (answer.status_code, answer.json()["rule"]) == (403, "operator"), (person.name, method, path)
        assert (await browser.get("/settings/people")).status_code == 403
        assert "/settings/people" not in (await browser.get("/settings")).text
        for act in ("deactivate", "reset-link", "sign-in-link", "activate"):
            assert (await form(browser, "/settings", f"/settings/people/{cast.vera.id}/{act}")).status_code == 403


def test_the_database_asks_again_whether_it_is_the_operator(cast: Cast, owner_db: Db):
    owner_db.execute("set role app_auth")
    for act in ("people(%s, null, null, null, 10)", "set_active(%s, %s, false)", "set_operator(%s, %s, true)", "set_sign_up(%s, true)"):
        values = (cast.mallory.id, cast.vera.id)[: act.count("%s")]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner_db.execute(f"select app_auth.{act}".encode(), values)


def test_no_signed_in_person_reaches_the_closed_list_or_makes_themselves_operator(cast: Cast, owner_db: Db):
    from tests.cast import acting

    for act in (
        "select app_auth.set_password(app.me(), 'x')",
        "update users set is_operator = true",
        "update users set email = 'x@example.org'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, cast.mallory):
            owner_db.execute(act.encode())


async def test_the_last_operator_cannot_lock_themselves_out(site: Site, cast: Cast, operator: Person, owner_db: Db):
    alice = await site.program(operator)
    alone = await alice.post(f"/api/v1/people/{operator.id}/deactivate")
    assert (alone.status_code, alone.json()["rule"]) == (409, "last_operator")
    owner_db.execute("update users set is_operator = true where id = %s", (cast.ada.id,))
    ada = await site.program(cast.ada)
    both = await asyncio.gather(
        alice.post(f"/api/v1/people/{cast.ada.id}/deactivate"), ada.post(f"/api/v1/people/{operator.id}/deactivate")
    )  # fmt: skip
    assert sorted(each.status_code for each in both)[0] == 204
    left = owner_db.execute("select count(*) from users where is_operator and is_active").fetchone()
    assert left == (1,)


async def test_who_is_not_there_is_not_found(site: Site, operator: Person, cast: Cast):
    alice = await site.program(operator)
    nobody = "00000000-0000-0000-0000-000000000000"
    assert (await alice.post(f"/api/v1/people/{nobody}/deactivate")).status_code == 404
    assert (await alice.post(f"/api/v1/people/{nobody}/reset-link")).status_code == 409
    await alice.post(f"/api/v1/people/{cast.bob.id}/deactivate")
    assert (await alice.post(f"/api/v1/people/{cast.bob.id}/sign-in-link")).json()["rule"] == "active"


async def test_the_page_searches_deactivates_and_lets_in_again(site: Site, operator: Person, cast: Cast, owner_db: Db):
    for number in range(55):
        sign_up(owner_db, f"Extra{number:02}")
    browser = await site.browser(operator)
    page = await browser.get("/settings/people")
    assert (page.text.count("/deactivate"), "Show more" in page.text) == (50, True)
    found = await browser.get("/settings/people?q=bob")
    assert (found.text.count("/deactivate"), "bob@example.com" in found.text) == (1, True)
    assert "Nobody matches" in (await browser.get("/settings/people?q=zzzz")).text
    await form(browser, "/settings/people", f"/settings/people/{cast.bob.id}/deactivate")
    assert "Deactivated" in (await browser.get("/settings/people?q=bob")).text
    await form(browser, "/settings/people", f"/settings/people/{cast.bob.id}/activate")
    assert "Deactivated" not in (await browser.get("/settings/people?q=bob")).text


async def test_a_link_is_shown_once_and_signs_in_once(site: Site, operator: Person, cast: Cast):
    browser = await site.browser(operator)
    made = await form(browser, "/settings/people", f"/settings/people/{cast.bob.id}/sign-in-link")
    token = made.text.partition("/welcome?link=")[2].partition('"')[0]
    assert token
    assert "No e-mail was sent" in made.text
    assert made.headers["cache-control"] == "no-store"
    assert token not in (await browser.get("/settings/people")).text
    first, second = [await site.client().post("/api/v1/sessions", json={"link": token}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 401)


async def test_sign_up_is_opened_and_closed_on_the_page(silent: Site, operator: Person):
    browser = await silent.browser(operator)
    assert "Sign-up is open" in (await browser.get("/settings/people")).text
    await form(browser, "/settings/people", "/settings/people/sign-up", rule="closed")
    assert "Sign-up is closed" in (await browser.get("/settings/people")).text
    assert "Sign-up is closed here" in (await silent.client().get("/sign-up")).text
    assert (await form(browser, "/settings/people", "/settings/people/sign-up", rule="perhaps")).status_code == 422
