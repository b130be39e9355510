"""Asking for an archive, looking at it, giving it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.edge.paging import Cursor, Page, cut, mark
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyTries
from postwright.exports import store
from postwright.exports.models import Count, Export, Kind, Media

A_DAY = 5  # archives that one person may ask for in a day


async def ask(db: Conn, actor: Actor, caller: Caller, kind: Kind, now: datetime) -> Export:
    """Begins an archive. Raises Forbidden, Conflict while another is made, TooManyTries."""
    workspace = await place_of(db, actor, caller, kind)
    if await store.under_way(db, workspace, caller.user_id, kind):
        raise Conflict("An export of this is being made already. Wait for it, or delete it.", field="kind", rule="one_at_a_time")
    if await store.asked_since(db, caller.user_id, now - timedelta(days=1)) >= A_DAY:
        raise TooManyTries(f"You asked for {A_DAY} exports in a day. Go on tomorrow.", rule="daily")
    return await get(db, actor, await store.add_export(db, workspace, kind))


async def preview(db: Conn, actor: Actor, caller: Caller, kind: Kind) -> tuple[list[Count], Media]:
    """What it would hold now: rows by table, and the media."""
    workspace = await place_of(db, actor, caller, kind)
    return await store.export_counts(db, kind, workspace), await store.count_media(db, workspace)


async def place_of(db: Conn, actor: Actor, caller: Caller, kind: Kind) -> UUID:
    """The workspace that an export is of. Raises Forbidden, InvalidInput."""
    if kind == Kind.WORKSPACE:
        caller.need("admin")
        return actor.home
    personal = await store.personal_workspace(db)
    if personal is None:
        raise InvalidInput("You have no personal workspace to export.", field="kind", rule="personal")
    return personal


async def get(db: Conn, actor: Actor, id: UUID) -> Export:
    """One of the caller's own. Raises NotFound."""
    found = await store.get_export(db, actor, id)
    if found is None:
        raise NotFound("There is no such export, or it is not yours.", field="id", rule="exists")
    return found


async def list_own(db: Conn, actor: Actor, after: str | None, limit: int) -> Page[Export]:
    """The caller's, of this workspace and of their own data, latest first."""
    of = mark("exports", actor.home)
    rows = await store.list_exports(db, actor, Cursor.parse(after, of), limit + 1)
    return cut(rows, limit, lambda row: Cursor(row.created_at, row.id, of))


async def remove(db: Conn, actor: Actor, id: UUID, now: datetime) -> None:
    """Gives it up, made or not. Its bytes go after the commit. Raises NotFound."""
    if not await store.remove_export(db, actor, id, now):
        raise NotFound("There is no such export, or it is not yours.", field="id", rule="exists")


def require_ready(found: Export, caller: Caller, now: datetime) -> str:
    """Where its archive lies. Raises Conflict while there is none, Forbidden for who is no admin any more."""
    if found.kind == Kind.WORKSPACE and not (caller.workspace.id == found.workspace_id and caller.may("admin")):
        raise Forbidden("The data of a workspace are for its admins.", rule="role")
    if found.path is None or found.status != "ready" or (found.expires_at and found.expires_at <= now):
        gone = found.status in {"ready", "expired"}
        message = "This archive was kept for a week and is gone. Ask for another." if gone else "This archive is not ready."
        raise Conflict(message, field="id", rule="ready")
    return found.path
