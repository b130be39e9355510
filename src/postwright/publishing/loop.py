"""The publisher's loop: wakes when something falls due, takes as much as it has hands for, sleeps again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from postwright.db.queries import Conn
from postwright.kit.timely import awake_and_asleep
from postwright.publishing import outcome, store
from postwright.publishing.claim import claim_due, claim_lapsed
from postwright.publishing.engine import Engine
from postwright.publishing.first_comment import FirstComment, give_up_comments, take_comments, write_comment
from postwright.publishing.reconcile import reconcile
from postwright.publishing.send import send
from postwright.publishing.shares import NO_LIMIT, Shares
from postwright.publishing.store import Claim

log = structlog.get_logger()

KIND = "publisher"
_DATABASE_AWAY = (psycopg.OperationalError, PoolTimeout, OSError)
_RETRY = 1.0  # seconds between looks while the database is away
_BUNCH = 0.1  # seconds in which freed hands are collected before more is taken
_NOTABLE_DRIFT = timedelta(seconds=1)


class _NowAndThen:
    """Something that is worth doing at most every so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: float | None = None

    def due(self) -> bool:
        """Whether it is time; if so, it counts as done."""
        if self.left():
            return False
        self._last = time.monotonic()
        return True

    def left(self) -> float:
        """Seconds until it is time again; 0 when it is."""
        return 0.0 if self._last is None else max(0.0, self._last + self._seconds - time.monotonic())


