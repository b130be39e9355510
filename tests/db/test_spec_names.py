"""No name that the five specifications use is lost: relations, columns, types, functions, indexes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]

NAMES = Path(__file__).with_name("spec_names.txt").read_text(encoding="utf-8").splitlines()
RELATIONS = {line.partition(": ")[0]: line.partition(": ")[2].split() for line in NAMES if not line.startswith("[")}

ENUMS = {
    "output_kind": ["blog", "social", "email"],
    "output_status": ["queued", "processing", "completed", "failed"],
    "template_type": ["blog", "linkedin", "twitter", "instagram", "email"],
    "prediction_status": ["pending", "processing", "completed", "failed"],
    "alert_severity": ["info", "warning", "critical"],
    "alert_status": ["active", "acknowledged", "resolved", "muted"],
    "report_status": ["scheduled", "generating", "completed", "failed"],
    "report_format": ["pdf", "csv", "json", "html"],
}
FUNCTIONS = ("update_updated_at_column", "set_updated_at", "update_updated_at", "refresh_analytics_materialized_views", "log_audit")

# docs/decisions/0002 says what serves instead of those that are left out.
INDEXES = set(
    """
    idx_assignments_status_active idx_assignments_worker_scheduled idx_kpi_format_time idx_kpi_platform_day
    idx_kpi_platform_time idx_kpi_video_time idx_prefs_user_platform idx_sched_items_calendar_status
    idx_sched_items_platform_status idx_sched_items_user_created idx_sched_items_video_job idx_timing_platform_active
    idx_assembled_dossier idx_assembled_platform idx_assembled_remotion idx_assembled_script idx_assembled_status
    idx_dossiers_category idx_dossiers_created_at idx_dossiers_slug idx_dossiers_status idx_images_dossier
    idx_images_pending idx_images_remotion_job idx_images_status idx_images_type idx_metrics_date idx_metrics_high_ctr
    idx_metrics_high_engagement idx_metrics_unique idx_published_assembled idx_published_date idx_published_platform
    idx_published_platform_post idx_published_promotion_status idx_scoring_active idx_scripts_awareness
    idx_scripts_dossier_awareness idx_tests_status idx_tests_winner idx_videos_dossier idx_videos_remotion_job
    idx_videos_source_image idx_videos_status idx_videos_type idx_content_adaptations_created_at
    idx_content_adaptations_idea_hash idx_content_adaptations_user_id idx_platform_connections_platform
    idx_platform_connections_user_id idx_platform_connections_user_platform idx_published_posts_adaptation_id
    idx_published_posts_platform idx_published_posts_scheduled idx_published_posts_status idx_published_posts_user_id
    idx_scheduled_posts_ready idx_scheduled_posts_scheduled_for idx_scheduled_posts_status idx_scheduled_posts_user_id
    idx_voice_profiles_user_default idx_voice_profiles_user_id
    """.split()  # noqa: SIM905 - words to read, not a list to scroll
)

# The types that the printed DDL and the column tables give, where they say more than text or uuid.
TYPES = """
    platform_timing_data.days text[]
    platform_timing_data.peak_hours jsonb
    platform_timing_data.posting_frequency_min integer
    platform_timing_data.valid_to timestamp with time zone
    user_scheduling_preferences.days_blacklist text[]
    user_scheduling_preferences.hours_blacklist jsonb
    user_scheduling_preferences.quality_threshold numeric
    schedule_assignments.retry_count integer
    performance_kpi_events.views integer
    performance_kpi_events.engagement_rate numeric
    optimization_trials.trial_id text
    optimization_trials.variants jsonb
    recommended_schedule_slots.confidence_score numeric
    cf_product_dossiers.benefits text[]
    cf_product_dossiers.price numeric(10,2)
    cf_generated_images.metadata jsonb
    cf_generated_videos.duration integer
    cf_scripts.awareness_level integer
    cf_scripts.full_script text
    cf_assembled_content.video_ids uuid[]
    cf_assembled_content.hashtags text[]
    cf_published_content.promotion_budget numeric(10,2)
    cf_performance_metrics.date date
    cf_performance_metrics.views integer
    cf_performance_metrics.engagement_rate numeric
    cf_scoring_config.weights jsonb
    cf_scoring_config.min_views_threshold integer
    cf_scoring_config.active boolean
    cf_ab_tests.variants jsonb[]
    cf_audit_log.old_data jsonb
    users.email character varying(255)
    users.timezone character varying(50)
    users.is_active boolean
    platform_connections.platform_user_id character varying(255)
    platform_connections.profile_data jsonb
    content_adaptations.idea_hash character varying(64)
    content_adaptations.adaptations jsonb
    voice_profiles.characteristics jsonb
    voice_profiles.sample_posts text[]
    published_posts.metrics jsonb
    scheduled_posts.retry_count integer
    scheduled_posts.timezone character varying(50)
    profiles.preferences jsonb
    files.size_bytes bigint
    outputs.kind output_kind
    outputs.status output_status
    outputs_archive.status output_status
    templates.type template_type
    templates.is_custom boolean
    viral_score_predictions.status prediction_status
    report_executions.status report_status
    report_executions.format report_format
    performance_alerts.severity alert_severity
    alert_notifications.status alert_status
    custom_reports.metrics text[]
    report_schedules.recipients text[]
    performance_alerts.notification_channels text[]
