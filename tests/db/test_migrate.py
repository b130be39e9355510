"""The migration runner: forward only, whole files, once however many ask, on 18 and 15."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from postwright.db import instance
from postwright.db.bootstrap import Dsns
from postwright.db.migrate import migrate, pending, read_steps
from postwright.errors import SetupError
from tests.conftest import SQL, Cluster

QUEUE = "procrastinate/schema.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three small migrations."""
    write(tmp_path, "0001_first.sql", "create table first (n int);\ncreate function ten() returns int language sql as $$ select 10 $$;")
    write(tmp_path, "0002_jobs.sql", "create table uses (job bigint references procrastinate.procrastinate_jobs);")
    write(tmp_path, "0003_percent.sql", "comment on table first is '100 % of %s';")
    return tmp_path


def test_applies_in_order_once_with_the_queue_before_jobs(empty_database: Dsns, folder: Path):
    assert pending(empty_database.owner, folder) == ["0001_first.sql", "0002_jobs.sql", "0003_percent.sql", QUEUE]
    assert migrate(empty_database.owner, folder) == ["0001_first.sql", QUEUE, "0002_jobs.sql", "0003_percent.sql"]
    assert migrate(empty_database.owner, folder) == []
    assert pending(empty_database.owner, folder) == []
    with psycopg.connect(empty_database.owner) as db:
        ledger = dict(db.execute("select version, checksum from schema_versions").fetchall())
    assert {step.version: step.checksum for step in read_steps(folder)}.items() <= ledger.items()


def test_the_queue_comes_last_where_nothing_speaks_of_jobs(empty_database: Dsns, folder: Path):
    (folder / "0002_jobs.sql").unlink()
    assert migrate(empty_database.owner, folder)[-1] == QUEUE


def test_a_new_file_goes_on_top(empty_database: Dsns, folder: Path):
    migrate(empty_database.owner, folder)
    write(folder, "0004_more.sql", "create table more (n int);")
    assert migrate(empty_database.owner, folder) == ["0004_more.sql"]


def test_a_changed_file_is_refused(empty_database: Dsns, folder: Path):
    migrate(empty_database.owner, folder)
    write(folder, "0001_first.sql", "create table other (n int);")
    with pytest.raises(SetupError, match=r"0001_first\.sql changed after it was applied"):
        migrate(empty_database.owner, folder)


def test_a_missing_file_means_an_older_program(empty_database: Dsns, folder: Path):
    migrate(empty_database.owner, folder)
    (folder / "0003_percent.sql").unlink()
    with pytest.raises(SetupError, match=r"0003_percent\.sql, which this Postwright does not have"):
        migrate(empty_database.owner, folder)


def test_a_file_between_applied_ones_is_refused(empty_database: Dsns, folder: Path):
    migrate(empty_database.owner, folder)
    write(folder, "0001_later.sql", "select 1;")
    with pytest.raises(SetupError, match="only go forward"):
        migrate(empty_database.owner, folder)


def test_a_failing_file_leaves_nothing_and_names_its_line(empty_database: Dsns, folder: Path):
    write(folder, "0002_bad.sql", "create table half (n int);\n\nselect no_such_thing();\n")
    with pytest.raises(SetupError, match=r"0002_bad\.sql, line 3: function no_such_thing\(\) does not exist"):
        migrate(empty_database.owner, folder)
    with psycopg.connect(empty_database.owner) as db:
        assert db.execute("select to_regclass('half'), to_regclass('first') is not null").fetchone() == (None, True)
    write(folder, "0002_bad.sql", "create table half (n int);")
    assert migrate(empty_database.owner, folder)[0] == "0002_bad.sql"


def test_a_database_that_is_killed_meanwhile_is_named_with_its_file(empty_database: Dsns, folder: Path):
    write(folder, "0002_bad.sql", "select pg_terminate_backend(pg_backend_pid());")
    with pytest.raises(SetupError, match=r"0002_bad\.sql: (?s:.*)terminat(?s:.*)Nothing of this file was kept"):
        migrate(empty_database.owner, folder)


def test_two_starts_migrate_once(empty_database: Dsns):
    with ThreadPoolExecutor(4) as crowd:
        applied = list(crowd.map(lambda _: migrate(empty_database.owner, SQL), range(4)))
    assert sorted(map(len, applied))[:3] == [0, 0, 0]
    assert len(max(applied, key=len)) == len(read_steps(SQL)) + 1


def test_four_databases_of_one_cluster_in_parallel(cluster: Cluster):
    databases = [cluster.fresh("template0") for _ in range(4)]
    with ThreadPoolExecutor(4) as crowd:
        applied = list(crowd.map(lambda dsns: migrate(dsns.owner, SQL), databases))
    assert all(len(names) == len(read_steps(SQL)) + 1 for names in applied)
    for dsns in databases:
        cluster.drop(dsns)


def test_the_ledger_is_readable_and_nobodys_to_write(database: Dsns):
    with psycopg.connect(database.owner, autocommit=True) as db:
        facts = db.execute("select relrowsecurity, relforcerowsecurity from pg_class where oid = 'schema_versions'::regclass").fetchone()
        assert facts == (True, True)
        for role in ("authenticated", "service_role"):
            db.execute(f"set role {role}".encode())
            assert db.execute("select count(*) > 0 from schema_versions").fetchone() == (True,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute("insert into schema_versions (version, checksum) values ('x', 'y')")
            db.execute("reset role")


def test_the_queue_is_the_services_and_runs_under_any_search_path(database: Dsns):
    with psycopg.connect(database.worker, autocommit=True) as db:
        db.execute("set role service_role")
        db.execute("set search_path = ''")
        db.execute("insert into procrastinate.procrastinate_jobs (queue_name, task_name) values ('default', 'render_media')")
        row = db.execute("select task_name from procrastinate.procrastinate_fetch_job_v2(null, null)").fetchone()
        assert row == ("render_media",)
    with psycopg.connect(database.api, autocommit=True) as db:
        db.execute("set role authenticated")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select * from procrastinate.procrastinate_jobs")


def test_the_same_on_postgresql_15(cluster15: Cluster, folder: Path):
    dsns = cluster15.fresh("template0")
    assert len(migrate(dsns.owner, folder)) == 4
    cluster15.drop(dsns)


def test_a_server_that_is_not_there_says_so_without_the_password():
    secret, port = "s3cr3t", instance.free_port()
    with pytest.raises(SetupError, match=f"cannot connect to the database at 127.0.0.1:{port}/x as me") as caught:
        migrate(f"postgresql://me:{secret}@127.0.0.1:{port}/x", SQL)
    assert secret not in caught.value.message


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