class Loop:
    """One publisher in one event loop. `run` returns when `engine.stopping` is set and its hands are empty;
    `listening` is set while notifications can reach it."""

    def __init__(self, engine: Engine, listen_dsn: str) -> None:
        self._engine = engine
        self._listen_dsn = listen_dsn
        self.listening = asyncio.Event()
        self._wake = asyncio.Event()
        self._tasks: dict[asyncio.Task[None], Claim] = {}
        self._started = self._looked_at = engine.now()
        self._lapses, self._tidying, self._comments = _NowAndThen(0.2), _NowAndThen(1.0), _NowAndThen(0.2)
        self._commenting: set[asyncio.Task[None]] = set()
        self._shared = True  # by several workspaces; looked up with each beat
        self._collecting_until = 0.0  # by the event loop's clock

    async def run(self) -> None:
        """Publishes until asked to stop; then lets sends in flight finish, and gives the rest back."""
        log.info("publisher started", worker=self._engine.worker)
        while not (self._engine.drift.known or self._engine.stopping.is_set()):
            await self._guarded(self._beat_once)  # before anything is taken: what time is it?
        helpers = [asyncio.create_task(each()) for each in (self._listen, self._beat, self._stop_wakes)]
        try:
            while not self._engine.stopping.is_set():
                await self._guarded(self._turn)
        finally:
            await self._drain()
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            await self._farewell()

    async def _turn(self) -> None:
        self._wake.clear()
        taken = await self._take()
        if self._room() <= 0:
            await self._wake.wait()  # for free hands, or the end
        elif not taken:
            await self._sleep(self._engine.pace.poll.total_seconds() if await self._tidy() else self._tidying.left())

    async def _take(self) -> int:
        """Starts a task for everything that can be taken now; how many."""
        lapsed = await claim_lapsed(self._engine, self._room(), self._shares()) if self._room() and self._lapses.due() else []
        for claim in lapsed:
            self._start(claim, reconcile)
        self._looked_at = self._engine.now()
        due = await claim_due(self._engine, self._room(), self._shares()) if self._room() else []
        for claim in due:
            self._start(claim, send)
        return len(lapsed) + len(due) + await self._take_comments()

    async def _take_comments(self) -> int:
        """What goes under posts that are out; it has hands of its own, so that it waits for no upload."""
        room = self._engine.pace.batch - len(self._commenting)
        if room <= 0 or not self._comments.due():
            return 0
        taken = await take_comments(self._engine, room)
        for each in taken:
            task = asyncio.create_task(self._comment(each))
            self._commenting.add(task)
            task.add_done_callback(self._commenting.discard)
        return len(taken)

    async def _comment(self, comment: FirstComment) -> None:
        try:
            await write_comment(self._engine, comment)
        except Exception as error:
            log.error("a first comment's outcome was not written", comment=str(comment.id), exc_info=error)

    def _room(self) -> int:
        return self._engine.pace.in_flight - len(self._tasks)

    def _shares(self) -> Shares:
        return Shares.of(self._room(), (each.workspace_id for each in self._tasks.values())) if self._shared else NO_LIMIT

    def _start(self, claim: Claim, work: Callable[[Engine, Claim], Awaitable[None]]) -> None:
        self._engine.in_flight[claim.id] = claim
        task = asyncio.create_task(self._hold(claim, work))
        self._tasks[task] = claim
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full, loop = self._room() <= 0 or bool(self._shares().full), asyncio.get_running_loop()
        del self._tasks[task]
        if self._room() >= self._engine.pace.batch:
            self._wake.set()
        elif was_full and self._collecting_until <= loop.time():  # one at a time would be a transaction for each
            self._collecting_until = loop.call_later(_BUNCH, self._wake.set).when()

    async def _hold(self, claim: Claim, work: Callable[[Engine, Claim], Awaitable[None]]) -> None:
        """Does the work on one post; whatever happens in it stays in it, and the row tells the rest."""
        try:
            await work(self._engine, claim)
        except Exception as error:
            log.error("a try ended without its outcome written", post=str(claim.id), attempt=str(claim.attempt_id), exc_info=error)
        finally:
            if self._engine.in_flight.get(claim.id) is claim:
                del self._engine.in_flight[claim.id]
                self._engine.send_by.pop(claim.id, None)

    async def _sleep(self, longest: float) -> None:
        """Until a NOTIFY, the next due time, or the poll that stands behind them."""
        async with self._engine.transaction() as db:
            since = self._looked_at - self._engine.pace.comment_patience
            due = await store.next_due(db, now=self._looked_at, comments_since=since)  # what fell due since then is not slept over
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self._wait(due, longest))

    def _wait(self, due: datetime | None, longest: float) -> float:
        if due is None:
            return longest
        ahead = (due - self._engine.now()).total_seconds()
        if ahead <= 0 and due > self._looked_at:
            return 0.0
        return min(longest, ahead + 0.001 if ahead > 0 else _RETRY)  # past: a row that another worker holds just now

    async def _tidy(self) -> bool:
        """Between posts: says which are overdue, writes down what people confirmed, asks again where an account is back, gives up
        comments that are too late. False when that was done just before."""
        if not self._tidying.due():
            return False
        async with self._engine.transaction() as db:
            held = await store.mark_overdue(db, now=self._engine.now(), error=outcome.overdue())
        if held:
            log.warning("posts overdue, held for a person", count=len(held))
        async with self._engine.transaction() as db:
            await store.adopt_confirmed(db)
            asked = await store.ask_after_sign_in(db, now=self._engine.now(), rule=outcome.SIGNED_OUT)
        if asked:
            log.info("accounts are connected again, their platforms are asked what became of posts", count=asked)
        await give_up_comments(self._engine)
        return True

    async def _listen(self) -> None:
        """Every NOTIFY wakes the loop; so does a new connection, because one may have been missed."""
        while True:
            with contextlib.suppress(*_DATABASE_AWAY):
                async with await psycopg.AsyncConnection.connect(self._listen_dsn, autocommit=True) as db:
                    await db.execute("listen postwright_due")
                    self.listening.set()
                    self._wake.set()
                    async for _ in db.notifies():
                        self._wake.set()
            self.listening.clear()
            await asyncio.sleep(_RETRY)

    async def _beat(self) -> None:
        while True:
            await self._guarded(self._beat_once)
            await asyncio.sleep(self._engine.pace.beat.total_seconds())

    async def _beat_once(self) -> None:
        claims, began = list(self._engine.in_flight.values()), awake_and_asleep()
        async with self._engine.transaction() as db:
            now = await self._agree_on_time(db)
            await store.beat(db, worker=self._engine.worker, kind=KIND, started=self._started, now=now, pid=os.getpid())
            self._shared = await store.is_shared(db)
            if claims:
                kept = await store.renew_leases(db, claims, worker=self._engine.worker, now=now, lease=now + self._engine.pace.lease)
                for each in kept & self._engine.send_by.keys():
                    self._engine.may_send(each, began + self._engine.pace.lease.total_seconds())
                self._let_go([each for each in claims if each.id not in kept])

    async def _agree_on_time(self, db: Conn) -> datetime:
        """Leases and quarantines of all publishers are counted on one clock: the database's."""
        drift, clock = self._engine.drift, self._engine.state.clock
        was, before = drift.offset, clock()
        drift.take(await store.database_time(db), before, clock())
        if drift.offset != was and abs(drift.offset - was) > _NOTABLE_DRIFT:
            log.warning("this machine's clock is not the database's; the latter is followed", seconds=drift.offset.total_seconds())
        return self._engine.now()

    def _let_go(self, lost: Sequence[Claim]) -> None:
        """Breaks off work on posts that are no longer ours: whoever took them asks the platform, and what still left here
        after that answer would be a second post."""
        for task, claim in self._tasks.items():
            if any(each is claim for each in lost) and self._engine.in_flight.get(claim.id) is claim:
                log.warning("lease lost, work broken off", post=str(claim.id), attempt=str(claim.attempt_id))
                task.cancel()

    async def _stop_wakes(self) -> None:
        await self._engine.stopping.wait()
        self._wake.set()

    async def _drain(self) -> None:
        """Sends in flight get their time; what has not been sent by then goes back to its place."""
        if not self._tasks and not self._commenting:
            return
        log.info("publisher stopping", in_flight=len(self._tasks))
        await asyncio.wait([*self._tasks, *self._commenting], timeout=self._engine.pace.stop_patience.total_seconds())
        left = [*self._tasks, *self._commenting]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _farewell(self) -> None:
        now = self._engine.now()
        with contextlib.suppress(*_DATABASE_AWAY):
            async with self._engine.transaction() as db:
                await store.forget_worker(db, worker=self._engine.worker, kind=KIND, stale=now - self._engine.pace.lease * 60)
        log.info("publisher stopped", worker=self._engine.worker)

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        """A database that is away is waited for; the lease and the ledger keep the truth meanwhile. A statement that it
        refuses is a fault of ours: said loudly, and the loop goes on."""
        try:
            await act()
        except _DATABASE_AWAY as error:
            log.warning("publisher waits for the database", error=type(error).__name__)
            await asyncio.sleep(_RETRY)
        except psycopg.Error as error:
            log.error("the database refused the publisher", exc_info=error)
            await asyncio.sleep(_RETRY)
