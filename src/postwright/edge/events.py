"""Live events: what changed in a workspace, told to the browsers that look at it.

One connection listens to the database for the whole process. Who misses an event loses nothing:
pages are true when they load, and the stream asks for a fresh look after every gap.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import structlog

log = structlog.get_logger()
_QUEUE = 200  # events a slow browser may lag behind before it is told to look afresh
_KINDS = {"content_schedule_items": "post", "scheduled_posts": "post", "published_posts": "post", "content_adaptations": "draft"}


class EventHub:
    """Listens on `postwright_changes` and hands each event to the subscribers of its workspace."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._subscribers: dict[str, set[asyncio.Queue[tuple[str, dict[str, Any]]]]] = defaultdict(set)

    async def run(self) -> None:
        """Listens until cancelled; connects again after a lost connection."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("event listener lost the database", error=str(error).splitlines()[0] if str(error) else type(error).__name__)
                await asyncio.sleep(2)

    @contextlib.asynccontextmanager
    async def subscribe(self, workspace: str) -> AsyncIterator[asyncio.Queue[tuple[str, dict[str, Any]]]]:
        """A queue of (kind, data) for one browser."""
        queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(_QUEUE)
        self._subscribers[workspace].add(queue)
        try:
            yield queue
        finally:
            self._subscribers[workspace].discard(queue)
            if not self._subscribers[workspace]:
                del self._subscribers[workspace]

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as db:
            await db.execute("listen postwright_changes")
            self._tell_all("refresh", {})
            async for note in db.notifies():
                self._hand_out(note.payload)

    def _hand_out(self, payload: str) -> None:
        change = json.loads(payload)
        kind = _KINDS.get(change.get("table", ""))
        if kind is None:
            return
        for queue in self._subscribers.get(str(change["workspace"]), ()):
            _offer(queue, kind, {"id": change.get("id"), "status": change.get("status"), "post": change.get("item")})

    def _tell_all(self, kind: str, data: dict[str, Any]) -> None:
        for queues in self._subscribers.values():
            for queue in queues:
                _offer(queue, kind, data)


def _offer(queue: asyncio.Queue[tuple[str, dict[str, Any]]], kind: str, data: dict[str, Any]) -> None:
    """Never waits: a browser that lags too far is told once to look afresh."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        kind, data = "refresh", {}
    queue.put_nowait((kind, data))


async def stream(hub: EventHub, workspace: str) -> AsyncIterator[str]:
    """Server-sent events of a workspace, with a comment every 20 s that keeps proxies from closing."""
    async with hub.subscribe(workspace) as queue:
        yield ": hello\n\n"
        while True:
            try:
                kind, data = await asyncio.wait_for(queue.get(), 20)
                yield f"event: {kind}\ndata: {json.dumps(data)}\n\n"
            except TimeoutError:
                yield ": still here\n\n"
