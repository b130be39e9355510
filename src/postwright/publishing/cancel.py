"""Takes a planned or scheduled post out; nothing goes out then."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict
from postwright.publishing import verbs


async def cancel(db: Conn, actor: Actor, item_id: UUID, *, now: datetime) -> None:
    """Canceling twice is canceling once. Raises Conflict when it is going out or is out, NotFound."""
    found = await verbs.hold_standing(db, actor.home, item_id)
    if found.item == "canceled":
        return
    refusal = _REFUSALS.get(found.commitment or "")
    if refusal is not None:
        raise Conflict(refusal, field="state", rule="state")
    if not await verbs.cancel_item(db, actor.home, item_id):
        raise Conflict("This post is out already; delete it on the platform.", field="state", rule="state")


_REFUSALS = {
    "processing": "This post is going out right now, so it can no longer be canceled.",
    "completed": "This post is out already; delete it on the platform.",
    "needs_review": "We do not know whether this post went out. Look at the account and say what you see; then it can be given up.",
    "failed": "This post failed and will not go out by itself: send it again, or dismiss it.",
}
