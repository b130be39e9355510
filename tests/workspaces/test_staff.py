"""Members: what each sees of the others, leaving, removing, handing over, and two at once."""

from __future__ import annotations

import asyncio

import httpx2
import psycopg
import pytest

from tests.cast import Cast, acting
from tests.edge.small import make_key
from tests.workspaces.desk import Desk

pytestmark = pytest.mark.anyio


def roles(db, cast: Cast) -> dict[str, str]:
    rows = db.execute(
        "select u.full_name, m.role from workspace_members m join users u on u.id = m.user_id where m.workspace_id = %s", [cast.workspace]
    )
    return dict(rows.fetchall())


async def promote(desks: dict[str, Desk], person, role: str) -> None:
    answer = await desks["alice"].ask("PATCH", f"/current/members/{person.id}", json={"role": role})
    assert answer.status_code == 200, answer.text


async def test_addresses_are_for_admins(desks: dict[str, Desk], cast: Cast):
    told = {}
    for who in ("alice", "ada", "bob", "vera"):
        items = (await desks[who].ask("GET", "/current/members")).json()["items"]
        assert {each["name"] for each in items} == {"Alice", "Ada", "Bob", "Vera"}
        told[who] = {each["name"] for each in items if each["email"]}
    everybody = {"Alice", "Ada", "Bob", "Vera"}
    assert told == {"alice": everybody, "ada": everybody, "bob": {"Bob"}, "vera": {"Vera"}}
    assert (await desks["bob"].ask("GET", f"/current/members/{cast.mallory.id}")).status_code == 404


async def test_who_leaves_or_is_removed_sees_nothing_and_their_keys_end(
    desks: dict[str, Desk], cast: Cast, owner_db, http: httpx2.AsyncClient
):
    keys = {who.name: make_key(owner_db, who, cast.workspace, ["read"]) for who in (cast.ada,)}
    plain = Desk(http, desks["ada"].token, None)
    assert (await plain.ask("POST", f"/{cast.workspace}/open")).status_code == 204
    assert (await desks["ada"].ask("POST", "/current/leave")).status_code == 204
    assert (await desks["ada"].ask("GET", "/current")).status_code == 404
    assert (await plain.ask("GET", "/current")).json()["personal"] is True, "the session falls back to the personal one"
    assert (await http.get("/api/v1/workspaces/current", headers={"Authorization": f"Bearer {keys['Ada']}"})).status_code == 401
    assert (await desks["alice"].ask("DELETE", f"/current/members/{cast.bob.id}")).status_code == 204
    assert (await desks["bob"].ask("GET", "/current")).status_code == 404
    assert (await plain.ask("POST", f"/{cast.workspace}/open")).status_code == 404
    again = await desks["alice"].ask("DELETE", f"/current/members/{cast.bob.id}")
    assert (again.status_code, again.json()["rule"]) == (404, "membership")


async def test_the_last_owner_stays(desks: dict[str, Desk], cast: Cast, owner_db):
    for act in (
        desks["alice"].ask("POST", "/current/leave"),
        desks["alice"].ask("PATCH", f"/current/members/{cast.alice.id}", json={"role": "admin"}),
    ):
        refused = await act
        assert (refused.status_code, refused.json()["rule"]) == (409, "last_owner")
    assert roles(owner_db, cast)["Alice"] == "owner"


async def test_two_owners_leaving_at_once(desks: dict[str, Desk], cast: Cast, owner_db):
    await promote(desks, cast.ada, "owner")
    answers = await asyncio.gather(*(desks[who].ask("POST", "/current/leave") for who in ("alice", "ada")))
    assert sorted(each.status_code for each in answers) == [204, 409]
    assert list(roles(owner_db, cast).values()).count("owner") == 1


async def test_two_owners_demoting_each_other_at_once(desks: dict[str, Desk], cast: Cast, owner_db):
    await promote(desks, cast.ada, "owner")
    await asyncio.gather(
        desks["alice"].ask("PATCH", f"/current/members/{cast.ada.id}", json={"role": "viewer"}),
        desks["ada"].ask("PATCH", f"/current/members/{cast.alice.id}", json={"role": "viewer"}),
    )
    assert list(roles(owner_db, cast).values()).count("owner") >= 1


async def test_handing_over(desks: dict[str, Desk], cast: Cast, owner_db):
    given = await desks["alice"].ask("POST", "/current/transfer", json={"member": str(cast.bob.id)})
    assert (given.status_code, given.json()["role"]) == (200, "owner")
    assert roles(owner_db, cast) == {"Alice": "admin", "Ada": "admin", "Bob": "owner", "Vera": "viewer"}
    for wrong, status in ((cast.mallory.id, 404), (cast.bob.id, 422)):
        refused = await desks["bob"].ask("POST", "/current/transfer", json={"member": str(wrong)})
        assert refused.status_code == status
    assert (await desks["alice"].ask("POST", "/current/transfer", json={"member": str(cast.vera.id)})).status_code == 403


async def test_handing_over_twice_at_once_makes_one_owner(desks: dict[str, Desk], cast: Cast, owner_db):
    heirs = (cast.bob, cast.vera, cast.ada)
    answers = await asyncio.gather(*(desks["alice"].ask("POST", "/current/transfer", json={"member": str(each.id)}) for each in heirs))
    assert sorted(each.status_code for each in answers) == [200, 403, 403]
    assert list(roles(owner_db, cast).values()).count("owner") == 1


