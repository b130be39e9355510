"""`postwright pause` and `postwright resume`: from the server's own machine, against a real database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
import typer
from typer.testing import CliRunner

from postwright.cli.pause import pause, resume
from postwright.db import connect
from postwright.db.bootstrap import Dsns
from postwright.errors import PostwrightError

Command = Callable[..., str]


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


@pytest.fixture
def command(database: Dsns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command on the test's database; its words, or the error."""
    monkeypatch.setenv("POSTWRIGHT_HOME", str(tmp_path))
    monkeypatch.setattr(connect, "dsns", lambda settings: database)
    app = typer.Typer()
    app.command()(pause)
    app.command()(resume)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def held(db: psycopg.Connection[Any]) -> list[tuple[bool, str, bool]]:
    """(of the whole server, why, ends by itself) of the pauses that hold."""
    return db.execute(
        "select workspace_id is null, reason, resumes_at is not null from publishing_pauses where ended_at is null order by 1"
    ).fetchall()


def test_the_whole_server(command: Command, owner_db: psycopg.Connection[Any]) -> None:
    said = command("pause", "Upgrade of the disk", "--for", "2h")
    assert "the whole server is paused. It goes on by itself at" in said
    assert held(owner_db) == [(True, "Upgrade of the disk", True)]
    with pytest.raises(PostwrightError, match="paused already"):
        command("pause", "Once more")
    assert "goes on" in command("resume")
    assert held(owner_db) == []
    with pytest.raises(PostwrightError, match="not paused"):
        command("resume")


def test_one_workspace_of_the_server_s_own_account(command: Command, owner_db: psycopg.Connection[Any]) -> None:
    assert "“sandbox” is paused. `postwright resume`" in command("pause", "Wrong price", "--workspace", "sandbox")
    assert held(owner_db) == [(False, "Wrong price", False)]
    command("resume", "--workspace", "Sandbox")
    assert held(owner_db) == []
    with pytest.raises(PostwrightError, match="no workspace “Elsewhere”"):
        command("pause", "Wrong price", "--workspace", "Elsewhere")


@pytest.mark.parametrize(
    "words", [("pause", " "), ("pause", "ok", "--for", "soon"), ("pause", "ok", "--for", "0m"), ("pause", "ok", "--for", "9999d")]
)
def test_what_it_does_not_take(command: Command, owner_db: psycopg.Connection[Any], words: tuple[str, ...]) -> None:
    with pytest.raises(PostwrightError):
        command(*words)
    assert held(owner_db) == []
