"""An account that is deleted: what goes, what stays, who may not, and that nothing of it signs in any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from postwright.errors import NotFound
from postwright.exports.sweep import sweep
from tests.cast import PASSWORD, Person, acting, serving, sign_up
from tests.db.rows import fill, insert, new_row
from tests.edge.small import make_key
from tests.exports.desk import Desk

pytestmark = pytest.mark.anyio


async def delete(desk: Desk, person: Person, headers: dict[str, str], **proof: str) -> Any:
    body = {"email": person.email, "password": PASSWORD} | proof
    return await desk.client.request("DELETE", "/api/v1/me", json=body, headers=headers)


def one(desk: Desk, query: str, *values: object) -> Any:
    row = desk.db.execute(query.encode(), values).fetchone()
    return row[0] if row else None


async def test_sessions_and_keys_die_at_once(desk: Desk) -> None:
    bob = desk.cast.bob
    here, there = await desk.sign_in(bob), await desk.sign_in(bob)
    with serving(desk.db):
        desk.db.execute(
            "update workspace_members set role = 'admin' where user_id = %s and workspace_id = %s", [bob.id, desk.cast.workspace]
        )
    key = {"Authorization": f"Bearer {make_key(desk.db, bob, desk.cast.workspace, ['read', 'draft'])}"}
    assert (await desk.client.get("/api/v1/me", headers=key)).status_code != 401
    assert (await delete(desk, bob, here)).status_code == 204
    for headers in (here, there, key):
        assert (await desk.client.get("/api/v1/exports", headers=headers)).status_code == 401
    again = await desk.client.post("/api/v1/sessions", json={"email": bob.email, "password": PASSWORD})
    assert again.status_code == 422
    assert not one(desk, "select count(*) from app.user_secrets where user_id = %s", bob.id)
    assert not one(desk, "select count(*) from api_keys where user_id = %s", bob.id)


async def test_the_address_is_free_again(desk: Desk) -> None:
    await delete(desk, desk.cast.bob, await desk.sign_in(desk.cast.bob))
    assert sign_up(desk.db, "Bob").id != desk.cast.bob.id


async def test_nothing_names_the_person_any_more(desk: Desk) -> None:
    fill(desk.db, desk.cast)
    bob = desk.cast.bob
    await delete(desk, bob, await desk.sign_in(bob))
    row = desk.db.execute(
        "select email, full_name, avatar_url, preferences, tone_of_voice, is_active, external_id from users where id = %s", [bob.id]
    ).fetchone()
    assert row == (f"{bob.id}@deleted.invalid", "A former member", None, {}, None, False, None)
    for (table,) in desk.db.execute(
        """select c.oid::regclass::text from pg_class c where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace)
              and c.relkind in ('r', 'p') and not c.relispartition and c.oid <> 'public.audit_log'::regclass"""
    ).fetchall():
        assert not one(desk, f"select count(*) from {table} t where t::text like %s", f"%{bob.email}%"), table


async def test_what_they_made_for_others_stays(desk: Desk) -> None:
    world = fill(desk.db, desk.cast)
    bob = desk.cast.bob
    before = {
        table: one(desk, f"select count(*) from {table}")
        for table in ("comments", "content_adaptations", "published_posts", "files", "projects")
    }
    assert all(before.values())
    await delete(desk, bob, await desk.sign_in(bob))
    assert before == {table: one(desk, f"select count(*) from {table}") for table in before}
    assert one(desk, "select user_id from comments where id = %s", world.ids["comments"]) == bob.id
    for table in ("voice_profiles", "templates", "notifications", "user_scheduling_preferences", "sessions", "workspace_members"):
        assert not one(desk, f"select count(*) from {table} where user_id = %s", bob.id), table
    with acting(desk.db, desk.cast.alice, desk.cast.workspace):
        assert one(desk, "select count(*) from app.members(%s)", desk.cast.workspace) == 3


async def test_the_personal_workspace_goes_with_all_in_it(desk: Desk) -> None:
    bob = desk.cast.bob
    with serving(desk.db, bob.personal):
        for table in ("projects", "platform_connections", "competitor_profiles"):
            insert(desk.db, table, new_row(table, {}, desk.cast, bob, 3) | {"workspace_id": bob.personal})
    medium = await desk.add_medium("mine.png", b"mine", workspace=bob.personal, person=bob)
    shared = await desk.add_medium("ours.png", b"ours")
    headers = await desk.sign_in(bob)
    archive = await desk.ask(headers, "person")
    await desk.make(archive)
    told = (await desk.client.get("/api/v1/me/deletion", headers=headers)).json()
    assert told["possible"]
    fates = {each["name"]: each["fate"] for each in told["workspaces"]}
    assert fates == {"Bob": "goes", "Acme": "stays"}
    assert [each["files"] for each in told["workspaces"] if each["fate"] == "goes"] == [1]
    await delete(desk, bob, headers)
    for (table,) in desk.db.execute(
        """select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p') and not c.relispartition"""
    ).fetchall():
        assert not one(desk, f"select count(*) from {table} where workspace_id = %s", bob.personal), table
    assert (await desk.web.storage.find(medium)).size == 4, "the bytes go after the commit"
    await sweep(desk.worker, desk.clock())
    with pytest.raises(Exception, match="no longer there"):
        await desk.web.storage.find(medium)
    assert (await desk.web.storage.find(shared)).size == 4
    assert not desk.lying(), "the archive that they had asked for is gone, too"
    assert not one(desk, "select count(*) from app.loose_media")


