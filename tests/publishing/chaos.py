"""Publishing while everything breaks: real publisher processes, a real database, the sandbox, and somebody who kills them.

Nothing in the product knows about this: processes are killed, frozen and cut off from outside, at random and at the moment when
a row says that a phase was entered. At the end the sandbox's own ledger is compared with ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from postwright.connections.connect import fetch_sandbox_accounts, save_accounts
from postwright.db import embedded
from postwright.db.bootstrap import bootstrap_embedded
from postwright.db.migrate import migrate
from postwright.db.session import SERVICE, Actor, Pool, open_pool, transaction
from postwright.edge.state import State
from postwright.errors import Unavailable
from postwright.kit.crypto import Box
from postwright.library.files import add_file, keep_bytes
from postwright.publishing.commit import commit
from tests import cast
from tests.publishing.chaos_worker import PACE
from tests.publishing.desk import KEY, actor
from tests.publishing.real import SANDBOX_KEY, Studio, open_studio, run_sandbox
from tests.sandbox.conftest import movie, picture

SHAPES = ("x", "instagram", "youtube", "mastodon")  # plain; pulls and containers; resumable; idempotent
PHASES = ("claimed", "uploading", "sending", "confirming")
PER_ACCOUNT = 20  # what a platform lists of recent posts is short; more accounts, more posts
KINDS = (
    "cut_before", "cut_after", "timeout_before", "timeout_after", "5xx_before", "5xx_after", "429", "429_bare", "truncated_body", "html",
    "slow_processing",
)  # fmt: skip
_SQL = Path(__file__).parent.parent.parent / "sql" / "schema"
_MARK = re.compile(r"chaos-(\d+)-")
_AWAY = (psycopg.Error, PoolTimeout, OSError, httpx2.HTTPError, Unavailable)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it. The same seed makes the same choices; when they meet the work depends on the machine."""

    seed: int = 1
    posts: int = 60
    workers: int = 3
    restarts: int = 1
    calm: float = 90.0  # seconds without a post that comes to its end, once the chaos is over, after which it is said to be lost


@dataclass(slots=True)
class Told:
    """What the checker found. All of the first four must be 0."""

    duplicates: int = 0
    lost: int = 0
    untruthful: int = 0
    stuck: int = 0
    completed: int = 0
    failed: int = 0
    unconfirmed: int = 0
    seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)  # what was done to them
    details: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(number for what, number in self.done.items() if what.startswith("kill"))


@dataclass(slots=True)
class Worker:
    """A publisher process, started again whenever it falls."""

    number: int
    skew: float
    process: asyncio.subprocess.Process | None = None
    frozen: bool = False

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None


