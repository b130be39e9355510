"""A real row for every table of the schema, and a second one to insert beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.cast import Cast, Person, acting, serving, sign_up

Connection = psycopg.Connection[Any]
Row = dict[str, Any]

TODAY = "2026-11-20"
NOON = "2026-11-20 12:00+00"
LATER = "2026-11-20 13:00+00"


@dataclass(frozen=True, slots=True)
class World:
    """A filled database: each table's row belongs to the cast's workspace and was made by Bob."""

    db: Connection
    cast: Cast
    ids: Mapping[str, Any]


def fill(db: Connection, cast: Cast) -> World:
    """Puts the first row into every table, parents first, as the service; people's own tables by themselves."""
    ids: dict[str, Any] = {
        "workspaces": cast.workspace,
        "users": cast.bob.id,
        "platforms": _value(db, "select id from platforms where slug = 'x'"),
    }
    for table in ROWS:
        if table in ids:
            continue
        with serving(db):
            ids[table] = insert(db, table, new_row(table, ids, cast, cast.bob, 1))
    ids["workspace_members"] = cast.bob.id
    with serving(db):
        db.execute("update approvals set status = 'approved' where id = %s", [ids["approvals"]])
        ids["unmeasured"] = insert(db, "viral_score_predictions", new_row("viral_score_predictions", ids, cast, cast.bob, 2))
    ids["stranger"] = sign_up(db, "Stranger").id
    ids["audit_log"] = _value(db, "select id from audit_log where workspace_id = %s limit 1", cast.workspace)
    ids["schema_versions"] = _value(db, "select version from schema_versions limit 1")
    return World(db, cast, ids)


def insert(db: Connection, table: str, row: Row) -> Any:
    """Inserts and returns the value of the key; an insert whose row its maker may not read needs no answer."""
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier("public", table), sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join([sql.Placeholder()] * len(row))
    )
    key = KEYS.get(table, "id")
    return _value(db, statement + sql.SQL(" returning {}").format(sql.Identifier(key)), *row.values())


def new_row(table: str, ids: Mapping[str, Any], cast: Cast, maker: Person, number: int) -> Row:
    """A row of a table: only columns that a user may set, where users may insert."""
    row = ROWS[table](ids, number)
    if table not in GLOBAL:
        row = {"workspace_id": cast.workspace} | row
    author = AUTHORS.get(table)
    return row | ({author: maker.id} if author else {})


def _value(db: Connection, text: str | sql.Composed, *values: object) -> Any:
    row = db.execute(text.encode() if isinstance(text, str) else text, values).fetchone()
    assert row is not None
    return row[0]


def as_person(world: World, person: Person) -> Any:
    """A transaction as that person, looking at the cast's workspace."""
    return acting(world.db, person, world.cast.workspace)


KEYS = {"workspace_members": "user_id", "schema_versions": "version", "worker_heartbeats": "worker_id"}

# Tables that no workspace owns.
GLOBAL = {"platforms", "platform_limits", "worker_heartbeats", "users", "workspaces", "sessions", "schema_versions"}

# Whose row it is.
AUTHORS = {
    table: column
    for column, tables in {
        "user_id": """
            projects files transcripts clips voice_profiles content_adaptations templates outputs outputs_archive
            bulk_jobs video_jobs scheduled_posts published_posts platform_connections platform_timing_data
            user_scheduling_preferences comments api_keys notifications optimization_trials custom_reports
            report_schedules performance_alerts sessions exports""",
        "created_by": """
            cf_product_dossiers cf_generated_images cf_generated_videos cf_scripts cf_assembled_content content_calendar
            content_schedule_items schedule_exceptions post_promotions competitor_profiles ab_tests scoring_configs webhooks""",
        "invited_by": "invitations",
        "requested_by": "approvals report_executions",
    }.items()
    for table in tables.split()
}

Maker = Callable[[Mapping[str, Any], int], Row]

