"""How late posts are: many due at one instant, and one alone, through a sandbox whose answers take 50 ms.

Ours is a whole publisher with its ledger. The peer is a bare loop over the same HTTP client and as many connections: claim by
SKIP LOCKED with the attempt's row, send, two updates. Lateness is counted where neither can flatter itself: from the moment a
post was due to the moment the sandbox has it.

  burst   1,000 posts due at one instant: the 99th percentile
  single  one post due on an idle machine, again and again: the 99th percentile
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx2
import psycopg
import structlog
from _desk import CONNECTIONS, Desk, open_desk
from _figures import Figure, show
from psycopg_pool import AsyncConnectionPool
from tests.publishing.desk import KEY
from tests.publishing.real import SANDBOX_KEY

from postwright.kit.crypto import Box
from postwright.kit.http import make_client
from postwright.publishing.engine import Clients, Engine
from postwright.publishing.loop import Loop
from postwright.publishing.pace import Pace

ANSWER = 0.05  # seconds that the sandbox takes
_AHEAD = 3.0  # seconds from filling the table to the instant at which all is due
Publisher = Callable[[Desk], contextlib.AbstractAsyncContextManager[None]]


def main() -> None:
    """Reads the options, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--posts", type=int, default=1000, help="of the burst")
    parser.add_argument("--rounds", type=int, default=3, help="of the burst; the middle one counts")
    parser.add_argument("--singles", type=int, default=100)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # as quiet as the peer
    show(asyncio.run(_measure(options.posts, options.rounds, options.singles)), as_json=options.json)


async def _measure(posts: int, rounds: int, singles: int) -> list[Figure]:
    async with open_desk() as desk:
        async with httpx2.AsyncClient() as http:
            fault = {"platform": "x", "kind": "late", "seconds": ANSWER, "probability": 1}
            (await http.post(f"{desk.sandbox.url}/_sandbox/faults", json=fault, headers={"X-Sandbox-Key": SANDBOX_KEY})).raise_for_status()
        ours, theirs = [], []
        for number in range(rounds):
            ours.append(await _burst(desk, _ours, posts, f"ours {number}"))
            theirs.append(await _burst(desk, _bare, posts, f"bare {number}"))
        mine, peer = sorted(ours)[rounds // 2], sorted(theirs)[rounds // 2]
        single = await _singles(desk, singles)
        return [
            Figure("burst p99", mine * 1000, "ms", "bare loop", peer * 1000, target=1.5),
            Figure("burst p99, absolute", mine, "s", target=3),
            Figure("single p99", single * 1000, "ms", target=150),
        ]


async def _burst(desk: Desk, publisher: Publisher, posts: int, mark: str) -> float:
    due = datetime.now(UTC) + timedelta(seconds=_AHEAD)
    desk.fill(posts, f"'{due.isoformat()}'", mark)
    async with publisher(desk):
        await _until(lambda: _arrived(desk, mark, posts), 120)
    late = [at - due.timestamp() for at in _times(desk, mark)]
    assert len(late) == posts, f"{len(late)} of {posts} arrived"
    return _p99(late)


async def _singles(desk: Desk, count: int) -> float:
    late = []
    async with _ours(desk):
        for number in range(count):
            due = datetime.now(UTC) + timedelta(seconds=0.25)
            desk.fill(1, f"'{due.isoformat()}'", f"single {number}")
            desk.owner.execute("notify postwright_due")  # as the trigger does, which `fill` leaves out
            await _until(partial(_arrived, desk, f"single {number} ", 1), 10)
            late.append(_times(desk, f"single {number} ")[0] - due.timestamp())
            await asyncio.sleep(0.1)  # its outcome is being written
    return _p99(late)


@asynccontextmanager
async def _ours(desk: Desk) -> AsyncIterator[None]:
    pace = Pace()
    clients = Clients(desk.sandbox.url, pace.timeout.total_seconds())
    engine = Engine(desk.state, "bench", pace, clients, Box.from_key(KEY))
    task = asyncio.create_task(Loop(engine, desk.dsns.worker).run())
    try:
        yield
    finally:
        engine.stopping.set()
        await task
        await clients.close()


@asynccontextmanager
async def _bare(desk: Desk) -> AsyncIterator[None]:
    """The least that sends each post once on a good day: no lease, no fence, no phases, nothing that survives a crash."""
    stop = asyncio.Event()
    async with (
        make_client(sandbox_url=desk.sandbox.url) as http,
        AsyncConnectionPool(desk.dsns.worker, min_size=CONNECTIONS, max_size=CONNECTIONS, configure=_serve, open=False) as pool,
    ):
        task = asyncio.create_task(_bare_loop(desk, pool, http, stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def _serve(db: psycopg.AsyncConnection[Any]) -> None:
    await db.set_autocommit(True)
    db.prepare_threshold = None
    await db.execute("set role service_role")


async def _bare_loop(desk: Desk, pool: Any, http: httpx2.AsyncClient, stop: asyncio.Event) -> None:
    tasks: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        room = Pace().in_flight - len(tasks)
        rows = []
        if room > 0:
            async with pool.connection() as db:
                rows = await (await db.execute(_CLAIM, {"limit": min(room, Pace().batch)})).fetchall()
        for row in rows:
            task = asyncio.create_task(_bare_send(desk, pool, http, *row))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if not rows:
            await asyncio.sleep(0.002)
    await asyncio.gather(*tasks)


async def _bare_send(desk: Desk, pool: Any, http: httpx2.AsyncClient, post: Any, attempt: Any, text: str) -> None:
    headers = {"Authorization": f"Bearer {desk.token}"}
    answer = await http.post("https://api.x.com/2/tweets", json={"text": text}, headers=headers)
    answer.raise_for_status()
    remote_id = answer.json()["data"]["id"]
    async with pool.connection() as db, db.transaction():
        await db.execute("update scheduled_posts set status = 'completed' where id = %s", (post,))
        await db.execute(
            "update publish_attempts set phase = 'done', finished_at = now(), remote_ids = jsonb_build_object('remote_id', %s::text)"
            " where id = %s",
            (remote_id, attempt),
        )


_CLAIM = b"""
with due as (
    select id from scheduled_posts where status = 'scheduled' and due_at <= clock_timestamp()
     order by due_at limit %(limit)s for update skip locked
), taken as (
    update scheduled_posts s set status = 'processing', fence = fence + 1 from due where s.id = due.id returning s.*
)
, opened as (
    insert into publish_attempts (workspace_id, scheduled_post_id, number, worker_id, fence, fingerprint)
    select workspace_id, id, 1, 'bare', fence, '' from taken returning id, scheduled_post_id
)
select t.id, o.id, t.content from taken t join opened o on o.scheduled_post_id = t.id"""


def _times(desk: Desk, mark: str) -> list[float]:
    """When the sandbox had each post."""
    with contextlib.closing(sqlite3.connect(desk.home / "sandbox.db")) as db:
        return [row[0] for row in db.execute("select received_at from posts where text like ? order by 1", (f"{mark}%",))]


async def _arrived(desk: Desk, mark: str, count: int) -> bool:
    return len(_times(desk, mark)) >= count


async def _until(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it took too long"
        await asyncio.sleep(0.1)


def _p99(values: list[float]) -> float:
    return sorted(values)[max(0, int(len(values) * 0.99) - 1)]


if __name__ == "__main__":
    main()
