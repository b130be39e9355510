"""`postwright db check` finds what it is there to find."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.check import Finding, catalogue, check_queries, compare, numbered
from postwright.db.queries import load
from tests.conftest import Cluster

PLACE = "postwright/thing/queries.sql"


@pytest.mark.parametrize("place", [PLACE, "postwright/thing/queries/theme.sql"])
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select id from workspaces where name = %(name)s", None),
        ("select id from workspaces where name like 'x%%' and id = %(a)s and created_by = %(a)s", None),
        ("select nothing from workspaces", 'column "nothing" does not exist'),
        ("select id from no_such_table", 'relation "no_such_table" does not exist'),
        ("select from where", "syntax error"),
        ("select * from app.user_secrets", "no role may run it"),
        ("insert into schema_versions (version, checksum) values (%(v)s, 'x')", "no role may run it"),
        ("select pg_notify('a', %(a)s), %(b)s is null", "cast the parameter"),
    ],
)
def test_queries(database: Dsns, tmp_path: Path, sql: str, message: str | None, place: str):
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(f"-- name: one\n-- Says something.\n{sql};\n")
    found = check_queries(database, tmp_path)
    if message is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].where == f"{place}:one"
        assert message in found[0].message


def test_a_query_without_description(database: Dsns, tmp_path: Path):
    (tmp_path / "postwright").mkdir()
    (tmp_path / "postwright" / "queries.sql").write_text("-- name: one\nselect 1;\n")
    assert check_queries(database, tmp_path) == [Finding("postwright/queries.sql", "query one needs a description and a name of its own")]


def test_a_module_with_themes_has_each_name_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    module = tmp_path / "themed_module"
    (module / "queries").mkdir(parents=True)
    (module / "__init__.py").touch()
    for theme in ("first", "second"):
        (module / "queries" / f"{theme}.sql").write_text(f"-- What it is about.\n\n-- name: {theme}\n-- Says something.\nselect 1;\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert [(each.name, each.text) for each in load("themed_module").values()] == [("first", "select 1"), ("second", "select 1")]
    load.cache_clear()
    (module / "queries" / "third.sql").write_text("-- name: first\n-- Says it again.\nselect 2;\n")
    with pytest.raises(ValueError, match="a name of its own"):
        load("themed_module")


def test_every_query_of_the_package(database: Dsns):
    assert check_queries(database) == []


@pytest.mark.parametrize(
    "change",
    [
        "alter table workspaces add extra int",
        "alter table workspaces alter name drop not null",
        "alter table workspaces alter timezone set default 'CET'",
        "alter table workspaces drop constraint workspaces_name_check",
        "drop index workspaces_created_by_idx",
        "create policy more on workspaces for select to anon using (false)",
        "alter table workspaces no force row level security",
        "grant truncate on workspaces to service_role",
        "grant update (id) on workspaces to authenticated",
        "comment on table workspaces is 'other words'",
        "create function app.more() returns int language sql as 'select 1'",
        "grant execute on function app.create_workspace(text, text) to anon",
        "drop trigger z_audit on workspaces",
        "create view more as select 1 as one",
    ],
)
def test_any_difference_between_two_schemas_is_seen(cluster: Cluster, database: Dsns, change: str):
    other = cluster.fresh()
    assert compare(database, other) == []
    with psycopg.connect(other.owner) as db:
        db.execute(change.encode())
    assert compare(database, other) != []
    cluster.drop(other)


def test_the_catalogue_names_no_login(database: Dsns):
    """A login's name differs from one installation to the next; the two sides of the comparison share one."""
    assert len(catalogue(database.owner)) > 500


def test_placeholders_become_postgresqls_own():
    assert numbered("a %(x)s b %(y)s c %(x)s '100%%'") == ("a $1 b $2 c $1 '100%'", 2)
