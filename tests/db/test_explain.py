"""On filled tables each query pattern of the specifications is served by an index, as a user and as the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.conftest import Cluster

Connection = psycopg.Connection[Any]

BIG = (
    "content_schedule_items",
    "scheduled_posts",
    "published_posts",
    "performance_kpi_events",
    "post_metrics_daily",
    "projects",
    "files",
    "outputs",
    "content_adaptations",
    "cf_product_dossiers",
    "cf_generated_images",
    "cf_generated_videos",
    "cf_scripts",
    "cf_assembled_content",
    "audit_log",
    "engagement_by_time",
    "platform_timing_data",
    "user_scheduling_preferences",
)

# As a signed-in user, in the words of the specifications.
USER = {
    "recent projects": "select * from projects where user_id = :user order by created_at desc limit 10",
    "files of a project": "select * from files where project_id = :project and user_id = :user",
    "outputs of a project": "select * from outputs where project_id = :project and user_id = :user",
    "recent outputs": "select * from outputs order by created_at desc limit 20",
    "project with all": """select p.*, coalesce(json_agg(distinct f.*) filter (where f.id is not null), '[]') as files,
        coalesce(json_agg(distinct o.*) filter (where o.id is not null), '[]') as outputs
        from projects p left join files f on f.project_id = p.id left join outputs o on o.project_id = p.id
        where p.id = :project and p.user_id = :user group by p.id""",
    "items by platform": "select * from content_schedule_items where platform_id = :platform and status in ('queued', 'scheduled')",
    "items by calendar": "select * from content_schedule_items where calendar_id = :calendar and status = 'queued'",
    "item of an asset": "select * from content_schedule_items where video_job_id = :project",
    "planned per week": """select platform_id, date_trunc('week', scheduled_at) w, count(*) from content_schedule_items
        where status in ('queued', 'scheduled') group by 1, 2""",
    "assignments of a worker": """select * from schedule_assignments where worker_id = 'w1' and scheduled_at between now()
           and now() + interval '1 day'
        order by scheduled_at""",
    "kpi by asset": """select * from performance_kpi_events where video_job_id = :project and platform_id = :platform
        and event_time > now() - interval '28 days'""",
    "kpi by platform and day": """select platform_id, date_trunc('day', event_time at time zone 'UTC') d, sum(views)
           from performance_kpi_events
        where platform_id = :platform group by 1, 2""",
    "kpi by format": """select sum(views) from performance_kpi_events
        where content_format = 'post' and event_time > now() - interval '7 days'""",
    "active timing": "select * from platform_timing_data where platform_id = :platform and valid_to is null",
    "preferences": "select * from user_scheduling_preferences where user_id = :user and (platform_id = :platform or platform_id is null)",
    "ready posts": "select * from scheduled_posts where status = 'scheduled' and scheduled_for <= now() order by scheduled_for",
    "posts by status": "select * from published_posts where status = 'published'",
    "drafts of a user": "select * from content_adaptations where user_id = :user order by created_at desc limit 20",
    "a draft by its idea": "select * from content_adaptations where idea_hash = 'abc'",
    "dossier with assets": """select d.*, (select count(*) from cf_generated_images where dossier_id = d.id) as image_count,
        (select count(*) from cf_generated_videos where dossier_id = d.id) as video_count,
        (select count(*) from cf_scripts where dossier_id = d.id) as script_count,
        (select count(*) from cf_assembled_content where dossier_id = d.id) as assembled_count
        from cf_product_dossiers d where d.id = :dossier""",
    "dossiers by status": "select * from cf_product_dossiers where status = 'active' order by created_at desc limit 20",
    "ready to publish": """select ac.id, d.name, s.awareness_level, ac.platform
           from cf_assembled_content ac join cf_product_dossiers d on d.id = ac.dossier_id
        left join cf_scripts s on s.id = ac.script_id
        where ac.status = 'ready' and not exists (select 1 from cf_published_content pc
               where pc.assembled_content_id = ac.id) order by ac.created_at""",
    "winners": """select pc.id, pc.platform_url, s.awareness_level, sum(pm.views), avg(pm.engagement_rate) as avg_engagement
        from cf_published_content pc join cf_performance_metrics pm on pm.published_content_id = pc.id
        join cf_assembled_content ac on ac.id = pc.assembled_content_id join cf_scripts s on s.id = ac.script_id
        group by pc.id, pc.platform_url, s.awareness_level having sum(pm.views) > 1000 order by avg_engagement desc limit 10""",
    "high engagement": "select * from cf_performance_metrics where views > 1000 order by engagement_rate desc limit 10",
    "metrics of a post": "select * from cf_performance_metrics where published_content_id = :post order by date desc",
    "audit of a record": "select * from cf_audit_log where table_name = 'projects' and record_id = :project",
    "engagement by hour": "select * from engagement_summary_by_hour where platform = 'x'",
}

# What workers ask, across workspaces.
SERVICE = {
    "output queue": "select * from outputs where status = 'queued' order by created_at asc limit 1 for update skip locked",
    "stuck outputs": "select * from outputs where status = 'processing' and updated_at < now() - interval '1 hour'",
    "pending images": "select id, dossier_id, type, created_at from cf_generated_images where status = 'pending' order by created_at asc",
    "pending videos": "select id, dossier_id, type, created_at from cf_generated_videos where status = 'pending' order by created_at asc",
    "image of a job": "select * from cf_generated_images where remotion_job_id = 'job 5'",
    "ready posts": "select * from scheduled_posts where status = 'scheduled' and scheduled_for <= now() order by scheduled_for limit 50",
    "due posts": "select * from scheduled_posts where status = 'scheduled' and due_at <= now() order by due_at limit 50",
    "lapsed leases": "select * from scheduled_posts where status = 'processing' and lease_expires_at < now()",
    "assignments of a worker": """select * from schedule_assignments where worker_id = 'w1' and scheduled_at between now()
           and now() + interval '1 day'
        order by scheduled_at""",
    "posts to measure": "select * from published_posts where status = 'published' order by metrics_collected_at nulls first limit 50",
}

WORKSPACES, EACH = 40, 250


@pytest.fixture(scope="module")
def filled(each_cluster: Cluster) -> Iterator[Connection]:
    """Forty workspaces with a few hundred rows of everything, analysed."""
    dsns = each_cluster.fresh()
    with psycopg.connect(dsns.owner, autocommit=True) as db:
        for table in (*BIG, "cf_published_content"):
            if db.execute("select relkind from pg_class where oid = %s::regclass", [f"public.{table}"]).fetchone() in (("r",), ("p",)):
                db.execute(f"alter table {table} disable trigger user")
        for statement in FILL:
            db.execute(statement.replace("EACH", str(EACH)).replace("WORKSPACES", str(WORKSPACES)).encode())
        for table in BIG:
            db.execute(f"analyze {table}")
        db.execute("analyze workspace_members")
        yield db
    each_cluster.drop(dsns)


FILL = (
    "insert into users (email) select 'u' || n || '@example.com' from generate_series(1, WORKSPACES) n",
    "select app.make_workspace(id, 'W', 'UTC', true) from users",
    """create temporary table w as select w.id as workspace, w.created_by as person, c.id as calendar, app.new_id() as account
         from workspaces w join content_calendar c on c.workspace_id = w.id""",
    """insert into platform_connections (id, workspace_id, user_id, platform, platform_user_id, access_token)
       select account, workspace, person, 'x', 'u', 's' from w""",
    "create temporary table n as select n from generate_series(1, EACH) n",
    """insert into projects (workspace_id, user_id, title, created_at)
       select workspace, person, 'P', now() - n * interval '1 hour' from w, n""",
    """insert into files (workspace_id, user_id, project_id, path) select p.workspace_id, p.user_id, p.id, p.id || '/' || i
         from projects p, generate_series(1, 2) i""",
    """insert into outputs (workspace_id, user_id, project_id, kind, status, created_at)
       select workspace_id, user_id, id, 'blog',
              (case when random() < 0.02 then 'queued' when random() < 0.02 then 'processing' else 'completed' end)::output_status,
              created_at from projects""",
    """insert into content_adaptations (workspace_id, user_id, original_idea, adaptations, idea_hash, created_at)
       select workspace, person, 'I', '{}', md5(n::text), now() - n * interval '1 hour' from w, n""",
    """insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, scheduled_at, status,
           created_by, user_id)
       select workspace, calendar, p.id, account, now() + (n - 200) * interval '3 hours',
              case when n < 200 then 'posted' else 'queued' end, person, person
         from w, n, platforms p where p.slug in ('x', 'linkedin')""",
    """insert into scheduled_posts (workspace_id, user_id, platform_connection_id, platform, content, status, scheduled_for, worker_id,
           lease_expires_at)
       select workspace, person, account, 'x', 'c', case when n < 230 then 'completed' when n < 235 then 'processing' else 'scheduled' end,
              now() + (n - 240) * interval '3 hours', case when n < 235 then 'w' || n % 10 end, case when n between 230
                     and 234 then now() end from w, n""",
    """insert into cf_product_dossiers (workspace_id, slug, name, status) select workspace, 's' || n, 'D',
           case when n % 9 = 0 then 'active' else 'draft' end
         from w, n""",
    """insert into cf_generated_images (workspace_id, dossier_id, type, prompt, status, remotion_job_id)
       select workspace_id, id, 'before', 'p', case when random() < 0.02 then 'pending' else 'completed' end,
              'job ' || row_number() over () from cf_product_dossiers""",
    """insert into cf_generated_videos (workspace_id, dossier_id, type, prompt, status)
       select workspace_id, id, 'demo', 'p', case when random() < 0.02 then 'pending' else 'completed' end from cf_product_dossiers""",
    """insert into cf_scripts (workspace_id, dossier_id, awareness_level, hook, body, cta)
       select workspace_id, id, 1, 'h', 'b', 'c' from cf_product_dossiers""",
    """insert into cf_assembled_content (workspace_id, dossier_id, script_id, platform, status)
       select s.workspace_id, s.dossier_id, s.id, 'tiktok', case when random() < 0.05 then 'ready' else 'published' end
              from cf_scripts s""",
    """insert into published_posts (workspace_id, user_id, platform_connection_id, assembled_content_id, platform, status, content,
           published_at)
       select a.workspace_id, w.person, w.account, a.id, 'tiktok', case when random() < 0.9 then 'published' else 'failed' end, 'c',
              now() - random() * interval '90 days'
         from cf_assembled_content a join w on w.workspace = a.workspace_id where a.status = 'published'""",
    """insert into post_metrics_daily (workspace_id, published_post_id, date, views, likes)
       select workspace_id, id, current_date - i, (random() * 3000)::int, 5 from published_posts, generate_series(0, 3) i""",
    "select app.make_kpi_months(now() - interval '70 days', now())",
    """insert into performance_kpi_events (workspace_id, published_post_id, video_job_id, platform_id, content_format, event_time, views)
       select p.workspace_id, p.id, p.assembled_content_id, f.id, case when random() < 0.5 then 'post' else 'video' end,
              now() - random() * interval '60 days', 1 from published_posts p, platforms f, generate_series(1, 2) where f.slug in ('x',
                     'tiktok')""",
    """insert into audit_log (workspace_id, table_name, record_id, action) select workspace_id, 'projects', id, 'INSERT' from projects""",
    """insert into engagement_by_time (workspace_id, connector_id, platform, day_of_week, hour_of_day, engagement_rate, posted_at)
       select workspace, account, 'x', n % 7, n % 24, 0.1, now() - n * interval '1 hour' from w, n""",
    """insert into platform_timing_data (workspace_id, user_id, platform_id, days, peak_hours, valid_from, valid_to)
       select workspace, person, p.id, '{mon}', '[]', now() - n * interval '1 day',
              case when n > 1 then now() - (n - 1) * interval '1 day' end
         from w, n, platforms p where p.slug in ('x', 'tiktok') and n < 100""",
    """insert into user_scheduling_preferences (workspace_id, user_id, platform_id, timezone)
       select v.workspace, w.person, p.id, 'UTC' from w, w v, platforms p where p.slug in ('x', 'tiktok')""",
)


@pytest.mark.parametrize("name", USER)
def test_a_user_s_queries_use_an_index(filled: Connection, name: str) -> None:
    assert _scanned_whole(filled, USER[name], "authenticated") == set()


@pytest.mark.parametrize("name", SERVICE)
def test_the_service_s_queries_use_an_index(filled: Connection, name: str) -> None:
    assert _scanned_whole(filled, SERVICE[name], "service_role") == set()


def test_the_test_sees_a_whole_scan(filled: Connection) -> None:
    assert _scanned_whole(filled, "select * from projects where title like '%P%'", "service_role") == {"projects"}


def _scanned_whole(db: Connection, query: str, role: str) -> set[str]:
    with _values(db) as values, db.transaction(force_rollback=True):
        claims = json.dumps({"role": role, "sub": values["user"]})
        db.execute("select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", [role, claims])
        for key, value in values.items():
            query = query.replace(f":{key}", f"'{value}'")
        row = db.execute(f"explain (format json) {query}".encode()).fetchone()
    assert row is not None
    return {scan for scan in _seq_scans(row[0][0]["Plan"]) if scan.startswith(BIG) and _size(db, scan)}


def _size(db: Connection, relation: str) -> int:
    """Bytes: a partition may be empty, and then there is nothing to look up."""
    row = db.execute("select pg_relation_size(%s::regclass)", [f"public.{relation}"]).fetchone()
    assert row is not None
    return int(row[0])


def _seq_scans(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for child in plan.get("Plans", ()):
        yield from _seq_scans(child)


@contextmanager
def _values(db: Connection) -> Iterator[dict[str, str]]:
    row = db.execute(
        """select w.person, w.calendar, (select id from projects where workspace_id = w.workspace limit 1),
                  (select id from cf_product_dossiers where workspace_id = w.workspace limit 1),
                  (select id from published_posts where workspace_id = w.workspace limit 1),
                  (select id from platforms where slug = 'x')
             from w limit 1"""
    ).fetchone()
    assert row is not None
    yield dict(zip(("user", "calendar", "project", "dossier", "post", "platform"), map(str, row), strict=True))
