"""Live events: what changed in a workspace, told to the browsers that look at it.

One connection listens to the database for the whole process. Who misses an event loses nothing:
pages are true when they load, and the stream asks for a fresh look after every gap.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
import structlog

from postwright.errors import TooManyTries

log = structlog.get_logger()
MOST = 12  # streams of one person: a few windows on a few machines
_LOOK_EVERY = 20.0  # seconds between looks whether who listens still may; also what keeps proxies from closing
_QUEUE = 200  # events a slow browser may lag behind before it is told to look afresh
_KINDS = {
    "content_schedule_items": "post", "scheduled_posts": "post", "published_posts": "post", "content_adaptations": "draft",
    "comments": "comment", "notifications": "notice",
}  # fmt: skip
_STANDING = "publishing_pauses"  # what it means for pages the watch tells, once it has seen it
_LEAVING = frozenset({"users", "sessions", "workspace_members"})  # somebody may be about to lose what they look at
_LOOK = "look"  # an event for the stream itself: see at once whether who listens still may


class EventHub:
    """Listens on `postwright_changes` and hands each event to the subscribers of its workspace."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._subscribers: dict[str, dict[asyncio.Queue[tuple[str, dict[str, Any]]], str]] = defaultdict(dict)
        self._open: Counter[UUID] = Counter()
        self.on_pause: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Listens until cancelled; connects again after a lost connection."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("event listener lost the database", error=str(error).splitlines()[0] if str(error) else type(error).__name__)
                await asyncio.sleep(2)

    def require_room(self, user: UUID) -> None:
        """Raises TooManyTries when this person holds as many streams as one may."""
        if self._open[user] >= MOST:
            raise TooManyTries("Too many windows listen at once. Close some; this page is true as of now.", rule="streams")

    @contextlib.asynccontextmanager
    async def subscribe(self, workspace: str, user: UUID) -> AsyncIterator[asyncio.Queue[tuple[str, dict[str, Any]]]]:
        """A queue of (kind, data) for one browser."""
        queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(_QUEUE)
        self._subscribers[workspace][queue] = str(user)
        self._open[user] += 1
        try:
            yield queue
        finally:
            self._open[user] -= 1
            self._subscribers[workspace].pop(queue, None)
            if not self._subscribers[workspace]:
                del self._subscribers[workspace]

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as db:
            await db.execute("listen postwright_changes")
            self._tell_all("refresh", {})
            async for note in db.notifies():
                self._hand_out(note.payload)

    def _hand_out(self, payload: str) -> None:
        """Anybody who reaches the database can send a note: what is not one of ours is passed over. An event
        only says where to look again; what is seen there is for the database to allow."""
        try:
            change = dict(json.loads(payload))
            table, workspace = str(change["table"]), str(change.get("workspace"))
        except (ValueError, TypeError, KeyError, RecursionError):
            log.warning("a note on postwright_changes that is none")
            return
        if table in _LEAVING:
            self._look(change.get("user"))
        if table == _STANDING:
            self.on_pause()
        if (kind := _KINDS.get(table)) is None:
            return
        for queue, user in self._subscribers.get(workspace, {}).items():
            if change.get("user") in (None, user):  # what concerns one person is told to their windows only
                _offer(queue, kind, {"id": change.get("id"), "status": change.get("status"), "post": change.get("item")})

    def _look(self, user: object) -> None:
        for queues in self._subscribers.values():
            for queue in [queue for queue, listener in queues.items() if listener == user]:
                _offer(queue, _LOOK, {})

    def tell_standing(self, workspace: UUID | None) -> None:
        """What holds posts back has changed: in a workspace, or (None) everywhere."""
        if workspace is None:
            self._tell_all("standing", {})
            return
        for queue in self._subscribers.get(str(workspace), {}):
            _offer(queue, "standing", {})

    def _tell_all(self, kind: str, data: dict[str, Any]) -> None:
        for queues in self._subscribers.values():
            for queue in queues:
                _offer(queue, kind, data)


def _offer(queue: asyncio.Queue[tuple[str, dict[str, Any]]], kind: str, data: dict[str, Any]) -> None:
    """Never waits: a browser that lags too far is told once to look afresh."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(("refresh", {}))
        if kind != _LOOK:
            return
    queue.put_nowait((kind, data))


async def stream(hub: EventHub, workspace: str, user: UUID, still_here: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
    """Server-sent events of a workspace, until whoever listens no longer may."""
    loop = asyncio.get_running_loop()
    async with hub.subscribe(workspace, user) as queue:
        yield ": hello\n\n"
        look_at = loop.time() + _LOOK_EVERY
        while True:
            try:
                kind, data = await asyncio.wait_for(queue.get(), max(0.0, look_at - loop.time()))
                if kind == _LOOK:
                    look_at = loop.time()
                else:
                    yield f"event: {kind}\ndata: {json.dumps(data)}\n\n"
            except TimeoutError:
                yield ": still here\n\n"
            if loop.time() >= look_at:
                if not await still_here():
                    return
                look_at = loop.time() + _LOOK_EVERY