@dataclass(slots=True)
class Chaos:
    """One run over a studio of several workspaces."""

    plan: Plan
    studio: Studio
    server: embedded.Server
    workspaces: dict[UUID, dict[str, UUID]]
    chance: random.Random
    told: Told = field(default_factory=Told)
    workers: list[Worker] = field(default_factory=list)
    over: bool = False

    async def run(self) -> Told:
        """Posts, trouble, calm, and the count."""
        began = time.monotonic()
        await self._schedule()
        for number in range(self.plan.workers):
            self.workers.append(Worker(number, skew=30.0 if number == 1 else -30.0 if number == 2 else 0.0))
        keepers = [asyncio.create_task(self._keep(each)) for each in self.workers]
        try:
            await self._trouble()
            await self._calm()
        finally:
            self.over = True
            for each in self.workers:
                _signal(each, signal.SIGCONT)
                _signal(each, signal.SIGTERM)
            await asyncio.wait(keepers, timeout=20)
            for each in self.workers:
                _signal(each, signal.SIGKILL)
            await asyncio.gather(*keepers, return_exceptions=True)
        self.told.seconds = time.monotonic() - began
        await check(self.studio, self.told)
        return self.told

    # trouble

    async def _trouble(self) -> None:
        """Until nearly all posts are out, something happens, again and again: to the workers, to what they stand on, to the platforms."""
        ended = asyncio.Event()
        makers = [
            self._again(ended, ((self._kill_one, 1), (self._kill_in_a_phase, 3)), 0.6),
            self._again(ended, ((self._freeze_one, 2), (self._cut_connections, 1)), 2.0),
            self._again(ended, ((self._spoil_platform, 12), (self._spoil_token, 1)), 0.5),
        ]
        tasks = [asyncio.create_task(each) for each in makers]
        restarts = [self.plan.posts * (number + 1) // (self.plan.restarts + 1) for number in range(self.plan.restarts)]
        deadline = time.monotonic() + max(30.0, self.plan.posts * 0.6)
        while time.monotonic() < deadline and (settled := await self._insist(self._settled)) < self.plan.posts * 0.95:
            if restarts and settled >= restarts[0]:
                restarts.pop(0)
                await self._restart_database()
            await asyncio.sleep(0.2)
        for _ in restarts:  # on a slow machine the time is over first
            await self._restart_database()
        ended.set()
        await asyncio.gather(*tasks)

    async def _again(self, ended: asyncio.Event, acts: tuple[tuple[Callable[[], Awaitable[None]], int], ...], pause: float) -> None:
        names, weights = [each for each, _ in acts], [weight for _, weight in acts]
        while not ended.is_set():
            (act,) = self.chance.choices(names, weights)
            with contextlib.suppress(*_AWAY):
                await act()
            await asyncio.sleep(self.chance.uniform(0.1, 2) * pause)

    async def _kill_one(self) -> None:
        victim = self.chance.choice(self.workers)
        if _signal(victim, signal.SIGKILL):
            self.told.done["kill at random"] += 1

    async def _kill_in_a_phase(self) -> None:
        """Waits until a row says that somebody is in the phase, and kills whoever that is; now and then a moment later, when
        the answer may be there and its outcome not yet written."""
        phase = self.chance.choice(PHASES)
        pid = await self._someone_in(phase)
        if pid is None:
            return
        if phase == "sending":
            await asyncio.sleep(self.chance.choice((0, 0, 0.01, 0.03)))
        victim = next((each for each in self.workers if each.process is not None and each.process.pid == pid), None)
        if victim is not None and _signal(victim, signal.SIGKILL):
            self.told.done[f"kill in {phase}"] += 1

    async def _someone_in(self, phase: str) -> int | None:
        asked = (
            "select h.pid from publish_attempts a join worker_heartbeats h on h.worker_id = a.worker_id"
            " where a.finished_at is null and a.phase = %s order by a.started_at desc limit 1"
        )
        for _ in range(100):
            if (row := await self._row(asked, phase)) is not None:
                return int(row[0])
            await asyncio.sleep(0.005)
        return None

    async def _freeze_one(self) -> None:
        """Longer than its lease; sometimes just as it is about to send."""
        pid = await self._someone_in("sending") if self.chance.random() < 0.7 else None
        victim = next((each for each in self.workers if each.process and each.process.pid == pid), None) or self.chance.choice(self.workers)
        if not victim.frozen and _signal(victim, signal.SIGSTOP):
            victim.frozen = True
            self.told.done["freeze"] += 1
            asyncio.get_running_loop().call_later(PACE.lease.total_seconds() * self.chance.uniform(1.2, 2.5), _thaw, victim)

    async def _cut_connections(self) -> None:
        with psycopg.connect(self.server.dsn(), autocommit=True) as db:
            db.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename like '%worker%' and pid <> pg_backend_pid()")
        self.told.done["connections cut"] += 1

    async def _restart_database(self) -> None:
        await asyncio.to_thread(embedded.stop, self.server.home, patience=10)
        await asyncio.sleep(self.chance.uniform(0.2, 2))
        await asyncio.to_thread(embedded.start, self.server.home, b"", options=_QUICK_SERVER)
        self.told.done["database restart"] += 1

    async def _spoil_platform(self) -> None:
        kind, platform = self.chance.choice(KINDS), self.chance.choice(SHAPES)
        asked: dict[str, Any] = {
            "platform": platform,
            "kind": kind,
            "times": self.chance.randint(1, 3),
            "seconds": self.chance.choice((1, 2)),
        }
        if self.chance.random() < 0.3:
            asked["operation"] = "*"
        await self._admin("POST", "/faults", asked)
        self.told.done[f"fault {kind}"] += 1

    async def _spoil_token(self) -> None:
        """In the middle of whatever the account is doing; somebody connects it again soon after."""
        platform, kind = self.chance.choice(SHAPES), self.chance.choice(("expired_token", "revoked_token"))
        where = {"instagram": "GET *", "x": "POST */2/tweets"}.get(platform, "*")  # instagram: while its container is asked about
        await self._admin("POST", "/faults", {"platform": platform, "kind": kind, "operation": where})
        self.told.done[f"fault {kind}"] += 1
        await asyncio.sleep(self.chance.uniform(0.3, 1.5))
        await self._reconnect()

    async def _reconnect(self) -> None:
        """As a person does who sees the notice: every account gets its tokens anew, and what failed for want of them is retried."""
        for workspace in self.workspaces:
            granted = await fetch_sandbox_accounts(self.studio.sandbox.url, SANDBOX_KEY, workspace, SHAPES)
            alice = actor(self.studio.cast.alice, workspace)
            async with transaction(self.studio.api, alice) as db:
                await save_accounts(db, alice, granted, Box.from_key(KEY), self.studio.state.clock())
            async with transaction(self.studio.state.pool, SERVICE) as db:
                await db.execute(
                    "update platform_connections set health = 'healthy' where workspace_id = %s and health = 'reconnect'", (workspace,)
                )
            async with transaction(self.studio.api, alice) as db:
                await db.execute(
                    "update scheduled_posts set status = 'scheduled' where workspace_id = %s and status = 'failed'"
                    " and error ->> 'class' = 'reauth_required'",
                    (workspace,),
                )

    # calm

    async def _calm(self) -> None:
        """No more trouble: whatever is still open must come to its end by itself."""
        for each in self.workers:
            _thaw(each)
        await self._insist(lambda: self._admin("DELETE", "/faults"))
        deadline, most = time.monotonic() + self.plan.calm, 0
        while time.monotonic() < deadline:
            await self._insist(self._reconnect)
            settled = await self._insist(self._settled)
            if settled == self.plan.posts:
                return
            if settled > most:  # slow is not stuck
                deadline, most = time.monotonic() + self.plan.calm, settled
            await asyncio.sleep(0.5)

    async def _settled(self) -> int:
        row = await self._row("select count(*) from scheduled_posts where status not in ('scheduled', 'processing')")
        assert row is not None
        return int(row[0])

    # hands

    async def _keep(self, worker: Worker) -> None:
        """Starts the process again as often as it falls, as `up` does."""
        given = {
            "dsn": self.studio.dsns.worker, "home": str(self.studio.home), "sandbox": self.studio.sandbox.url, "key": SANDBOX_KEY,
            "port": self.studio.state.settings.port, "skew": worker.skew,
        }  # fmt: skip
        log = (self.studio.home / f"worker-{worker.number}.log").open("ab")
        while not self.over:
            worker.frozen = False
            worker.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.publishing.chaos_worker", json.dumps(given), stdout=log, stderr=log
            )
            await worker.process.wait()
            await asyncio.sleep(0.1)
        log.close()

    async def _row(self, text: str, *values: Any) -> tuple[Any, ...] | None:
        async with transaction(self.studio.state.pool, SERVICE) as db:
            return await (await db.execute(text.encode(), values)).fetchone()

    async def _admin(self, method: str, path: str, body: Any = None) -> None:
        async with httpx2.AsyncClient(timeout=10) as http:
            headers = {"X-Sandbox-Key": SANDBOX_KEY}
            answer = await http.request(method, f"{self.studio.sandbox.url}/_sandbox{path}", json=body, headers=headers)
            answer.raise_for_status()

    async def _insist(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """The database may be away just now."""
        for _ in range(100):
            with contextlib.suppress(*_AWAY):
                return await ask()
            await asyncio.sleep(0.2)
        return await ask()

    async def _schedule(self) -> None:
        """All posts, due over the first seconds of the run."""
        spread = max(4.0, self.plan.posts * 0.12)
        numbers = iter(range(self.plan.posts))
        for workspace, accounts in self.workspaces.items():
            alice = actor(self.studio.cast.alice, workspace)
            media = await _media(self.studio, alice)
            mine = list(islice(numbers, PER_ACCOUNT * len(SHAPES)))
            at = self.studio.state.clock() + timedelta(seconds=2 + len(mine) * 0.1)  # writing them down takes a while, too
            async with transaction(self.studio.api, alice) as db:
                items = []
                for number in mine:
                    slug = SHAPES[number % len(SHAPES)]
                    when = at + timedelta(seconds=self.chance.uniform(0, spread))
                    items.append(await _plan(db, workspace, slug, accounts[slug], _content(slug, number, media), when))
                done = await commit(db, alice, items, now=self.studio.state.clock(), when="slot")
            assert all(each.scheduled_post_id for each in done), [each.findings for each in done if not each.scheduled_post_id][:3]


_QUICK_SERVER = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@asynccontextmanager
async def open_chaos(plan: Plan, folder: Path | None = None) -> AsyncIterator[Chaos]:
    """A server, a sandbox and workspaces of its own. Nothing is durable, therefore fast; a restart is an orderly one."""
    os.environ.setdefault("PYTHONPATH", os.pathsep.join(sys.path))
    with contextlib.ExitStack() as kept:
        home = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="chaos ", dir=folder)))
        server = kept.enter_context(embedded.throwaway(options={"max_connections": "100"}, folder=folder))
        dsns = bootstrap_embedded(server, KEY, "chaos")
        migrate(dsns.owner, _SQL)
        sandbox = kept.enter_context(run_sandbox(home, "--no-limits"))
        with psycopg.connect(dsns.owner, autocommit=True) as db:
            # More is tried here in a minute than platforms take in a day; budgets have tests of their own.
            db.execute("update platform_limits set value = value * 1000 where unit like 'per %'")
            people = cast.gather(db)
            spaces = [people.workspace]
            while len(spaces) * PER_ACCOUNT * len(SHAPES) < plan.posts:
                spaces.append(cast.make_workspace(db, people.alice, f"Chaos {len(spaces)}"))
        async with (
            open_pool(dsns.api, size=3) as api,
            open_pool(dsns.worker, size=3) as pool,
            open_studio(dsns, api, pool, people, home, sandbox, SHAPES) as studio,
        ):
            found = {people.workspace: studio.accounts}
            for workspace in spaces[1:]:
                found[workspace] = await _connect(studio, api, workspace)
            yield Chaos(plan, studio, server, found, random.Random(plan.seed))


