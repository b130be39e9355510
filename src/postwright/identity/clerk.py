"""The closed list of functions, inside a signed-in person's own transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postwright.db.queries import Conn
from postwright.db.session import Actor, enter
from postwright.edge.context import Context


@asynccontextmanager
async def closed_list(ctx: Context) -> AsyncIterator[Conn]:
    """The transaction as app_auth, and the caller's again when the block has ended well."""
    await enter(ctx.db, Actor("app_auth", ctx.caller.user_id))
    yield ctx.db
    await enter(ctx.db, ctx.actor)
