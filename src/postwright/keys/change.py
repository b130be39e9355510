"""Renames and revokes keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict
from postwright.keys import store
from postwright.keys.make import check_name, get_key
from postwright.keys.models import ApiKey


async def rename(db: Conn, actor: Actor, id: UUID, name: str) -> ApiKey:
    """What the key did before keeps the name that it had then. Raises NotFound, InvalidInput, Conflict for a revoked one."""
    name = check_name(name)
    await get_key(db, actor, id)
    if not await store.rename_key(db, actor.home, id, name):
        raise Conflict("This key was revoked.", field="key", rule="revoked")
    return await get_key(db, actor, id)


async def revoke(db: Conn, actor: Actor, id: UUID, *, now: datetime) -> ApiKey:
    """Its next request is refused. Twice is once. Raises NotFound."""
    await get_key(db, actor, id)
    await store.revoke_key(db, actor.home, id, now)
    return await get_key(db, actor, id)
