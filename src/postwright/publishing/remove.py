"""Deletes a published post on its platform: somebody asks, the worker does it, and the post tells who and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from postwright.connections.at_platform import at_platform
from postwright.db.queries import Conn, load
from postwright.db.session import SERVICE, Actor, transaction
from postwright.edge.state import State
from postwright.errors import Conflict, NotFound, PostwrightError, Who
from postwright.platforms import registry
from postwright.platforms.base import Platform
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected

log = structlog.get_logger()

TRIES = 6
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Published:
    """A post that is out, or was, and where."""

    id: UUID
    item_id: UUID
    platform: str
    connection_id: UUID | None
    remote_id: str | None
    status: str
    is_active: bool | None
    health: str | None
    account_name: str | None
    url: str | None
    asked: bool
    known: list[str] | None
    planned: int | None

    def stays(self) -> str | None:
        """What of it stays public when it is deleted from here, in words."""
        return _left(len(self.known or ()), self.planned or 1)

    def hindrance(self) -> str | None:
        """Why it cannot be deleted from here, in words."""
        platform = registry.REGISTRY.get(self.platform)
        name = platform.name if platform else self.platform
        if self.status == "deleted":
            return f"This post was deleted on {name} already."
        if platform is None or platform.delete is None:
            return f"{name} lets no program delete posts: open the post there and delete it yourself."
        if self.remote_id is None:
            return f"We do not know this post's id on {name}: open the post there and delete it yourself."
        if not self.is_active or self.health == "reconnect":
            return f"{self.account_name or 'The account'} must be connected again before its posts can be deleted."
        return None


@dataclass(frozen=True, slots=True)
class Removal:
    """A deletion that is still to be done."""

    id: UUID
    workspace_id: UUID
    published_post_id: UUID
    connection_id: UUID | None
    platform: str
    remote_id: str | None
    tries: int
    known: list[str] | None
    planned: int | None
    comment_id: str | None
    gone: list[str]

    def ids(self, platform: Platform) -> list[str]:
        """What is to be deleted, in that order: the last part first, so that what is left of a thread is its beginning. Where
        comments are posts of their own, the first comment goes before them."""
        comment = [self.comment_id] if self.comment_id and platform.rules.threads else []
        parts = list(dict.fromkeys([str(self.remote_id), *(self.known or ())]))
        return [each for each in (*comment, *reversed(parts)) if each not in self.gone]


class NotYet(Exception):
    """Some platform could not be reached: the job runs again."""


async def ask_removal(db: Conn, actor: Actor, item_id: UUID) -> None:
    """The post is to be deleted on its platform; asking twice is asking once. Raises NotFound, Conflict with the reason why not."""
    found = await removable(db, actor, [item_id])
    if item_id not in found:
        if not await _sql["item_exists"].value(db, workspace=actor.home, item=item_id):
            raise NotFound("There is no such post.")
        raise Conflict("Only a post that is out can be deleted there. Cancel this one instead.", field="state", rule="state")
    if hindrance := found[item_id].hindrance():
        raise Conflict(hindrance, field="state", rule="deletable")
    await ask_removals(db, actor, [found[item_id]])


async def removable(db: Conn, actor: Actor, items: Sequence[UUID]) -> dict[UUID, Published]:
    """The published ones of these posts, by post."""
    rows = await _sql["removable"].rows(db, Published, workspace=actor.home, items=list(items))
    return {each.item_id: each for each in rows}


async def ask_removals(db: Conn, actor: Actor, posts: Sequence[Published]) -> None:
    """Has the worker delete posts that nothing hinders."""
    ids = await _sql["ask_removals"].values(db, workspace=actor.home, posts=[each.id for each in posts], origin=actor.origin)
    if ids:
        await _sql["enqueue_removals"].value(db, workspace=actor.home, ids=ids)


async def remove_posts(state: State, workspace: UUID, ids: Sequence[UUID]) -> None:
    """Deletes posts one after the other; no transaction is open during a call, and doing it twice harms nothing.

    Raises NotYet where a platform could not be reached and is worth another try.
    """
    async with transaction(state.pool, SERVICE) as db:
        removals = await _sql["open_removals"].rows(db, Removal, workspace=workspace, ids=list(ids))
    waiting = [each for each in removals if not await _remove(state, each)]
    if waiting:
        raise NotYet(f"{len(waiting)} posts wait for another try")


async def _remove(state: State, removal: Removal) -> bool:
    """Whether this one has ended."""
    gone = list(removal.gone)
    try:
        await _call(state, removal, gone)
    except (PlatformError, PostwrightError, TimeoutError) as wrong:
        final = isinstance(wrong, Rejected | ReauthRequired | NotFound) or removal.tries + 1 >= TRIES
        log.warning("post not deleted", post=str(removal.published_post_id), platform=removal.platform, error=type(wrong).__name__)
        error = Jsonb(_partly(_words(wrong), gone))
        async with transaction(state.pool, SERVICE) as db:
            await _sql["fail_removal"].run(db, workspace=removal.workspace_id, id=removal.id, now=state.clock(), refused=final, error=error)
        return final
    left = _left(len(removal.known or ()), removal.planned or 1)
    words = {"class": "parts_left", "who": Who.YOU.value, "message": left}
    async with transaction(state.pool, SERVICE) as db:
        await _sql["end_removal"].run(
            db, workspace=removal.workspace_id, id=removal.id, now=state.clock(), error=Jsonb(words) if left else None
        )
    return True


async def _call(state: State, removal: Removal, gone: list[str]) -> None:
    """Deletes what there is of it, one after the other, and notes in `gone` what is."""
    if removal.connection_id is None or removal.remote_id is None:
        raise NotFound("The account is no longer connected.", field="connection_id", rule="exists")
    async with at_platform(state, removal.workspace_id, removal.connection_id) as there:
        if there.platform.delete is None:
            raise Rejected(f"{there.platform.name} lets no program delete posts.", field="state", rule="deletable")
        for each in removal.ids(there.platform):
            await there.platform.delete(there.http, there.account, there.credentials, each)
            gone.append(each)


def _left(known: int, planned: int) -> str | None:
    """A thread of which a person gave the link alone has parts whose ids nobody told us."""
    if planned < 2 or known >= planned:
        return None
    return f"The ids of {planned - max(known, 1)} of the thread's {planned} parts are not known here: these stay public. Delete them there."


def _partly(words: Mapping[str, Any], gone: Sequence[str]) -> Mapping[str, Any]:
    """A further try goes on behind what is deleted already."""
    if not gone:
        return words
    said = f"{len(gone)} {'piece' if len(gone) == 1 else 'pieces'} of it, the last first, are deleted; the rest is still public."
    return {**words, "gone": list(gone), "message": f"{words['message']} {said}"}


def _words(wrong: Exception) -> Mapping[str, Any]:
    if isinstance(wrong, ReauthRequired):
        return {"class": wrong.kind, "who": Who.RECONNECT.value, "message": wrong.message}
    if isinstance(wrong, PlatformError):
        return {"class": wrong.kind, "who": Who.YOU.value, "message": wrong.message.replace("\x00", "")}
    message = wrong.message if isinstance(wrong, PostwrightError) else "The platform did not answer in time."
    return {"class": "unavailable", "who": Who.WE.value, "message": message}
