"""Work that waits until the answer has gone out: what depends on whether an address has an account must not show in
the time that the answer takes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from fastapi import FastAPI, Request

from postwright.errors import Unavailable

log = structlog.get_logger()

_AT_ONCE = 2  # so that letters never take all connections of the pool
_MOST = 200  # waiting; beyond it nothing more is taken on


class After:
    """The work of one application."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, work: Coroutine[Any, Any, object]) -> None:
        """Begins it as soon as the present step has ended. Raises Unavailable when too much waits already."""
        if len(self._tasks) >= _MOST:
            work.close()
            raise Unavailable("Too much is asked for at once. Nothing was done; try again in a minute.", rule="busy")
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Waits until all of it is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _run(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            async with self._room:
                await work
        except Exception as error:
            log.error("work after an answer failed", exc_info=error)
        finally:
            work.close()


def after(request: Request) -> After:
    """The work of the application that answers this request."""
    return after_of(request.app)


def after_of(app: FastAPI) -> After:
    """Made when it is first asked for."""
    if not hasattr(app.state, "after"):
        app.state.after = After()
    found: After = app.state.after
    return found
