"""Transactions that carry who is asking.

Only the edge (a request, a job, a command) opens or commits one; everything below takes the
connection. Role, claims and workspace are set in one statement, for the transaction only.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from postwright.db.queries import Conn
from postwright.errors import Unavailable

Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]
Role = Literal["authenticated", "service_role", "app_auth"]

_ENTER = b"""select set_config('role', %s, true), set_config('request.jwt.claims', %s, true),
                    set_config('app.workspace_id', %s, true), set_config('statement_timeout', %s, true),
                    set_config('idle_in_transaction_session_timeout', %s, true), set_config('app.origin', %s, true)"""
# What a person's request may keep the database busy, and keep a connection idle. Jobs have leases instead.
_PATIENCE = "30s"
_OPENING = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Leash:
    """What holds a key back from all that its maker may: the database reads it from the claims."""

    key: UUID
    workspace: UUID
    cap: int  # the rank of the role that its scopes are worth, as app.role_rank
    accounts: tuple[UUID, ...] | None  # that it may act for; None: all of the workspace

    def claims(self) -> dict[str, Any]:
        """As app.mine and app.keep_to_accounts read them."""
        told: dict[str, Any] = {"key": str(self.key), "workspace": str(self.workspace), "cap": self.cap}
        return told if self.accounts is None else told | {"accounts": [str(each) for each in self.accounts]}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in user in a workspace, the service, or nobody yet (`app_auth`).

    `origin` says by which way ("web", "api:<key name>", "cli", "csv", "mcp") and is kept with what is made.
    """

    role: Role
    user: UUID | None = None
    workspace: UUID | None = None
    origin: str = "web"
    leash: Leash | None = None

    @property
    def home(self) -> UUID:
        """The workspace, where there must be one."""
        if self.workspace is None:
            raise LookupError("this act needs a workspace")
        return self.workspace

    def claims(self) -> str:
        """The JWT claims that `auth.uid()` and `auth.role()` read."""
        who = {"sub": str(self.user)} if self.user else {}
        return json.dumps({"role": self.role} | who | (self.leash.claims() if self.leash else {}))


SERVICE = Actor("service_role")
VISITOR = Actor("app_auth")


@asynccontextmanager
async def transaction(pool: Pool, actor: Actor) -> AsyncIterator[Conn]:
    """One transaction as `actor`: committed when the block ends, rolled back when it raises."""
    async with pool.connection() as db, db.transaction():
        await enter(db, actor)
        yield db


async def enter(db: Conn, actor: Actor) -> None:
    """Makes the running transaction `actor`'s."""
    workspace = str(actor.workspace) if actor.workspace else ""
    patience, origin = ("0", "") if actor.role == "service_role" else (_PATIENCE, actor.origin)  # the audit log reads the origin
    await db.execute(_ENTER, (actor.role, actor.claims(), workspace, patience, patience, origin))


@asynccontextmanager
async def open_pool(dsn: str, *, size: int = 8, name: str = "postwright") -> AsyncIterator[Pool]:
    """A pool of connections; they commit only where a transaction says so. Raises Unavailable when none comes about.

    Prepared statements are off: a transaction pooler (PgBouncer, Supavisor) may stand in between.
    """
    pool: Pool = AsyncConnectionPool(
        dsn, min_size=1, max_size=size, open=False, name=name, kwargs={"autocommit": True, "prepare_threshold": None}
    )
    try:
        await pool.open(wait=True, timeout=_OPENING)
    except PoolTimeout as error:
        raise Unavailable(f"the database did not let the login {name} in within {_OPENING:.0f} s") from error
    try:
        yield pool
    finally:
        await pool.close()
