"""Invitations: for one address, once, for a while; a letter goes out or the answer says that none did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx2
import psycopg
import pytest
from fastapi import FastAPI

from tests.cast import Cast, acting, sign_up
from tests.edge.small import make_key
from tests.workspaces.desk import HOST, Box, Desk, client_of, sit, sit_down

pytestmark = pytest.mark.anyio


async def invite(desk: Desk, email: str = "carol@example.com", **wish) -> dict:
    made = await desk.ask("POST", "/current/invitations", json={"email": email} | wish)
    assert made.status_code == 201, made.text
    return made.json()


def token_of(made: dict) -> str:
    return made["link"].removeprefix(f"{HOST}/invitations/")


@pytest.fixture
async def carol(owner_db, cast: Cast, http: httpx2.AsyncClient) -> Desk:
    """Somebody with an account and no membership here."""
    return await sit(http, sign_up(owner_db, "Carol"), None)


async def test_without_a_mail_server_the_link_is_in_the_answer_and_nowhere_else(owner_db, cast: Cast, desks: dict[str, Desk]):
    made = await invite(desks["alice"], role="viewer", can_approve=True, days=3)
    assert (made["emailed"], made["state"], made["role"], made["can_approve"]) == (False, "open", "viewer", True)
    assert made["reason"]
    lasts = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=2, hours=23) < lasts <= timedelta(days=3)
    listed = (await desks["ada"].ask("GET", "/current/invitations", params={"open": True})).json()["items"]
    assert [each["email"] for each in listed] == ["carol@example.com"]
    assert "link" not in listed[0]
    assert (
        token_of(made).encode()
        not in owner_db.execute("select token_hash from invitations where email = 'carol@example.com'").fetchone()[0]
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, cast.alice) as db:
        db.execute("select token_hash from invitations")


async def test_with_a_mail_server_the_letter_has_the_link_and_the_answer_has_not(mailing_app: FastAPI, box: Box, cast: Cast, owner_db):
    carol = sign_up(owner_db, "Carol")
    async with client_of(mailing_app) as http:
        desks = await sit_down(http, cast)
        made = await invite(desks["alice"])
        assert (made["emailed"], made["link"], made["reason"]) == (True, None, None)
        (letter,) = box.letters
        assert letter.to == "carol@example.com"
        assert "Alice" in letter.subject
        link = next(line for line in letter.text.splitlines() if line.startswith(HOST))
        listed = (await desks["alice"].ask("GET", "/current/invitations")).json()["items"]
        assert listed[0]["emailed"] is True
        joined = await (await sit(http, carol, None)).ask("POST", "/invitations/accept", json={"token": link.rpartition("/")[2]})
        assert joined.json() == {"workspace": str(cast.workspace)}


async def test_a_letter_about_a_sandbox_says_so_and_takes_no_headers(mailing_app: FastAPI, box: Box, cast: Cast, owner_db):
    owner_db.execute("update workspaces set environment = 'sandbox' where id = %s", [cast.workspace])
    async with client_of(mailing_app) as http:
        alice = await sit(http, cast.alice, cast.workspace)
        owner_db.execute("update users set full_name = %s where id = %s", ["Alice\nBcc: everybody@example.com", cast.alice.id])
        await invite(alice)
    (letter,) = box.letters
    assert letter.subject.startswith("[Sandbox] ")
    assert "\n" not in letter.subject


async def test_a_mail_server_that_fails_leaves_the_link(mailing_app: FastAPI, box: Box, cast: Cast):
    box.broken = True
    async with client_of(mailing_app) as http:
        made = await invite(await sit(http, cast.alice, cast.workspace))
    assert made["emailed"] is False
    assert made["link"]
    assert "451 try later" in made["reason"]


async def test_it_works_once(carol: Desk, desks: dict[str, Desk], cast: Cast):
    token = token_of(await invite(desks["alice"], "CAROL@Example.com", role="editor"))
    joined = await carol.ask("POST", "/invitations/accept", json={"token": token})
    assert joined.status_code == 200, "whatever the case of the address"
    assert (await carol.ask("POST", "/invitations/accept", json={"token": token})).status_code == 404
    listed = (await desks["alice"].ask("GET", "/current/members")).json()["items"]
    assert {each["name"]: each["role"] for each in listed}["Carol"] == "editor"
    there = Desk(carol.http, carol.token, cast.workspace)
    assert (await there.ask("GET", "/current")).json()["role"] == "editor"


async def test_two_accepts_at_once_are_one(carol: Desk, desks: dict[str, Desk], owner_db):
    token = token_of(await invite(desks["alice"]))
    answers = await asyncio.gather(*(carol.ask("POST", "/invitations/accept", json={"token": token}) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 404, 404, 404]


async def test_an_accept_racing_with_a_revoke(carol: Desk, desks: dict[str, Desk], owner_db, cast: Cast):
    made = await invite(desks["alice"])
    accepted, revoked = await asyncio.gather(
        carol.ask("POST", "/invitations/accept", json={"token": token_of(made)}),
        desks["ada"].ask("DELETE", f"/current/invitations/{made['id']}"),
    )
    assert (accepted.status_code, revoked.status_code) in {(200, 409), (404, 204)}
    members = owner_db.execute("select count(*) from workspace_members where workspace_id = %s", [cast.workspace]).fetchone()[0]
    assert members == (5 if accepted.status_code == 200 else 4)


async def test_nobody_else_can_use_it(desks: dict[str, Desk], cast: Cast, http: httpx2.AsyncClient, owner_db):
    token = token_of(await invite(desks["alice"], role="admin"))
    mallory = await sit(http, cast.mallory, None)
    for how in ("accept", "decline"):
        refused = await mallory.ask("POST", f"/invitations/{how}", json={"token": token})
        never = await mallory.ask("POST", f"/invitations/{how}", json={"token": "x" * 43})
        assert (refused.status_code, refused.json()["detail"]) == (404, never.json()["detail"]), "like one that never was"
    with acting(owner_db, cast.mallory) as db:
        assert db.execute("select count(*) from app.my_invitations()").fetchone() == (0,)
    assert owner_db.execute("select accepted_at, declined_at from invitations where email = 'carol@example.com'").fetchone() == (None, None)


async def test_by_id_only_with_a_verified_address(carol: Desk, desks: dict[str, Desk], owner_db, cast: Cast, http):
    made = await invite(desks["alice"])
    assert (await carol.ask("GET", "/invitations")).json()["items"] == []
    assert (await carol.ask("POST", "/invitations/accept", json={"id": made["id"]})).status_code == 404
    owner_db.execute("update users set email_verified_at = now() where email = 'carol@example.com'")
    (waiting,) = (await carol.ask("GET", "/invitations")).json()["items"]
    assert (waiting["id"], waiting["workspace_name"], waiting["invited_by"]) == (made["id"], "Acme", "Alice")
    mallory = await sit(http, cast.mallory, None)
    owner_db.execute("update users set email_verified_at = now() where email = 'mallory@example.com'")
    assert (await mallory.ask("POST", "/invitations/accept", json={"id": made["id"]})).status_code == 404
    assert (await carol.ask("POST", "/invitations/accept", json={"id": made["id"]})).status_code == 200


@pytest.mark.parametrize("body", [{}, {"token": "a", "id": "0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a10"}, {"token": ""}, {"token": "a\0b"}])
async def test_an_answer_names_one_invitation(carol: Desk, body: dict):
    refused = await carol.ask("POST", "/invitations/accept", json=body)
    assert refused.status_code in {404, 422}
    assert refused.json()["rule"]


async def test_expired_revoked_and_declined_ones_are_worth_nothing(carol: Desk, desks: dict[str, Desk], owner_db):
    alice = desks["alice"]
    expired = await invite(alice)
    owner_db.execute(
        "update invitations set expires_at = now() - interval '1 second', created_at = now() - interval '8 days' where id = %s",
        [expired["id"]],
    )
    revoked = await invite(alice)  # an expired one is not in the way
    gone = await alice.ask("DELETE", f"/current/invitations/{revoked['id']}")
    assert (gone.status_code, (await alice.ask("DELETE", f"/current/invitations/{revoked['id']}")).status_code) == (204, 204)
    declined = await invite(alice)
    assert (await carol.ask("POST", "/invitations/decline", json={"token": token_of(declined)})).status_code == 204
    for each in (expired, revoked, declined):
        assert (await carol.ask("POST", "/invitations/accept", json={"token": token_of(each)})).status_code == 404
    listed = (await alice.ask("GET", "/current/invitations")).json()["items"]
    states = [each["state"] for each in listed if each["email"] == "carol@example.com"]
    assert states == ["declined", "revoked", "revoked"]
    late = await alice.ask("DELETE", f"/current/invitations/{declined['id']}")
    assert (late.status_code, late.json()["rule"]) == (409, "state")


async def test_sent_again_the_old_link_dies(carol: Desk, desks: dict[str, Desk]):
    first = await invite(desks["alice"], role="viewer", days=2)
    again = await desks["ada"].ask("POST", f"/current/invitations/{first['id']}/send")
    assert again.status_code == 201
    second = again.json()
    assert second["id"] != first["id"]
    assert (second["role"], second["email"]) == ("viewer", first["email"])
    assert (await carol.ask("POST", "/invitations/accept", json={"token": token_of(first)})).status_code == 404
    assert (await carol.ask("POST", "/invitations/accept", json={"token": token_of(second)})).status_code == 200
    used = await desks["ada"].ask("POST", f"/current/invitations/{second['id']}/send")
    assert (used.status_code, used.json()["rule"]) == (409, "state")


async def test_an_admin_does_not_bring_back_or_send_what_only_an_owner_may(desks: dict[str, Desk], owner_db, cast: Cast):
    made = await invite(desks["alice"], role="admin")
    refused = await desks["ada"].ask("POST", f"/current/invitations/{made['id']}/send")
    assert (refused.status_code, refused.json()["field"]) == (403, "role")
    await desks["alice"].ask("DELETE", f"/current/invitations/{made['id']}")
    with pytest.raises(psycopg.errors.CheckViolation), acting(owner_db, cast.ada, cast.workspace) as db:
        db.execute("update invitations set revoked_at = null where id = %s", [made["id"]])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, cast.ada, cast.workspace) as db:
        db.execute(
            "insert into invitations (workspace_id, email, role, token_hash) values (%s, 'x@example.com', 'admin', 'x')", [cast.workspace]
        )


async def test_members_and_invited_people_are_not_invited_again(desks: dict[str, Desk]):
    for address in ("bob@example.com", " BOB@example.com "):
        refused = await desks["ada"].ask("POST", "/current/invitations", json={"email": address})
        assert (refused.status_code, refused.json()["rule"]) == (409, "member")
    await invite(desks["alice"])
    twice = await desks["ada"].ask("POST", "/current/invitations", json={"email": "Carol@example.com"})
    assert (twice.status_code, twice.json()["rule"]) == (409, "invited")


async def test_two_invitations_of_one_address_at_once_are_one(desks: dict[str, Desk]):
    asked = [desks[who].ask("POST", "/current/invitations", json={"email": "carol@example.com"}) for who in ("alice", "ada", "alice")]
    assert sorted(each.status_code for each in await asyncio.gather(*asked)) == [201, 409, 409]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@b\nBcc: c@d"}, "email"),
        ({"email": "\u202eevil@example.com"}, "email"),
        ({"email": "x" * 300 + "@example.com"}, "email"),
        ({"email": "c@example.com", "days": 0}, "days"),
        ({"email": "c@example.com", "days": 31}, "days"),
        ({"email": "c@example.com", "role": "king"}, "role"),
        ({"email": "c@example.com", "role": "owner"}, "role"),
    ],
)
async def test_a_wish_that_breaks_a_rule_names_the_field(desks: dict[str, Desk], owner_db, wish: dict, field: str):
    refused = await desks["alice"].ask("POST", "/current/invitations", json=wish)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert owner_db.execute("select count(*) from invitations where accepted_at is null").fetchone() == (0,)


async def test_fifty_a_day(desks: dict[str, Desk], owner_db, cast: Cast):
    already = owner_db.execute("select count(*) from invitations where workspace_id = %s", [cast.workspace]).fetchone()[0]
    with acting(owner_db, cast.alice, cast.workspace) as db:
        for n in range(50 - already):
            db.execute(
                "insert into invitations (workspace_id, email, token_hash) values (%s, %s, %s)",
                [cast.workspace, f"g{n}@example.com", f"t{n}".encode()],
            )
    refused = await desks["alice"].ask("POST", "/current/invitations", json={"email": "carol@example.com"})
    assert (refused.status_code, refused.json()["rule"]) == (429, "a_day")
    owner_db.execute("update invitations set created_at = created_at - interval '25 hours', expires_at = expires_at - interval '25 hours'")
    await invite(desks["alice"])


async def test_a_key_invites_and_raises_nobody(desks: dict[str, Desk], owner_db, cast: Cast, http: httpx2.AsyncClient):
    key = {"Authorization": f"Bearer {make_key(owner_db, cast.alice, cast.workspace, ['admin'])}"}
    at = "/api/v1/workspaces/current"
    refused = [
        await http.post(f"{at}/invitations", json={"email": "carol@example.com"}, headers=key),
        await http.patch(f"{at}/members/{cast.vera.id}", json={"role": "editor"}, headers=key),
        await http.post(f"{at}/transfer", json={"member": str(cast.bob.id)}, headers=key),
        await http.post(f"{at}/delete", json={"name": "Acme"}, headers=key),
        await http.post(f"{at}/leave", headers=key),
        await http.post("/api/v1/workspaces", json={"name": "Mine"}, headers=key),
        await http.post("/api/v1/workspaces/invitations/accept", json={"token": "x"}, headers=key),
    ]
    assert {(each.status_code, each.json()["rule"]) for each in refused} == {(403, "person")}
    assert (await http.patch(at, json={"name": "Renamed"}, headers=key)).status_code == 200
    assert (await http.delete(f"{at}/members/{cast.vera.id}", headers=key)).status_code == 204
    assert (await http.get(f"{at}/members", headers=key)).json()["items"][0]["email"]


async def test_a_request_with_a_key_of_its_own_is_done_once(desks: dict[str, Desk], owner_db):
    asked = {"json": {"email": "carol@example.com"}, "headers": {"Idempotency-Key": "once"}}
    first = await desks["alice"].ask("POST", "/current/invitations", **asked)
    again = await desks["alice"].ask("POST", "/current/invitations", **asked)
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert owner_db.execute("select count(*) from invitations where email = 'carol@example.com'").fetchone() == (1,)


async def test_a_rehearsal_keeps_and_sends_nothing(mailing_app: FastAPI, box: Box, cast: Cast, owner_db):
    async with client_of(mailing_app) as http:
        alice = await sit(http, cast.alice, cast.workspace)
        said = await alice.ask("POST", "/current/invitations", params={"dry_run": True}, json={"email": "carol@example.com"})
    assert (said.status_code, said.json()["emailed"], said.json()["link"]) == (201, False, None)
    assert box.letters == []
    assert owner_db.execute("select count(*) from invitations where email = 'carol@example.com'").fetchone() == (0,)


async def test_pages_of_invitations_skip_and_repeat_none(desks: dict[str, Desk], owner_db, cast: Cast):
    for n in range(5):
        await invite(desks["alice"], f"g{n}@example.com")
    seen, after = [], None
    while True:
        page = (await desks["alice"].ask("GET", "/current/invitations", params={"limit": 2} | ({"after": after} if after else {}))).json()
        seen += [each["email"] for each in page["items"]]
        if not (after := page["next"]):
            break
    whole = (await desks["alice"].ask("GET", "/current/invitations")).json()["items"]
    assert seen == [each["email"] for each in whole]
    assert len(seen) == len(set(seen)) == 8
    still = (await desks["alice"].ask("GET", "/current/invitations", params={"open": True})).json()["items"]
    assert {each["email"] for each in still} == {f"g{n}@example.com" for n in range(5)}
