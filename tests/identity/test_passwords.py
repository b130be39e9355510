"""A forgotten password, a changed one: what ends, what goes on, and what nobody learns."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from postwright.identity import store
from tests.cast import PASSWORD, Cast, Person
from tests.identity.conftest import COOKIE, Site, form

pytestmark = pytest.mark.anyio

Db = psycopg.Connection[Any]
WORDS = "four plain quiet words"


async def test_a_letter_s_link_sets_a_new_password_and_ends_all_sessions(site: Site, cast: Cast):
    before = await site.program(cast.bob)
    token = await _asked(site, cast.bob.email)
    browser = site.client()
    assert "for bob@example.com" in (await browser.get(f"/reset?token={token}")).text
    done = await browser.post("/reset", data={"token": token, "password": WORDS})
    assert (done.status_code, done.headers["location"]) == (303, "/today")
    assert (await browser.get("/api/v1/me")).json()["email"] == cast.bob.email
    assert (await before.get("/api/v1/me")).status_code == 401
    assert (await _try(site, cast.bob, PASSWORD)).status_code == 422
    assert (await _try(site, cast.bob, WORDS)).status_code == 201


async def test_the_link_works_once_within_an_hour_and_for_its_person_only(site: Site, cast: Cast, owner_db: Db):
    token = await _asked(site, cast.bob.email)
    other = await _asked(site, cast.bob.email)
    life = owner_db.execute("select extract(epoch from min(expires_at - created_at)) from app.letter_links").fetchone()
    assert life is not None
    assert abs(life[0] - 3600) < 60
    assert (await site.client().post("/api/v1/reset", json={"token": token, "password": "short"})).json()["field"] == "password"
    mallory = await site.program(cast.mallory)  # whoever spends it, it is Bob's
    done = await mallory.post("/api/v1/reset", json={"token": token, "password": WORDS})
    assert done.status_code == 201
    assert (await mallory.get("/api/v1/me")).json()["email"] == cast.mallory.email
    assert (await _try(site, cast.mallory, PASSWORD)).status_code == 201
    for spent in (token, other, "x" * 43, ""):  # the second one ended with the first
        refused = await site.client().post("/api/v1/reset", json={"token": spent, "password": "yet other plain words"})
        assert (refused.status_code, refused.json()["rule"]) == (422, "link")
    late = await _asked(site, cast.bob.email)
    owner_db.execute("update app.letter_links set expires_at = now() - interval '1 second'")
    assert (await site.client().post("/api/v1/reset", json={"token": late, "password": WORDS})).json()["rule"] == "link"
    assert (await site.client().get(f"/reset?token={late}")).status_code == 410


async def test_a_link_for_one_thing_does_no_other(site: Site, cast: Cast):
    reset = await _asked(site, cast.bob.email)
    assert (await site.client().post("/api/v1/verify", json={"token": reset, "password": WORDS})).json()["rule"] == "link"
    await site.client().post("/api/v1/sign-up", json={"email": "carla@example.org", "name": "Carla"})
    await site.settle()
    sign_up = site.token("carla@example.org")
    assert (await site.client().post("/api/v1/reset", json={"token": sign_up, "password": WORDS})).json()["rule"] == "link"


async def test_two_who_spend_one_link_at_once_set_one_password(site: Site, cast: Cast):
    import asyncio

    token = await _asked(site, cast.bob.email)
    answers = await asyncio.gather(
        *(site.client().post("/api/v1/reset", json={"token": token, "password": f"{WORDS} {number}"}) for number in range(3))
    )
    assert sorted(each.status_code for each in answers) == [201, 422, 422]


async def test_forgetting_tells_nothing_and_looks_only_after_the_answer(site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    looked: list[str] = []
    real = store.account_at

    async def noted(db: Any, email: str) -> Any:
        looked.append(email)
        return await real(db, email)

    monkeypatch.setattr(store, "account_at", noted)
    answers, pages = [], []
    for address in (cast.alice.email, "nobody@example.org"):
        looked.clear()
        answer = await site.client().post("/api/v1/forgot", json={"email": address})
        assert looked == []
        await site.settle()
        assert looked == [address]
        answers.append((answer.status_code, answer.text, sorted(answer.headers)))
        pages.append((await site.client().post("/forgot", data={"email": address})).text)
        await site.settle()
    assert answers[0] == answers[1]
    assert pages[0] == pages[1]
    assert [each["To"] for each in site.inbox.letters] == [cast.alice.email] * 2


async def test_a_deactivated_person_gets_no_letter(site: Site, cast: Cast, owner_db: Db):
    owner_db.execute("update users set is_active = false where id = %s", (cast.bob.id,))
    answer = await site.client().post("/api/v1/forgot", json={"email": cast.bob.email})
    await site.settle()
    assert (answer.status_code, site.inbox.letters) == (202, [])


async def test_asking_is_throttled_by_address_whoever_it_is(site: Site, cast: Cast):
    for address in (cast.alice.email, "nobody@example.org"):
        client = site.client()
        codes = [(await client.post("/api/v1/forgot", json={"email": address})).status_code for _ in range(6)]
        assert codes == [202] * 5 + [429]
        elsewhere = await site.client(address="198.51.100.9").post("/api/v1/forgot", json={"email": address.upper()})
        assert elsewhere.status_code == 429  # nobody's mail is flooded from many places
        assert int(elsewhere.headers["retry-after"]) > 3000


async def test_without_letters_the_operator_sees_who_asks_and_hands_over_a_link(silent: Site, cast: Cast, operator: Person):
    page = await silent.client().post("/forgot", data={"email": cast.bob.email})
    assert "No e-mail was sent" in page.text
    same = await silent.client().post("/forgot", data={"email": "nobody@example.org"})
    assert page.text == same.text
    await silent.settle()
    alice = await silent.browser(operator)
    assert "Asks for a new password" in (await alice.get("/settings/people")).text
    made = await form(alice, "/settings/people", f"/settings/people/{cast.bob.id}/reset-link")
    assert "No e-mail was sent" in made.text
    token = made.text.partition("/reset?token=")[2].partition('"')[0]
    done = await silent.client().post("/api/v1/reset", json={"token": token, "password": WORDS})
    assert done.status_code == 201
    assert "Asks for a new password" not in (await alice.get("/settings/people")).text
    bob = await silent.program(cast.bob, WORDS)
    assert (await bob.get("/api/v1/me")).json()["verified"] is False  # a link that was handed over proves no address


async def test_a_letter_that_the_server_refuses_becomes_a_wish_for_the_operator(site: Site, cast: Cast, operator: Person, monkeypatch):
    async def refused(*_: Any) -> str:
        return "550 no"

    monkeypatch.setattr(site.inbox, "handle_DATA", refused)
    assert (await site.client().post("/api/v1/forgot", json={"email": cast.bob.email})).status_code == 202
    await site.settle()
    alice = await site.program(operator)
    asked = {each["email"]: each["asked_at"] for each in (await alice.get("/api/v1/people")).json()["items"]}
    assert asked[cast.bob.email]
    assert asked[cast.vera.email] is None


async def test_a_reset_proves_the_address_that_the_letter_went_to(site: Site, cast: Cast):
    token = await _asked(site, cast.bob.email)
    await site.client().post("/api/v1/reset", json={"token": token, "password": WORDS})
    assert (await (await site.program(cast.bob, WORDS)).get("/api/v1/me")).json()["verified"] is True


# Changing


async def test_changing_asks_for_the_present_one_ends_the_others_and_renews_this_one(site: Site, cast: Cast):
    browser, other = await site.browser(cast.bob), await site.program(cast.bob)
    wrong = await form(browser, "/settings", "/settings/password", present="not this one", password=WORDS)
    assert (wrong.status_code, "not your present password" in wrong.text) == (422, True)
    assert (await other.get("/api/v1/me")).status_code == 200
    before = browser.cookies[COOKIE]
    done = await form(browser, "/settings", "/settings/password", present=PASSWORD, password=WORDS)
    assert done.status_code == 303
    assert browser.cookies[COOKIE] != before
    assert (await browser.get("/api/v1/me")).json()["email"] == cast.bob.email
    assert (await other.get("/api/v1/me")).status_code == 401
    stolen = site.client(cookies={COOKIE: before})
    assert (await stolen.get("/api/v1/me")).status_code == 401
    assert (await _try(site, cast.bob, PASSWORD)).status_code == 422


async def test_a_program_goes_on_under_the_token_of_the_answer(site: Site, cast: Cast):
    program = await site.program(cast.bob)
    refused = await program.post("/api/v1/me/password", json={"present": PASSWORD, "password": "short"})
    assert (refused.status_code, refused.json()["field"]) == (422, "password")
    renewed = await program.post("/api/v1/me/password", json={"present": PASSWORD, "password": WORDS})
    assert (await program.get("/api/v1/me")).status_code == 401
    program.headers["Authorization"] = f"Bearer {renewed.json()['token']}"
    assert (await program.get("/api/v1/me")).status_code == 200


async def test_a_changed_password_ends_the_links_that_were_out(site: Site, cast: Cast, owner_db: Db):
    token = await _asked(site, cast.bob.email)
    program = await site.program(cast.bob)
    assert (await program.post("/api/v1/me/password", json={"present": PASSWORD, "password": WORDS})).status_code == 200
    assert (await site.client().post("/api/v1/reset", json={"token": token, "password": "mallory has this letter"})).json()[
        "rule"
    ] == "link"


async def test_guessing_the_present_password_inside_a_session_is_throttled(site: Site, cast: Cast):
    program = await site.program(cast.bob)
    codes = [
        (await program.post("/api/v1/me/password", json={"present": f"guess {number}", "password": WORDS})).status_code
        for number in range(8)
    ]
    assert codes == [422] * 5 + [429] * 3


async def test_the_operator_s_account_gets_its_first_password_and_address(silent: Site, owner_db: Db):
    owner_db.execute("set role app_auth")
    owner_db.execute("select app_auth.operator('UTC')")
    owner_db.execute("reset role")
    user = owner_db.execute("select id from users where is_operator").fetchone()
    assert user is not None
    owner_db.execute(
        "insert into app.sign_in_links (user_id, token_hash, expires_at) values (%s, sha256('link'), now() + interval '1 day')", user
    )
    opened = await silent.client().post("/api/v1/sessions", json={"link": "link"})
    browser = silent.client(cookies={COOKIE: opened.json()["token"]})
    assert "only a placeholder" in (await browser.get("/settings")).text
    assert (await form(browser, "/settings", "/settings/address", email="otto@example.org")).status_code == 303
    assert (await form(browser, "/settings", "/settings/password", password=WORDS)).status_code == 303
    me = (await browser.get("/api/v1/me")).json()
    assert (me["email"], me["operator"]) == ("otto@example.org", True)
    again = await silent.client().post("/api/v1/sessions", json={"email": "otto@example.org", "password": WORDS})
    assert again.status_code == 201
    assert "placeholder" not in (await browser.get("/settings")).text


# Throttling


async def test_failed_sign_ins_wait_whether_the_address_has_an_account_or_not(site: Site, cast: Cast):
    for address in (cast.bob.email, "nobody@example.org"):
        client = site.client()
        body = {"email": address, "password": "wrong wrong wrong"}
        answers = [await client.post("/api/v1/sessions", json=body) for _ in range(6)]
        assert [each.status_code for each in answers] == [422] * 5 + [429]
        assert answers[-1].headers["retry-after"]
    right = await site.client().post("/api/v1/sessions", json={"email": cast.bob.email, "password": PASSWORD})
    assert right.status_code == 429
    elsewhere = await site.client(address="198.51.100.9").post("/api/v1/sessions", json={"email": cast.bob.email, "password": PASSWORD})
    assert elsewhere.status_code == 201


async def test_many_guesses_at_once_are_no_way_around(site: Site, cast: Cast):
    import asyncio

    client = site.client()
    guesses = (client.post("/api/v1/sessions", json={"email": cast.bob.email, "password": f"guess number {n}"}) for n in range(40))
    codes = [each.status_code for each in await asyncio.gather(*guesses)]
    assert codes.count(422) <= 16  # eight under way, and those that began before the fifth failure was noted
    assert codes.count(429) >= 24


async def test_a_sign_in_that_succeeds_forgets_the_failures(site: Site, cast: Cast):
    client = site.client()
    for _ in range(3):
        for _ in range(4):
            await client.post("/api/v1/sessions", json={"email": cast.bob.email, "password": "wrong wrong wrong"})
        assert (await client.post("/api/v1/sessions", json={"email": cast.bob.email, "password": PASSWORD})).status_code == 201


async def _asked(site: Site, address: str) -> str:
    """The token of the letter that a forgotten password got."""
    assert (await site.client().post("/api/v1/forgot", json={"email": address})).status_code == 202
    await site.settle()
    return site.token(address)


async def _try(site: Site, person: Person, password: str) -> Any:
    return await site.client(address="203.0.113.5").post("/api/v1/sessions", json={"email": person.email, "password": password})
