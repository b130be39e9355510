"""Deletes a workspace, says before what goes along, and brings it back within thirty days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound
from postwright.workspaces import make, store
from postwright.workspaces.models import KEPT, Deleted, Takes


@dataclass(frozen=True, slots=True)
class Gone:
    """A workspace just deleted, what it took along, and until when it can be restored."""

    id: UUID
    name: str
    deleted_at: datetime
    takes: Takes

    @property
    def until(self) -> datetime:
        return self.deleted_at + KEPT


async def takes_along(db: Conn, actor: Actor) -> Takes:
    """What a deletion would take along, as it stands now."""
    return await store.takes(db, actor.home)


async def delete(db: Conn, actor: Actor, caller: Caller, *, typed: str) -> Gone:
    """Hides the workspace from everybody at once: keys stop, invitations end, scheduled posts go back to the plan. What is
    being sent right now ends as it ends.

    `typed` is its name, as a proof that this one is meant. Raises InvalidInput, Conflict for a personal workspace, Forbidden.
    """
    caller.need("owner")
    seen = await make.get(db, actor)
    if seen.personal:
        raise Conflict("This is your personal workspace: it goes only with your account.", field="workspace", rule="personal")
    if " ".join(typed.split()) != seen.name:
        raise InvalidInput(f"Type the workspace's name, {seen.name}, to delete it. Nothing was changed.", field="name", rule="typed")
    takes = await store.takes(db, actor.home)
    at = await store.delete_workspace(db, actor.home, seen.name)
    if at is None:
        raise Forbidden("Only an owner deletes a workspace, and you are none (any more).", rule="role")
    return Gone(seen.id, seen.name, at, takes)


async def list_deleted(db: Conn) -> list[Deleted]:
    """The workspaces that the caller owned and may still restore, latest first."""
    return await store.deleted_workspaces(db)


async def restore(db: Conn, workspace: UUID) -> Deleted:
    """Brings it back for everybody. Its posts are planned, none is scheduled; its invitations stay ended. Raises NotFound."""
    found = next((each for each in await store.deleted_workspaces(db) if each.id == workspace), None)
    if found is None or not await store.restore_workspace(db, workspace):
        raise NotFound(
            "There is no deleted workspace of yours with this id, or its 30 days are over.", field="workspace", rule="restorable"
        )
    return found
