"""What a team and a worker may do through `schedule_assignments` and the commitments behind it."""

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


def test_a_colleague_s_post_can_be_assigned(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        connect(db)
        item = plan(db)
    with acting(db, cast.bob, cast.workspace):
        post = one(db, "insert into schedule_assignments (schedule_item_id, scheduled_at) values (%s, now()) returning id", item)
    assert one(db, "select user_id from scheduled_posts where id = %s", post) == cast.bob.id


def test_a_worker_assigns_what_has_lost_its_author(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        connect(db)
    with acting(db, cast.bob, cast.workspace):
        item = plan(db)
    db.execute("delete from users where id = %s", [cast.bob.id])
    with serving(db):
        db.execute("insert into schedule_assignments (schedule_item_id, scheduled_at, status) values (%s, now(), 'queued')", [item])
    assert one(db, "select user_id from scheduled_posts") == cast.alice.id, "whose account it is"


def test_a_change_that_came_too_late_says_so(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        post, _ = commit(db, connect(db))
    with serving(db):
        db.execute("update schedule_assignments set status = 'scheduled', worker_id = 'w' where id = %s", [post])
    with acting(db, cast.alice, cast.workspace):
        assert db.execute("update schedule_assignments set scheduled_at = now() where id = %s", [post]).rowcount == 0


def test_nobody_takes_what_is_not_approved(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        db.execute("update workspaces set settings = '{\"require_approval\": true}' where id = %s", [cast.workspace])
        post, _ = commit(db, account)
    take = "update schedule_assignments set status = 'scheduled', worker_id = 'w' where id = %s"
    with pytest.raises(psycopg.errors.CheckViolation, match="approved_first"), serving(db):
        db.execute(take, [post])
    with acting(db, cast.ada, cast.workspace):
        db.execute("update approvals set status = 'approved' where scheduled_post_id = %s", [post])
    with serving(db):
        assert db.execute(take, [post]).rowcount == 1


def test_what_was_rejected_and_mended_is_asked_for_again(db: Connection, cast: Cast) -> None:
    with acting(db, cast.alice, cast.workspace):
        account = connect(db)
        db.execute("update workspaces set settings = '{\"require_approval\": true}' where id = %s", [cast.workspace])
    with acting(db, cast.bob, cast.workspace):
        post, _ = commit(db, account)
    with acting(db, cast.ada, cast.workspace):
        db.execute("update approvals set status = 'rejected' where scheduled_post_id = %s", [post])
    pending = "select count(*) from approvals where scheduled_post_id = %s and status = 'pending'"
    with acting(db, cast.bob, cast.workspace):
        db.execute("update scheduled_posts set scheduled_for = now() + interval '1 day' where id = %s", [post])
        assert one(db, pending, post) == 0
        db.execute("update scheduled_posts set content = 'Better' where id = %s", [post])
        assert one(db, pending, post) == 1


def test_a_moved_commitment_keeps_its_wall_time_and_fold(db: Connection, cast: Cast) -> None:
    """In Berlin 02:30 comes twice on 25 October 2026."""
    with acting(db, cast.alice, cast.workspace):
        post, item = commit(db, connect(db))
        db.execute("update content_schedule_items set timezone = 'Europe/Berlin', wall_time = '2026-12-01 10:00' where id = %s", [item])
        for utc, wall, fold in (
            ("2026-10-25 00:30+00", "2026-10-25 02:30:00", 0),
            ("2026-10-25 01:30+00", "2026-10-25 02:30:00", 1),
            ("2026-10-26 09:00+00", "2026-10-26 10:00:00", 0),
        ):
            db.execute("update scheduled_posts set scheduled_for = %s where id = %s", [utc, post])
            assert one(db, "select wall_time::text, fold from content_schedule_items where id = %s", item) == (wall, fold)
    for utc, fold in (("2026-04-04 14:45+00", 0), ("2026-04-04 15:15+00", 1)):
        assert one(db, "select app.fold_of(%s, 'Australia/Lord_Howe')", utc) == fold, "half an hour there"


def plan(db: Connection) -> UUID:
    found: UUID = one(
        db,
        """insert into content_schedule_items (platform_id, content, scheduled_at)
           values ((select id from platforms where slug = 'x'), '{"text": "Hello"}', now()) returning id""",
    )
    return found
