"""Events -> days -> rollups: true after any order of arrival, any number of runs, and after the raw events are gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.cast import Cast, acting, gather, serving

Connection = psycopg.Connection[Any]

DAY = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def cast(db: Connection) -> Cast:
    return gather(db)


@pytest.fixture
def post(db: Connection, cast: Cast) -> UUID:
    """A published post on X."""
    with acting(db, cast.alice, cast.workspace):
        account = one(
            db,
            """insert into platform_connections (platform, platform_user_id, access_token, environment)
               values ('x', 'u', 'sealed', 'sandbox') returning id""",
        )
    with serving(db):
        found: UUID = one(
            db,
            """insert into published_posts (workspace_id, user_id, platform_connection_id, platform, content, status, published_at)
               values (%s, %s, %s, 'x', 'Hello', 'published', %s) returning id""",
            cast.workspace, cast.alice.id, account, DAY,
        )  # fmt: skip
    return found


def one(db: Connection, text: str, *values: object) -> Any:
    row = db.execute(text.encode(), values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def add(db: Connection, post: UUID, when: datetime, views: int, likes: int | None = None) -> None:
    with serving(db):
        db.execute(
            """insert into performance_kpi_events (published_post_id, platform_id, event_time, views, likes)
               values (%s, (select id from platforms where slug = 'x'), %s, %s, %s)""",
            [post, when, views, likes],
        )


def refresh(db: Connection) -> int:
    with serving(db):
        done: int = one(db, "select refresh_analytics_materialized_views()")
    return done


def days(db: Connection) -> list[Any]:
    return db.execute("select date::text, views, likes, round(engagement_rate, 3)::text from post_metrics_daily order by date").fetchall()


def test_a_dirty_day_is_aggregated_whole(db: Connection, post: UUID) -> None:
    add(db, post, DAY, 100, 3)
    add(db, post, DAY + timedelta(hours=11, minutes=59), 100, 7)
    add(db, post, DAY + timedelta(hours=12), 50)
    assert refresh(db) == 2
    assert days(db) == [("2026-03-10", 200, 10, "0.050"), ("2026-03-11", 50, None, "0.000")], "what was never told is absent, not 0"
    assert refresh(db) == 0
    add(db, post, DAY, -20)
    assert refresh(db) == 1
    assert days(db)[0][1] == 180, "a platform takes views back"
    assert one(db, "select posts, views::int, views_p50::int from platform_performance_summary") == (1, 230, 230)
    assert db.execute("select week_start::text, views::int from metrics_by_week").fetchall() == [("2026-03-09", 230)]


def test_absurd_figures_of_one_workspace_do_not_stop_the_sums_of_all(db: Connection, post: UUID, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        for _ in range(20):
            db.execute(
                """insert into performance_kpi_events (published_post_id, platform_id, event_time, views, spend)
                   values (%s, (select id from platforms where slug = 'x'), %s, 2147483647, 1e9)""",
                [post, DAY],
            )
    add(db, post, DAY + timedelta(days=1), 5)
    assert refresh(db) == 2
    assert [row[1] for row in days(db)] == [2147483647, 5]
    assert str(one(db, "select max(spend) from post_metrics_daily")) == "9999999999.99"


@pytest.mark.parametrize("when", ["infinity", "-infinity", "294276-12-31 12:00+00", "4713-01-01 00:00+00 BC", "1999-12-31 00:00+00"])
def test_no_event_and_no_day_outside_of_our_time(db: Connection, post: UUID, cast: Cast, when: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), acting(db, cast.bob, cast.workspace):
        db.execute(
            """insert into performance_kpi_events (published_post_id, platform_id, event_time, views)
               values (%s, (select id from platforms where slug = 'x'), %s, 1)""",
            [post, when],
        )
    with pytest.raises(psycopg.errors.CheckViolation), acting(db, cast.bob, cast.workspace):
        db.execute("insert into post_metrics_daily (published_post_id, date) values (%s, %s::timestamptz::date)", [post, when])


@pytest.mark.parametrize("spend", ["NaN", "Infinity", "-1e10"])
def test_money_is_a_number(db: Connection, post: UUID, cast: Cast, spend: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), acting(db, cast.bob, cast.workspace):
        db.execute(
            """insert into performance_kpi_events (published_post_id, platform_id, event_time, spend)
               values (%s, (select id from platforms where slug = 'x'), %s, %s::numeric)""",
            [post, DAY, spend],
        )


def test_a_rollup_view_shows_one_s_own(db: Connection, post: UUID, cast: Cast) -> None:
    add(db, post, datetime.now(UTC), 10)
    refresh(db)
    for view in ("analytics_aggregated_daily", "analytics_aggregated_weekly", "platform_performance_summary"):
        with acting(db, cast.vera, cast.workspace):
            assert one(db, f"select views::int from {view}") == 10
        with acting(db, cast.mallory, cast.elsewhere):
            assert one(db, f"select count(*) from {view}") == 0


def test_months_are_made_on_demand_and_take_what_waited(db: Connection, post: UUID) -> None:
    for month in range(24):
        add(db, post, DAY - timedelta(days=30 * month), 1)
    assert one(db, "select count(*) from performance_kpi_events_default") == 24
    with serving(db):
        made = one(db, "select app.make_kpi_months(%s, %s)", DAY - timedelta(days=720), DAY)
        assert one(db, "select app.make_kpi_months(%s, %s)", DAY - timedelta(days=720), DAY) == 0
    assert made >= 24
    assert one(db, "select count(*) from performance_kpi_events_default") == 0
    assert one(db, "select count(*), sum(views)::int from performance_kpi_events") == (24, 24)
    refresh(db)
    assert one(db, "select sum(views)::int from post_metrics_daily") == 24


def test_raw_events_expire_and_late_ones_are_added(db: Connection, post: UUID) -> None:
    with serving(db):
        db.execute("select app.make_kpi_months(%s, %s)", [DAY, DAY])
    add(db, post, DAY, 100, 5)
    with serving(db):
        assert one(db, "select app.expire_kpi_events(%s)", DAY + timedelta(days=220)) >= 1
    assert one(db, "select count(*) from performance_kpi_events") == 0
    assert days(db) == [("2026-03-10", 100, 5, "0.050")]
    add(db, post, DAY, 7)
    assert refresh(db) == 1
    assert days(db)[0][:3] == ("2026-03-10", 107, 5), "added, not aggregated anew from what is left"
    assert refresh(db) == 0
    add(db, post, DAY, 1)
    refresh(db)
    assert days(db)[0][1] == 108, "and no late event counts twice"


def test_deleting_a_post_takes_its_days_along(db: Connection, post: UUID) -> None:
    add(db, post, DAY, 100)
    refresh(db)
    with serving(db):
        db.execute("delete from published_posts where id = %s", [post])
    refresh(db)
    assert one(db, "select count(*) from metrics_by_day") == 0


def test_a_user_reports_only_of_the_workspace_s_own_posts(db: Connection, post: UUID, cast: Cast) -> None:
    insert = "insert into performance_kpi_events (published_post_id, platform_id, event_time, views) values (%s, %s, now(), 1)"
    platform = one(db, "select id from platforms where slug = 'x'")
    with acting(db, cast.bob, cast.workspace):
        db.execute(insert, [post, platform])
    with pytest.raises(psycopg.errors.ForeignKeyViolation), acting(db, cast.mallory, cast.elsewhere):
        db.execute(insert, [post, platform])


@pytest.mark.parametrize(
    ("table", "column", "age", "kept"),
    [
        ("audit_log", "created_at", 399, True),
        ("audit_log", "created_at", 401, False),
        ("alert_notifications", "triggered_at", 91, False),
        ("notifications", "last_at", 89, True),
        ("notifications", "last_at", 91, False),
        ("webhook_deliveries", "created_at", 91, False),
        ("report_executions", "created_at", 89, True),
        ("report_executions", "created_at", 91, False),
        ("engagement_by_time", "posted_at", 401, False),
        ("post_metrics_daily", "created_at", 4000, True),
    ],
)
def test_retention(world: Any, table: str, column: str, age: int, kept: bool) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with world.db.transaction(force_rollback=True):
        world.db.execute(
            f"update {table} set {column} = %s where id = %s", [now - timedelta(days=age), world.ids[table]]
        )  # the owner's hand: nobody else may
        with serving(world.db):
            world.db.execute("select app.delete_expired(%s)", [now])
        assert one(world.db, f"select count(*) from {table} where id = %s", world.ids[table]) == kept


def test_answers_are_kept_for_a_day(world: Any) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with world.db.transaction(force_rollback=True):
        for key, hours in (("young", 23), ("old", 25)):
            world.db.execute(
                "insert into app.request_answers (workspace_id, user_id, key, fingerprint, created_at) values (%s, %s, %s, 'x', %s)",
                [world.cast.workspace, world.cast.bob.id, key, now - timedelta(hours=hours)],
            )
        with serving(world.db):
            world.db.execute("select app.delete_expired(%s)", [now])
        world.db.execute("reset role")
        assert one(world.db, "select array_agg(key) from app.request_answers") == ["young"]


@pytest.mark.parametrize(("age", "kept"), [(29, True), (31, False)])
def test_no_setting_empties_the_audit_log(world: Any, age: int, kept: bool) -> None:
    now, entry = datetime(2026, 11, 20, tzinfo=UTC), world.ids["audit_log"]
    with world.db.transaction(force_rollback=True):
        world.db.execute("update workspaces set settings = '{\"audit_days\": 0}' where id = %s", [world.cast.workspace])
        world.db.execute("update audit_log set created_at = %s where id = %s", [now - timedelta(days=age), entry])
        with serving(world.db):
            world.db.execute("select app.delete_expired(%s)", [now])
        assert one(world.db, "select count(*) from audit_log where id = %s", entry) == kept


def test_completed_outputs_move_to_the_archive(world: Any) -> None:
    with world.db.transaction(force_rollback=True):
        world.db.execute("update outputs set status = 'processing'")
        world.db.execute("update outputs set status = 'completed', created_at = now() - interval '91 days'")
        with serving(world.db):
            assert one(world.db, "select app.archive_outputs()") == 1
            assert one(world.db, "select app.archive_outputs()") == 0
        assert one(world.db, "select status::text from outputs_archive where id = %s", world.ids["outputs"]) == "completed"


def test_all_of_upkeep_runs_twice(world: Any) -> None:
    with world.db.transaction(force_rollback=True), serving(world.db):
        world.db.execute("select app.maintain()")
        again = one(world.db, "select app.maintain()")
        assert set(again.values()) == {0}
        assert one(world.db, "select app.reindex_active()") > 0
