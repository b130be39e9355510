"""Background jobs: enqueued by SQL, worked off under the worker's login, taken up again when a worker falls silent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import procrastinate
import psycopg
import pytest

from postwright import config
from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool
from postwright.edge.state import State
from postwright.worker import jobs
from tests.cast import Cast, acting
from tests.conftest import Cluster

Done = list[tuple[str, list[str], State]]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Done:
    """What the stand-in for a module's task saw."""
    seen: Done = []
    tasks = procrastinate.Blueprint()

    @tasks.task(name="render_media", pass_context=True)
    async def render_media(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
        seen.append((workspace, ids, context.additional_context["state"]))

    monkeypatch.setitem(sys.modules, "tests.stand_in", SimpleNamespace(tasks=tasks))
    monkeypatch.setattr(jobs, "_MODULES", ("tests.stand_in",))
    return seen


@pytest.fixture
def state(worker_pool: Pool) -> State:
    return State(config.load({}), worker_pool, None, lambda: datetime.now(UTC), None, "", b"", "test")


def test_every_task_that_sql_may_enqueue_has_its_code(database: Dsns):
    app = jobs.make_app(database.worker)
    assert {"render_media", "measure_posts", "simulate_history", "forget_history", "requeue_stalled_jobs"} <= set(app.tasks)


@pytest.mark.anyio
async def test_bob_enqueues_in_his_transaction_and_the_worker_does_it(
    owner_db: psycopg.Connection[Any], cast: Cast, database: Dsns, state: State, done: Done
):
    draft = uuid4()
    with acting(owner_db, cast.bob) as db:
        db.execute("select app.enqueue('render_media', %s, %s)", (cast.workspace, [draft]))
    async with _working(state, database):
        await _until(lambda: bool(done))
    assert done == [(str(cast.workspace), [str(draft)], state)]
    assert _statuses(owner_db) == ["succeeded"]


@pytest.mark.anyio
async def test_a_job_that_comes_later_wakes_the_worker(
    cluster: Cluster,
    owner_db: psycopg.Connection[Any],
    cast: Cast,
    database: Dsns,
    state: State,
    done: Done,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(jobs, "_POLL", 300.0)  # only a NOTIFY can wake it
    async with _working(state, database):
        await _until(lambda: _listening(cluster, database))

        def one_more() -> bool:  # a NOTIFY that comes while the worker looks is forgotten: the next one wakes it
            _enqueue(owner_db, cast.workspace)
            return bool(done)

        await _until(one_more, seconds=10, every=1.0)


@pytest.mark.anyio
async def test_the_job_of_a_worker_that_fell_silent_is_taken_up(
    owner_db: psycopg.Connection[Any], cast: Cast, database: Dsns, state: State, done: Done
):
    _enqueue(owner_db, cast.workspace)
    owner_db.execute(
        """with gone as (insert into procrastinate.procrastinate_workers (last_heartbeat) values (now() - interval '1 hour') returning id)
        update procrastinate.procrastinate_jobs set status = 'doing', worker_id = gone.id from gone"""
    )
    app = jobs.make_app(database.worker)
    async with app.open_async():
        await app.tasks["requeue_stalled_jobs"].defer_async(timestamp=0)
    async with _working(state, database):
        await _until(lambda: bool(done))  # nobody is woken for it: the poll finds it
    assert len(done) == 1


def test_sql_and_code_agree_on_the_queue_of_each_task(owner_db: psycopg.Connection[Any], cast: Cast, database: Dsns):
    app = jobs.make_app(database.worker)
    by_the_clock = {each.task.name for each in app.periodic_registry.periodic_tasks.values()}
    asked = [name for name in app.tasks if name not in by_the_clock and "builtin" not in name]
    for task in asked:
        owner_db.execute("select app.enqueue(%s, %s, %s)", (task, cast.workspace, [uuid4()]))
    told = dict(owner_db.execute("select task_name, queue_name from procrastinate.procrastinate_jobs").fetchall())
    assert told == {task: app.tasks[task].queue for task in asked}
    assert set(told.values()) == set(jobs._SLOTS)


def test_one_workspace_measures_in_one_place_only(owner_db: psycopg.Connection[Any], cast: Cast):
    """Else the servers that it named could hold every place of the slow queue."""
    for workspace in (cast.workspace, cast.workspace, cast.elsewhere):
        owner_db.execute("select app.enqueue('measure_posts', %s, %s)", (workspace, [uuid4()]))
    taken = [owner_db.execute("select procrastinate.procrastinate_fetch_job_v2('{heavy}', null)::text").fetchone() for _ in range(3)]
    told = owner_db.execute("select args ->> 'workspace', status::text from procrastinate.procrastinate_jobs order by id").fetchall()
    assert told == [(str(cast.workspace), "doing"), (str(cast.workspace), "todo"), (str(cast.elsewhere), "doing")], taken


@pytest.mark.anyio
async def test_slow_jobs_hold_up_no_quick_one(
    owner_db: psycopg.Connection[Any], cast: Cast, database: Dsns, state: State, monkeypatch: pytest.MonkeyPatch
):
    """However many films there are to convert, a grant is taken back at once."""
    tasks, over, begun, quick = procrastinate.Blueprint(), asyncio.Event(), list[str](), list[str]()

    @tasks.task(name="convert_media")
    async def convert_media(workspace: str, ids: list[str]) -> None:
        begun.extend(ids)
        await over.wait()

    @tasks.task(name="revoke_account")
    async def revoke_account(workspace: str, ids: list[str]) -> None:
        quick.extend(ids)

    monkeypatch.setitem(sys.modules, "tests.stand_in", SimpleNamespace(tasks=tasks))
    monkeypatch.setattr(jobs, "_MODULES", ("tests.stand_in",))
    slow = sum(jobs._SLOTS.values()) + 1
    for task, times in (("convert_media", slow), ("revoke_account", 1)):
        for _ in range(times):
            owner_db.execute("select app.enqueue(%s, %s, %s)", (task, cast.workspace, [uuid4()]))
    owner_db.execute("update procrastinate.procrastinate_jobs set lock = null")  # as if they were of many workspaces
    async with _working(state, database):
        await _until(lambda: len(begun) == jobs._SLOTS["heavy"] and bool(quick))
        assert len(begun) < slow
        over.set()
        await _until(lambda: len(begun) == slow)


@pytest.mark.anyio
async def test_mallory_enqueues_nothing_elsewhere(owner_db: psycopg.Connection[Any], cast: Cast):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, cast.mallory) as db:
        db.execute("select app.enqueue('render_media', %s, %s)", (cast.workspace, [uuid4()]))


def _enqueue(db: psycopg.Connection[Any], workspace: UUID) -> None:
    db.execute("select app.enqueue('render_media', %s, %s)", (workspace, [uuid4()]))


def _statuses(db: psycopg.Connection[Any]) -> list[str]:
    return [row[0] for row in db.execute("select status::text from procrastinate.procrastinate_jobs where task_name = 'render_media'")]


def _listening(cluster: Cluster, database: Dsns) -> bool:
    """Only a superuser reads what others execute."""
    with psycopg.connect(cluster.server.dsn(database.owner.rpartition("/")[2])) as db:
        row = db.execute(
            "select count(*) from pg_stat_activity where query ilike 'listen%%' and datname = current_database()", ()
        ).fetchone()
    return bool(row and row[0])


@asynccontextmanager
async def _working(state: State, database: Dsns) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = asyncio.create_task(jobs.work(state, database.worker, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(worker, 30)


async def _until(condition: Any, *, seconds: float = 30, every: float = 0.05) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is awaited lies in the database
            await asyncio.sleep(every)
