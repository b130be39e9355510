"""An address is proved by whoever both opens the letter and is signed in to the account."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.cast import PASSWORD, Cast
from tests.identity.conftest import Site, form

pytestmark = pytest.mark.anyio

Db = psycopg.Connection[Any]
NEW = "bob@example.org"


async def test_who_is_not_verified_works_and_sees_a_quiet_line_that_sends_again(site: Site, cast: Cast):
    browser = await site.browser(cast.bob)
    page = await browser.get("/settings")
    assert "Verify your address" in page.text
    sent = await form(browser, "/settings", "/settings/address/letter")
    assert "A letter is on its way to bob@example.com" in sent.text
    await site.settle()
    link = site.link(cast.bob.email)
    shown = await browser.get(link)
    assert "becomes the address of the account “Bob”" in shown.text
    assert (await browser.post("/verify", data={"token": site.token(cast.bob.email)})).status_code == 303
    assert (await browser.get("/api/v1/me")).json()["verified"] is True
    assert "Verify your address" not in (await browser.get("/settings")).text
    assert (await browser.get(link)).status_code == 410
    assert (await (await site.program(cast.bob)).post("/api/v1/me/address/letter")).status_code == 409


async def test_sending_again_is_throttled(site: Site, cast: Cast):
    bob = await site.program(cast.bob)
    assert [(await bob.post("/api/v1/me/address/letter")).status_code for _ in range(6)] == [202] * 5 + [429]


async def test_a_link_of_another_person_does_nothing(site: Site, cast: Cast, owner_db: Db):
    bob, mallory = await site.program(cast.bob), await site.program(cast.mallory)
    await bob.post("/api/v1/me/address/letter")
    await site.settle()
    token = site.token(cast.bob.email)
    theirs = await mallory.post("/api/v1/verify", json={"token": token})
    assert (theirs.status_code, theirs.json()["rule"]) == (403, "own_session")
    nobody = await site.client().post("/api/v1/verify", json={"token": token})
    assert (nobody.status_code, nobody.json()["rule"]) == (401, "own_session")
    visited = await site.client().get(f"/verify?token={token}")
    assert visited.headers["location"].startswith("/sign-in?next=%2Fverify%3Ftoken%3D")
    assert owner_db.execute("select count(*) from users where email_verified_at is not null").fetchone() == (0,)
    assert (await bob.post("/api/v1/verify", json={"token": token})).json() == {"email": cast.bob.email, "session": None}


async def test_a_new_address_takes_over_when_it_is_proved_and_the_old_one_is_told(site: Site, cast: Cast):
    bob = await site.program(cast.bob)
    wrong = await bob.post("/api/v1/me/address", json={"email": NEW, "present": "not this one"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "present")
    asked = await bob.post("/api/v1/me/address", json={"email": NEW, "present": PASSWORD})
    assert (asked.status_code, asked.json()) == (202, {"emailed": True, "email": cast.bob.email})
    await site.settle()
    assert (await bob.get("/api/v1/me")).json()["email"] == cast.bob.email  # not yet
    done = await bob.post("/api/v1/verify", json={"token": site.token(NEW)})
    assert done.json()["email"] == NEW
    await site.settle()
    me = (await bob.get("/api/v1/me")).json()
    assert (me["email"], me["verified"]) == (NEW, True)
    assert f"you sign in with {NEW}" in site.inbox.last(cast.bob.email)
    old = await site.client().post("/api/v1/sessions", json={"email": cast.bob.email, "password": PASSWORD})
    assert old.status_code == 422


async def test_what_was_sent_to_the_old_address_opens_nothing_any_more(site: Site, cast: Cast):
    bob = await site.program(cast.bob)
    await site.client().post("/api/v1/forgot", json={"email": cast.bob.email})
    await site.settle()
    reset = site.token(cast.bob.email)
    await bob.post("/api/v1/me/address", json={"email": NEW, "present": PASSWORD})
    await site.settle()
    await bob.post("/api/v1/verify", json={"token": site.token(NEW)})
    refused = await site.client().post("/api/v1/reset", json={"token": reset, "password": "four plain quiet words"})
    assert refused.json()["rule"] == "link"


async def test_only_the_last_address_that_was_wished_for_can_take_over(site: Site, cast: Cast):
    bob = await site.program(cast.bob)
    for address in ("typo@example.org", NEW):
        await bob.post("/api/v1/me/address", json={"email": address, "present": PASSWORD})
        await site.settle()
    assert (await bob.post("/api/v1/verify", json={"token": site.token("typo@example.org")})).json()["rule"] == "link"
    assert (await bob.post("/api/v1/verify", json={"token": site.token(NEW)})).json()["email"] == NEW


async def test_an_address_that_has_an_account_gets_the_same_answer_and_is_told_by_letter(site: Site, cast: Cast, owner_db: Db):
    mallory = await site.program(cast.mallory)
    taken = await mallory.post("/api/v1/me/address", json={"email": cast.alice.email, "present": PASSWORD})
    free = await mallory.post("/api/v1/me/address", json={"email": "free@example.org", "present": PASSWORD})
    assert (taken.status_code, taken.json()) == (free.status_code, free.json())
    await site.settle()
    assert "given for another account" in str(site.inbox.to(cast.alice.email)[0]["Subject"])
    assert "token=" not in site.inbox.last(cast.alice.email)


async def test_an_address_that_was_taken_in_the_meantime_stays_where_it_is(site: Site, cast: Cast, owner_db: Db):
    bob = await site.program(cast.bob)
    await bob.post("/api/v1/me/address", json={"email": NEW, "present": PASSWORD})
    await site.settle()
    owner_db.execute("update users set email = %s where id = %s", (NEW.upper(), cast.vera.id))
    late = await bob.post("/api/v1/verify", json={"token": site.token(NEW)})
    assert (late.status_code, late.json()["rule"]) == (409, "unique")
    assert (await bob.get("/api/v1/me")).json()["email"] == cast.bob.email


async def test_without_letters_it_holds_at_once_and_unverified(silent: Site, cast: Cast, owner_db: Db):
    owner_db.execute("update users set email_verified_at = now() where id = %s", (cast.bob.id,))
    bob = await silent.program(cast.bob)
    changed = await bob.post("/api/v1/me/address", json={"email": NEW, "present": PASSWORD})
    assert changed.json() == {"emailed": False, "email": NEW}
    me = (await bob.get("/api/v1/me")).json()
    assert (me["email"], me["verified"]) == (NEW, False)
    taken = await bob.post("/api/v1/me/address", json={"email": cast.vera.email, "present": PASSWORD})
    assert (taken.status_code, taken.json()["field"]) == (409, "email")
    assert (await bob.post("/api/v1/me/address/letter")).json() == {"emailed": False, "email": NEW}


async def test_the_page_asks_for_the_password_and_keeps_what_was_typed(silent: Site, cast: Cast):
    browser = await silent.browser(cast.bob)
    refused = await form(browser, "/settings", "/settings/address", email=NEW, present="not this one")
    assert (refused.status_code, f'value="{NEW}"' in refused.text, "not your present password" in refused.text) == (422, True, True)
    assert (await form(browser, "/settings", "/settings/address", email=NEW, present=PASSWORD)).headers[
        "location"
    ] == "/settings?said=saved"