async def _connect(studio: Studio, api: Pool, workspace: UUID) -> dict[str, UUID]:
    granted = await fetch_sandbox_accounts(studio.sandbox.url, SANDBOX_KEY, workspace, SHAPES)
    alice = actor(studio.cast.alice, workspace)
    async with transaction(api, alice) as db:
        ids = await save_accounts(db, alice, granted, Box.from_key(KEY), studio.state.clock())
    return {each.platform: at for each, at in zip(granted, ids, strict=True)}


async def check(studio: Studio, told: Told) -> None:
    """The sandbox's ledger beside ours. A post is lost when we say that it is out and it is not, or say nothing; untruthful is
    a post that failed here and is out there."""
    landed = _landed(studio.home / "sandbox.db")
    for row in await _commitments(studio.state):
        mark, status, remote_id, overtime = row
        there = landed.get(mark, [])
        told.duplicates += max(0, len(there) - 1)
        told.stuck += status == "processing" and overtime
        told.completed += status == "completed"
        told.failed += status == "failed"
        told.unconfirmed += status == "needs_review"
        told.untruthful += status == "failed" and bool(there)
        missing = status not in {"completed", "failed", "needs_review"} or (status == "completed" and remote_id not in there)
        told.lost += missing
        if missing or len(there) > 1 or (status == "failed" and there):
            told.details.append(f"{mark}: {status}, ours {remote_id}, there {there}")


