"""On Supabase people sign up in auth.users, and are users of ours from then on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from postwright.db.migrate import migrate
from tests.conftest import SQL, Cluster

Connection = psycopg.Connection[Any]


@pytest.fixture
def supabase(each_cluster: Cluster) -> Iterator[Connection]:
    """A database that has what Supabase has of it before the first migration."""
    dsns = each_cluster.fresh("template0")
    with psycopg.connect(dsns.owner, autocommit=True) as db:
        db.execute("create schema auth")
        db.execute("create table auth.users (id uuid primary key, email text, raw_user_meta_data jsonb)")
        migrate(dsns.owner, SQL)
        yield db
    each_cluster.drop(dsns)


def test_signing_up_there_makes_a_user_with_all_that_comes_with_it(supabase: Connection) -> None:
    person, nameless = uuid4(), uuid4()
    supabase.execute(
        "insert into auth.users values (%s, 'Bob@example.com', %s), (%s, null, null)", [person, '{"full_name": "Bob"}', nameless]
    )
    made = supabase.execute(
        """select u.id, w.name, m.role, (select count(*) from voice_profiles v where v.user_id = u.id and v.is_default),
                  (select count(*) from scoring_configs s where s.workspace_id = w.id and s.active),
                  (select count(*) from content_calendar c where c.workspace_id = w.id and c.is_default)
             from users u join workspaces w on w.personal_of = u.id join workspace_members m on m.workspace_id = w.id
            order by w.name"""
    ).fetchall()
    assert made == [(person, "Bob", "owner", 1, 1, 1), (nameless, "Mine", "owner", 1, 1, 1)]


def test_an_address_that_is_taken_is_not_taken_over(supabase: Connection) -> None:
    supabase.execute("select app_auth.register('bob@example.com', 'hash', 'Bob')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        supabase.execute("insert into auth.users values (%s, 'BOB@example.com', '{}')", [uuid4()])
