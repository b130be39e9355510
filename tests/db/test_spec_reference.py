"""The reference that is made from the code: it is whole, and what is out of date is found."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import psycopg
import pytest

from postwright.platforms.registry import REGISTRY
from tests.conftest import REPOSITORY

Connection = psycopg.Connection[Any]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads a script by its name."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    return importlib.import_module


def test_every_table_and_view_says_what_it_is_for(db_to_read: Connection, script: Any) -> None:
    dictionary = script("data_dictionary")
    assert dictionary.undescribed(db_to_read) == []
    with db_to_read.transaction(force_rollback=True):
        db_to_read.execute("create table public.mystery (id int)")
        assert dictionary.undescribed(db_to_read) == ["mystery"]


def test_the_figures_that_platforms_tell(script: Any) -> None:
    told = {slug: script("data_dictionary").told_by(slug) for slug in REGISTRY}
    assert told["mastodon"] == {"likes", "comments", "shares"}
    assert told["x"] == {"impressions", "likes", "comments", "shares", "saves", "clicks"}
    assert told["facebook"] == {"views", "likes", "comments", "shares", "clicks"}
    assert told["instagram"] == {"views", "likes", "comments", "shares", "saves", "watch_time_seconds"}  # the last of reels
    assert {slug for slug, figures in told.items() if not figures} == {"telegram", "webhook"}  # they tell nothing of a post


def test_a_page_that_says_something_else_is_found(script: Any, tmp_path: Path) -> None:
    docs = script("docs")
    wanted = {"a.md": "one\n", "b.md": "two\n"}
    assert docs.outdated(wanted, tmp_path) == ["a.md", "b.md"]
    (tmp_path / "a.md").write_text("one\n")
    (tmp_path / "b.md").write_text("older\n")
    assert docs.outdated(wanted, tmp_path) == ["b.md"]


def test_a_migration_that_is_not_the_canon_is_found(script: Any, tmp_path: Path) -> None:
    """Seeds too, which no comparison of catalogues sees."""
    freeze = script("freeze_migrations")
    wanted = freeze.wanted(REPOSITORY / "sql" / "schema")
    assert freeze.differences(wanted, REPOSITORY / "sql" / "migrations") == []
    freeze.write(wanted, tmp_path)
    last = sorted(wanted)[-1]
    (tmp_path / last).write_text("select 1;")
    (tmp_path / "9999_more.sql").write_text("select 1;")
    assert freeze.differences(wanted, tmp_path) == [f"differs: {last}", "not in the canon: 9999_more.sql"]