async def test_the_picture_goes_too(desk: Desk) -> None:
    bob, picture = desk.cast.bob, uuid4()
    await desk.web.storage.put(f"people/{picture}.webp", b"a face", "image/webp")
    with acting(desk.db, bob):
        desk.db.execute("update users set avatar_url = %s where id = %s", [f"/people/{bob.id}/pictures/{picture}", bob.id])
    await delete(desk, bob, await desk.sign_in(bob))
    await sweep(desk.worker, desk.clock())
    with pytest.raises(NotFound):
        await desk.web.storage.read(f"people/{picture}.webp")


async def test_an_address_of_another_place_removes_no_file(desk: Desk) -> None:
    """People write what their picture's address is: it names nothing but pictures of people."""
    await desk.web.storage.put("people/other.webp", b"a face", "image/webp")
    with acting(desk.db, desk.cast.bob):
        desk.db.execute(
            "update users set avatar_url = %s where id = %s", [f"/people/{desk.cast.bob.id}/pictures/../other", desk.cast.bob.id]
        )
    await delete(desk, desk.cast.bob, await desk.sign_in(desk.cast.bob))
    assert not one(desk, "select count(*) from app.loose_media")


async def test_notices_of_others_name_a_former_member(desk: Desk) -> None:
    bob, alice = desk.cast.bob, desk.cast.alice
    with serving(desk.db):
        desk.db.execute(
            "insert into notifications (workspace_id, user_id, kind, title) values (%s, %s, 'invitation_answered', %s)",
            [desk.cast.workspace, alice.id, f"{bob.email} accepted your invitation"],
        )
    await delete(desk, bob, await desk.sign_in(bob))
    assert one(desk, "select title from notifications where user_id = %s and title like '%%accepted%%'", alice.id).startswith(
        "A former member accepted"
    )


async def test_the_last_owner_gives_it_away_first(desk: Desk) -> None:
    alice = desk.cast.alice
    headers = await desk.sign_in(alice)
    told = (await desk.client.get("/api/v1/me/deletion", headers=headers)).json()
    assert (told["possible"], [each["name"] for each in told["workspaces"] if each["fate"] == "blocks"]) == (False, ["Acme"])
    refused = await delete(desk, alice, headers)
    assert (refused.status_code, refused.json()["rule"]) == (409, "last_owner")
    assert "Acme" in refused.json()["detail"]
    assert one(desk, "select is_active from users where id = %s", alice.id)
    with acting(desk.db, alice, desk.cast.workspace):
        desk.db.execute(
            "update workspace_members set role = 'owner' where user_id = %s and workspace_id = %s", [desk.cast.ada.id, desk.cast.workspace]
        )
    assert (await delete(desk, alice, headers)).status_code == 204
    assert one(desk, "select count(*) from workspace_members where workspace_id = %s", desk.cast.workspace) == 3


async def test_an_owner_who_cannot_sign_in_is_none(desk: Desk) -> None:
    with acting(desk.db, desk.cast.alice, desk.cast.workspace):
        desk.db.execute(
            "update workspace_members set role = 'owner' where user_id = %s and workspace_id = %s", [desk.cast.ada.id, desk.cast.workspace]
        )
    with serving(desk.db):
        desk.db.execute("update users set is_active = false where id = %s", [desk.cast.ada.id])
    assert (await delete(desk, desk.cast.alice, await desk.sign_in(desk.cast.alice))).status_code == 409


async def test_two_owners_who_go_at_once_leave_one(desk: Desk) -> None:
    alice, ada = desk.cast.alice, desk.cast.ada
    with acting(desk.db, alice, desk.cast.workspace):
        desk.db.execute(
            "update workspace_members set role = 'owner' where user_id = %s and workspace_id = %s", [ada.id, desk.cast.workspace]
        )
    both = [(alice, await desk.sign_in(alice)), (ada, await desk.sign_in(ada))]
    answers = await asyncio.gather(*(delete(desk, person, headers) for person, headers in both))
    assert sorted(each.status_code for each in answers) == [204, 409]
    assert next(each for each in answers if each.status_code == 409).json()["rule"] == "last_owner"
    assert one(desk, "select count(*) from workspace_members where workspace_id = %s and role = 'owner'", desk.cast.workspace) == 1


