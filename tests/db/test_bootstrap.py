"""Roles and logins: idempotent, safe in parallel, exact about what an administrator must do."""

from __future__ import annotations

import psycopg
import pytest

from postwright.db import session
from postwright.db.bootstrap import Dsns
from postwright.db.instance import free_port
from postwright.errors import Unavailable
from tests.cast import Cast, acting


@pytest.mark.anyio
async def test_pools_become_whom_they_must(api_pool, worker_pool):
    for pool, role in ((api_pool, "authenticated"), (api_pool, "app_auth"), (worker_pool, "service_role")):
        async with pool.connection() as db, db.transaction():
            await db.execute(f"set local role {role}")
            assert (await (await db.execute("select current_user")).fetchone())[0] == role


@pytest.mark.anyio
async def test_a_database_that_is_not_there_is_told_in_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "_OPENING", 0.3)
    with pytest.raises(Unavailable, match="did not let the login worker in"):
        async with session.open_pool(f"postgresql://me:secret@127.0.0.1:{free_port()}/x", name="worker"):
            pass


@pytest.mark.parametrize(("login", "role"), [("api", "service_role"), ("worker", "authenticated"), ("worker", "app_auth")])
def test_a_login_becomes_nobody_else(database: Dsns, login: str, role: str):
    with psycopg.connect(getattr(database, login)) as db, pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute(f"set role {role}".encode())


def test_the_cast_sees_its_own_workspaces(owner_db, cast: Cast):
    with acting(owner_db, cast.bob) as db:
        seen = {row[0] for row in db.execute("select id from workspaces")}
    assert seen == {cast.workspace, cast.bob.personal}
    with acting(owner_db, cast.mallory) as db:
        seen = {row[0] for row in db.execute("select id from workspaces")}
    assert seen == {cast.elsewhere, cast.mallory.personal}


def test_the_same_on_postgresql_15(database15: Dsns):
    with psycopg.connect(database15.owner) as db:
        assert db.info.server_version // 10000 == 15
        db.execute("set role service_role")
