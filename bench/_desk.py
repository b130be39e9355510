"""What the benches of publishing stand on: a database of their own, a workspace with an account at the sandbox, posts to send."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.cast import Cast, gather  # noqa: E402
from tests.publishing.desk import KEY, actor  # noqa: E402
from tests.publishing.real import SANDBOX_KEY, Sandbox, run_sandbox  # noqa: E402

from postwright import config  # noqa: E402 - the path comes first
from postwright.connections.connect import fetch_sandbox_accounts, save_accounts  # noqa: E402
from postwright.db import embedded  # noqa: E402
from postwright.db.bootstrap import Dsns, bootstrap_embedded  # noqa: E402
from postwright.db.migrate import migrate  # noqa: E402
from postwright.db.session import Pool, open_pool, transaction  # noqa: E402
from postwright.edge.state import State  # noqa: E402
from postwright.kit.crypto import Box  # noqa: E402
from postwright.library.storage import Storage  # noqa: E402

CONNECTIONS = 8  # of a publisher's pool (worker/publisher.py)


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace with one account at X, and the logins that reach its database."""

    dsns: Dsns
    owner: psycopg.Connection[Any]
    state: State
    owner_dsn: str
    sandbox: Sandbox
    home: Path
    cast: Cast
    account: UUID
    token: str

    def fill(self, count: int, due: str = "now() + interval '1 hour'", mark: str = "post") -> None:
        """Scheduled posts with their items, written by the owner at once; whatever was there before goes."""
        values = {"space": self.cast.workspace, "user": self.cast.bob.id, "account": self.account, "count": count, "mark": mark}
        with self.owner.transaction():
            self.owner.execute("set local session_replication_role = replica")  # no triggers: these rows are good as they are
            for table in ("published_posts", "publish_attempts", "scheduled_posts", "content_schedule_items", "audit_log"):
                self.owner.execute(f"delete from {table}".encode())
            self.owner.execute(_ITEMS, values)
            self.owner.execute(_POSTS.replace(b"%(due)s", due.encode()), values)
        for table in ("published_posts", "publish_attempts", "scheduled_posts", "content_schedule_items", "audit_log"):
            self.owner.execute(f"vacuum analyze {table}".encode())


_ITEMS = b"""
insert into content_schedule_items (id, workspace_id, calendar_id, platform_id, platform_connection_id, content, status,
                                    scheduled_at, timezone, user_id, created_by)
select app.new_id(), %(space)s, c.id, p.id, %(account)s, jsonb_build_object('text', %(mark)s || ' number ' || n), 'scheduled', now(), 'UTC',
       %(user)s, %(user)s
  from generate_series(1, %(count)s) n, content_calendar c, platforms p
 where c.workspace_id = %(space)s and c.is_default and p.slug = 'x'"""
_POSTS = b"""
insert into scheduled_posts (workspace_id, user_id, schedule_item_id, platform_connection_id, platform, content, snapshot, scheduled_for)
select i.workspace_id, i.user_id, i.id, i.platform_connection_id, 'x', i.content ->> 'text', i.content || '{"format": "post"}', %(due)s
  from content_schedule_items i where i.workspace_id = %(space)s"""


@asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    """All of it, gone afterwards. The server does not flush: it is the work that is compared, not the disk."""
    with contextlib.ExitStack() as kept:
        home = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="bench ")))
        server = kept.enter_context(embedded.throwaway(options={"shared_buffers": "256MB", "jit": "off"}))
        dsns = bootstrap_embedded(server, KEY, "bench")
        migrate(dsns.owner, ROOT / "sql" / "schema")
        owner = kept.enter_context(psycopg.connect(server.dsn("bench"), autocommit=True))
        owner.execute("update platform_limits set value = value * 1000000 where unit like 'per %'")  # the burst is beyond any platform's
        people = gather(owner)
        sandbox = kept.enter_context(run_sandbox(home, "--no-limits"))
        settings = config.load({"POSTWRIGHT_HOME": str(home)})
        async with open_pool(dsns.worker, size=CONNECTIONS) as worker, open_pool(dsns.api, size=1) as api:
            state = State(settings, worker, Storage(home / "media"), lambda: datetime.now(UTC), sandbox.url, SANDBOX_KEY, KEY, "bench")
            account, token = await _connect(api, sandbox, people)
            yield Desk(dsns, owner, state, server.dsn("bench"), sandbox, home, people, account, token)


async def _connect(api: Pool, sandbox: Sandbox, people: Cast) -> tuple[UUID, str]:
    (granted,) = await fetch_sandbox_accounts(sandbox.url, SANDBOX_KEY, people.workspace, ["x"])
    alice = actor(people.alice, people.workspace)
    async with transaction(api, alice) as db:
        (account,) = await save_accounts(db, alice, [granted], Box.from_key(KEY), datetime.now(UTC))
    return account, granted.access_token
