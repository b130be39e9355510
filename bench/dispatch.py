"""How many posts a publisher can claim and complete, without any platform in between.

Ours is the engine's own claim and completion: leases, fences, budgets, the ledger, the result, word to the jobs. The peer is a bare
SKIP LOCKED loop that writes the same rows of the same tables (so the same triggers run) on as many connections. Two queues,
procrastinate and pgqueuer (ten jobs at a time), run as many empty jobs beside it: they keep no ledger and know no platforms.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

import pgqueuer
import procrastinate
import psycopg
import structlog
from _desk import CONNECTIONS, Desk, open_desk
from _figures import Figure, show
from pgqueuer.types import QueueExecutionMode
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from tests.publishing.desk import KEY

from postwright.kit.crypto import Box
from postwright.platforms.capabilities import Receipt
from postwright.publishing.claim import claim_due
from postwright.publishing.engine import Clients, Engine
from postwright.publishing.pace import Pace
from postwright.publishing.settle import complete

_DUE = "now() - interval '1 second'"


def main() -> None:
    """Reads the options, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3, help="the middle one counts")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # as quiet as the peers
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    show(asyncio.run(_measure(options.posts, options.rounds)), as_json=options.json)


async def _measure(posts: int, rounds: int) -> list[Figure]:
    async with open_desk() as desk:
        found: dict[str, list[float]] = {"ours": [], "bare": [], "queue": [], "batches": []}
        for number in range(rounds):
            for name, run in (("ours", _ours), ("bare", _bare), ("queue", _queue), ("batches", _batches))[:: 1 if number % 2 else -1]:
                found[name].append(await _rate(desk, run, posts, checked=name in {"ours", "bare"}))
        ours, bare, queue, batches = (sorted(each)[rounds // 2] for each in found.values())
        return [
            Figure("claim and complete", ours, "posts/s", "bare SKIP LOCKED", bare, target=0.8, at_least=True),
            Figure("beside a queue", ours, "posts/s", f"procrastinate {procrastinate.__version__}", queue),
            Figure("beside a queue in batches", ours, "posts/s", f"pgqueuer {version('pgqueuer')}", batches),
        ]


async def _rate(desk: Desk, run: Callable[[Desk, int], Awaitable[float]], posts: int, *, checked: bool) -> float:
    desk.fill(posts, _DUE)
    took = await run(desk, posts)
    if checked:
        row = desk.owner.execute(
            "select (select count(*) from scheduled_posts where status = 'completed' and published_post_id is not null),"
            " (select count(*) from publish_attempts where phase = 'done'), (select count(*) from published_posts)"
        ).fetchone()
        assert row == (posts, posts, posts), row
    return posts / took


async def _ours(desk: Desk, posts: int) -> float:
    pace = Pace()
    engine = Engine(desk.state, "bench", pace, Clients(desk.sandbox.url, 20), Box.from_key(KEY))
    began, tasks = time.perf_counter(), set[asyncio.Task[None]]()
    while claims := await claim_due(engine, pace.in_flight):
        for claim in claims:
            receipt = Receipt(str(claim.id), f"https://x.com/bench/status/{claim.id}")
            tasks.add(asyncio.create_task(complete(engine, claim, receipt)))
        while len(tasks) > pace.in_flight:
            _, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*tasks)
    return time.perf_counter() - began


async def _bare(desk: Desk, posts: int) -> float:
    async with AsyncConnectionPool(desk.dsns.worker, min_size=CONNECTIONS, max_size=CONNECTIONS, configure=_serve, open=False) as pool:
        began = time.perf_counter()
        await asyncio.gather(*(_bare_hand(pool) for _ in range(CONNECTIONS)))
        return time.perf_counter() - began


async def _serve(db: psycopg.AsyncConnection[Any]) -> None:
    await db.set_autocommit(True)
    db.prepare_threshold = None  # as the product, because a pooler may stand in between
    await db.execute("set role service_role")


async def _bare_hand(pool: Any) -> None:
    async with pool.connection() as db:
        while rows := await (await db.execute(_CLAIM, {"limit": Pace().batch})).fetchall():
            for post, attempt in rows:
                async with db.transaction():
                    made = await (await db.execute(_RESULT, {"post": post, "remote": str(post)})).fetchone()
                    await db.execute(
                        "update scheduled_posts set status = 'completed', published_post_id = %s, worker_id = null, lease_expires_at = null"
                        " where id = %s",
                        (made[0], post),
                    )
                    await db.execute(
                        "update publish_attempts set phase = 'done', finished_at = now(), remote_ids = %s where id = %s",
                        (Jsonb({"remote_id": str(post)}), attempt),
                    )


_CLAIM = b"""
with due as (
    select id from scheduled_posts where status = 'scheduled' and due_at <= now()
     order by due_at limit %(limit)s for update skip locked
), taken as (
    update scheduled_posts s
       set status = 'processing', worker_id = 'bare', lease_expires_at = now() + interval '1 minute', fence = fence + 1
      from due where s.id = due.id returning s.*
), opened as (
    insert into publish_attempts (workspace_id, scheduled_post_id, number, worker_id, fence, fingerprint)
    select workspace_id, id, 1, 'bare', fence, '' from taken returning id, scheduled_post_id
)
select o.scheduled_post_id, o.id from opened o"""
_RESULT = b"""
insert into published_posts (workspace_id, user_id, platform_connection_id, schedule_item_id, platform, environment, platform_post_id,
                             platform_url, status, content, scheduled_for, published_at)
select workspace_id, user_id, platform_connection_id, schedule_item_id, platform, 'sandbox', %(remote)s::text,
       'https://x.com/' || %(remote)s::text, 'published', content, scheduled_for, now()
  from scheduled_posts where id = %(post)s
returning id"""


async def _queue(desk: Desk, posts: int) -> float:
    """Empty jobs in a schema of their own, by as many hands as connections."""
    connector = procrastinate.PsycopgConnector(conninfo=_own_schema(desk), min_size=CONNECTIONS, max_size=CONNECTIONS)
    app = procrastinate.App(connector=connector)

    ran: list[int] = []

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        """Is done at once."""
        ran.append(number)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        jobs: list[dict[str, Any]] = [{"number": number} for number in range(posts)]
        await nothing.batch_defer_async(*jobs)
        began = time.perf_counter()
        await app.run_worker_async(wait=False, concurrency=CONNECTIONS, install_signal_handlers=False, listen_notify=False)
        took = time.perf_counter() - began
    _must_be_done(desk, ran, posts, "procrastinate_jobs where status <> 'succeeded'")
    return took


async def _batches(desk: Desk, posts: int) -> float:
    """The same of a queue that takes ten at a time over one connection."""
    async with await psycopg.AsyncConnection.connect(_own_schema(desk), autocommit=True) as db:
        driver = pgqueuer.PsycopgDriver(db)
        queries = pgqueuer.Queries(driver)
        manager = pgqueuer.QueueManager(queries)
        await queries.install()

        ran: list[int] = []

        @manager.entrypoint("nothing")
        async def nothing(job: pgqueuer.Job) -> None:
            """Is done at once."""
            ran.append(job.id)

        await queries.enqueue(["nothing"] * posts, [None] * posts, [0] * posts)
        began = time.perf_counter()
        await manager.run(batch_size=10, mode=QueueExecutionMode.drain)
        took = time.perf_counter() - began
    _must_be_done(desk, ran, posts, "pgqueuer")
    return took


def _must_be_done(desk: Desk, ran: list[int], posts: int, left: str) -> None:
    """Every job ran, once each, and the queue itself has none left."""
    assert (len(ran), len(set(ran))) == (posts, posts), f"{len(ran)} of {posts} jobs ran"
    row = desk.owner.execute(f"select count(*) from bench_queue.{left}").fetchone()
    assert row == (0,), f"{row} jobs are left"


def _own_schema(desk: Desk) -> str:
    """The owner's login, in an empty schema."""
    desk.owner.execute("drop schema if exists bench_queue cascade")
    desk.owner.execute("create schema bench_queue")
    separator = "&" if "?" in desk.owner_dsn else "?"
    return f"{desk.owner_dsn}{separator}options=-csearch_path%3Dbench_queue"


if __name__ == "__main__":
    main()
