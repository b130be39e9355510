"""Who may do what to which table: stated once, tried on real rows by everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.cast import Person
from tests.db.rows import KEYS, ROWS, Row, World, insert, new_row

VERBS = ("select", "insert", "update", "delete")
ACTORS = ("anon", "mallory", "vera", "bob", "ada", "alice", "service")
ROLES = {"mallory": 0, "vera": 1, "bob": 2, "ada": 3, "alice": 4}
LEAST = {"viewer": 1, "editor": 2, "admin": 3, "owner": 4}

# The least role that may. The row of the table is Bob's (an editor's); what is inserted is the actor's own.
#   everybody   any signed-in user, member or not      -   no signed-in user
#   bob         only whose row it is                   self   the users' own rows
#   bob+admin   whose row it is, and from that role on
# The service may everything, except what the last column names.
MATRIX = """
table                        select     insert   update   delete   service may not
users                        bob        -        bob      -
workspaces                   viewer     -        admin    -
workspace_members            viewer     -        admin    bob+admin
invitations                  admin      admin    admin    -
sessions                     bob        -        bob      -
api_keys                     admin      admin    admin    -
audit_log                    admin      -        -        -        insert update delete
schema_versions              everybody  -        -        -        insert update delete
platforms                    everybody  -        -        -
platform_limits              everybody  -        -        -
worker_heartbeats            everybody  -        -        -
platform_connections         viewer     admin    admin    admin
projects                     viewer     editor   editor   editor
files                        viewer     editor   editor   editor
transcripts                  viewer     editor   editor   editor
clips                        viewer     editor   editor   editor
voice_profiles               bob        editor   bob      bob
content_adaptations          viewer     editor   editor   editor
templates                    bob        editor   bob      bob
outputs                      viewer     editor   editor   editor
outputs_archive              viewer     -        -        editor
cf_product_dossiers          viewer     editor   editor   editor
cf_generated_images          viewer     editor   editor   editor
cf_generated_videos          viewer     editor   editor   editor
cf_scripts                   viewer     editor   editor   editor
cf_assembled_content         viewer     editor   editor   editor
bulk_jobs                    viewer     editor   editor   -
video_jobs                   viewer     editor   editor   -
generation_steps             viewer     -        -        -
job_costs                    viewer     -        -        -
provider_config              viewer     admin    admin    admin
platform_timing_data         viewer     editor   editor   -
user_scheduling_preferences  bob        viewer   bob      bob
content_calendar             viewer     editor   editor   -
content_schedule_items       viewer     editor   editor   -
schedule_exceptions          viewer     editor   editor   -
recommended_schedule_slots   viewer     -        -        -
comments                     viewer     viewer   bob+editor bob+admin
approvals                    viewer     editor   admin    -
scheduled_posts              viewer     editor   editor   editor
published_posts              viewer     editor   editor   editor
publish_attempts             viewer     -        -        -
rate_budgets                 viewer     -        -        -
first_comments               viewer     -        -        -
post_promotions              viewer     editor   editor   editor
notifications                bob        -        bob      bob
performance_kpi_events       viewer     editor   -        -
post_metrics_daily           viewer     editor   editor   -
metrics_by_day               viewer     -        -        -
metrics_by_week              viewer     -        -        -
metrics_by_platform          viewer     -        -        -
model_versions               viewer     -        -        -
viral_score_predictions      viewer     editor   -        -
prediction_accuracy          viewer     -        -        -
engagement_by_time           viewer     -        -        -
optimal_posting_times        viewer     -        -        -
audience_demographics        viewer     -        -        -
audience_interests           viewer     -        -        -
audience_growth              viewer     -        -        -
competitor_profiles          viewer     editor   editor   editor
competitor_metrics           viewer     editor   editor   editor
benchmark_comparisons        viewer     -        -        -
optimization_trials          viewer     editor   editor   -
ab_tests                     viewer     editor   editor   editor
scoring_configs              viewer     editor   editor   editor
custom_reports               viewer     editor   editor   editor
report_schedules             viewer     editor   editor   editor
report_executions            viewer     editor   -        -
performance_alerts           viewer     editor   editor   editor
alert_notifications          viewer     -        editor   -
exports                      bob        admin    bob      -
webhooks                     admin      admin    admin    admin
webhook_deliveries           admin      -        -        -
"""


def _expected() -> dict[str, tuple[dict[str, str], set[str]]]:
    lines = [line.split() for line in MATRIX.strip().splitlines()[1:]]
    return {line[0]: (dict(zip(VERBS, line[1:5], strict=True)), set(line[5:])) for line in lines}


EXPECTED = _expected()


def allowed(table: str, verb: str, actor: str) -> bool:
    """What the matrix says."""
    verbs, denied_to_service = EXPECTED[table]
    who = verbs[verb]
    if actor == "service":
        return verb not in denied_to_service
    if actor == "anon" or who == "-":
        return False
    if who == "everybody":
        return True
    if who == "bob":
        return actor == "bob"
    if who.startswith("bob+"):
        return actor == "bob" or ROLES[actor] >= LEAST[who.removeprefix("bob+")]
    return ROLES[actor] >= LEAST[who]


def test_the_matrix_names_every_table(world: World) -> None:
    tables = {
        name
        for (name,) in world.db.execute(
            """select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition"""
        )
    }
    assert tables == set(EXPECTED)


def test_every_table_has_a_real_row(world: World) -> None:
    for table in EXPECTED:
        assert _touch(world, table, "select") == 1, table


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("table", EXPECTED)
def test_rights(world: World, table: str, actor: str) -> None:
    outcome = {verb: _may(world, table, verb, actor) for verb in VERBS}
    assert outcome == {verb: allowed(table, verb, actor) for verb in VERBS}


def _may(world: World, table: str, verb: str, actor: str) -> bool:
    """Whether it has an effect; everything is rolled back."""
    try:
        with _as(world, actor):
            if verb == "insert":
                insert_as(world, table, actor)
                # What is deferred to the commit belongs to the answer.
                world.db.execute("set constraints all immediate")
                return True
            touched = _touch(world, table, verb)
            world.db.execute("set constraints all immediate")
            return touched == 1
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.ForeignKeyViolation:
        # To delete a platform that limits refer to, the right was there; an insert was kept from another's parent.
        return verb == "delete"


def insert_as(world: World, table: str, actor: str) -> None:
    """A second row, made by the actor, and without asking for an answer that the actor may not read."""
    maker: Person = getattr(world.cast, actor, world.cast.bob)
    row = _second(world, table, maker)
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier("public", table), sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join([sql.Placeholder()] * len(row))
    )
    world.db.execute(statement, list(row.values()))


def _second(world: World, table: str, maker: Person) -> Row:
    if table == "workspace_members":
        return {"workspace_id": world.cast.workspace, "user_id": world.ids["stranger"], "role": "viewer"}
    if table == "audit_log":
        return {"workspace_id": world.cast.workspace, "table_name": "t", "record_id": maker.id, "action": "INSERT"}
    if table == "schema_versions":
        return {"version": "9999_no.sql", "checksum": ""}
    return new_row(table, world.ids, world.cast, maker, 2)


def _touch(world: World, table: str, verb: str) -> int:
    key, value = sql.Identifier(KEYS.get(table, "id")), world.ids[table]
    where = sql.SQL(" where {} = %s").format(key)
    values = [value]
    if table == "workspace_members":
        where, values = where + sql.SQL(" and workspace_id = %s"), [value, world.cast.workspace]
    if verb == "select":
        return len(world.db.execute(sql.SQL("select {} from {}").format(key, sql.Identifier("public", table)) + where, values).fetchall())
    if verb == "delete":
        return world.db.execute(sql.SQL("delete from {}").format(sql.Identifier("public", table)) + where, values).rowcount
    column = sql.Identifier(_column_to_change(world, table))
    return world.db.execute(
        sql.SQL("update {} set {} = {}").format(sql.Identifier("public", table), column, column) + where, values
    ).rowcount


def _column_to_change(world: World, table: str) -> str:
    """One that a signed-in user may both read and change; where there is none, any."""
    row = world.db.execute(
        """select attname from pg_attribute
           where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
           order by not (has_column_privilege('authenticated', attrelid, attnum, 'select')
                         and has_column_privilege('authenticated', attrelid, attnum, 'update')),
                    attname in ('status', 'user_id'), attnum desc limit 1""",
        [f"public.{table}"],
    ).fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def _as(world: World, actor: str) -> Iterator[None]:
    role = {"anon": "anon", "service": "service_role"}.get(actor, "authenticated")
    claims: dict[str, Any] = {"role": role}
    if role == "authenticated":
        claims["sub"] = str(getattr(world.cast, actor).id)
    with world.db.transaction(force_rollback=True):
        world.db.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true), set_config('app.workspace_id', '', true)",
            [role, json.dumps(claims)],
        )
        yield


def test_every_table_can_be_filled() -> None:
    assert set(EXPECTED) - set(ROWS) == {"workspace_members", "audit_log", "schema_versions"}


def test_nobody_writes_into_another_workspace(world: World) -> None:
    """Mallory owns a workspace, and names Acme's rows as the parents of her own."""
    for table, (verbs, _) in EXPECTED.items():
        if verbs["insert"] not in LEAST or table in ("workspace_members", "invitations"):
            continue
        row = new_row(table, world.ids, world.cast, world.cast.mallory, 2) | {"workspace_id": world.cast.elsewhere}
        parents = {column for column, value in row.items() if value in world.ids.values() and column not in ("platform_id", "workspace_id")}
        if not parents:
            continue
        refused = psycopg.errors.ForeignKeyViolation, psycopg.errors.InsufficientPrivilege
        with _as(world, "mallory"), pytest.raises(refused):  # noqa: PT012
            insert(world.db, table, row)
            pytest.fail(f"{table} took a row of another workspace as parent")
