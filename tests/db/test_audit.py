"""Who changed what is kept, with actor and workspace, for all three verbs; never a token or a hash."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.cast import acting, serving
from tests.db.rows import KEYS, World, new_row

# Table -> what must never stand in the log.
AUDITED = {
    "platform_connections": {"access_token", "refresh_token", "grant_id"},
    "workspace_members": set(),
    "api_keys": {"key_hash"},
    "invitations": {"token_hash"},
    "webhooks": {"secret"},
    "cf_product_dossiers": set(),
    "scheduled_posts": set(),
    "published_posts": set(),
    "publishing_pauses": set(),
    "post_promotions": set(),
    "approvals": set(),
    "optimization_trials": set(),
    "ab_tests": set(),
    "performance_alerts": set(),
    "report_schedules": set(),
    "user_scheduling_preferences": set(),
    "workspaces": set(),
}

_CHANGED = {"timezone": "Europe/Berlin", "revoked_at": "2031-01-01"}


def test_the_list_is_whole(world: World) -> None:
    audited = {
        name for (name,) in world.db.execute("select tgrelid::regclass::text from pg_trigger where tgfoid = 'public.log_audit'::regproc")
    }
    assert audited == set(AUDITED)


@pytest.mark.parametrize("table", [table for table in AUDITED if table not in ("workspaces", "workspace_members")])
def test_all_three_verbs_with_actor_and_workspace(world: World, table: str) -> None:
    own = {"platform_connections": "handle", "user_scheduling_preferences": "timezone", "publishing_pauses": "reason"}
    column = own.get(table) or _text_column(world, table)
    with world.db.transaction(force_rollback=True):
        with acting(world.db, world.cast.alice, world.cast.workspace):
            row = new_row(table, world.ids, world.cast, world.cast.alice, 2)
            if table == "publishing_pauses":  # one at a time, and an ended one stays as it is
                world.db.execute("update publishing_pauses set ended_at = now()")
                del row["ended_at"]
            key = _add(world, table, row)
            update = sql.SQL("update {} set {} = %s where id = %s").format(sql.Identifier(table), sql.Identifier(column))
            world.db.execute(update, [_CHANGED.get(column, "changed"), key])
        with serving(world.db):
            world.db.execute(sql.SQL("delete from {} where id = %s").format(sql.Identifier(table)), [key])
        entries = world.db.execute(
            "select action, user_id, workspace_id, old_data, new_data from audit_log where record_id = %s order by created_at, action desc",
            [key],
        ).fetchall()
    by_verb = {entry[0]: entry for entry in entries}
    assert set(by_verb) == {"INSERT", "UPDATE", "DELETE"}
    assert by_verb["INSERT"][1] == by_verb["UPDATE"][1] == world.cast.alice.id
    assert by_verb["DELETE"][1] is None, "the service is nobody"
    assert {entry[2] for entry in entries} == {world.cast.workspace}
    assert by_verb["INSERT"][3] is None
    assert by_verb["DELETE"][4] is None
    assert by_verb["UPDATE"][3][column] != by_verb["UPDATE"][4][column]
    for entry in entries:
        for data in entry[3:]:
            assert not AUDITED[table] & set(data or {})


def test_a_new_member_and_a_lost_one(world: World) -> None:
    with world.db.transaction(force_rollback=True):
        with acting(world.db, world.cast.alice, world.cast.workspace):
            world.db.execute(
                "delete from workspace_members where user_id = %s and workspace_id = %s", [world.cast.vera.id, world.cast.workspace]
            )
        row = world.db.execute(
            "select user_id, old_data ->> 'role' from audit_log where table_name = 'workspace_members' and action = 'DELETE'"
        ).fetchone()
    assert row == (world.cast.alice.id, "viewer")


def test_what_changes_nothing_is_not_kept(world: World) -> None:
    with world.db.transaction(force_rollback=True), serving(world.db):
        before = _count(world)
        world.db.execute("update scheduled_posts set lease_expires_at = now() where id = %s", [world.ids["scheduled_posts"]])
        assert _count(world) == before


@pytest.mark.parametrize("person", ["vera", "bob"])
def test_only_admins_read_it(world: World, person: str) -> None:
    with acting(world.db, getattr(world.cast, person), world.cast.workspace):
        assert _count(world) == 0
    with acting(world.db, world.cast.ada, world.cast.workspace):
        assert _count(world) > 0


def test_nobody_writes_it(world: World) -> None:
    for statement in (b"delete from audit_log", b"update audit_log set action = 'INSERT'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(world.db, world.cast.alice, world.cast.workspace):
            world.db.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), serving(world.db):
            world.db.execute(statement)


def _add(world: World, table: str, row: dict[str, Any]) -> Any:
    statement = sql.SQL("insert into {} ({}) values ({}) returning {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        sql.Identifier(KEYS.get(table, "id")),
    )
    found = world.db.execute(statement, list(row.values())).fetchone()
    assert found is not None
    return found[0]


def _text_column(world: World, table: str) -> str:
    """A plain column that a user may change."""
    row = world.db.execute(
        """select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and atttypid in ('text'::regtype,
               'varchar'::regtype)
              and attname in ('name', 'note', 'content', 'alert_name', 'hypothesis', 'timezone', 'currency', 'description')
              and has_column_privilege('authenticated', attrelid, attnum, 'update') order by attnum limit 1""",
        [f"public.{table}"],
    ).fetchone()
    if row is None:
        assert table == "invitations", table
        return "revoked_at"
    return str(row[0])


def _count(world: World) -> int:
    row = world.db.execute("select count(*) from audit_log where workspace_id = %s", [world.cast.workspace]).fetchone()
    assert row is not None
    return int(row[0])
