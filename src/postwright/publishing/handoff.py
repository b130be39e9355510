"""Posts by hand: what no interface of a platform takes, a person posts at its time and gives the link.

At its time the person who scheduled it is told; a day later reminded; after another day the post counts as missed and waits in
the plan. Postwright itself never sends one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from postwright.calendar.store import lock_plan
from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.errors import Conflict, InvalidInput
from postwright.platforms import registry
from postwright.publishing import verbs
from postwright.publishing.decide import check_link
from postwright.publishing.links import id_at

_sql = load(__package__)

_LONGEST_LINK = 2000  # characters


@dataclass(frozen=True, slots=True)
class HandOff:
    """How far a post by hand is. `reason`: why no interface takes it; None: a person chose so."""

    hand_off: bool
    told_at: datetime | None
    reminded_at: datetime | None
    handle: str | None
    host: str | None
    reason: str | None
    simulated: bool  # nothing leaves this machine, also not by hand


async def read_hand_off(db: Conn, actor: Actor, item_id: UUID) -> HandOff | None:
    """None: it is not scheduled."""
    return await _sql["hand_off_of"].one(db, HandOff, workspace=actor.home, item=item_id)


def where_to_post(platform: str, host: str | None) -> str | None:
    """The page at the platform on which one begins a post."""
    return registry.face_of(platform).links.compose or (f"https://{host}/" if host else None)


async def choose_way(db: Conn, actor: Actor, item_id: UUID, *, by_hand: bool) -> None:
    """Says who posts it. Raises NotFound; Conflict once it is under way, out, failed or canceled."""
    found = await verbs.hold_standing(db, actor.home, item_id)
    if found.commitment not in {None, "scheduled"} or not await _sql["choose_way"].value(db, item=item_id, by_hand=by_hand):
        raise Conflict("Only a planned or scheduled post can change hands.", field="state", rule="state")


async def posted(db: Conn, actor: Actor, item_id: UUID, url: str, *, now: datetime) -> UUID:
    """ "I posted it: here is the link." The published post's id. In the sandbox a made-up link counts, as nothing was posted anywhere.
    Raises InvalidInput for a link that is none or another post's, Conflict where no post waits for it, NotFound."""
    await lock_plan(db, actor.home)  # two people with the same link take turns
    found = await verbs.standing(db, actor.home, item_id)
    if found is None:
        raise verbs.no_post()
    hand = await read_hand_off(db, actor, item_id)
    made_up = hand is not None and hand.simulated and is_made_up(url)
    link, remote_id = (url.strip(), None) if made_up else check_link(url, found.platform)
    if not made_up:
        remote_id = remote_id or await id_at(db, actor.home, found.connection_id, link)
    if await verbs.known_remote(db, actor.home, found.connection_id, url=link, remote_id=remote_id):
        raise InvalidInput("This link already belongs to another post of this account.", field="url", rule="unique")
    made: UUID | None = await _sql["post_by_hand"].value(db, item=item_id, url=link, remote_id=remote_id, now=now)
    if made is None:
        raise Conflict("This post does not wait to be posted by hand.", field="state", rule="state")
    return made


def is_made_up(url: str) -> bool:
    """An address under .example: reserved for examples (RFC 2606), it leads nowhere."""
    try:
        parts = urlsplit(url.strip())
        return parts.scheme == "https" and (parts.hostname or "").endswith(".example") and url.isprintable() and len(url) <= _LONGEST_LINK
    except ValueError:
        return False


async def turn(db: Conn, *, now: datetime) -> Mapping[str, Any]:
    """Tells, reminds, gives up; how many of each. Runs as the service."""
    found: Mapping[str, Any] = await _sql["turn_hand_offs"].value(db, now=now)
    return found
