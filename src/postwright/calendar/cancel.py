"""Taking a post out of the plan."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.calendar import store
from postwright.calendar.move import hold
from postwright.db.queries import Conn
from postwright.db.session import Actor


async def cancel(db: Conn, actor: Actor, item_id: UUID, *, now: datetime) -> None:
    """Cancels a planned or scheduled post; its draft stays. Raises Conflict for one that is out or on its way."""
    item = await hold(db, actor, item_id, now)
    await store.cancel_item(db, actor.home, item.id)
