"""`postwright users`: from the server's own machine, against a real database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import structlog
from typer.testing import CliRunner

from postwright import config
from postwright.cli.users import users
from postwright.db import connect
from postwright.db.bootstrap import Dsns
from postwright.errors import PostwrightError
from tests.cast import Cast

Db = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


@pytest.fixture
def command(database: Dsns, cast: Cast, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """Runs `postwright users ...` on the test's database; its words, or the error."""
    monkeypatch.setenv("POSTWRIGHT_HOME", str(tmp_path))
    monkeypatch.setattr(connect, "dsns", lambda settings: database)

    def run(*words: str) -> str:
        done = CliRunner().invoke(users, list(words))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def test_list_shows_everybody_and_what_is_special(command, cast: Cast, owner_db: Db):
    owner_db.execute("update users set is_active = false where id = %s", (cast.vera.id,))
    said = command("list")
    assert len(said.splitlines()) == 6  # the five, and the account that belongs to the server
    assert "you@postwright.example" in said
    assert "Vera (deactivated, not verified)" in said
    assert command("list", "bob").count("\n") == 1
    assert command("list", "zzzz") == "nobody\n"


def test_who_is_deactivated_is_out_and_comes_in_again(command, cast: Cast, owner_db: Db):
    owner_db.execute(
        "insert into sessions (user_id, token_hash, expires_at) values (%s, 'x', now() + interval '1 day')", (cast.bob.id,)
    )  # fmt: skip
    assert "locked out" in command("deactivate", "BOB@example.com")
    assert owner_db.execute("select is_active from users where id = %s", (cast.bob.id,)).fetchone() == (False,)
    assert owner_db.execute("select count(*) from sessions where revoked_at is null").fetchone() == (0,)
    command("activate", "bob@example.com")
    assert owner_db.execute("select is_active from users where id = %s", (cast.bob.id,)).fetchone() == (True,)


def test_reset_prints_a_link_and_says_that_nothing_was_sent(command, cast: Cast, owner_db: Db):
    said = command("reset", "bob@example.com").splitlines()
    assert said[0].startswith(f"{config.load().base_url}/reset?token=")
    assert said[1] == "No e-mail was sent: hand the link over."
    assert owner_db.execute("select user_id, emailed from app.letter_links").fetchall() == [(cast.bob.id, False)]


def test_an_address_that_nobody_has_is_named(command):
    with pytest.raises(PostwrightError, match=r"Nobody here has the address carla@example\.org"):
        command("deactivate", "carla@example.org")


def test_the_server_keeps_somebody_who_runs_it(command, cast: Cast, owner_db: Db):
    with pytest.raises(PostwrightError, match="at least one operator"):
        command("deactivate", "you@postwright.example")
    with pytest.raises(PostwrightError, match="at least one operator"):
        command("operator", "you@postwright.example", "--remove")
    assert "runs this server" in command("operator", "alice@example.com")
    with pytest.raises(PostwrightError, match="belongs to the server itself"):
        command("operator", "you@postwright.example", "--remove")
    command("deactivate", "you@postwright.example")
    command("activate", "you@postwright.example")  # whoever holds the machine gets in again
    assert "no longer" in command("operator", "alice@example.com", "--remove")


def test_link_ties_a_subject_to_an_account_and_never_to_two(command, cast: Cast, owner_db: Db):
    assert command("link", "BOB@example.com", "user_2abc") == "BOB@example.com is user_2abc\n"
    assert owner_db.execute("select external_id from users where id = %s", (cast.bob.id,)).fetchone() == ("user_2abc",)
    refused = {
        ("vera@example.com", "user_2abc"): "unique",
        ("vera@example.com", "postwright:operator"): "reserved",
        ("nobody@example.com", "user_3"): "exists",
    }
    for words, rule in refused.items():
        with pytest.raises(PostwrightError) as error:
            command("link", *words)
        assert error.value.rule == rule