"""

# Defaults that the specifications state, as the catalogue prints them.
DEFAULTS = {
    "cf_product_dossiers.status": "'draft'::text",
    "cf_product_dossiers.proof_types": "'{before_after}'::text[]",
    "cf_generated_images.model": "'nano-banana'::text",
    "cf_generated_images.status": "'pending'::text",
    "cf_generated_videos.model": "'veo-3.1'::text",
    "cf_generated_videos.aspect_ratio": "'9:16'::text",
    "cf_assembled_content.status": "'draft'::text",
    "scoring_configs.min_views_threshold": "1000",
    "scoring_configs.active": "true",
    "ab_tests.status": "'draft'::text",
    "post_metrics_daily.views": "0",
    "users.timezone": "'UTC'::character varying",
    "users.is_active": "true",
    "platform_connections.is_active": "true",
    "voice_profiles.is_default": "false",
    "published_posts.status": "'pending'::character varying",
    "scheduled_posts.status": "'scheduled'::character varying",
    "scheduled_posts.timezone": "'UTC'::character varying",
    "scheduled_posts.retry_count": "0",
    "outputs.status": "'queued'::output_status",
    "outputs.metadata": "'{}'::jsonb",
    "templates.is_custom": "true",
    "performance_kpi_events.ingestion_time": "now()",
    "platform_timing_data.valid_from": "now()",
}


def _columns(db: Connection, printed: str) -> dict[str, str]:
    return {
        f"{table}.{column}": value
        for table, column, value in db.execute(
            f"""select c.relname, a.attname, {printed}
                  from pg_attribute a join pg_class c on c.oid = a.attrelid
                  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
                 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
                   and a.attnum > 0 and not a.attisdropped""".encode()
        )
    }


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_and_its_columns(db_to_read: Connection, relation: str) -> None:
    found = {
        name
        for (name,) in db_to_read.execute(
            "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped", [f"public.{relation}"]
        )
    }
    assert found >= set(RELATIONS[relation])


def test_types(db_to_read: Connection) -> None:
    wanted = dict(line.strip().split(" ", 1) for line in TYPES.strip().splitlines())
    found = _columns(db_to_read, "format_type(a.atttypid, a.atttypmod)")
    assert {name: found.get(name) for name in wanted} == wanted


def test_defaults(db_to_read: Connection) -> None:
    found = _columns(db_to_read, "pg_get_expr(d.adbin, d.adrelid)")
    assert {name: found.get(name) for name in DEFAULTS} == DEFAULTS


def test_enums(db_to_read: Connection) -> None:
    found = dict(
        db_to_read.execute(
            """select typname, array_agg(enumlabel::text order by enumsortorder) from pg_enum join pg_type t on t.oid = enumtypid
                where typnamespace = 'public'::regnamespace group by typname"""
        ).fetchall()
    )
    assert found == ENUMS


def test_functions(db_to_read: Connection) -> None:
    found = {name for (name,) in db_to_read.execute("select proname from pg_proc where pronamespace = 'public'::regnamespace")}
    assert found == set(FUNCTIONS)


def test_indexes(db_to_read: Connection) -> None:
    found = {name for (name,) in db_to_read.execute("select relname from pg_class where relkind in ('i', 'I')")}
    assert found >= INDEXES


def test_generated_columns(db_to_read: Connection) -> None:
    generated = {name for name, kind in _columns(db_to_read, "a.attgenerated").items() if kind == "s"}
    assert generated >= {"cf_scripts.full_script", "post_metrics_daily.engagement_rate", "post_metrics_daily.ctr"}