async def test_an_admin_and_the_database_agree(desks: dict[str, Desk], cast: Cast, owner_db):
    """What the API refuses, a statement of the same person does not do either."""
    for statement, value in (
        ("update workspace_members set role = 'admin' where user_id = %s", cast.bob.id),
        ("update workspace_members set role = 'owner' where user_id = %s", cast.ada.id),
        ("update workspace_members set role = 'viewer' where user_id = %s", cast.alice.id),
        ("delete from workspace_members where user_id = %s", cast.alice.id),
    ):
        try:
            with acting(owner_db, cast.ada, cast.workspace) as db:
                assert db.execute(f"{statement} and workspace_id = '{cast.workspace}'".encode(), [value]).rowcount == 0
        except psycopg.errors.InsufficientPrivilege:
            continue
    assert roles(owner_db, cast) == {"Alice": "owner", "Ada": "admin", "Bob": "editor", "Vera": "viewer"}


async def test_who_saw_an_older_state_overwrites_nothing(desks: dict[str, Desk], cast: Cast):
    seen = (await desks["alice"].ask("GET", "/current")).headers["etag"]
    first = await desks["ada"].ask("PATCH", "/current", json={"name": "One"}, headers={"If-Match": seen})
    assert first.status_code == 200
    late = await desks["alice"].ask("PATCH", "/current", json={"name": "Two"}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "changed_since")
    fresh = await desks["alice"].ask("PATCH", "/current", json={"name": "Two"}, headers={"If-Match": first.headers["etag"]})
    assert fresh.json()["name"] == "Two"
    at = f"/current/members/{cast.bob.id}"
    tag = (await desks["alice"].ask("GET", at)).headers["etag"]
    await desks["ada"].ask("PATCH", at, json={"can_approve": True})
    late = await desks["alice"].ask("PATCH", at, json={"role": "viewer"}, headers={"If-Match": tag})
    assert late.status_code == 412


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"id": 1}, "id"),
    ],
)
async def test_a_change_that_breaks_a_rule_names_the_field(desks: dict[str, Desk], change: dict, field: str):
    refused = await desks["alice"].ask("PATCH", "/current", json=change)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert (await desks["alice"].ask("GET", "/current")).json()["name"] == "Acme"


async def test_a_new_workspace_is_of_its_kind_and_the_caller_s(desks: dict[str, Desk], http: httpx2.AsyncClient, cast: Cast):
    vera = Desk(http, desks["vera"].token, None)
    for kind in ("live", "sandbox", None):
        made = (await vera.ask("POST", "", json={"name": f"Kind {kind}", "environment": kind})).json()
        assert (made["environment"], made["simulated"], made["role"], made["personal"]) == (kind, kind == "sandbox", "owner", False)
        there = Desk(http, vera.token, made["id"])
        assert (await there.ask("GET", "/current")).json()["name"] == f"Kind {kind}"
    assert (await vera.ask("POST", "", json={"name": "x", "environment": "both"})).status_code == 422


async def test_a_session_looks_where_it_was_told(desks: dict[str, Desk], http: httpx2.AsyncClient, cast: Cast):
    bob = Desk(http, desks["bob"].token, None)
    assert (await bob.ask("GET", "/current")).json()["id"] == str(cast.bob.personal)
    assert (await bob.ask("POST", f"/{cast.workspace}/open")).status_code == 204
    assert (await bob.ask("GET", "/current")).json()["id"] == str(cast.workspace)
    assert (await bob.ask("POST", f"/{cast.elsewhere}/open")).status_code == 404
    assert (await bob.ask("GET", "/current")).json()["id"] == str(cast.workspace)


async def test_who_is_concerned_is_told(desks: dict[str, Desk], cast: Cast, owner_db, http: httpx2.AsyncClient):
    owner_db.execute("update users set email_verified_at = now() where id = %s", [cast.mallory.id])
    await desks["ada"].ask("PATCH", f"/current/members/{cast.vera.id}", json={"role": "editor", "can_approve": True})
    made = (await desks["ada"].ask("POST", "/current/invitations", json={"email": cast.mallory.email})).json()
    invited = _notices(owner_db, cast.mallory, cast.mallory.personal)
    assert invited == [("invitation", "You are invited to “Acme”", "/workspaces", False)]
    mallory = Desk(http, desks["mallory"].token, None)
    assert (await mallory.ask("POST", "/invitations/decline", json={"id": made["id"]})).status_code == 204
    assert _notices(owner_db, cast.mallory, cast.mallory.personal)[0][3] is True, "settled"
    await desks["alice"].ask("POST", "/current/transfer", json={"member": str(cast.bob.id)})
    assert _notices(owner_db, cast.vera, cast.workspace)[-1][:2] == ("role", "You are editor of “Acme” now")
    assert ("invitation_answered", "mallory@example.com declined your invitation", "/settings/members", False) in _notices(
        owner_db, cast.ada, cast.workspace
    )
    assert _notices(owner_db, cast.bob, cast.workspace)[-1][:2] == ("ownership", "You own “Acme” now")


def _notices(db, person, workspace) -> list[tuple]:
    return db.execute(
        "select kind, title, link, read_at is not null from notifications where user_id = %s and workspace_id = %s order by created_at",
        [person.id, workspace],
    ).fetchall()