def _landed(ledger: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        for remote_id, text, title in db.execute("select remote_id, text, title from posts where deleted_at is null and origin = 'api'"):
            marked = _MARK.search(f"{text} {title or ''}")
            assert marked is not None, text
            found.setdefault(marked.group(0), []).append(remote_id)
    return found


async def _commitments(state: State) -> list[tuple[str, str, str | None, bool]]:
    async with transaction(state.pool, SERVICE) as db:
        rows = await (
            await db.execute(
                "select s.content || ' ' || (s.snapshot ->> 'title'), s.content, s.status, p.platform_post_id,"
                " coalesce(s.lease_expires_at < clock_timestamp(), true)"
                " from scheduled_posts s left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id"
            )
        ).fetchall()
    marks = [_MARK.search(f"{both or ''} {content}") for both, content, *_ in rows]
    return [(mark.group(0), *row[2:]) for mark, row in zip(marks, rows, strict=True) if mark is not None]


def _signal(worker: Worker, number: signal.Signals) -> bool:
    if not worker.alive or worker.process is None:
        return False
    worker.process.send_signal(number)
    return True


def _thaw(worker: Worker) -> None:
    worker.frozen = False
    _signal(worker, signal.SIGCONT)


async def _media(studio: Studio, alice: Actor) -> dict[str, str]:
    found = {}
    for name, data, mime, facts in (
        ("picture.jpg", picture(), "image/jpeg", {"width": 1080, "height": 1080}),
        ("film.mp4", movie(), "video/mp4", {"width": 1080, "height": 1920, "duration": 8.0}),
    ):
        file = studio.home / name
        file.write_bytes(data)
        new = await keep_bytes(studio.state.storage, file, name, mime, **facts)
        async with transaction(studio.api, alice) as db:
            found[mime] = str((await add_file(db, alice, new)).id)
    return found


def _content(slug: str, number: int, media: dict[str, str]) -> dict[str, Any]:
    words = f"chaos-{number}- a loaf of bread and nothing but a loaf"
    match slug:
        case "instagram":
            return {"text": words, "media": [media["image/jpeg"]]}
        case "youtube":
            return {"text": words, "title": f"chaos-{number}- bread", "media": [media["video/mp4"]]}
        case _:
            return {"text": words}


async def _plan(db: Any, workspace: UUID, slug: str, account: UUID, content: dict[str, Any], at: Any) -> UUID:
    row = await db.execute(
        "insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, content, scheduled_at,"
        " timezone) select %s, c.id, p.id, %s, %s, %s, 'UTC' from platforms p, content_calendar c"
        " where p.slug = %s and c.workspace_id = %s and c.is_default returning id",
        (workspace, account, Jsonb(content), at, slug, workspace),
    )
    found = await row.fetchone()
    assert found is not None
    return found[0]  # type: ignore[no-any-return]
