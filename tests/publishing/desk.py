"""What the tests of publishing stand on: a workspace with accounts, a clock that is set by hand, a network that obeys."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from postwright import config
from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.bootstrap import Dsns
from postwright.db.queries import Conn
from postwright.db.session import SERVICE, Actor, Pool, transaction
from postwright.edge.state import State
from postwright.kit.crypto import Box
from postwright.library.storage import Storage
from postwright.platforms.account import Account, Credentials
from postwright.platforms.base import Platform
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.post import Post
from postwright.platforms.rules import Finding, Rules
from postwright.publishing.claim import claim_due, claim_lapsed
from postwright.publishing.commit import When, commit
from postwright.publishing.engine import Clients, Engine
from postwright.publishing.pace import Pace
from postwright.publishing.reconcile import reconcile
from postwright.publishing.send import send
from postwright.publishing.store import Claim
from tests.cast import Cast, Person

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = b"k" * 32

QUICK = Pace(
    lease=timedelta(seconds=3), beat=timedelta(seconds=0.5), timeout=timedelta(seconds=1), quarantine=timedelta(seconds=1.5),
    ask_again=timedelta(seconds=0.2), retry_base=timedelta(seconds=0.2), poll=timedelta(seconds=2), stop_patience=timedelta(seconds=3),
)  # fmt: skip


@dataclass
class Clock:
    """Time as the tests set it; None follows the real one."""

    fixed: datetime | None = NOON

    def __call__(self) -> datetime:
        return self.fixed or datetime.now(UTC)

    def advance(self, span: timedelta) -> None:
        assert self.fixed is not None
        self.fixed += span


Step = Callable[[], Awaitable[None]]


@dataclass
class Network:
    """A platform made of memory. `before`, `after` act just before and just after a post of that text lands."""

    landed: list[tuple[str, str]] = field(default_factory=list)  # (remote id, text)
    before: dict[str, list[Step]] = field(default_factory=dict)
    after: dict[str, list[Step]] = field(default_factory=dict)
    uploading: dict[str, list[Step]] = field(default_factory=dict)
    confirming: dict[str, list[Step]] = field(default_factory=dict)  # while the platform works on what it has taken
    answers: dict[str, list[Receipt | Exception | None]] = field(default_factory=dict)  # of find(), else what landed
    seen_remote_ids: list[Mapping[str, Any]] = field(default_factory=list)
    asked_since: list[datetime] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def land(self, text: str) -> str:
        """A network never gives an id a second time, also not after it was emptied."""
        self.landed.append((f"r{next(self.numbers)}", text))
        return self.landed[-1][0]

    async def publish(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
        assert credentials.access_token == "open sesame"
        self.seen_remote_ids.append(dict(ledger.remote_ids))
        await ledger.enter("uploading")
        await ledger.keep(container=f"c-{post.text}")
        await self._do(self.uploading, post.text)
        await ledger.enter("sending")
        await self._do(self.before, post.text)
        remote_id = self.land(post.text)
        await self._do(self.after, post.text)
        if self.confirming.get(post.text):
            await ledger.enter("confirming")
            await self._do(self.confirming, post.text)
        return Receipt(remote_id, f"https://fake.example/{remote_id}")

    async def find(
        self,
        http: httpx2.AsyncClient,
        account: Account,
        credentials: Credentials,
        post: Post,
        remote_ids: Mapping[str, Any],
        since: datetime,
    ) -> Receipt | None:
        self.asked_since.append(since)
        if self.answers.get(post.text):
            answer = self.answers[post.text].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return next((Receipt(i, f"https://fake.example/{i}") for i, text in self.landed if text == post.text), None)

    async def measure(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
        return {"views": 10}

    def count(self, text: str) -> int:
        return sum(1 for _, each in self.landed if each == text)

    async def _do(self, steps: dict[str, list[Step]], text: str) -> None:
        if steps.get(text):
            await steps[text].pop(0)()


def raising(error: Exception) -> Step:
    """A step that fails."""

    async def step() -> None:
        raise error

    return step


def fake_platform(network: Network) -> Platform:
    """A platform of the registry's form, without media, 280 characters."""
    rules = Rules(280, "characters", len, "https://fake.example/rules", date(2026, 11, 1), "post")

    def check(post: Post) -> list[Finding]:
        return [] if len(post.text) <= 280 else [Finding("text", "length", "too long", 280, len(post.text))]

    return Platform("x", "Fake", ("fake.example",), rules, network, check)


