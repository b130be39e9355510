"""Removing an account, a person, a voice or an old output takes along what belongs to it, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.cast import Cast, acting, gather, serving
from tests.db.test_spec_decisions import commit, connect, one

Connection = psycopg.Connection[Any]


@pytest.fixture
def cast(db: Connection) -> Cast:
    return gather(db)


def test_accounts_of_one_platform_go_one_after_the_other(db: Connection, cast: Cast) -> None:
    """They posted the same draft at the same time, and were measured on the same day."""
    with acting(db, cast.alice, cast.workspace):
        accounts = [connect(db, name) for name in ("one", "two", "three")]
        draft = one(db, "insert into content_adaptations (original_idea, adaptations) values ('I', '{}') returning id")
        for account in accounts:
            plan(db, account, draft)
    with serving(db):
        for account in accounts:
            measured(db, cast, account)
        db.execute("select refresh_analytics_materialized_views()")
    for account in accounts:
        with acting(db, cast.ada, cast.workspace):
            assert db.execute("delete from platform_connections where id = %s", [account]).rowcount == 1
        with serving(db):
            db.execute("select refresh_analytics_materialized_views()")
        for rollup in ("metrics_by_day", "metrics_by_week"):
            assert one(db, f"select sum(views)::int, sum(posts)::int from {rollup}") == (30, 3), "no figure is lost with its account"
    assert one(db, "select count(*) from metrics_by_day where platform_connection_id is null") == 1
    assert one(db, "select count(*) from content_schedule_items where platform_connection_id is null") == 3


def test_the_account_of_a_post_is_remembered_by_the_system_only(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        draft = one(db, "insert into content_adaptations (original_idea, adaptations) values ('I', '{}') returning id")
        item = plan(db, account, draft)
        db.execute("update content_schedule_items set account_key = %s where id = %s", [draft, item])
        assert one(db, "select account_key from content_schedule_items where id = %s", item) == account


def test_people_go_one_after_the_other(db: Connection, cast: Cast) -> None:
    """Each had a view of their own on when to post."""
    for person in (cast.bob, cast.ada):
        with acting(db, person, cast.workspace):
            db.execute(
                """insert into platform_timing_data (platform_id, days, peak_hours)
                   values ((select id from platforms where slug = 'x'), '{mon}', '[{"start": 9, "end": 10}]')"""
            )
    for person in (cast.bob, cast.ada):
        assert db.execute("delete from users where id = %s", [person.id]).rowcount == 1
    assert one(db, "select count(*) from platform_timing_data where workspace_id = %s", cast.workspace) == 0


def test_another_voice_takes_the_place_of_a_deleted_default(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        db.execute("insert into voice_profiles (name, is_default, characteristics) values ('Dry', true, '{}')")
        db.execute("insert into voice_profiles (name, characteristics, last_used_at) values ('Warm', '{}', now())")
    with acting(db, cast.bob, cast.workspace):
        db.execute("delete from voice_profiles where name = 'Dry'")
    defaults = "select array_agg(name::text) from voice_profiles where user_id = %s and workspace_id = %s and is_default"
    assert one(db, defaults, cast.bob.id, cast.workspace) == ["Warm"], "the one that was used last"


def test_deleting_an_old_commitment_leaves_the_live_one(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        old, item = commit(db, account)
    with serving(db):
        db.execute("update scheduled_posts set status = 'failed' where id = %s", [old])
    with acting(db, cast.alice, cast.workspace):
        live = one(
            db,
            """insert into scheduled_posts (schedule_item_id, content, platform_connection_id, platform, scheduled_for)
               values (%s, 'Hello', %s, 'x', '2026-12-02 09:00+00') returning id""",
            item,
            account,
        )
    with serving(db):
        db.execute("delete from scheduled_posts where id = %s", [old])
    assert one(db, "select status::text from scheduled_posts where id = %s", live) == "scheduled"
    assert one(db, "select status from content_schedule_items where id = %s", item) == "scheduled"


def test_outputs_that_are_needed_stay_out_of_the_archive(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        project = one(db, "insert into projects (title) values ('P') returning id")
        planned, predicted, spent = (output(db, project) for _ in range(3))
        db.execute(
            "insert into content_schedule_items (platform_id, output_id) values ((select id from platforms where slug = 'x'), %s)",
            [planned],
        )
        db.execute("insert into viral_score_predictions (output_id, platform) values (%s, 'x')", [predicted])
    db.execute("update outputs set created_at = now() - interval '91 days'")
    with serving(db):
        assert one(db, "select app.archive_outputs()") == 1
    assert one(db, "select array_agg(id) from outputs_archive") == [spent]
    assert one(db, "select output_id from content_schedule_items") == planned
    assert one(db, "select output_id from viral_score_predictions") == predicted


def plan(db: Connection, account: UUID, draft: UUID) -> UUID:
    found: UUID = one(
        db,
        """insert into content_schedule_items (platform_id, platform_connection_id, adaptation_id, scheduled_at)
           values ((select id from platforms where slug = 'x'), %s, %s, '2026-12-01 09:00+00') returning id""",
        account,
        draft,
    )
    return found


def measured(db: Connection, cast: Cast, account: UUID) -> None:
    post = one(
        db,
        """insert into published_posts (workspace_id, user_id, platform_connection_id, platform, content, status)
           values (%s, %s, %s, 'x', 'Hello', 'published') returning id""",
        cast.workspace,
        cast.alice.id,
        account,
    )
    db.execute("insert into post_metrics_daily (published_post_id, date, views) values (%s, '2026-03-10', 10)", [post])


def output(db: Connection, project: UUID) -> UUID:
    found: UUID = one(db, "insert into outputs (project_id, kind, status) values (%s, 'blog', 'completed') returning id", project)
    return found
