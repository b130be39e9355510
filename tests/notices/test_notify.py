"""Who is told what: by the verb, and by what happens in the database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from postwright.db.queries import Conn
from postwright.db.session import SERVICE, Actor, Pool, transaction
from postwright.notices import notify
from postwright.notices.models import Kind
from tests.cast import Cast, Person, acting, serving
from tests.db.rows import insert

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def as_person(pool: Pool, person: Person, cast: Cast) -> AsyncIterator[Conn]:
    async with transaction(pool, Actor("authenticated", person.id, cast.workspace)) as db:
        yield db


def told(db, person: Person) -> list[tuple[str, str, int]]:
    return db.execute("select kind, title, times from notifications where user_id = %s order by created_at, title", (person.id,)).fetchall()


def forget(db) -> None:
    """What the cast's own coming together told."""
    db.execute("delete from notifications")


def test_the_database_knows_the_same_kinds(owner_db):
    (definition,) = owner_db.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'notifications'::regclass and conname like '%kind%'"
    ).fetchone()
    assert set(re.findall(r"'(\w+)'", definition)) == set(Kind)


async def test_members_are_told_and_nobody_else(api_pool: Pool, owner_db, cast: Cast):
    forget(owner_db)
    everybody = [each.id for each in (*cast.members, cast.mallory)]
    async with as_person(api_pool, cast.bob, cast) as db:
        assert await notify(db, workspace=cast.workspace, users=everybody, kind="comment", title="Something", link="/today") == 4
    assert told(owner_db, cast.vera) == [("comment", "Something", 1)]
    assert told(owner_db, cast.mallory) == []


async def test_who_is_outside_tells_nobody(api_pool: Pool, owner_db, cast: Cast):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with as_person(api_pool, cast.mallory, cast) as db:
            await notify(db, workspace=cast.workspace, users=[cast.bob.id], kind="comment", title="Win a prize")
    assert told(owner_db, cast.bob) == []


async def test_an_unread_incident_is_counted_and_a_read_one_told_again(worker_pool: Pool, owner_db, cast: Cast):
    async def happens() -> None:
        async with transaction(worker_pool, SERVICE) as db:
            await notify(db, workspace=cast.workspace, users=[cast.bob.id], kind="post_failed", title="A post failed", incident="post:1")

    for _ in range(3):
        await happens()
    assert told(owner_db, cast.bob) == [("post_failed", "A post failed", 3)]
    owner_db.execute("update notifications set read_at = now() where user_id = %s", (cast.bob.id,))
    await happens()
    assert [times for _, _, times in told(owner_db, cast.bob)] == [3, 1]


@pytest.mark.parametrize("link", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "today"])
async def test_a_notice_leads_nowhere_else(worker_pool: Pool, cast: Cast, link: str):
    with pytest.raises(psycopg.errors.CheckViolation):
        async with transaction(worker_pool, SERVICE) as db:
            await notify(db, workspace=cast.workspace, users=[cast.bob.id], kind="comment", title="Look", link=link)


async def test_a_kind_that_is_none(worker_pool: Pool, cast: Cast):
    with pytest.raises(ValueError, match="gossip"):
        async with transaction(worker_pool, SERVICE) as db:
            await notify(db, workspace=cast.workspace, users=[cast.bob.id], kind="gossip", title="Psst")


def test_an_account_that_must_be_connected_again(owner_db, cast: Cast):
    forget(owner_db)
    with serving(owner_db):
        row = {"workspace_id": cast.workspace, "user_id": cast.alice.id, "platform": "x", "platform_user_id": "1", "environment": "sandbox"}
        account = insert(owner_db, "platform_connections", row | {"access_token": "s", "refresh_token": "s", "handle": "acme"})
        for _ in range(2):
            owner_db.execute("update platform_connections set health = 'reconnect', last_error = 'Refused.' where id = %s", (account,))
    for person in (cast.alice, cast.ada):
        assert told(owner_db, person) == [("account_reconnect", "Connect X acme again", 1)]
    assert told(owner_db, cast.bob) == []
    with serving(owner_db):
        owner_db.execute("update platform_connections set health = 'healthy' where id = %s", (account,))
    assert owner_db.execute("select count(*) from notifications where read_at is null").fetchone() == (0,)


def test_roles_and_invitations(owner_db, cast: Cast):
    forget(owner_db)
    change = "update workspace_members set role = %s where workspace_id = %s and user_id = %s"
    with acting(owner_db, cast.alice):
        owner_db.execute(change, ("admin", cast.workspace, cast.vera.id))
        owner_db.execute(change, ("owner", cast.workspace, cast.bob.id))
    assert told(owner_db, cast.vera) == [("role", "You are admin of “Acme” now", 1)]
    assert told(owner_db, cast.bob) == [("ownership", "You own “Acme” now", 1)]
    owner_db.execute("update users set email_verified_at = now() where id = %s", (cast.mallory.id,))
    ask = "insert into invitations (workspace_id, email, role, token_hash) values (%s, %s, 'editor', 'x')"
    with acting(owner_db, cast.ada):
        owner_db.execute(ask, (cast.workspace, cast.mallory.email.upper()))
    assert told(owner_db, cast.mallory) == [("invitation", "You are invited to “Acme”", 1)]
    with owner_db.transaction():
        owner_db.execute("set local role app_auth")
        owner_db.execute("select app_auth.accept_invitation('x', %s)", (cast.mallory.id,))
    assert told(owner_db, cast.ada) == [("invitation_answered", "MALLORY@EXAMPLE.COM accepted your invitation", 1)]


def test_an_address_that_nobody_proved_is_told_nothing(owner_db, cast: Cast):
    ask = "insert into invitations (workspace_id, email, role, token_hash) values (%s, %s, 'editor', 'x')"
    with acting(owner_db, cast.alice):
        owner_db.execute(ask, (cast.workspace, cast.mallory.email))
    assert told(owner_db, cast.mallory) == []
