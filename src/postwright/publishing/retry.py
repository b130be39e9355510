"""Sends a failed post off again, with the content as it is now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict, InvalidInput
from postwright.publishing import verbs
from postwright.publishing.already import RULE, same_elsewhere
from postwright.publishing.commit import Committed
from postwright.publishing.public_parts import must_keep_public_parts
from postwright.publishing.resolve import PlannedItem, Resolved, resolve

UNCONFIRMED = "unconfirmed"


async def retry(db: Conn, actor: Actor, item_id: UUID, *, now: datetime, again: bool = False) -> Committed:
    """A new try at once. Raises InvalidInput with the rule that is still broken, Conflict when the post has not failed, NotFound.

    Conflict too where parts that are public no longer say what is out (public_parts), and where the content may be out already
    (already_sent, unconfirmed), unless `again`.
    """
    item = await verbs.hold_item(db, actor, item_id)
    if item.status == "canceled":
        raise Conflict("This post was dismissed or canceled: plan it anew.", field="state", rule="state")
    if item.commitment_id is None or item.commitment_status != "failed":
        raise Conflict("Only a post that failed can be sent again.", field="state", rule="state")
    resolved = await resolve(db, actor, item)
    broken = next((each for each in resolved.findings if each.level == "error"), None)
    if broken is not None:
        raise InvalidInput(broken.message, field=broken.field, rule=broken.rule)
    await must_keep_public_parts(db, actor.home, item, resolved)
    if not again:
        await _check_twice(db, actor, item, item.commitment_id, resolved)
    if not await verbs.retry_post(db, actor.home, item.commitment_id, content=resolved.content, snapshot=resolved.snapshot):
        raise Conflict("Somebody was faster: look at the post again.", field="state", rule="state")
    return Committed(item_id, item.commitment_id, list(resolved.findings))


async def _check_twice(db: Conn, actor: Actor, item: PlannedItem, commitment: UUID, resolved: Resolved) -> None:
    if await verbs.last_phase(db, actor.home, commitment) == "unknown":
        said = "This post was given up while nobody knew whether it is out. Look at the account first: a new try may send it twice."
        raise Conflict(said, field="state", rule=UNCONFIRMED)
    if item.adaptation_id and item.connection_id:
        earlier = await same_elsewhere(db, actor.home, item.adaptation_id, item.connection_id, resolved.snapshot, apart=item.id)
        if earlier is not None:
            raise Conflict(earlier.finding().message, field="account", rule=RULE)
