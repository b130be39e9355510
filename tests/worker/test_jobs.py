"""How jobs are worked off."""

from __future__ import annotations

import asyncio

import procrastinate
import pytest

from postwright.worker import jobs

pytestmark = pytest.mark.anyio
NOWHERE = "postgresql://127.0.0.1:1/none"


def _app(name: str, monkeypatch: pytest.MonkeyPatch, work: asyncio.Event) -> procrastinate.App:
    """One whose only module has a task that waits for the event."""
    tasks = procrastinate.Blueprint()

    @tasks.task(name=name)
    async def wait() -> None:
        await work.wait()

    monkeypatch.setattr(jobs, "_MODULES", ())
    app = jobs.make_app(NOWHERE)
    jobs._adopt(app, tasks)
    return app


async def test_a_job_that_waits_for_ever_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_LONGEST", 0.05)
    app = _app("ask_choices", monkeypatch, asyncio.Event())
    async with asyncio.timeout(10) as mine:
        with pytest.raises(TimeoutError):
            await app.tasks["ask_choices"]()
    assert not mine.expired()


async def test_a_film_is_converted_however_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_LONGEST", 0.01)
    ready = asyncio.Event()
    app = _app("convert_media", monkeypatch, ready)
    running = asyncio.ensure_future(app.tasks["convert_media"]())
    await asyncio.wait({running}, timeout=0.1)
    ready.set()
    await running


def test_every_task_that_may_take_its_time_is_one() -> None:
    assert set(jobs.make_app(NOWHERE).tasks) >= jobs._UNHURRIED


def test_an_app_that_is_made_twice_limits_each_task_once() -> None:
    jobs.make_app(NOWHERE)
    task = jobs.make_app(NOWHERE).tasks["renew_tokens"]
    assert not hasattr(task.func.__wrapped__, "__wrapped__")
