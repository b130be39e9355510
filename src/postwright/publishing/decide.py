"""A person says how an unconfirmed post ended. Nothing else ever ends one that could not be established."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from postwright.calendar.store import lock_plan
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict, InvalidInput
from postwright.platforms import registry
from postwright.publishing import verbs
from postwright.publishing.links import id_at
from postwright.publishing.verbs import Standing

_LONGEST_ID = 255  # characters that the ledger keeps of a platform's id


async def decide(db: Conn, actor: Actor, item_id: UUID, outcome: str, *, url: str | None = None, now: datetime) -> None:
    """`outcome`: landed (with `url`), send_again, give_up. Raises InvalidInput on another word, Conflict, NotFound."""
    match outcome:
        case "landed":
            await landed(db, actor, item_id, url or "", now=now)
        case "send_again":
            await send_again(db, actor, item_id, now=now)
        case "give_up":
            await give_up(db, actor, item_id, now=now)
        case _:
            raise InvalidInput("Say landed, send_again or give_up.", field="outcome", rule="known")


async def landed(db: Conn, actor: Actor, item_id: UUID, url: str, *, now: datetime) -> None:
    """It is there, and this is its link. The publisher writes the published post within its next turn."""
    await lock_plan(db, actor.home)  # two people with the same link take turns
    post, found = await _unconfirmed(db, actor, item_id)
    link, remote_id = check_link(url, found.platform)
    remote_id = remote_id or await id_at(db, actor.home, found.connection_id, link)
    if await verbs.known_remote(db, actor.home, found.connection_id, url=link, remote_id=remote_id):
        raise InvalidInput("This link already belongs to another post of this account.", field="url", rule="unique")
    await _decide(db, actor, post, "completed")
    await verbs.note_confirmed(db, actor.home, post, url=link, remote_id=remote_id, now=now)


async def send_again(db: Conn, actor: Actor, item_id: UUID, *, now: datetime) -> None:
    """It is not there: a new attempt is made at once."""
    post, _ = await _unconfirmed(db, actor, item_id)
    await _decide(db, actor, post, "scheduled")


async def give_up(db: Conn, actor: Actor, item_id: UUID, *, now: datetime) -> None:
    """It shall not be tried again; the post counts as failed."""
    post, _ = await _unconfirmed(db, actor, item_id)
    await _decide(db, actor, post, "failed")


async def _unconfirmed(db: Conn, actor: Actor, item_id: UUID) -> tuple[UUID, Standing]:
    found = await verbs.hold_standing(db, actor.home, item_id)
    if found.commitment_id is None or found.commitment != "needs_review":
        raise Conflict("Only an unconfirmed post waits for this decision.", field="state", rule="state")
    return found.commitment_id, found


async def _decide(db: Conn, actor: Actor, post: UUID, status: str) -> None:
    if not await verbs.decide_post(db, actor.home, post, status):
        raise Conflict("Somebody decided this just now: look at the post again.", field="state", rule="state")


def check_link(url: str, platform: str) -> tuple[str, str | None]:
    """The link and the id in it. A sandbox copy's own address counts, too."""
    link = url.strip()
    wrong = InvalidInput("Give the post's address, beginning with https://", field="url", rule="url")
    try:
        parts = urlsplit(link)
    except ValueError:
        raise wrong from None
    copy = parts.path.removeprefix(f"/sandbox/{platform}/")
    if copy != parts.path and parts.scheme in {"", "http", "https"} and len(copy) <= _LONGEST_ID:
        return parts.path, copy
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(link) > 2000 or "\x00" in link:
        raise wrong
    links = registry.face_of(platform).links
    if not links.lead_to(parts.hostname or ""):
        raise InvalidInput(f"This is no address at {' or '.join(links.hosts)}: give the post's own.", field="url", rule="url")
    found = links.id_in(link)
    return link, found if found and len(found) <= _LONGEST_ID else None
