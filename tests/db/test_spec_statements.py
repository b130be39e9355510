"""Statements written against a specification, with only the columns it knows, as an ordinary signed-in user."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.cast import Person, acting, serving, sign_up

Connection = psycopg.Connection[Any]


@pytest.fixture
def bob(db: Connection) -> Person:
    """A user alone in the personal workspace, which no statement here mentions."""
    return sign_up(db, "Bob")


def one(db: Connection, text: str, **values: object) -> Any:
    row = db.execute(text.encode(), values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def platform(db: Connection, slug: str) -> Any:
    return one(db, "select id from platforms where slug = %(slug)s", slug=slug)


def connect(db: Connection, bob: Person, name: str = "x") -> Any:
    return one(
        db,
        """insert into platform_connections (user_id, platform, platform_user_id, access_token, refresh_token, token_expires_at, scope,
               profile_data)
           values (%(me)s, %(platform)s, 'u-1', 'sealed', 'sealed', now() + interval '1 hour', 'write', '{"username": "bob",
                  "followers": 12}')
           returning id""",
        me=bob.id, platform=name,
    )  # fmt: skip


def test_scheduling(db: Connection, bob: Person) -> None:
    with acting(db, bob):
        tiktok = platform(db, "tiktok")
        one(
            db,
            """insert into platform_timing_data (platform_id, days, peak_hours, posting_frequency_min, posting_frequency_max,
                   audience_segment,
                                                 content_format, source, notes, user_id)
               values (%(p)s, '{Tue,Wed,Thu}', '[{"start": 15, "end": 17}, {"start": 20, "end": 21}]', 3, 5, 'US EDT', 'video', 'own',
                      'localized', %(me)s)
               returning id""",
            p=tiktok, me=bob.id,
        )  # fmt: skip
        one(
            db,
            """insert into user_scheduling_preferences (user_id, platform_id, timezone, posting_frequency_min, posting_frequency_max,
                   days_blacklist,
                                                        hours_blacklist, quality_threshold, metadata)
               values (%(me)s, %(p)s, 'America/New_York', 1, 4, '{sat,sun}', '[{"start": 0, "end": 5}]', 0.02, '{}') returning id""",
            me=bob.id, p=tiktok,
        )  # fmt: skip
        bulk = one(db, "insert into bulk_jobs (user_id, status) values (%(me)s, 'queued') returning id", me=bob.id)
        video = one(
            db,
            "insert into video_jobs (bulk_job_id, user_id, status, idempotency_key) values (%(b)s, %(me)s, 'queued', 'k') returning id",
            b=bulk, me=bob.id,
        )  # fmt: skip
        calendar = one(
            db,
            """insert into content_calendar (name, description, timezone, bulk_job_id, created_by, owned_by)
               values ('Launch', 'Spring', 'America/New_York', %(b)s, %(me)s, %(me)s) returning id""",
            b=bulk, me=bob.id,
        )  # fmt: skip
        item = one(
            db,
            """insert into content_schedule_items (calendar_id, video_job_id, bulk_job_id, platform_id, content_format, planned_start,
                   planned_end,
                                                   scheduled_at, timezone, status, idempotency_key, dedupe_key, created_by)
               values (%(c)s, %(v)s, %(b)s, %(p)s, 'video', now(), now() + interval '1 hour', now() + interval '30 min', 'America/New_York',
                       'queued', 'once', 'hash', %(me)s) returning id""",
            c=calendar, v=video, b=bulk, p=tiktok, me=bob.id,
        )  # fmt: skip
        connect(db, bob, "tiktok")
        assigned = one(
            db,
            """insert into schedule_assignments (schedule_item_id, scheduled_at, status)
               values (%(i)s, now() + interval '30 min', 'queued') returning id, status""",
            i=item,
        )
        assert assigned[1] == "queued"
        assert one(db, "select status from content_schedule_items where id = %(i)s", i=item) == "scheduled"
        one(
            db,
            """insert into schedule_exceptions (schedule_item_id, exception_type, window_start, window_end, reason)
               values (%(i)s, 'blackout', now(), now() + interval '1 day', 'holiday') returning id""",
            i=item,
        )
        one(
            db,
            """insert into performance_kpi_events (video_job_id, platform_id, content_format, event_time, views, impressions,
                   watch_time_seconds,
                   engagement_rate, clicks, saves, shares, comments, followers_delta, scheduled_slot_id, metadata)
               values (%(v)s, %(p)s, 'video', now(), 10, 20, 30, 0.5, 1, 1, 1, 1, -1, %(i)s, '{}') returning id""",
            v=video, p=tiktok, i=item,
        )  # fmt: skip
        one(
            db,
            """insert into optimization_trials (user_id, trial_id, hypothesis, start_at, end_at, variants, primary_kpi, guardrails)
               values (%(me)s, 'mornings', 'Mornings win', now(), now() + interval '14 days', '[{"slot": 9}, {"slot": 18}]', 'views', '{}')
               returning id""",
            me=bob.id,
        )
    assert one(db, "select count(distinct workspace_id) from content_schedule_items") == 1
    assert one(db, "select workspace_id from content_schedule_items") == bob.personal


def test_a_worker_takes_assignments_through_their_view(db: Connection, bob: Person) -> None:
    with acting(db, bob):
        connect(db, bob)
        item = one(
            db,
            """insert into content_schedule_items (platform_id, content, scheduled_at, status, created_by)
               values (%(p)s, '{"text": "Hello"}', now(), 'queued', %(me)s) returning id""",
            p=platform(db, "x"), me=bob.id,
        )  # fmt: skip
        one(
            db,
            "insert into schedule_assignments (schedule_item_id, scheduled_at, status) values (%(i)s, now(), 'queued') returning id",
            i=item,
        )
    with serving(db):
        db.execute("update schedule_assignments set status = 'scheduled', worker_id = 'w1' where schedule_item_id = %s", [item])
        assert one(db, "select status, worker_id from schedule_assignments") == ("scheduled", "w1")
        assert one(db, "select lease_expires_at > now() from scheduled_posts"), "what is taken can be taken over"
        db.execute("update schedule_assignments set status = 'posted' where schedule_item_id = %s", [item])
        assert one(db, "select status from schedule_assignments") == "posted"
        assert one(db, "select status from content_schedule_items where id = %(i)s", i=item) == "posted"
        db.execute("delete from schedule_assignments where schedule_item_id = %s", [item])


def test_the_content_factory(db: Connection, bob: Person) -> None:
    with acting(db, bob):
        dossier = one(
            db,
            """insert into cf_product_dossiers (slug, name, benefits, pain_points, proof_types, target_audience, category, niche, price,
                                                tiktok_shop_url, affiliate_link)
               values ('acne-patch', 'Acne Patch', '{clear}', '{acne}', '{before_after,demo}', 'Women 18-35', 'Beauty', 'Skincare', 12.99,
                       'https://shop.example', 'https://aff.example') returning id""",
        )
        image = one(
            db,
            """insert into cf_generated_images (dossier_id, type, prompt, model, image_url, remotion_job_id, status, metadata)
               values (%(d)s, 'before', 'A face', 'nano-banana', null, 'job-1', 'pending', '{}') returning id""",
            d=dossier,
        )
        video = one(
            db,
            """insert into cf_generated_videos (dossier_id, source_image_id, type, prompt, duration, aspect_ratio)
               values (%(d)s, %(i)s, 'reveal', 'A whip pan', 8, '9:16') returning id""",
            d=dossier, i=image,
        )  # fmt: skip
        script = one(
            db,
            """insert into cf_scripts (dossier_id, awareness_level, market_sophistication, hook, body, cta, estimated_duration)
               values (%(d)s, 2, null, 'Hook', 'Body', 'Buy', 25) returning id, full_script""",
            d=dossier,
        )
        assert script[1] == "Hook\n\nBody\n\nBuy"
        assembled = one(
            db,
            """insert into cf_assembled_content (dossier_id, script_id, video_ids, image_ids, platform, caption, hashtags,
                   compliance_disclosure)
               values (%(d)s, %(s)s, array[%(v)s::uuid], array[%(i)s::uuid], 'tiktok', 'Look', '{skincare}', '#ad') returning id""",
            d=dossier, s=script[0], v=video, i=image,
        )  # fmt: skip
        for state in ("rendering", "ready"):
            db.execute("update cf_assembled_content set status = %s where id = %s", [state, assembled])
        published = one(
            db,
            """insert into cf_published_content (assembled_content_id, platform, platform_post_id, platform_url, promotion_budget,
                   promotion_status)
               values (%(a)s, 'tiktok', '7234567890123456789', 'https://tiktok.example/1', 5.00, 'pending') returning id""",
            a=assembled,
        )
        assert one(db, "select status from cf_assembled_content") == "published"
        db.execute("update cf_published_content set promotion_status = 'active', promotion_started_at = now() where id = %s", [published])
        assert one(db, "select promotion_status, promotion_budget::text from cf_published_content") == ("active", "5.00")
        db.execute("update cf_published_content set promotion_budget = null, promotion_status = 'none' where id = %s", [published])
        assert one(db, "select promotion_status, promotion_budget from cf_published_content") == ("none", None), "it can be taken back"
        rates = one(
            db,
            """insert into cf_performance_metrics (published_content_id, date, views, likes, comments, shares, saves, clicks,
                   conversions, spend)
               values (%(p)s, '2026-11-20', 3, 40, 1, 1, 0, 2, 1, 4.50) returning engagement_rate, ctr""",
            p=published,
        )
        assert [round(float(rate), 2) for rate in rates] == [14.0, 0.67], "few views and many likes overflow nothing"
        for name, weights in (("Engagement Focus", '{"engagement": 0.7, "ctr": 0.2, "conversions": 0.1}'),
                              ("Conversion Focus", '{"engagement": 0.2, "ctr": 0.3, "conversions": 0.5}')):  # fmt: skip
            db.execute("insert into cf_scoring_config (name, weights) values (%s, %s)", [name, weights])
        assert one(db, "select array_agg(name::text) from cf_scoring_config where active") == ["Conversion Focus"]
        one(
            db,
            """insert into cf_ab_tests (name, variants)
               values ('Hooks', array['{"label": "POV Hook", "budget": 5.00}'::jsonb]) returning id""",
        )
        db.execute("update cf_ab_tests set status = 'running'")
        db.execute("update cf_ab_tests set status = 'completed'")
        assert one(db, "select started_at is not null and completed_at is not null from cf_ab_tests")
        assert one(db, "select count(*) from cf_audit_log where table_name = 'cf_product_dossiers' and action = 'INSERT'") == 1


def test_nexus(db: Connection, bob: Person) -> None:
    with acting(db, bob):
        db.execute("update users set full_name = 'Bob B.', timezone = 'Europe/Berlin' where id = %s", [bob.id])
        account = connect(db, bob)
        draft = one(
            db,
            """insert into content_adaptations (user_id, original_idea, idea_hash, adaptations, tone, target_audience)
               values (%(me)s, 'Ship small', null, '{"linkedin": "Long text", "twitter": {"text": "Short", "thread": []}}', 'casual',
                      'founders')
               returning id, adaptations, idea_hash""",
            me=bob.id,
        )
        assert draft[1] == {"linkedin": {"text": "Long text"}, "x": {"text": "Short", "thread": []}}
        assert draft[2] == sha256(b"Ship small").hexdigest()
        one(
            db,
            """insert into voice_profiles (user_id, name, is_default, characteristics, sample_posts)
               values (%(me)s, 'Casual', true, '{"tone": ["casual"], "emoij_usage": "minimal", "formality_level": 3}', '{"One",
                      "Two"}') returning id""",
            me=bob.id,
        )
        scheduled = one(
            db,
            """insert into scheduled_posts (user_id, adaptation_id, content, platform_connection_id, platform, status, scheduled_for,
                   timezone)
               values (%(me)s, %(d)s, 'Short', %(c)s, 'x', 'scheduled', now() + interval '1 hour', 'Europe/Berlin') returning id,
                      schedule_item_id""",
            me=bob.id, d=draft[0], c=account,
        )  # fmt: skip
        assert one(db, "select status from content_schedule_items where id = %(i)s", i=scheduled[1]) == "scheduled"
        one(
            db,
            """insert into published_posts (user_id, adaptation_id, platform_connection_id, platform, status, content, metadata,
                   scheduled_for)
               values (%(me)s, %(d)s, %(c)s, 'x', 'pending', 'Short', '{}', now()) returning id""",
            me=bob.id, d=draft[0], c=account,
        )  # fmt: skip
        db.execute(
            "update scheduled_posts set content = 'Shorter', scheduled_for = now() + interval '2 hours' where id = %s", [scheduled[0]]
        )
        db.execute("update content_adaptations set last_used_at = now(), tone = 'dry' where id = %s", [draft[0]])
        assert db.execute("delete from published_posts where status = 'pending'").rowcount == 1
        assert db.execute("delete from scheduled_posts where id = %s", [scheduled[0]]).rowcount == 1
        assert one(db, "select status from content_schedule_items where id = %(i)s", i=scheduled[1]) == "canceled"
        assert db.execute("delete from platform_connections where id = %s", [account]).rowcount == 1
        assert db.execute("delete from content_adaptations where id = %s", [draft[0]]).rowcount == 1