@dataclass
class Desk:
    """A workspace with one account, and an engine whose platform is the network above."""

    dsns: Dsns
    api: Pool
    worker: Pool
    cast: Cast
    engine: Engine
    network: Network
    clock: Clock
    account: UUID
    calendar: UUID

    @property
    def bob(self) -> Actor:
        return actor(self.cast.bob, self.cast.workspace)

    @asynccontextmanager
    async def as_bob(self) -> AsyncIterator[Conn]:
        async with transaction(self.api, self.bob) as db:
            yield db

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Conn]:
        async with transaction(self.worker, SERVICE) as db:
            yield db

    async def plan(self, text: str, at: datetime | None = None, **more: Any) -> UUID:
        """A planned post with its own content."""
        values = {"platform_connection_id": self.account, "content": Jsonb({"text": text}), "scheduled_at": at, "timezone": "UTC"} | more
        names = ", ".join(values)
        async with self.as_bob() as db:
            row = await db.execute(
                f"insert into content_schedule_items (workspace_id, calendar_id, platform_id, {names}) select %s, %s, p.id"
                f"{', %s' * len(values)} from platforms p where p.slug = 'x' returning id".encode(),
                (self.cast.workspace, self.calendar, *values.values()),
            )
            found = await row.fetchone()
        assert found is not None
        return found[0]  # type: ignore[no-any-return]

    async def schedule(self, text: str, when: When = "now", at: datetime | None = None) -> UUID:
        """A post of that text, scheduled; its item."""
        item = await self.plan(text, at)
        async with self.as_bob() as db:
            (done,) = await commit(db, self.bob, [item], now=self.clock(), when=when)
        assert done.scheduled_post_id is not None, done.findings
        return item

    async def row(self, item: UUID) -> dict[str, Any]:
        """The commitment as the database has it, with the item's status."""
        found = await self.fetch(
            "select s.*, i.status as item_status from scheduled_posts s join content_schedule_items i on i.id = s.schedule_item_id"
            " where s.schedule_item_id = %s order by s.created_at desc limit 1",
            item,
        )
        return found[0]

    async def attempts(self, item: UUID) -> list[dict[str, Any]]:
        return await self.fetch(
            "select a.* from publish_attempts a join scheduled_posts s on s.id = a.scheduled_post_id where s.schedule_item_id = %s"
            " order by a.number",
            item,
        )

    async def published(self, item: UUID) -> list[dict[str, Any]]:
        return await self.fetch("select * from published_posts where schedule_item_id = %s", item)

    async def fetch(self, text: str, *values: Any) -> list[dict[str, Any]]:
        async with self.service() as db, db.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(text.encode(), values)
            return await cursor.fetchall()

    async def run(self, text: str, *values: Any) -> None:
        async with self.service() as db:
            await db.execute(text.encode(), values)

    async def turn(self) -> list[Claim]:
        """What one turn of the loop does, one post after the other."""
        lapsed = await claim_lapsed(self.engine, 50)
        for each in lapsed:
            await reconcile(self.engine, each)
        due = await claim_due(self.engine, 50)
        for each in due:
            await send(self.engine, each)
        return due

    def other_worker(self, name: str = "other") -> Engine:
        """A second publisher on the same database."""
        return replace(self.engine, worker=name, in_flight={})


def actor(person: Person, workspace: UUID) -> Actor:
    return Actor("authenticated", person.id, workspace)


@asynccontextmanager
async def open_desk(dsns: Dsns, api: Pool, worker: Pool, cast: Cast, home: Path, pace: Pace = QUICK) -> AsyncIterator[Desk]:
    """The desk, with its account connected by Alice."""
    clock, network = Clock(), Network()
    box = Box.from_key(KEY)
    state = State(
        config.load({"POSTWRIGHT_HOME": str(home)}), worker, Storage(home / "media"), clock, "http://127.0.0.1:1", "key", KEY, "test"
    )
    platform = fake_platform(network)
    clients = Clients(state.sandbox_url, 1)
    engine = Engine(state, "worker-1", pace, clients, box, platform_of=lambda slug: platform)
    alice = actor(cast.alice, cast.workspace)
    async with transaction(api, alice) as db:
        granted = Granted("x", "1", "sandbox", "acme", "Acme", "open sesame")
        (account,) = await save_accounts(db, alice, [granted], box, NOON)
        row = await (
            await db.execute("select id from content_calendar where workspace_id = %s and is_default", (cast.workspace,))
        ).fetchone()
    assert row is not None
    try:
        yield Desk(dsns, api, worker, cast, engine, network, clock, account, row[0])
    finally:
        await clients.close()
