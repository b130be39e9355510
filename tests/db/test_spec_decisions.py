"""What was decided where the specifications are wrong or contradict each other, held by the database."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.cast import Cast, acting, gather, serving

Connection = psycopg.Connection[Any]


@pytest.fixture
def cast(db: Connection) -> Cast:
    return gather(db)


def one(db: Connection, text: str, *values: object) -> Any:
    row = db.execute(text.encode(), values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def connect(db: Connection, name: str = "u1", environment: str = "sandbox", platform: str = "x") -> UUID:
    found: UUID = one(
        db,
        """insert into platform_connections (platform, platform_user_id, access_token, environment)
           values (%s, %s, 'sealed', %s) returning id""",
        platform,
        name,
        environment,
    )
    return found


def commit(db: Connection, account: UUID, when: str = "2026-12-01 09:00+00") -> tuple[UUID, UUID]:
    """A commitment made directly, and the item that came with it."""
    found: tuple[UUID, UUID] = one(
        db,
        """insert into scheduled_posts (content, platform_connection_id, platform, scheduled_for)
           values ('Hello', %s, 'x', %s) returning id, schedule_item_id""",
        account,
        when,
    )
    return found


def test_a_new_workspace_has_a_calendar_a_voice_and_a_scoring(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        assert one(db, "select is_default from content_calendar where workspace_id = %s", cast.workspace)
        assert one(db, "select is_default from voice_profiles where workspace_id = %s", cast.workspace)
        weights = one(db, "select weights from scoring_configs where workspace_id = %s and active", cast.workspace)
    assert weights == {"engagement": 0.4, "ctr": 0.3, "conversions": 0.3}


def test_one_voice_stays_the_default(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        first = one(db, "select id from voice_profiles where workspace_id = %s", cast.workspace)
        db.execute("insert into voice_profiles (name, is_default, characteristics) values ('Second', true, '{}')")
        assert one(db, "select array_agg(name::text) from voice_profiles where is_default and workspace_id = %s", cast.workspace) == [
            "Second"
        ]
    with pytest.raises(psycopg.errors.CheckViolation), acting(db, cast.bob, cast.workspace):
        db.execute("update voice_profiles set is_default = false where workspace_id = %s", [cast.workspace])
    with acting(db, cast.bob, cast.workspace):
        db.execute("update voice_profiles set is_default = true where id = %s", [first])
        db.execute("delete from voice_profiles where name = 'Second'")
    with pytest.raises(psycopg.errors.CheckViolation), acting(db, cast.bob, cast.workspace):
        db.execute("delete from voice_profiles where id = %s", [first])
    db.execute("delete from users where id = %s", [cast.bob.id])


def test_a_workspace_is_sandbox_or_live(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        connect(db, "one", "sandbox")
        assert one(db, "select environment from workspaces where id = %s", cast.workspace) == "sandbox"
    with pytest.raises(psycopg.errors.CheckViolation, match="workspace of its own"), acting(db, cast.alice, cast.workspace):
        connect(db, "two", "live")


def test_item_and_commitment_go_together(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
    with acting(db, cast.bob, cast.workspace):
        post, item = commit(db, account)
        assert one(db, "select status, content ->> 'text' from content_schedule_items where id = %s", item) == ("scheduled", "Hello")
        db.execute("update content_schedule_items set scheduled_at = '2026-12-02 09:00+00' where id = %s", [item])
        assert one(db, "select scheduled_for::date::text from scheduled_posts where id = %s", post) == "2026-12-02"
        db.execute("update scheduled_posts set scheduled_for = '2026-12-03 09:00+00' where id = %s", [post])
        assert one(db, "select scheduled_at::date::text from content_schedule_items where id = %s", item) == "2026-12-03"
        db.execute("update content_schedule_items set status = 'canceled' where id = %s", [item])
        assert one(db, "select status from scheduled_posts where id = %s", post) == "cancelled"
        post, item = commit(db, account)
        db.execute("update scheduled_posts set status = 'cancelled' where id = %s", [post])
        assert one(db, "select status from content_schedule_items where id = %s", item) == "canceled"


def test_what_is_being_published_neither_moves_nor_cancels(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        post, item = commit(db, connect(db))
    with serving(db):
        db.execute("update scheduled_posts set status = 'processing', worker_id = 'w', fence = 1 where id = %s", [post])
    for change in ("scheduled_at = '2027-01-01'", "status = 'canceled'"):
        with pytest.raises(psycopg.errors.CheckViolation, match="being published"), acting(db, cast.alice, cast.workspace):
            db.execute(f"update content_schedule_items set {change} where id = %s".encode(), [item])
    with acting(db, cast.alice, cast.workspace):
        assert db.execute("update scheduled_posts set content = 'Other' where id = %s", [post]).rowcount == 0
        assert db.execute("delete from scheduled_posts where id = %s", [post]).rowcount == 0
    with serving(db):
        db.execute("update scheduled_posts set status = 'completed' where id = %s", [post])
        assert one(db, "select status from content_schedule_items where id = %s", item) == "posted"


def test_an_item_has_one_commitment(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        _, item = commit(db, account)
    with pytest.raises(psycopg.errors.UniqueViolation), acting(db, cast.alice, cast.workspace):
        db.execute(
            """insert into scheduled_posts (content, platform_connection_id, platform, scheduled_for, schedule_item_id)
               values ('x', %s, 'x', now(), %s)""",
            [account, item],
        )


def test_the_same_content_never_stands_twice_in_a_slot(db: Connection, cast: Cast) -> None:
    insert = """insert into content_schedule_items (platform_id, platform_connection_id, adaptation_id, scheduled_at)
                values ((select id from platforms where slug = 'x'), %s, %s, '2026-12-01 09:00+00') returning id"""
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        draft = one(db, "insert into content_adaptations (original_idea, adaptations) values ('I', '{}') returning id")
        first = one(db, insert, account, draft)
    with pytest.raises(psycopg.errors.UniqueViolation), acting(db, cast.alice, cast.workspace):
        one(db, insert, account, draft)
    with acting(db, cast.alice, cast.workspace):
        db.execute("update content_schedule_items set status = 'canceled' where id = %s", [first])
        one(db, insert, account, draft)
    with acting(db, cast.alice, cast.workspace):
        for _ in range(2):  # no draft: nothing says that two plain texts are the same
            db.execute(
                """insert into content_schedule_items (platform_id, content)
                   values ((select id from platforms where slug = 'x'), '{"text": "Hi"}')"""
            )


def test_an_approval_blocks_and_an_edit_asks_again(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        db.execute("update workspaces set settings = '{\"require_approval\": true}' where id = %s", [cast.workspace])
    with acting(db, cast.bob, cast.workspace):
        post, _ = commit(db, account)
        assert one(db, "select requires_approval, approved_at from scheduled_posts where id = %s", post) == (True, None)
        assert db.execute("update approvals set status = 'approved' where scheduled_post_id = %s", [post]).rowcount == 0, "Bob may not"
    with acting(db, cast.ada, cast.workspace):
        assert db.execute("update approvals set status = 'approved' where scheduled_post_id = %s", [post]).rowcount == 1
        assert one(db, "select approved_at is not null from scheduled_posts where id = %s", post)
        assert one(db, "select decided_by from approvals where scheduled_post_id = %s", post) == cast.ada.id
    with acting(db, cast.bob, cast.workspace):
        db.execute("update scheduled_posts set content = 'Changed' where id = %s", [post])
        assert one(db, "select approved_at from scheduled_posts where id = %s", post) is None
        assert one(db, "select count(*) from approvals where scheduled_post_id = %s and status = 'pending'", post) == 1


@pytest.mark.parametrize("decided", ["pending", "approved", "rejected"])
def test_an_approval_is_of_what_was_read_not_of_what_it_says_since(db: Connection, cast: Cast, decided: str) -> None:
    """Ada reads the post, Bob changes it, Ada approves: what nobody read does not go out."""
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        db.execute("update workspaces set settings = '{\"require_approval\": true}' where id = %s", [cast.workspace])
    with acting(db, cast.bob, cast.workspace):
        post, _ = commit(db, account)
    read = one(db, "select id from approvals where scheduled_post_id = %s", post)
    with acting(db, cast.ada, cast.workspace):
        db.execute("update approvals set status = %s where id = %s", [decided, read])
    with acting(db, cast.bob, cast.workspace):
        db.execute("update scheduled_posts set content = 'Changed' where id = %s", [post])
    with acting(db, cast.ada, cast.workspace):
        assert db.execute("update approvals set status = 'approved' where id = %s", [read]).rowcount == 0
        assert one(db, "select approved_at from scheduled_posts where id = %s", post) is None
        assert one(db, "select status from approvals where id = %s", read) == "superseded"
        asked = one(db, "select id from approvals where scheduled_post_id = %s and status = 'pending'", post)
        assert db.execute("update approvals set status = 'approved' where id = %s", [asked]).rowcount == 1
        assert one(db, "select approved_at is not null from scheduled_posts where id = %s", post)


def test_an_edit_of_the_system_voids_an_approval_too(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        db.execute("update workspaces set settings = '{\"require_approval\": true}' where id = %s", [cast.workspace])
        post, _ = commit(db, account)
    with acting(db, cast.ada, cast.workspace):
        db.execute("update approvals set status = 'approved' where scheduled_post_id = %s", [post])
    with serving(db):
        db.execute("update scheduled_posts set content = 'Changed' where id = %s", [post])
    assert one(db, "select approved_at from scheduled_posts where id = %s", post) is None
    assert one(db, "select decided_by from approvals where scheduled_post_id = %s and status = 'superseded'", post) == cast.ada.id


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("scheduled_posts", "retry_count"),
        ("scheduled_posts", "lease_expires_at"),
        ("scheduled_posts", "fence"),
        ("scheduled_posts", "approved_at"),
        ("scheduled_posts", "published_post_id"),
        ("published_posts", "platform_post_id"),
        ("published_posts", "platform_url"),
        ("published_posts", "metrics"),
        ("users", "is_active"),
        ("users", "email"),
        ("users", "external_id"),
        ("workspaces", "environment"),
        ("workspaces", "personal_of"),
        ("platform_connections", "environment"),
        ("platform_connections", "health"),
        ("ab_tests", "winner_id"),
        ("ab_tests", "confidence"),
        ("video_jobs", "retry_count"),
        ("performance_alerts", "phase"),
        ("post_promotions", "external_id"),
    ],
)
def test_users_never_set_what_the_system_owns(db_to_read: Connection, table: str, column: str) -> None:
    assert not one(db_to_read, "select has_column_privilege('authenticated', %s, %s, 'update')", f"public.{table}", column)


def test_an_id_of_the_platform_is_not_made_up(db_to_read: Connection) -> None:
    for table, column in (("post_promotions", "external_id"), ("published_posts", "platform_post_id"), ("users", "external_id")):
        assert not one(db_to_read, "select has_column_privilege('authenticated', %s, %s, 'insert')", f"public.{table}", column), table


def test_what_was_revoked_stays_revoked(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        db.execute("insert into invitations (email, token_hash, role) values ('guest@example.com', 'i', 'admin')")
        db.execute("insert into api_keys (name, prefix, key_hash) values ('Key', 'pw_', 'k')")
    for table in ("invitations", "api_keys"):
        with acting(db, cast.ada, cast.workspace):
            revoked = "revoked_at is null" if table == "api_keys" else "email = 'guest@example.com'"
            assert db.execute(f"update {table} set revoked_at = now() where {revoked}".encode()).rowcount == 1
        with pytest.raises(psycopg.errors.CheckViolation, match="make a new one"), acting(db, cast.ada, cast.workspace):
            db.execute(f"update {table} set revoked_at = null where revoked_at is not null".encode())


def test_a_result_is_as_real_as_its_workspace(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        insert = "insert into published_posts (platform_connection_id, platform, content) values (%s, 'x', 'Hello') returning environment"
        assert one(db, insert, account) == "sandbox"


def test_a_frozen_prediction_stays(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        draft = one(db, "insert into content_adaptations (original_idea, adaptations) values ('I', '{}') returning id")
        made = one(db, "insert into viral_score_predictions (adaptation_id, platform) values (%s, 'x') returning id", draft)
    with serving(db):
        db.execute("update viral_score_predictions set predicted_score = 60, status = 'completed', frozen_at = now() where id = %s", [made])
        with pytest.raises(psycopg.errors.CheckViolation, match="frozen"), db.transaction():
            db.execute("update viral_score_predictions set predicted_score = 90 where id = %s", [made])


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.mp3", "a/../../b.mp3", "a/./b.mp3", "a\\b.mp3", ".."])
def test_a_file_lies_inside_the_storage(db: Connection, cast: Cast, path: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), acting(db, cast.bob, cast.workspace):
        db.execute("insert into files (path) values (%s)", [path])


def test_tokens_are_written_and_never_read(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        connect(db)
        assert one(db, "select platform_user_id from connectors") == "u1"
    for statement in ("select access_token from platform_connections", "select * from platform_connections", "select secret from webhooks"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(db, cast.alice, cast.workspace):
            db.execute(statement.encode())


def test_words_are_written_in_one_spelling(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        assert one(db, "select platform::text from platform_connections where id = %s", connect(db, platform="Twitter")) == "x"
        instagram = one(db, "select id from platforms where slug = 'instagram'")
        item = "insert into content_schedule_items (platform_id, content_format, content) values (%s, %s, '{}') returning content_format"
        assert [one(db, item, instagram, word) for word in ("reels", "Reel", "stories", "carousel")] == [
            "reel",
            "reel",
            "story",
            "carousel",
        ]
        preference = (
            "insert into user_scheduling_preferences (timezone, days_blacklist) values ('UTC', '{Saturday,SUN}') returning days_blacklist"
        )
        assert one(db, preference) == ["sat", "sun"]
    with pytest.raises(psycopg.errors.CheckViolation, match="no format of this platform"), acting(db, cast.alice, cast.workspace):
        one(db, item, instagram, "podcast")


def test_a_new_version_of_timing_ends_the_one_before(db: Connection, cast: Cast) -> None:
    insert = """insert into platform_timing_data (platform_id, days, peak_hours) values
                ((select id from platforms where slug = 'x'), '{mon}', '[{"start": 9, "end": 10}]') returning id"""
    with acting(db, cast.bob, cast.workspace):
        first, second = one(db, insert), one(db, insert)
        assert one(db, "select array_agg(id) from platform_timing_data where user_id = %s and valid_to is null", cast.bob.id) == [second]
        assert one(db, "select valid_to is not null from platform_timing_data where id = %s", first)
    baseline = "select count(*) from platform_timing_data where workspace_id is null and valid_to is null"
    assert one(db, baseline) == 17, "the baselines stay in force"


def test_weights_sum_to_one_and_one_config_is_active(db: Connection, cast: Cast) -> None:
    for weights in ('{"engagement": 0.7}', '{"engagement": "1"}', "{}", "[1]"):
        with pytest.raises(psycopg.errors.CheckViolation), acting(db, cast.bob, cast.workspace):
            db.execute("insert into scoring_configs (name, weights) values ('Bad', %s)", [weights])
    with acting(db, cast.bob, cast.workspace):
        db.execute("insert into scoring_configs (name, weights) values ('Mine', '{\"ctr\": 1}')")
        active = one(db, "select array_agg(name) from scoring_configs where active and workspace_id = %s", cast.workspace)
    assert active == ["Mine"]


def test_scripts_are_one_per_cell_also_without_sophistication(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        dossier = one(db, "insert into cf_product_dossiers (name) values ('Acne Patch') returning id")
        assert one(db, "insert into cf_product_dossiers (name) values ('Acne  Patch!') returning slug") == "acne-patch-2"
        script = "insert into cf_scripts (dossier_id, awareness_level, hook, body, cta) values (%s, 1, 'h', 'b', 'c')"
        db.execute(script, [dossier])
    with pytest.raises(psycopg.errors.UniqueViolation), acting(db, cast.bob, cast.workspace):
        db.execute(script, [dossier])


def test_deleting_a_dossier_keeps_what_was_published(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        dossier = one(db, "insert into cf_product_dossiers (name) values ('Acne Patch') returning id")
        made = one(
            db, "insert into cf_assembled_content (dossier_id, platform, status) values (%s, 'tiktok', 'ready') returning id", dossier
        )
        post = one(db, "insert into cf_published_content (assembled_content_id, platform) values (%s, 'tiktok') returning id", made)
        db.execute("insert into cf_performance_metrics (published_content_id, date, views) values (%s, '2026-11-20', 5)", [post])
        db.execute("delete from cf_product_dossiers where id = %s", [dossier])
        assert one(db, "select assembled_content_id, status::text from published_posts where id = %s", post) == (None, "published")
        assert one(db, "select sum(views) from post_metrics_daily") == 5


def test_rows_of_other_workspaces_are_no_shared_reference(db: Connection, cast: Cast) -> None:
    with acting(db, cast.mallory, cast.elsewhere):
        theirs = one(db, "insert into templates (name, type, prompt) values ('Mine', 'blog', 'p') returning id")
    with acting(db, cast.bob, cast.workspace):
        project = one(db, "insert into projects (title) values ('P') returning id")
        system = one(db, "select id from templates where not is_custom limit 1")
        output = "insert into outputs (project_id, kind, template_id) values (%s, 'blog', %s)"
        db.execute(output, [project, system])
    with pytest.raises(psycopg.errors.ForeignKeyViolation), acting(db, cast.bob, cast.workspace):
        db.execute(output, [project, theirs])


def test_the_workspace_of_a_row_that_names_none(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        project = one(db, "insert into projects (title) values ('P') returning id")
    with acting(db, cast.bob):
        inherited = one(db, "insert into outputs (project_id, kind) values (%s, 'blog') returning workspace_id", project)
        personal = one(db, "insert into projects (title) values ('Q') returning workspace_id")
    assert (inherited, personal) == (cast.workspace, cast.bob.personal)
    with pytest.raises(psycopg.errors.NotNullViolation, match="must name its workspace"), serving(db):
        db.execute("insert into projects (title, user_id) values ('R', %s)", [cast.bob.id])


def test_jobs_start_only_by_name_and_where_one_edits(db: Connection, cast: Cast) -> None:
    with acting(db, cast.bob, cast.workspace):
        assert one(db, "select app.enqueue('render_media', %s, array[%s])", cast.workspace, cast.bob.id) > 0
        assert one(db, "select app.enqueue('render_media', %s, array[%s])", cast.workspace, cast.bob.id) is None, "it waits already"
    assert one(db, "select args from procrastinate.procrastinate_jobs") == {"workspace": str(cast.workspace), "ids": [str(cast.bob.id)]}
    for person, task in ((cast.vera, "render_media"), (cast.mallory, "render_media")):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(db, person, cast.workspace):
            db.execute("select app.enqueue(%s, %s, '{}')", [task, cast.workspace])
    with pytest.raises(psycopg.errors.InvalidParameterValue), acting(db, cast.bob, cast.workspace):
        db.execute("select app.enqueue('drop_everything', %s, '{}')", [cast.workspace])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(db, cast.alice, cast.workspace):
        db.execute("select * from procrastinate.procrastinate_jobs")


def test_claims_alone_make_nobody_the_service(db: Connection, cast: Cast) -> None:
    """Who reached SQL as a user may write any claims; the system is who runs as it."""
    with acting(db, cast.alice, cast.workspace):
        _, item = commit(db, connect(db))
    with acting(db, cast.alice, cast.workspace):
        db.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps({"role": "service_role", "sub": str(cast.alice.id)})])
        with pytest.raises(psycopg.errors.CheckViolation), db.transaction():
            db.execute("update content_schedule_items set status = 'posted' where id = %s", [item])


@pytest.mark.parametrize(
    ("item", "commitment", "awaiting", "state"),
    [
        ("queued", None, False, "planned"),
        ("queued", None, None, "planned"),
        ("scheduled", "scheduled", False, "scheduled"),
        ("scheduled", "scheduled", True, "awaiting_approval"),
        ("scheduled", "processing", False, "publishing"),
        ("scheduled", "needs_review", False, "unconfirmed"),
        ("posted", "completed", False, "published"),
        ("failed", "failed", False, "failed"),
        ("canceled", "cancelled", False, "canceled"),
        ("canceled", None, False, "canceled"),
    ],
)
def test_the_state_that_a_person_reads(
    db_to_read: Connection, item: str, commitment: str | None, awaiting: bool | None, state: str
) -> None:
    ask = "select app.post_state(%s, %s, %s, '2026-12-01', %s)"
    assert one(db_to_read, ask, item, commitment, awaiting, "2026-11-01") == state
    later = one(db_to_read, ask, item, commitment, awaiting, "2027-01-01")
    assert later == ("missed" if state == "planned" else state)