def test_repostr(db: Connection, bob: Person) -> None:
    with acting(db, bob):
        one(
            db,
            """insert into profiles (user_id, name, preferences, tone_of_voice)
               values (%(me)s, 'Bob', '{"language": "en", "email_notifications": true}', 'professional') returning user_id""",
            me=str(bob.id),
        )
        db.execute("update profiles set tone_of_voice = 'dry' where user_id = %s", [bob.id])
        assert one(db, "select name, tone_of_voice, preferences ->> 'language' from profiles") == ("Bob", "dry", "en")
        project = one(
            db, "insert into projects (user_id, title, description) values (%(me)s, 'Podcast', 'About AI') returning id", me=str(bob.id)
        )
        one(
            db,
            """insert into files (user_id, project_id, path, mime_type, size_bytes, public_url)
               values (%(me)s, %(p)s, %(path)s, 'audio/mpeg', 10485760, 'https://files.example/1.mp3') returning id""",
            me=str(bob.id), p=project, path=f"{bob.id}/{project}/{uuid4()}.mp3",
        )  # fmt: skip
        output = one(
            db,
            """insert into outputs (user_id, project_id, kind, request) values (%(me)s, %(p)s, 'blog', '{"topic": "AI"}') returning id""",
            me=str(bob.id), p=project,
        )  # fmt: skip
        for state in ("processing", "completed"):
            db.execute("update outputs set status = %s::output_status, body = '# AI' where id = %s", [state, output])
        one(
            db,
            """insert into templates (user_id, name, type, prompt, is_custom)
               values (%(me)s, 'Tech Blog Deep Dive', 'blog', 'About {topic}', true) returning id""",
            me=str(bob.id),
        )
        with pytest.raises(psycopg.errors.UniqueViolation), db.transaction():
            db.execute("insert into templates (user_id, name, type, prompt) values (%s, 'Tech Blog Deep Dive', 'email', 'p')", [bob.id])
        assert one(db, "select count(*) from templates where not is_custom") == 5, "the system's own are there for all"
    with serving(db):
        db.execute(
            "insert into outputs_archive select * from outputs where status = 'completed' and created_at < now() - interval '90 days'"
        )


