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
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from psycopg_pool import PoolTimeout

from postwright.connections.connect import fetch_sandbox_accounts, save_accounts
from postwright.db import embedded
from postwright.db.bootstrap import bootstrap_embedded
from postwright.db.migrate import migrate
from postwright.db.session import SERVICE, Pool, open_pool, transaction
from postwright.errors import Unavailable
from postwright.kit.crypto import Box
from postwright.publishing.commit import commit
from tests import cast
from tests.publishing.chaos_check import PHASES, Told, check
from tests.publishing.chaos_posts import SHAPES, Shape, keep_media, plan
from tests.publishing.chaos_worker import PACE
from tests.publishing.desk import KEY, actor
from tests.publishing.real import SANDBOX_KEY, Studio, open_studio, run_sandbox

PER_ACCOUNT = 20  # what a platform lists of recent posts is short; more accounts, more posts
# All that the sandbox knows but `duplicate`: that is a refusal of what nobody sent, and a person has to look at it.
KINDS = (
    "cut_before", "cut_after", "timeout_before", "timeout_after", "5xx_before", "5xx_after", "429", "429_bare", "truncated_body", "html",
    "slow_processing", "late",
)  # fmt: skip
STORM = 4.0  # seconds in which every send of a platform, of all accounts, is answered 429
STORMY = 2  # answers from which on it was a storm: who was refused and waited as told was refused again. An account asks seldom
_SQL = Path(__file__).parent.parent.parent / "sql" / "schema"
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError, httpx2.TransportError)
Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it. The same seed makes the same choices; when they meet the work depends on the machine."""

    seed: int = 1
    posts: int = 60
    workers: int = 3
    restarts: int = 1
    spread: float | None = None  # seconds over which posts fall due; None: as many as it takes to do things to them
    calm: float = 90.0  # seconds without a post that comes to its end, once the chaos is over, after which it is said to be lost


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
    naps: list[asyncio.Task[None]] = field(default_factory=list)  # of those who are frozen
    over: bool = False

    async def run(self) -> Told:
        """Posts, trouble, calm, and the count."""
        began = time.monotonic()
        await self.schedule()
        async with self.publishers():
            await self._trouble()
            await self.calm()
        self._count_followed_clocks()
        self.told.seconds = time.monotonic() - began
        await check(self.studio, self.told)
        return self.told

    @asynccontextmanager
    async def publishers(self) -> AsyncIterator[None]:
        """Real publishers that are started again whenever they fall, until the block ends."""
        for number in range(self.plan.workers):
            self.workers.append(Worker(number, skew=30.0 if number == 1 else -30.0 if number == 2 else 0.0))
        keepers = [asyncio.create_task(self._keep(each)) for each in self.workers]
        try:
            yield
        finally:
            self.over = True
            for each in self.workers:
                _signal(each, signal.SIGCONT)
                _signal(each, signal.SIGTERM)
            await asyncio.wait(keepers, timeout=20)
            for each in self.workers:
                _signal(each, signal.SIGKILL)
            await asyncio.gather(*keepers, return_exceptions=True)

    # trouble

    async def _trouble(self) -> None:
        """Until nearly all posts are out, something happens, again and again: to the workers, to what they stand on, to the platforms."""
        ended = asyncio.Event()
        makers = [
            self._again(ended, ((self._kill_one, 1), (self._kill_in_a_phase, 3)), 0.6, [self._kill_in_a_phase, self._kill_one]),
            self._again(ended, ((self._freeze_one, 2), (self._cut_connections, 1)), 2.0, [self._freeze_one, self._cut_connections]),
            self._again(ended, ((self._spoil_platform, 12), (self._spoil_token, 1)), 0.5, self._named_faults()),
            self._again(ended, ((self._storm, 1),), 6.0),
            self._again(ended, ((self._mend_accounts, 1),), 1.0),
        ]
        tasks = [asyncio.create_task(each) for each in makers]
        restarts = [self.plan.posts * (number + 1) // (self.plan.restarts + 1) for number in range(self.plan.restarts)]
        deadline = time.monotonic() + max(30.0, self.plan.posts * 0.6)
        while time.monotonic() < deadline and (settled := await self.insist(self._settled)) < self.plan.posts * 0.95:
            if restarts and settled >= restarts[0]:
                restarts.pop(0)
                await self._restart_database()
            await asyncio.sleep(0.2)
        for _ in restarts:  # on a slow machine the time is over first
            await self._restart_database()
        ended.set()
        await asyncio.gather(*tasks)
        await asyncio.gather(*self.naps)

    async def _again(self, ended: asyncio.Event, acts: tuple[tuple[Act, int], ...], pause: float, first: Iterable[Act] = ()) -> None:
        """What comes `first`, then what chance chooses. Whatever is refused is a fault of this test and comes out; only that a database
        or a socket is away does not."""
        names, weights, begin = [each for each, _ in acts], [weight for _, weight in acts], iter(first)
        while not ended.is_set():
            (chosen,) = self.chance.choices(names, weights)
            act = next(begin, chosen)
            with _unless_away():
                await act()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), self.chance.uniform(0.1, 2) * pause)

    async def _kill_one(self) -> None:
        at_work = [each for each in self.workers if each.alive and not each.frozen]
        if at_work and _signal(self.chance.choice(at_work), signal.SIGKILL):
            self.told.done["kill at random"] += 1

    async def _kill_in_a_phase(self) -> None:
        """Waits until a row says that somebody is in the phase, and kills whoever that is; now and then a moment later, when
        the answer may be there and its outcome not yet written. First the send, then phases in which nobody died yet."""
        unmet = [phase for phase in PHASES if not self.told.done[f"kill in {phase}"]]
        phase = "sending" if "sending" in unmet else self.chance.choice(unmet or PHASES)
        pid = await self._someone_in(phase)
        if pid is None:
            return
        if phase == "sending":
            await asyncio.sleep(self.chance.choice((0, 0, 0.01, 0.03)))
        victim = next((each for each in self.workers if each.process is not None and each.process.pid == pid), None)
        if victim is not None and not victim.frozen and _signal(victim, signal.SIGKILL):
            self.told.done[f"kill in {phase}"] += 1

    async def _someone_in(self, phase: str) -> int | None:
        for _ in range(200):
            if (row := await self._row(_WHO.get(phase, _WHO["any"]), {"phase": phase})) is not None:
                return int(row[0])
            await asyncio.sleep(0.005)
        return None

    async def _freeze_one(self) -> None:
        """Longer than its lease; sometimes just as it is about to send."""
        pid = await self._someone_in("sending") if self.chance.random() < 0.7 else None
        victim = next((each for each in self.workers if each.process and each.process.pid == pid), None) or self.chance.choice(self.workers)
        if not victim.frozen and _signal(victim, signal.SIGSTOP):
            victim.frozen = True
            seconds = PACE.lease.total_seconds() * self.chance.uniform(1.2, 2.5)
            self.naps.append(asyncio.create_task(self._wake(victim, victim.process, seconds)))

    async def _wake(self, victim: Worker, process: asyncio.subprocess.Process | None, seconds: float) -> None:
        """Counts only who was not killed or woken meanwhile."""
        await asyncio.sleep(seconds)
        if victim.process is process and victim.alive and victim.frozen:
            self.told.done["frozen longer than the lease"] += 1
            _thaw(victim)

    async def _cut_connections(self) -> None:
        with psycopg.connect(self.server.dsn(), autocommit=True) as db:
            cut = db.execute(
                "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity"
                " where usename like '%worker%' and pid <> pg_backend_pid()"
            ).fetchone()
        assert cut is not None
        self.told.done["connections cut"] += cut[0]

    async def _restart_database(self) -> None:
        await asyncio.to_thread(embedded.stop, self.server.home, patience=10)
        await asyncio.sleep(self.chance.uniform(0.2, 2))
        await asyncio.to_thread(embedded.start, self.server.home, b"", options=_QUICK_SERVER)
        self.told.done["database restart"] += 1

    def _named_faults(self) -> list[Act]:
        """Those that the promise names, each on some platform, in some order."""
        asked: list[dict[str, Any]] = [
            {"kind": kind} for kind in ("cut_after", "timeout_after", "truncated_body", "5xx_after", "5xx_after")
        ]
        asked = [each | {"platform": self.chance.choice(SHAPES), "seconds": 2} for each in asked]
        self.chance.shuffle(asked)
        return [lambda: self._plant(_MID_POLL), *(lambda each=each: self._plant(each) for each in asked)]

    async def _spoil_platform(self) -> None:
        asked: dict[str, Any] = {
            "platform": self.chance.choice(SHAPES),
            "kind": self.chance.choice(KINDS),
            "times": self.chance.randint(1, 3),
            "seconds": self.chance.choice((1, 2)),
        }
        if self.chance.random() < 0.3:
            asked["operation"] = "*"
        await self._plant(asked)

    async def _spoil_token(self) -> None:
        """In the middle of whatever the account is doing; somebody connects it again soon after."""
        platform, kind = self.chance.choice(SHAPES), self.chance.choice(("expired_token", "revoked_token"))
        where = {"x": "POST */2/tweets"}.get(platform, "*")
        await self._plant(_MID_POLL if platform == "instagram" else {"platform": platform, "kind": kind, "operation": where})

    async def _plant(self, asked: dict[str, Any]) -> None:
        await self._admin("POST", "/faults", asked)
        self.told.done[f"asked for {asked['kind']}"] += 1

    async def _storm(self) -> None:
        """For some seconds a platform answers every send with 429; with a word on how long, or without."""
        unmet = [each for each in _STORMS if not self.told.done[_STORMS[each]]]
        kind, platform = self.chance.choice(unmet or list(_STORMS)), await self._busy_platform()
        if platform is None:
            return
        spaces = [str(each) for each in self.workspaces]
        try:
            for each in spaces:
                await self._admin(
                    "POST", "/faults", {"platform": platform, "kind": kind, "probability": 1, "seconds": 1, "workspace": each}
                )
            for _ in range(100):  # until the first is refused
                if await self._refused(spaces):
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(STORM)
        finally:
            struck = await self.insist(lambda: self._refused(spaces))
            for each in spaces:
                await self.insist(lambda each=each: self._admin("DELETE", f"/faults?workspace={each}"))  # type: ignore[misc]
        self.told.done["answers in storms"] += struck
        self.told.done[_STORMS[kind]] += struck >= STORMY

    async def _refused(self, workspaces: list[str]) -> int:
        """How many sends the storm has answered."""
        return sum(each["struck"] for each in (await self._admin("GET", "/faults"))["faults"] if each["workspace"] in workspaces)

    async def _busy_platform(self) -> str | None:
        """The one with most posts to come in the next seconds, where there are some."""
        for _ in range(100):
            row = await self._row(
                "select platform from scheduled_posts where status = 'scheduled' and due_at < clock_timestamp() + interval '2 s'"
                " group by platform having count(*) > %(few)s order by count(*) desc limit 1",
                {"few": 3},
            )
            if row is not None:
                return str(row[0])
            await asyncio.sleep(0.05)
        return None

    async def _mend_accounts(self) -> None:
        """As a person does who sees the notice: an account that asks for it, or whose posts ask for it again and again, gets its tokens
        anew; what waited for them goes out by itself."""
        now, box = self.studio.state.clock(), Box.from_key(KEY)
        for workspace in self.workspaces:
            alice = actor(self.studio.cast.alice, workspace)
            async with transaction(self.studio.api, alice) as db:
                asked = (
                    "select platform from platform_connections c where workspace_id = %s and (health = 'reconnect' or exists (select from"
                    " scheduled_posts s where s.workspace_id = c.workspace_id and s.platform_connection_id = c.id and s.retry_count > 4"
                    " and s.status = 'scheduled' and s.error ->> 'message' like '%%connect the account again%%'))"
                )
                gone = [slug for (slug,) in await (await db.execute(asked, (workspace,))).fetchall()]
            if gone:
                granted = await _granted(self.studio, workspace, gone)
                async with transaction(self.studio.api, alice) as db:
                    await save_accounts(db, alice, granted, box, now)
                self.told.done["accounts connected again"] += len(gone)

    # calm

    async def calm(self) -> None:
        """No more trouble: whatever is still open must come to its end by itself."""
        for each in self.workers:
            _thaw(each)
        await self.insist(self._count_struck)
        await self.insist(lambda: self._admin("DELETE", "/faults"))
        deadline, most = time.monotonic() + self.plan.calm, 0
        while time.monotonic() < deadline:
            await self.insist(self._mend_accounts)
            settled = await self.insist(self._settled)
            if settled == self.plan.posts and not await self.insist(self._comments_left):
                return
            if settled > most:  # slow is not stuck
                deadline, most = time.monotonic() + self.plan.calm, settled
            await asyncio.sleep(0.5)

    async def _count_struck(self) -> None:
        """What the sandbox says that it did, not what it was asked for."""
        for each in (await self._admin("GET", "/faults"))["faults"]:
            self.told.done[f"struck {each['kind']}"] += each["struck"]
            if each["operations"] == [_MID_POLL["operation"]]:
                self.told.done["token ended in mid-poll"] += each["struck"]
            elif each["operations"] != ["*"]:
                self.told.done[f"struck {each['kind']} on a send"] += each["struck"]

    def _count_followed_clocks(self) -> None:
        for each in self.workers:
            if each.skew:
                log = (self.studio.home / f"worker-{each.number}.log").read_text()
                self.told.done["clock skew followed"] += log.count("this machine's clock is not the database's")

    async def done(self) -> bool:
        """Whether every post and every first comment came to its end."""
        return bool(await self._settled() == self.plan.posts and not await self._comments_left())

    async def _settled(self) -> int:
        row = await self._row("select count(*) from scheduled_posts where status not in ('scheduled', 'processing')")
        assert row is not None
        return int(row[0])

    async def _comments_left(self) -> int:
        row = await self._row("select count(*) from first_comments where status in ('waiting', 'sending', 'unknown')")
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

    async def _row(self, text: str, values: dict[str, Any] | None = None) -> tuple[Any, ...] | None:
        async with transaction(self.studio.state.pool, SERVICE) as db:
            return await (await db.execute(text.encode(), values)).fetchone()

    async def _admin(self, method: str, path: str, body: Any = None) -> Any:
        async with httpx2.AsyncClient(timeout=10) as http:
            headers = {"X-Sandbox-Key": SANDBOX_KEY}
            answer = await http.request(method, f"{self.studio.sandbox.url}/_sandbox{path}", json=body, headers=headers)
            return answer.raise_for_status().json()

    async def insist(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """The database may be away just now."""
        for _ in range(100):
            with _unless_away():
                return await ask()
            await asyncio.sleep(0.2)
        return await ask()

    async def schedule(self) -> None:
        """All posts, due over the first seconds of the run."""
        spread = max(4.0, self.plan.posts * 0.12) if self.plan.spread is None else self.plan.spread
        numbers = iter(range(self.plan.posts))
        for workspace, accounts in self.workspaces.items():
            alice = actor(self.studio.cast.alice, workspace)
            media = await keep_media(self.studio, alice)
            mine = [Shape.of(number) for number in islice(numbers, PER_ACCOUNT * len(SHAPES))]
            at = self.studio.state.clock() + timedelta(seconds=2 + len(mine) * 0.1)  # writing them down takes a while, too
            async with transaction(self.studio.api, alice) as db:
                items = []
                for each in mine:
                    when = at + timedelta(seconds=self.chance.uniform(0, spread))
                    items.append(await plan(db, workspace, each.slug, accounts[each.slug], each.content(media), when))
                done = await commit(db, alice, items, now=self.studio.state.clock(), when="slot")
            assert all(each.scheduled_post_id for each in done), [each.findings for each in done if not each.scheduled_post_id][:3]


_QUICK_SERVER = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_STORMS = {"429": "429 storm with headers", "429_bare": "429 storm without"}
# While Instagram is asked whether the container is ready.
_MID_POLL = {"platform": "instagram", "kind": "expired_token", "operation": "GET *fields=status_code*"}
# Whose process is in a phase: by the open try, by the post in its hands, by the comment in its hands.
_WHO = {
    "any": "select h.pid from publish_attempts a join worker_heartbeats h on h.worker_id = a.worker_id"
    " where a.finished_at is null and a.phase = %(phase)s order by a.started_at desc limit 1",
    "reconciling": "select h.pid from publish_attempts a join scheduled_posts s on s.id = a.scheduled_post_id"
    " join worker_heartbeats h on h.worker_id = s.worker_id"
    " where a.finished_at is null and a.phase = 'unknown' and s.lease_expires_at > now() order by a.started_at desc limit 1",
    "commenting": "select h.pid from first_comments f join worker_heartbeats h on h.worker_id = f.worker_id"
    " where f.lease_expires_at > now() order by f.updated_at desc limit 1",
}


@asynccontextmanager
async def open_chaos(plan: Plan, folder: Path | None = None) -> AsyncIterator[Chaos]:
    """A server, a sandbox and workspaces of its own. Nothing is durable, therefore fast; a restart is an orderly one."""
    os.environ.setdefault("PYTHONPATH", os.pathsep.join(sys.path))
    with contextlib.ExitStack() as kept:
        home = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="chaos ", dir=folder)))
        server = kept.enter_context(embedded.throwaway(options={"max_connections": "100"}, folder=folder))
        dsns = bootstrap_embedded(server, KEY, "chaos")
        migrate(dsns.owner, _SQL)
        sandbox = kept.enter_context(run_sandbox(home, "--no-limits", "--takes-twice"))
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
    granted = await _granted(studio, workspace, SHAPES)
    alice = actor(studio.cast.alice, workspace)
    async with transaction(api, alice) as db:
        ids = await save_accounts(db, alice, granted, Box.from_key(KEY), studio.state.clock())
    return {each.platform: at for each, at in zip(granted, ids, strict=True)}


async def _granted(studio: Studio, workspace: UUID, platforms: Any) -> Any:
    return await fetch_sandbox_accounts(studio.sandbox.url, SANDBOX_KEY, workspace, tuple(platforms))


@contextlib.contextmanager
def _unless_away() -> Any:
    """Passes over a database that is away and a socket that broke, and over nothing else."""
    try:
        yield
    except _AWAY:
        pass
    except Unavailable as problem:
        if not isinstance(problem.__cause__, httpx2.TransportError):
            raise


def _signal(worker: Worker, number: signal.Signals) -> bool:
    if not worker.alive or worker.process is None:
        return False
    worker.process.send_signal(number)
    return True


def _thaw(worker: Worker) -> None:
    worker.frozen = False
    _signal(worker, signal.SIGCONT)
