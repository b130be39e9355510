"""Background jobs: procrastinate on the worker's login, with the tasks of every module.

A request never enqueues by itself: `app.enqueue` does, inside its transaction. A job may run twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import procrastinate
import psycopg
import structlog

from postwright.config import Settings
from postwright.db.connect import dsns
from postwright.edge.state import State
from postwright.process import open_state

log = structlog.get_logger()

_MODULES = (
    "postwright.library.tasks",
    "postwright.connections.tasks",
    "postwright.studio.tasks",
    "postwright.studio.tasks_choices",
    "postwright.publishing.tasks_ops",
    "postwright.insight.tasks",
    "postwright.workspaces.tasks",
    "postwright.keys.tasks",
    "postwright.notices.tasks",
    "postwright.publishing.tasks",
    "postwright.exports.tasks",
)
# How many jobs of each queue run at once. A film that is converted for an hour keeps no renewal and no letter waiting.
_SLOTS = {"default": 4, "heavy": 2}
_LONGEST = 600.0  # seconds for a job that asks others: a slow one must not hold its place for ever
# What works on this machine only, and takes as long as there is much of it.
_UNHURRIED = frozenset(
    ("render_media", "convert_media", "make_export", "sweep_exports", "simulate_history", "forget_history",
     "maintain", "prune_events", "purge_files", "purge_workspaces", "purge_deleted_drafts")
)  # fmt: skip
_POLL = 5.0  # seconds; stands behind every NOTIFY, of which procrastinate forgets one that comes while it looks for a job
_GRACE = 20.0  # seconds that running jobs have when we are asked to stop


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Works off jobs until `stop` is set, then lets the running ones finish."""
    async with open_state(settings, "worker", size=6) as state:
        await work(state, dsns(settings).worker_direct, stop)


async def work(state: State, dsn: str, stop: asyncio.Event) -> None:
    """The same on a state that is open already."""
    app = make_app(dsn)
    async with app.open_async():
        workers = [asyncio.create_task(_worker(app, state, queue)) for queue in _SLOTS]
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({*workers, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for each in workers:
            each.cancel()  # a worker takes this as: finish what runs, fetch nothing more
        await asyncio.wait(workers)
        for each in workers:
            with contextlib.suppress(asyncio.CancelledError):
                each.result()


def make_app(dsn: str) -> procrastinate.App:
    """All tasks under the names that `app.enqueue` knows."""
    connector = procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=6, configure=_enter)
    app = procrastinate.App(connector=connector)
    for blueprint in (own_tasks(), *(import_module(name).tasks for name in _MODULES)):
        _adopt(app, blueprint)
    return app


def own_tasks() -> procrastinate.Blueprint:
    """The queue's own housekeeping."""
    tasks = procrastinate.Blueprint()

    @tasks.periodic(cron="*/1 * * * *")
    @tasks.task(name="requeue_stalled_jobs", pass_context=True, queueing_lock="requeue_stalled_jobs")
    async def requeue_stalled_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
        """Puts the jobs of workers that fell silent back into the queue, and forgets finished ones after a week."""
        for job in await context.app.job_manager.get_stalled_jobs():
            log.warning("a job's worker fell silent, it starts again", job=job.id, task=job.task_name)
            await context.app.job_manager.retry_job(job)
        await context.app.job_manager.delete_old_jobs(nb_hours=7 * 24, include_failed=True, include_cancelled=True, include_aborted=True)

    return tasks


async def _worker(app: procrastinate.App, state: State, queue: str) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=_SLOTS[queue],
        fetch_job_polling_interval=_POLL,
        abort_job_polling_interval=_POLL,
        shutdown_graceful_timeout=_GRACE,
        install_signal_handlers=False,
        additional_context={"state": state},
        name="postwright",
    )


def _adopt(app: procrastinate.App, blueprint: procrastinate.Blueprint) -> None:
    """`App.add_tasks_from` would put a namespace before every name; ours are one closed list."""
    for task in blueprint.tasks.values():
        task.blueprint = app
        if task.name not in _UNHURRIED:
            task.func = _in_time(task.name, inspect.unwrap(task.func))
    taken = set(app.tasks) & set(blueprint.tasks)
    if taken:
        raise LookupError(f"two modules have a task named {', '.join(sorted(taken))}")
    app.tasks.update(blueprint.tasks)
    for periodic in blueprint.periodic_registry.periodic_tasks.values():
        app.periodic_registry.register_task(
            task=periodic.task, cron=periodic.cron, periodic_id=periodic.periodic_id, configure_kwargs=periodic.configure_kwargs
        )


def _in_time(name: str, work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(work)
    async def in_time(*args: Any, **arguments: Any) -> None:
        async with asyncio.timeout(_LONGEST) as limit:
            try:
                await work(*args, **arguments)
            finally:
                if limit.expired():
                    log.warning("a job took too long and is ended", task=name, seconds=_LONGEST)

    return in_time


async def _enter(db: psycopg.AsyncConnection[Any]) -> None:
    """The login itself may nothing; procrastinate's statements name no schema."""
    await db.execute("select set_config('role', 'service_role', false), set_config('search_path', 'procrastinate, public', false)")
    await db.commit()