async def test_a_workspace_of_nobody_else_goes_a_shared_personal_one_blocks(desk: Desk) -> None:
    mallory = desk.cast.mallory
    headers = await desk.sign_in(mallory, desk.cast.elsewhere)
    with serving(desk.db):
        desk.db.execute(
            "insert into workspace_members (workspace_id, user_id, role) values (%s, %s, 'viewer')", [mallory.personal, desk.cast.vera.id]
        )
    assert (await delete(desk, mallory, headers)).status_code == 409
    with serving(desk.db):
        desk.db.execute("update workspace_members set role = 'owner' where workspace_id = %s", [mallory.personal])
    assert (await delete(desk, mallory, headers)).status_code == 204
    assert not one(desk, "select count(*) from workspaces where id = %s", desk.cast.elsewhere)
    assert one(desk, "select personal_of from workspaces where id = %s", mallory.personal) is None
    assert one(desk, "select count(*) from workspaces where id = %s", mallory.personal) == 1, "its other owner keeps it"


async def test_a_post_that_is_being_sent_ends_first(desk: Desk) -> None:
    bob = desk.cast.bob
    fill(desk.db, desk.cast)
    headers = await desk.sign_in(bob)
    with serving(desk.db, bob.personal):
        account = insert(
            desk.db, "platform_connections", new_row("platform_connections", {}, desk.cast, bob, 5) | {"workspace_id": bob.personal}
        )
        row = new_row("scheduled_posts", {"platform_connections": account}, desk.cast, bob, 5) | {"workspace_id": bob.personal}
        post = insert(desk.db, "scheduled_posts", row)
        desk.db.execute("update scheduled_posts set status = 'processing' where id = %s", [post])
    refused = await delete(desk, bob, headers)
    assert (refused.status_code, refused.json()["rule"]) == (409, "state")
    assert one(desk, "select is_active from users where id = %s", bob.id)


# The proof


async def test_the_address_has_to_be_typed(desk: Desk) -> None:
    bob = desk.cast.bob
    headers = await desk.sign_in(bob)
    for typed in ("", "alice@example.com", "bob"):
        refused = await delete(desk, bob, headers, email=typed)
        assert (refused.status_code, refused.json()["field"]) == (422, "email")
    assert (await delete(desk, bob, headers, email="  BOB@Example.com ")).status_code == 204


async def test_guessing_the_password_is_slowed_down(desk: Desk) -> None:
    bob = desk.cast.bob
    headers = await desk.sign_in(bob)
    statuses = [(await delete(desk, bob, headers, password=f"wrong {n}")).status_code for n in range(7)]
    assert statuses[:5] == [422] * 5
    assert statuses[-1] == 429
    assert (await delete(desk, bob, headers)).status_code == 429, "the right one has to wait, too"
    assert one(desk, "select is_active from users where id = %s", bob.id)


async def test_without_a_password_a_fresh_session_proves_it(desk: Desk) -> None:
    bob = desk.cast.bob
    headers = await desk.sign_in(bob)
    desk.db.execute("delete from app.user_secrets where user_id = %s", [bob.id])
    desk.clock.ahead = timedelta(minutes=20)
    refused = await delete(desk, bob, headers, password="")
    assert (refused.status_code, refused.json()["rule"]) == (422, "fresh")
    desk.clock.ahead = timedelta(minutes=5)
    assert (await delete(desk, bob, headers, password="")).status_code == 204


async def test_the_operator_stays(desk: Desk) -> None:
    bob = desk.cast.bob
    with serving(desk.db):
        desk.db.execute("update users set external_id = 'postwright:operator' where id = %s", [bob.id])
    refused = await delete(desk, bob, await desk.sign_in(bob))
    assert (refused.status_code, refused.json()["rule"]) == (409, "last_operator")


async def test_the_service_and_a_key_delete_nobody(desk: Desk) -> None:
    with pytest.raises(InsufficientPrivilege), serving(desk.db):
        desk.db.execute("select app.delete_me()")
    claims = f'{{"role": "authenticated", "sub": "{desk.cast.bob.id}", "key": "{UUID(int=1)}"}}'
    with desk.db.transaction(force_rollback=True):
        desk.db.execute("select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)", [claims])
        with pytest.raises(InsufficientPrivilege):
            desk.db.execute("select app.delete_me()")
