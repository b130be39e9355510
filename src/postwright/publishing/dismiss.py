"""Puts a failed post away, so that it no longer asks for a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict
from postwright.publishing import verbs


async def dismiss(db: Conn, actor: Actor, item_id: UUID, *, now: datetime) -> None:
    """The post is canceled, its tries stay in the ledger; to send it after all it is planned anew. Dismissing twice is
    dismissing once. Raises Conflict for a post that has not failed, NotFound."""
    found = await verbs.hold_standing(db, actor.home, item_id)
    if found.item == "canceled":
        return
    if not await verbs.dismiss_item(db, actor.home, item_id):
        raise Conflict("Only a post that failed can be dismissed.", field="state", rule="state")
