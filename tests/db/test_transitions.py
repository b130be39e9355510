"""Which status may follow which: stated once, and every pair tried by a user and by the service."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.cast import acting
from tests.db.rows import World, insert, new_row

# What a signed-in owner may do; the service may do that and what stands after the bar.
TRANSITIONS = """
content_schedule_items.status  queued>canceled scheduled>canceled failed>canceled
                               | queued>scheduled scheduled>queued scheduled>posted scheduled>failed failed>scheduled
scheduled_posts.status         scheduled>cancelled failed>scheduled needs_review>completed needs_review>failed needs_review>scheduled
                               | scheduled>processing scheduled>completed scheduled>failed scheduled>needs_review processing>scheduled
                                 processing>completed processing>failed processing>needs_review needs_review>processing
                                 processing>cancelled
published_posts.status         pending>deleted failed>deleted published>deleted
                               | pending>published pending>failed failed>published
cf_product_dossiers.status     draft>active active>archived
                               |
cf_generated_images.status     pending>generating generating>completed generating>failed
                               |
cf_generated_videos.status     pending>generating generating>completed generating>failed
                               |
cf_assembled_content.status    draft>rendering rendering>ready rendering>failed ready>published
                               |
outputs.status                 queued>processing processing>completed processing>failed
                               |
clips.status                   suggested>rendering suggested>dismissed dismissed>suggested failed>rendering completed>rendering
                               | rendering>completed rendering>failed
bulk_jobs.status               queued>paused processing>paused paused>queued queued>cancelled processing>cancelled paused>cancelled
                               failed>queued
                               | queued>processing processing>completed processing>failed processing>queued
video_jobs.status              queued>paused paused>queued queued>cancelled processing>cancelled paused>cancelled failed>queued
                               | queued>processing processing>completed processing>failed processing>queued
ab_tests.status                draft>running draft>cancelled running>completed running>cancelled
                               |
optimization_trials.status     draft>running draft>cancelled running>stopped running>cancelled
                               | running>completed stopped>completed
post_removals.status
                               | asked>deleted asked>refused
approvals.status               pending>approved pending>rejected rejected>approved approved>rejected
                               | pending>superseded approved>superseded rejected>superseded
alert_notifications.status     active>acknowledged active>resolved acknowledged>resolved active>muted acknowledged>muted muted>active
                               muted>resolved
                               |
performance_alerts.phase
                               | ok>pending ok>active pending>ok pending>active active>acknowledged active>recovering active>resolved
                                 acknowledged>recovering acknowledged>resolved recovering>active recovering>resolved resolved>ok
                                 resolved>pending resolved>active
report_executions.status
                               | scheduled>generating scheduled>failed generating>completed generating>failed failed>scheduled
viral_score_predictions.status
                               | pending>processing pending>completed pending>failed processing>completed processing>failed
                                 failed>pending
exports.status
                               | waiting>running waiting>failed running>ready running>failed ready>expired
media_conversions.status
                               | waiting>running waiting>failed running>ready running>failed
generation_steps.state
                               | planned>submitted planned>completed planned>failed submitted>running submitted>completed
                                 submitted>failed submitted>blocked running>completed running>failed running>blocked
"""


def _stated() -> dict[str, tuple[set[str], set[str]]]:
    stated: dict[str, list[str]] = {}
    column = ""
    for word in TRANSITIONS.split():
        if "." in word:
            column, stated[word] = word, []
        else:
            stated[column].append(word)
    return {name: (set(words[: words.index("|")]), set(words) - {"|"}) for name, words in stated.items()}


STATED = _stated()


def test_every_guarded_status_is_stated(world: World) -> None:
    guarded = {
        f"{relation}.{column}" for relation, column in world.db.execute("select distinct relation, attribute from app.status_transitions")
    }
    assert guarded == set(STATED)


@pytest.mark.parametrize("column", STATED)
def test_transitions(world: World, column: str) -> None:
    table, _, attribute = column.partition(".")
    by_user, by_service = STATED[column]
    states = _states(world, table, attribute)
    pairs = [(before, after) for before in states for after in states if before != after]
    assert {edge for pair in pairs if (edge := _moves(world, table, attribute, pair, "authenticated"))} == by_user
    assert {edge for pair in pairs if (edge := _moves(world, table, attribute, pair, "service_role"))} == by_service


def _moves(world: World, table: str, attribute: str, pair: tuple[str, str], role: str) -> str | None:
    """The edge, if it can be taken from a row that stands in its first state."""
    before, after = pair
    relation, field = sql.Identifier("public", table), sql.Identifier(attribute)
    with world.db.transaction(force_rollback=True):
        world.db.execute(sql.SQL("alter table {} disable trigger user").format(relation))
        world.db.execute(sql.SQL("update {} set {} = %s where id = %s").format(relation, field), [before, world.ids[table]])
        world.db.execute(sql.SQL("alter table {} enable trigger user").format(relation))
        claims = json.dumps({"role": role, "sub": str(world.cast.alice.id)})
        world.db.execute("select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", [role, claims])
        try:
            statement = sql.SQL("update {} set {} = %s where id = %s").format(relation, field)
            touched = world.db.execute(statement, [after, world.ids[table]]).rowcount
        except (psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege):
            return None
    return f"{before}>{after}" if touched else None


def _states(world: World, table: str, attribute: str) -> list[str]:
    """From the enum, or from the check constraint on that column alone."""
    row = world.db.execute(
        """select coalesce(
                  (select array_agg(enumlabel::text) from pg_enum where enumtypid = a.atttypid),
                  (select array_agg(m[1]) from pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::', 'g') m
                    where c.conrelid = a.attrelid and c.contype = 'c' and c.conkey = array[a.attnum]))
             from pg_attribute a where a.attrelid = %s::regclass and a.attname = %s""",
        [f"public.{table}", attribute],
    ).fetchone()
    assert row is not None
    states: list[str] = [state for state in row[0] if state not in ("text", "character varying")]
    assert len(states) >= 3
    return states


def test_a_row_starts_at_the_beginning(world: World) -> None:
    """Only the publisher says that something is public; a commitment starts scheduled; an item starts queued."""
    for table, column, state in (
        ("content_schedule_items", "status", "posted"),
        ("content_schedule_items", "status", "scheduled"),
        ("scheduled_posts", "status", "completed"),
        ("published_posts", "status", "published"),
        ("bulk_jobs", "status", "completed"),
    ):
        assert not _starts(world, table, column, state), (table, state)
    assert _starts(world, "content_schedule_items", "status", "queued")


def _starts(world: World, table: str, column: str, state: str) -> bool:
    row: dict[str, Any] = new_row(table, world.ids, world.cast, world.cast.bob, 2) | {column: state}
    try:
        with world.db.transaction(force_rollback=True), acting(world.db, world.cast.bob, world.cast.workspace):
            insert(world.db, table, row)
    except psycopg.errors.CheckViolation:
        return False
    return True