def test_a_profile_is_written_by_its_user(db: Connection, bob: Person) -> None:
    alice = sign_up(db, "Alice")
    with acting(db, bob), pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction():
        db.execute("insert into profiles (user_id, name) values (%s, 'Not me')", [alice.id])
    with acting(db, bob):
        assert db.execute("update profiles set name = 'Not me' where user_id = %s", [alice.id]).rowcount == 0


SELECTS = [
    "select * from projects where user_id = %(me)s order by created_at desc limit 10",
    """select p.*, coalesce(json_agg(distinct f.*) filter (where f.id is not null), '[]') as files,
              coalesce(json_agg(distinct o.*) filter (where o.id is not null), '[]') as outputs
         from projects p left join files f on f.project_id = p.id left join outputs o on o.project_id = p.id
        where p.id = %(me)s and p.user_id = %(me)s group by p.id""",
    "select * from outputs where status = 'queued' order by created_at asc limit 1 for update skip locked",
    "select * from outputs where status = 'processing' and updated_at < now() - interval '1 hour'",
    """select date(created_at) as date, count(distinct user_id) as active_users, count(*) as total_projects from projects
        where created_at > now() - interval '30 days' group by date(created_at) order by date desc""",
    """select d.*, (select count(*) from cf_generated_images where dossier_id = d.id) as image_count,
              (select count(*) from cf_generated_videos where dossier_id = d.id) as video_count,
              (select count(*) from cf_scripts where dossier_id = d.id) as script_count,
              (select count(*) from cf_assembled_content where dossier_id = d.id) as assembled_count
         from cf_product_dossiers d where d.id = %(me)s""",
    """select pc.id, pc.platform_url, s.awareness_level, sum(pm.views) as total_views, avg(pm.engagement_rate) as avg_engagement,
              avg(pm.ctr) as avg_ctr, sum(pm.conversions) as total_conversions
         from cf_published_content pc
         join cf_performance_metrics pm on pm.published_content_id = pc.id
         join cf_assembled_content ac on ac.id = pc.assembled_content_id
         join cf_scripts s on s.id = ac.script_id
        group by pc.id, pc.platform_url, s.awareness_level having sum(pm.views) > 1000 order by avg_engagement desc limit 10""",
    "select id, dossier_id, type, created_at from cf_generated_images where status = 'pending' order by created_at asc",
    """select ac.id, d.name as product_name, s.awareness_level, ac.platform, ac.final_video_url
         from cf_assembled_content ac join cf_product_dossiers d on d.id = ac.dossier_id left join cf_scripts s on s.id = ac.script_id
        where ac.status = 'ready' and not exists (select 1 from cf_published_content pc where pc.assembled_content_id = ac.id)
        order by ac.created_at asc""",
    "select * from user_scheduling_preferences where user_id = %(me)s and (platform_id = %(me)s or platform_id is null)",
    "select * from schedule_recommendations where platform_id = %(me)s and slot_start > now() order by confidence_score desc",
    *(f"select * from {name}" for name in (
        "profiles", "user_profiles", "connectors", "content", "schedule_assignments", "cf_published_content", "cf_performance_metrics",
        "cf_ab_tests", "cf_scoring_config", "cf_audit_log", "analytics_aggregated_daily", "analytics_aggregated_weekly",
        "platform_performance_summary", "engagement_summary_by_hour", "engagement_summary_by_day", "audience_demographics_latest",
        "competitor_benchmark_summary")),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SELECTS)))
def test_sample_selects_run_as_a_user(db_to_read: Connection, number: int) -> None:
    claims = f'{{"sub": "{uuid4()}", "role": "authenticated"}}'
    with db_to_read.transaction(force_rollback=True):
        db_to_read.execute("select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)", [claims])
        db_to_read.execute(SELECTS[number].encode(), {"me": uuid4()})