# Parents stand before their children.
ROWS: dict[str, Maker] = {
    "users": lambda ids, n: {"email": f"row{n}@example.com"},
    "workspaces": lambda ids, n: {"name": f"Workspace {n}"},
    "sessions": lambda ids, n: {"token_hash": b"session %d" % n, "expires_at": "2030-01-01"},
    "invitations": lambda ids, n: {"email": f"guest{n}@example.com", "role": "editor", "token_hash": b"invitation %d" % n},
    "api_keys": lambda ids, n: {"name": f"Key {n}", "prefix": "pw_", "key_hash": b"key %d" % n},
    "platforms": lambda ids, n: {"id": UUID(int=1000 + n), "slug": f"p{n}", "name": f"P{n}", "formats": ["post"]},
    "platform_limits": lambda ids, n: {
        "platform_id": ids["platforms"],
        "name": f"limit {n}",
        "unit": "items",
        "source": "https://example.com",
        "checked_on": TODAY,
    },
    "platform_connections": lambda ids, n: {
        "platform": "x",
        "platform_user_id": f"u{n}",
        "environment": "sandbox",
        "access_token": "sealed",
        "refresh_token": "sealed",
    },
    "projects": lambda ids, n: {"title": f"Project {n}"},
    "files": lambda ids, n: {"project_id": ids["projects"], "path": f"a/b/{n}.mp3"},
    "transcripts": lambda ids, n: {"file_id": ids["files"], "provider": "import", "text": "Hello."},
    "clips": lambda ids, n: {"file_id": ids["files"], "start_seconds": 0, "end_seconds": 5},
    "voice_profiles": lambda ids, n: {"name": f"Voice {n}", "characteristics": Jsonb({})},
    "content_adaptations": lambda ids, n: {"original_idea": f"Idea {n}", "adaptations": Jsonb({"x": {"text": "Hello"}})},
    "templates": lambda ids, n: {"name": f"Template {n}", "type": "blog", "prompt": "About {topic}"},
    "outputs": lambda ids, n: {"project_id": ids["projects"], "kind": "blog"},
    "outputs_archive": lambda ids, n: {"id": UUID(int=n), "project_id": ids["projects"], "kind": "blog", "status": "completed"},
    "cf_product_dossiers": lambda ids, n: {"name": f"Acne Patch {n}"},
    "cf_generated_images": lambda ids, n: {"dossier_id": ids["cf_product_dossiers"], "type": "before", "prompt": "A face"},
    "cf_generated_videos": lambda ids, n: {"dossier_id": ids["cf_product_dossiers"], "type": "reveal", "prompt": "A whip pan"},
    "cf_scripts": lambda ids, n: {
        "dossier_id": ids["cf_product_dossiers"],
        "awareness_level": n,
        "hook": "Hook",
        "body": "Body",
        "cta": "Go",
    },
    "cf_assembled_content": lambda ids, n: {"dossier_id": ids["cf_product_dossiers"], "platform": "tiktok", "caption": f"Caption {n}"},
    "bulk_jobs": lambda ids, n: {"dossier_id": ids["cf_product_dossiers"], "name": f"Bulk {n}"},
    "video_jobs": lambda ids, n: {"bulk_job_id": ids["bulk_jobs"], "idempotency_key": f"job {n}"},
    "generation_steps": lambda ids, n: {
        "video_job_id": ids["video_jobs"],
        "kind": "image",
        "input_hash": f"h{n}",
        "provider": "postwright",
    },
    "job_costs": lambda ids, n: {"video_job_id": ids["video_jobs"], "amount": 0.5},
    "provider_config": lambda ids, n: {"provider": "local", "kind": "text", "model": f"model {n}"},
    "platform_timing_data": lambda ids, n: {
        "platform_id": ids["platforms"],
        "days": ["Tue"],
        "peak_hours": Jsonb([{"start": 9, "end": 11}]),
        "audience_segment": f"segment {n}",
    },
    "user_scheduling_preferences": lambda ids, n: {
        "platform_id": ids["platforms"],
        "timezone": "UTC",
        "content_format": ["post", "thread"][n - 1],
    },
    "content_calendar": lambda ids, n: {"name": f"Calendar {n}"},
    "content_schedule_items": lambda ids, n: {
        "calendar_id": ids["content_calendar"],
        "platform_id": ids["platforms"],
        "platform_connection_id": ids["platform_connections"],
        "adaptation_id": ids["content_adaptations"],
        "scheduled_at": f"2026-11-2{n} 09:00+00",
    },
    "schedule_exceptions": lambda ids, n: {"exception_type": "blackout", "window_start": NOON, "window_end": LATER},
    "recommended_schedule_slots": lambda ids, n: {"platform_id": ids["platforms"], "slot_start": NOON, "slot_end": LATER},
    "comments": lambda ids, n: {"schedule_item_id": ids["content_schedule_items"], "body": f"Comment {n}"},
    "scheduled_posts": lambda ids, n: {
        "platform_connection_id": ids["platform_connections"],
        "platform": "x",
        "content": "Hello",
        "scheduled_for": f"2026-11-2{n} 09:00+00",
    },
    "published_posts": lambda ids, n: {"platform_connection_id": ids["platform_connections"], "platform": "x", "content": "Hello"},
    "publish_attempts": lambda ids, n: {
        "scheduled_post_id": ids["scheduled_posts"],
        "number": n,
        "worker_id": "w",
        "fence": n,
        "fingerprint": "f",
        "finished_at": NOON,
    },
    "rate_budgets": lambda ids, n: {
        "platform_connection_id": ids["platform_connections"],
        "name": f"budget {n}",
        "capacity": 10,
        "remaining": 9,
        "per_seconds": 60,
    },
    "first_comments": lambda ids, n: {
        "scheduled_post_id": ids["scheduled_posts"],
        "platform_connection_id": ids["platform_connections"],
        "platform": "x",
        "remote_id": "r",
        "part": n,
        "content": f"comment {n}",
    },
    "post_promotions": lambda ids, n: {"published_post_id": ids["published_posts"], "budget": 5, "status": "pending", "is_current": n == 1},
    "approvals": lambda ids, n: {"scheduled_post_id": ids["scheduled_posts"], "note": f"Please {n}"},
    "worker_heartbeats": lambda ids, n: {"worker_id": f"w{n}", "kind": "publisher"},
    "notifications": lambda ids, n: {"kind": "post_failed", "title": f"Notice {n}"},
    "performance_kpi_events": lambda ids, n: {
        "published_post_id": ids["published_posts"],
        "platform_id": ids["platforms"],
        "event_time": NOON,
        "views": 10 * n,
    },
    "post_metrics_daily": lambda ids, n: {"published_post_id": ids["published_posts"], "date": f"2026-11-2{n}", "views": 10},
    "metrics_by_day": lambda ids, n: {"platform": "x", "date": f"2026-11-2{n}", "posts": 1},
    "metrics_by_week": lambda ids, n: {"platform": "x", "week_start": f"2026-11-{n:02}", "posts": 1},
    "metrics_by_platform": lambda ids, n: {"platform": ["x", "tiktok"][n - 1], "posts": 1},
    "model_versions": lambda ids, n: {"name": "score", "version": f"v{n}"},
    "viral_score_predictions": lambda ids, n: {"adaptation_id": ids["content_adaptations"], "connector_id": ids["platform_connections"]},
    "prediction_accuracy": lambda ids, n: {
        "prediction_id": ids["viral_score_predictions" if n == 1 else "unmeasured"],
        "predicted_score": 50,
        "actual_score": 40,
    },
    "engagement_by_time": lambda ids, n: {
        "connector_id": ids["platform_connections"],
        "platform": "x",
        "day_of_week": n,
        "hour_of_day": 9,
        "engagement_rate": 0.1,
        "posted_at": NOON,
    },
    "optimal_posting_times": lambda ids, n: {
        "connector_id": ids["platform_connections"],
        "platform": "x",
        "day_of_week": n,
        "hour_of_day": 9,
        "optimization_score": 70,
    },
    "audience_demographics": lambda ids, n: {
        "connector_id": ids["platform_connections"],
        "platform": "x",
        "snapshot_date": f"2026-11-2{n}",
    },
    "audience_interests": lambda ids, n: {
        "connector_id": ids["platform_connections"],
        "platform": "x",
        "snapshot_date": TODAY,
        "interest_category": f"interest {n}",
    },
    "audience_growth": lambda ids, n: {"connector_id": ids["platform_connections"], "platform": "x", "snapshot_date": f"2026-11-2{n}"},
    "competitor_profiles": lambda ids, n: {"name": f"Rival {n}", "platform": "x", "handle": f"rival{n}"},
    "competitor_metrics": lambda ids, n: {"competitor_id": ids["competitor_profiles"], "recorded_date": f"2026-11-2{n}", "followers": 10},
    "benchmark_comparisons": lambda ids, n: {
        "connector_id": ids["platform_connections"],
        "platform": "x",
        "metric": f"metric {n}",
        "period_start": TODAY,
        "period_end": TODAY,
    },
    "optimization_trials": lambda ids, n: {
        "trial_id": f"trial {n}",
        "hypothesis": "Mornings",
        "start_at": NOON,
        "variants": Jsonb([]),
        "primary_kpi": "views",
    },
    "ab_tests": lambda ids, n: {"name": f"Test {n}", "variants": [Jsonb({"label": "A"}), Jsonb({"label": "B"})]},
    "scoring_configs": lambda ids, n: {"name": f"Config {n}", "weights": Jsonb({"engagement": 0.7, "ctr": 0.3}), "active": False},
    "custom_reports": lambda ids, n: {"name": f"Report {n}", "report_type": "overview"},
    "report_schedules": lambda ids, n: {"report_id": ids["custom_reports"], "cron_expression": "0 9 * * 1", "delivery_method": "link"},
    "report_executions": lambda ids, n: {"report_id": ids["custom_reports"], "format": "csv"},
    "performance_alerts": lambda ids, n: {"alert_name": f"Alert {n}", "alert_type": "threshold", "metric": "views", "threshold_value": 1},
    "alert_notifications": lambda ids, n: {"alert_id": ids["performance_alerts"], "alert_message": f"Alarm {n}"},
    "exports": lambda ids, n: {"kind": "person" if n == 1 else "workspace"},
    "webhooks": lambda ids, n: {"url": "https://example.com/hook", "secret": "sealed"},
    "webhook_deliveries": lambda ids, n: {"webhook_id": ids["webhooks"], "event": "post.published", "payload": Jsonb({})},
}
