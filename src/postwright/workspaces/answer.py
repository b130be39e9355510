"""Accepts or declines an invitation. It works once, and only for the person of its address."""

from __future__ import annotations

from uuid import UUID

import psycopg

from postwright.db.queries import Conn
from postwright.edge.callers import token_hash
from postwright.errors import Conflict, NotFound
from postwright.workspaces import store
from postwright.workspaces.models import Offer, Waiting


async def find(db: Conn, token: str) -> Offer | None:
    """What a token offers, while it stands; runs as a visitor. One that was used, taken back or has expired is like one
    that never was."""
    return await store.offer(db, token_hash(token))


async def list_waiting(db: Conn) -> list[Waiting]:
    """What waits for the caller's address, once that is verified."""
    return await store.waiting(db)


async def accept(db: Conn, *, token: str | None = None, id: UUID | None = None) -> UUID:
    """Makes the caller a member; the workspace's id. By token, or by id where their address is verified.

    Raises NotFound when it does not stand or is another's, Conflict for who is a member already.
    """
    try:
        joined = await store.answer(db, hash=token_hash(token) if token else None, id=id, accepts=True)
    except psycopg.errors.UniqueViolation:
        raise Conflict("You are a member of this workspace already.", field="invitation", rule="member") from None
    return _stood(joined)


async def decline(db: Conn, *, token: str | None = None, id: UUID | None = None) -> None:
    """Ends it; whoever invited sees that it was declined. Raises NotFound as above."""
    _stood(await store.answer(db, hash=token_hash(token) if token else None, id=id, accepts=False))


def _stood(workspace: UUID | None) -> UUID:
    if workspace is None:
        raise NotFound(
            "This invitation is not for your address, was used or taken back, or has expired. Ask who invited you for a new one.",
            field="invitation",
            rule="stands",
        )
    return workspace
