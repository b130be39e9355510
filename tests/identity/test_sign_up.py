"""Signing up: with letters the same answer for every address; without, what is said plainly."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import pytest

from postwright.identity import passwords, store
from tests.cast import PASSWORD, Cast, acting
from tests.identity.conftest import COOKIE, Site, reachable_from_everywhere

pytestmark = pytest.mark.anyio

Db = psycopg.Connection[Any]
WORDS = "four plain quiet words"


async def test_a_letter_finishes_it_and_whoever_has_it_chooses_the_password(site: Site, owner_db: Db):
    browser = site.client()
    asked = await browser.post("/sign-up", data={"email": "carla@example.org", "name": "Carla", "timezone": "Europe/Berlin"})
    assert (asked.status_code, "Look into your mail" in asked.text) == (200, True)
    assert COOKIE not in browser.cookies
    await site.settle()
    assert _people(owner_db, "carla@example.org") == 0  # not before the link is opened
    link = site.link("carla@example.org")
    shown = await browser.get(link)
    assert "Choose a password" in shown.text
    again = await browser.get(link)  # opening spends nothing: scanners of mail open links, too
    assert again.status_code == 200
    done = await browser.post("/verify", data={"token": site.token("carla@example.org"), "name": "Carla", "password": WORDS})
    assert (done.status_code, done.headers["location"]) == (303, "/today")
    me = (await browser.get("/api/v1/me")).json()
    assert (me["email"], me["verified"], me["timezone"]) == ("carla@example.org", True, "Europe/Berlin")
    assert me["workspace"]["role"] == "owner"


async def test_the_link_works_once(site: Site, owner_db: Db):
    token = await _asked(site, "carla@example.org")
    first = await site.client().post("/api/v1/verify", json={"token": token, "password": WORDS})
    second = await site.client().post("/api/v1/verify", json={"token": token, "password": "other plain quiet words"})
    assert first.status_code == 200
    assert first.json()["session"]["token"]
    assert (second.status_code, second.json()["rule"]) == (422, "link")
    assert (await site.client().get(f"/verify?token={token}")).status_code == 410
    assert _people(owner_db, "carla@example.org") == 1


async def test_the_link_ends_after_48_hours(site: Site, owner_db: Db):
    token = await _asked(site, "carla@example.org")
    life = owner_db.execute("select extract(epoch from expires_at - created_at) from app.letter_links").fetchone()
    assert life is not None
    assert abs(life[0] - 48 * 3600) < 60
    owner_db.execute("update app.letter_links set expires_at = now() - interval '1 second'")
    late = await site.client().post("/api/v1/verify", json={"token": token, "password": WORDS})
    assert (late.status_code, late.json()["rule"]) == (422, "link")
    assert _people(owner_db, "carla@example.org") == 0


async def test_only_the_hash_of_a_link_is_stored(site: Site, owner_db: Db):
    token = await _asked(site, "carla@example.org")
    rows = owner_db.execute("select token_hash, to_jsonb(l)::text from app.letter_links l").fetchall()
    assert [row[0] for row in rows] == [hashlib.sha256(token.encode()).digest()]
    assert token not in rows[0][1]


async def test_known_and_new_addresses_get_the_same_answer_before_anything_is_looked_up(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    """What depends on the address happens after the answer: nothing in the request asks whose it is."""
    looked: list[str] = []
    real = store.account_at

    async def noted(db: Any, email: str) -> Any:
        looked.append(email)
        return await real(db, email)

    monkeypatch.setattr(store, "account_at", noted)
    answers = []
    for address in (cast.alice.email, "nobody@example.org"):
        browser = site.client()
        looked.clear()
        answer = await browser.post("/api/v1/sign-up", json={"email": address, "name": "X"})
        assert looked == []
        await site.settle()
        assert looked == [address]
        answers.append((answer.status_code, answer.json(), dict(browser.cookies), sorted(answer.headers)))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (202, {"emailed": True, "session": None})


async def test_pages_say_the_same_of_known_and_new_addresses(site: Site, cast: Cast):
    known, new = [
        (await site.client().post("/sign-up", data={"email": address, "name": "X"})).text.replace(address, "ADDRESS")
        for address in (cast.alice.email, "nobody@example.org")
    ]
    assert _without_ids(known) == _without_ids(new)


async def test_who_has_an_account_is_told_by_letter_only(site: Site, cast: Cast, owner_db: Db):
    await site.client().post("/sign-up", data={"email": cast.alice.email.upper(), "name": "Mallory"})
    await site.settle()
    assert "already have" in site.inbox.to(cast.alice.email.upper())[0]["Subject"]
    assert owner_db.execute("select count(*) from app.letter_links").fetchone() == (0,)
    assert _people(owner_db, cast.alice.email) == 1


async def test_signing_in_before_the_letter_is_opened_tells_nothing(site: Site, cast: Cast):
    """Else one could sign up for an address and see by signing in whether it had an account before."""
    given = await site.client().post("/api/v1/sign-up", json={"email": "carla@example.org", "name": "X", "password": WORDS})
    known = await site.client().post("/api/v1/sign-up", json={"email": cast.alice.email, "name": "X", "password": WORDS})
    assert (given.status_code, given.json()["rule"]) == (known.status_code, known.json()["rule"]) == (422, "with_the_link")
    await site.settle()
    tried = [
        await site.client().post("/api/v1/sessions", json={"email": address, "password": WORDS})
        for address in ("carla@example.org", cast.alice.email)
    ]
    assert [(each.status_code, each.json()["detail"]) for each in tried] == [(422, "Address or password is wrong.")] * 2


async def test_signing_in_checks_a_password_for_every_address(site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    checked: list[bool] = []
    real = passwords._verify

    def noted(stored: str, password: str) -> bool:
        checked.append(True)
        return real(stored, password)

    monkeypatch.setattr(passwords, "_verify", noted)
    for address in (cast.alice.email, "nobody@example.org", "not an address"):
        checked.clear()
        refused = await site.client().post("/api/v1/sessions", json={"email": address, "password": "wrong wrong wrong"})
        assert (refused.status_code, refused.json()["detail"], len(checked)) == (422, "Address or password is wrong.", 1)


async def test_two_who_sign_up_with_one_address_make_one_account(site: Site, owner_db: Db):
    first, second = await _asked(site, "carla@example.org"), await _asked(site, "Carla@example.org")
    done = await site.client().post("/api/v1/verify", json={"token": first, "password": WORDS})
    late = await site.client().post("/api/v1/verify", json={"token": second, "password": "other plain quiet words"})
    assert (done.status_code, late.status_code) == (200, 422)
    assert _people(owner_db, "carla@example.org") == 1


async def test_a_sign_up_goes_on_where_it_began(site: Site):
    browser = site.client()
    await browser.post("/sign-up", data={"email": "carla@example.org", "name": "Carla", "next": "/invitations/abc"})
    await site.settle()
    done = await browser.post("/verify", data={"token": site.token("carla@example.org"), "name": "Carla", "password": WORDS})
    assert done.headers["location"] == "/invitations/abc"
    elsewhere = await site.client().post("/sign-up", data={"email": "eve@example.org", "name": "Eve", "next": "//evil.example"})
    assert elsewhere.status_code == 200
    await site.settle()
    done = await site.client().post("/verify", data={"token": site.token("eve@example.org"), "name": "Eve", "password": WORDS})
    assert done.headers["location"] == "/today"


# Without letters


async def test_without_letters_the_account_is_made_at_once_and_nothing_is_claimed_to_be_sent(silent: Site):
    browser = silent.client()
    page = await browser.get("/sign-up")
    assert "Nothing is sent to it" in page.text
    done = await browser.post("/sign-up", data={"email": "carla@example.org", "name": "Carla", "password": WORDS})
    assert (done.status_code, done.headers["location"]) == (303, "/today")
    me = (await browser.get("/api/v1/me")).json()
    assert (me["email"], me["verified"]) == ("carla@example.org", False)
    settings = await browser.get("/settings")
    assert "this server sends no e-mail" in settings.text
    assert "Verify your address" not in settings.text


async def test_without_letters_both_kinds_of_address_cost_a_hash(silent: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    hashed: list[str] = []
    real = passwords.hash_password

    async def noted(password: str) -> str:
        hashed.append(password)
        return await real(password)

    monkeypatch.setattr(passwords, "hash_password", noted)
    known = await silent.client().post("/api/v1/sign-up", json={"email": cast.bob.email, "name": "X", "password": WORDS})
    new = await silent.client().post("/api/v1/sign-up", json={"email": "new@example.org", "name": "X", "password": WORDS})
    assert (known.status_code, known.json()["rule"], new.status_code) == (422, "unique", 201)
    assert hashed == [WORDS, WORDS]


async def test_asking_address_after_address_is_throttled_by_client(silent: Site):
    async def ask(number: int, address: str) -> int:
        body = {"email": f"a{number}@example.org", "name": "X", "password": "short"}
        return (await silent.client(address=address).post("/api/v1/sign-up", json=body)).status_code

    assert [await ask(number, "192.0.2.7") for number in range(21)] == [422] * 20 + [429]
    assert await ask(30, "192.0.2.8") == 422  # another client is not held back


# Closed


async def test_it_is_closed_where_others_reach_the_server_until_the_operator_opens_it(silent: Site, operator: Any):
    assert (await silent.client().get("/sign-up")).text.count("Create account") == 1
    reachable_from_everywhere(silent)
    page = await silent.client().get("/sign-up")
    assert "Sign-up is closed here" in page.text
    body = {"email": "carla@example.org", "name": "Carla", "password": WORDS}
    refused = await silent.client().post("/api/v1/sign-up", json=body)
    assert (refused.status_code, refused.json()["rule"]) == (403, "sign_up_closed")
    alice = await silent.program(operator)
    opened = await alice.put("/api/v1/people/sign-up", json={"open": True})
    assert opened.json() == {"open": True, "decided": True}
    assert (await silent.client().post("/api/v1/sign-up", json=body)).status_code == 201


async def test_who_was_invited_signs_up_where_it_is_closed_to_others(silent: Site, cast: Cast, owner_db: Db):
    reachable_from_everywhere(silent)
    token = "t" * 43
    with acting(owner_db, cast.alice):
        owner_db.execute(
            "insert into invitations (workspace_id, email, role, token_hash) values (%s, 'carla@example.org', 'viewer', %s)",
            (cast.workspace, hashlib.sha256(token.encode()).digest()),
        )
    body = {"name": "X", "password": WORDS, "next": f"/invitations/{token}"}
    other = await silent.client().post("/api/v1/sign-up", json=body | {"email": "mallory2@example.org"})
    wrong = await silent.client().post("/api/v1/sign-up", json=body | {"email": "carla@example.org", "next": f"/invitations/{'u' * 43}"})
    right = await silent.client().post("/api/v1/sign-up", json=body | {"email": "Carla@example.org"})
    assert (other.status_code, wrong.status_code, right.status_code) == (403, 403, 201)


async def test_what_is_wrong_is_named_and_what_was_typed_is_kept(silent: Site):
    page = await silent.client().post("/sign-up", data={"email": "no address", "name": "Carla", "password": WORDS})
    assert (page.status_code, "This is not an e-mail address" in page.text, 'value="Carla"' in page.text) == (422, True, True)
    assert WORDS not in page.text
    for body, field in [
        ({"email": "a@b.example", "name": " ", "password": WORDS}, "name"),
        ({"email": "a@b.example", "name": "A\x00", "password": WORDS}, "name"),
        ({"email": "a@b.example", "name": "A", "password": "short"}, "password"),
        ({"email": "someone-long@b.example", "name": "A", "password": "someone-long"}, "password"),
    ]:
        refused = await silent.client().post("/api/v1/sign-up", json=body)
        assert (refused.status_code, refused.json()["field"]) == (422, field), body


async def test_a_form_of_another_site_signs_nobody_up(silent: Site, owner_db: Db):
    body = {"email": "carla@example.org", "name": "Carla", "password": WORDS}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await silent.client(headers=headers).post("/sign-up", data=body)).status_code == 403
    assert _people(owner_db, "carla@example.org") == 0


async def test_the_cast_still_signs_in(site: Site, cast: Cast):
    assert (await (await site.browser(cast.alice)).get("/api/v1/me")).json()["email"] == cast.alice.email
    assert PASSWORD


async def _asked(site: Site, address: str) -> str:
    """The token that a sign-up of this address got by letter."""
    answer = await site.client().post("/api/v1/sign-up", json={"email": address, "name": "Carla"})
    assert answer.status_code == 202
    await site.settle()
    return site.token(address)


def _people(db: Db, address: str) -> int:
    row = db.execute("select count(*) from users where lower(email) = lower(%s)", (address,)).fetchone()
    assert row is not None
    return int(row[0])


def _without_ids(page: str) -> list[str]:
    return [line for line in page.splitlines() if "Request <code>" not in line]
