"""A server of somebody else (DATABASE_URL): do what the owner may, name what only an administrator can."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
import pytest

from postwright import config
from postwright.config import Settings
from postwright.db import embedded
from postwright.db.bootstrap import Dsns, bootstrap_embedded, bootstrap_external
from postwright.db.migrate import migrate
from postwright.errors import SetupError
from tests.conftest import DEBIAN_15, IN_MEMORY, SQL

KEY = bytes(range(32))


@dataclass(frozen=True)
class Foreign:
    """A server where we are guests in a database called theirs."""

    server: embedded.Server

    def settings(self, user: str, **more: str) -> Settings:
        url = self.server.dsn("theirs", user, "secret")
        return config.load({"DATABASE_URL": url, "POSTWRIGHT_HOME": str(self.server.home / "ours"), **more})

    def admin(self, statements: str) -> None:
        with psycopg.connect(self.server.dsn("theirs"), autocommit=True) as db:
            db.execute(statements.encode())


@pytest.fixture(params=["18", "15"])
def foreign(request: pytest.FixtureRequest) -> Iterator[Foreign]:
    if request.param == "15" and not (DEBIAN_15 / "postgres").exists():
        pytest.skip("PostgreSQL 15 is not installed (as root, `make test` installs Debian's)")
    with embedded.throwaway(bin_dir=DEBIAN_15 if request.param == "15" else None, folder=IN_MEMORY) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as db:
            db.execute("create role guest login password 'secret'")
            db.execute("create role maker login createrole password 'secret'")
            db.execute("create database theirs owner guest")
        yield Foreign(server)


def test_a_guest_is_told_exactly_what_an_administrator_must_run(foreign: Foreign):
    settings = foreign.settings("guest")
    with pytest.raises(SetupError, match="Let an administrator") as told:
        bootstrap_external(settings, KEY)
    statements = re.findall(r"^    (.*;)$", told.value.message, re.MULTILINE)
    assert len(statements) == 4 + 2 + 4 + 3 + 1  # groups, logins, and who may become which
    assert "secret" not in told.value.message
    for statement in statements:
        foreign.admin(statement)
    dsns = bootstrap_external(settings, KEY)
    assert migrate(dsns.direct, SQL)
    _each_becomes_whom_it_must(dsns)
    assert bootstrap_external(settings, KEY) == dsns


def test_an_owner_that_may_make_roles_needs_nobody(foreign: Foreign):
    foreign.admin("alter database theirs owner to maker; alter schema public owner to maker")
    dsns = bootstrap_external(foreign.settings("maker"), KEY)
    assert migrate(dsns.direct, SQL)
    _each_becomes_whom_it_must(dsns)


def test_logins_may_be_given(foreign: Foreign):
    foreign.admin(
        """create role anon; create role authenticated; create role service_role; create role app_auth;
        create role web_login login noinherit password 'secret' in role anon, authenticated, app_auth;
        create role job_login login noinherit password 'secret' in role service_role;
        grant anon, authenticated, service_role, app_auth to guest"""
    )
    given = {
        "DATABASE_API_URL": foreign.server.dsn("theirs", "web_login", "secret"),
        "DATABASE_WORKER_URL": foreign.server.dsn("theirs", "job_login", "secret"),
    }
    dsns = bootstrap_external(foreign.settings("guest", **given), KEY)
    assert (dsns.api, dsns.worker) == (given["DATABASE_API_URL"], given["DATABASE_WORKER_URL"])
    assert migrate(dsns.direct, SQL)
    _each_becomes_whom_it_must(dsns)


def test_a_given_login_that_lacks_a_role_is_named(foreign: Foreign):
    foreign.admin("alter role maker superuser; create role web_login login noinherit password 'secret'")
    given = {"DATABASE_API_URL": foreign.server.dsn("theirs", "web_login", "secret")}
    with pytest.raises(SetupError, match="grant anon to web_login"):
        bootstrap_external(foreign.settings("maker", **given), KEY)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "postgresql://guest:wrong@127.0.0.1:{port}/theirs",
            "cannot connect to the database at 127.0.0.1:{port}/theirs as guest: .*password",
        ),
        ("postgresql://guest:secret@127.0.0.1:{port}/nothing", "nothing"),
        ("not a url at all", "must be a URL"),
        ("mysql://a:b@c/d", "must be a URL"),
    ],
)
def test_a_wrong_url(foreign: Foreign, url: str, words: str):
    port = str(foreign.server.port)
    with pytest.raises(SetupError, match=words.replace("{port}", port)) as told:
        bootstrap_external(config.load({"DATABASE_URL": url.replace("{port}", port)}), KEY)
    assert "wrong" not in told.value.message


def test_a_direct_address_past_the_pooler_keeps_each_login():
    dsns = Dsns(
        "postgresql://o:1@pool:6432/x", "postgresql://a:2@pool:6432/x", "postgresql://w:3@pool:6432/x", "postgresql://o:1@server:5432/x"
    )
    assert (dsns.api_direct, dsns.worker_direct) == ("postgresql://a:2@server:5432/x", "postgresql://w:3@server:5432/x")


def test_eight_installations_prepare_one_new_cluster_at_once():
    with embedded.throwaway(folder=IN_MEMORY) as server, ThreadPoolExecutor(8) as crowd:
        keys = [os.urandom(32) for _ in range(8)]
        made = list(crowd.map(lambda pair: bootstrap_embedded(server, pair[1], f"db{pair[0]}"), enumerate(keys)))
        for dsns in made:
            _each_becomes_whom_it_must(dsns)


def _each_becomes_whom_it_must(dsns: Dsns) -> None:
    everyone = {"anon", "authenticated", "app_auth", "service_role"}
    for dsn, allowed in ((dsns.owner, everyone), (dsns.api, everyone - {"service_role"}), (dsns.worker, {"service_role"})):
        with psycopg.connect(dsn, autocommit=True) as db:
            assert {role for role in everyone if _becomes(db, role)} == allowed


def _becomes(db: psycopg.Connection, role: str) -> bool:
    try:
        db.execute(f"set role {role}".encode())
    except psycopg.errors.InsufficientPrivilege:
        return False
    db.execute("reset role")
    return True
