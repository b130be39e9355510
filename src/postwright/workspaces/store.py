"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.workspaces.models import Deleted, Invitation, Member, Mine, Offer, Role, Takes, Waiting, Workspace

_sql = load(__package__)


async def mine(db: Conn, user: UUID | None) -> list[Mine]:
    return [replace(each, role=Role(each.role)) for each in await _sql["mine"].rows(db, Mine, user=user)]


async def workspace(db: Conn, workspace: UUID) -> Workspace | None:
    return await _sql["workspace"].one(db, Workspace, workspace=workspace)


async def workspace_to_change(db: Conn, workspace: UUID) -> Workspace | None:
    return await _sql["workspace_to_change"].one(db, Workspace, workspace=workspace)


async def create_workspace(db: Conn, name: str, environment: str | None) -> UUID:
    made: UUID = await _sql["create_workspace"].value(db, name=name, environment=environment)
    return made


async def change_workspace(db: Conn, workspace: UUID, *, name: str, timezone: str) -> bool:
    return await _sql["change_workspace"].run(db, workspace=workspace, name=name, timezone=timezone) == 1


async def look_at(db: Conn, *, session: UUID, user: UUID, workspace: UUID) -> bool:
    return await _sql["look_at"].run(db, session=session, user=user, workspace=workspace) == 1


async def takes(db: Conn, workspace: UUID) -> Takes:
    found = await _sql["takes"].one(db, Takes, workspace=workspace)
    if found is None:
        raise LookupError("counting gives one row")
    return found


async def delete_workspace(db: Conn, workspace: UUID, typed: str) -> datetime | None:
    at: datetime | None = await _sql["delete_workspace"].value(db, workspace=workspace, typed=typed)
    return at


async def deleted_workspaces(db: Conn) -> list[Deleted]:
    return await _sql["deleted_workspaces"].rows(db, Deleted)


async def restore_workspace(db: Conn, workspace: UUID) -> bool:
    return bool(await _sql["restore_workspace"].value(db, workspace=workspace))


async def members(db: Conn, workspace: UUID) -> list[Member]:
    return [_member(each) for each in await _sql["members"].rows(db, Member, workspace=workspace)]


async def member(db: Conn, workspace: UUID, user: UUID) -> Member | None:
    found = await _sql["member"].one(db, Member, workspace=workspace, user=user)
    return _member(found) if found else None


async def change_member(db: Conn, workspace: UUID, user: UUID, *, was: Role, role: Role, can_approve: bool) -> bool:
    return await _sql["change_member"].run(db, workspace=workspace, user=user, was=was, role=role, can_approve=can_approve) == 1


async def remove_member(db: Conn, workspace: UUID, user: UUID) -> bool:
    return await _sql["remove_member"].run(db, workspace=workspace, user=user) == 1


async def hold_ownership(db: Conn, workspace: UUID, user: UUID) -> bool:
    return await _sql["hold_ownership"].value(db, workspace=workspace, user=user) is not None


async def check_owners(db: Conn) -> None:
    await _sql["check_owners"].value(db)


async def invitations(
    db: Conn, workspace: UUID, *, now: datetime, open_only: bool, after: tuple[datetime, UUID] | None, limit: int
) -> list[Invitation]:
    start, start_id = after or (None, None)
    rows = await _sql["invitations"].rows(
        db, Invitation, workspace=workspace, now=now, open=open_only, after=start, after_id=start_id, limit=limit
    )
    return [_invitation(each) for each in rows]


async def invitation(db: Conn, workspace: UUID, id: UUID) -> Invitation | None:
    found = await _sql["invitation"].one(db, Invitation, workspace=workspace, id=id)
    return _invitation(found) if found else None


async def invited_lately(db: Conn, workspace: UUID, since: datetime) -> int:
    return int(await _sql["invited_lately"].value(db, workspace=workspace, since=since))


async def add_invitation(db: Conn, workspace: UUID, *, email: str, role: Role, can_approve: bool, hash: bytes, expires: datetime) -> UUID:
    made: UUID = await _sql["add_invitation"].value(
        db, workspace=workspace, email=email, role=role, can_approve=can_approve, hash=hash, expires=expires
    )
    return made


async def end_expired(db: Conn, workspace: UUID, email: str, now: datetime) -> None:
    await _sql["end_expired"].run(db, workspace=workspace, email=email, now=now)


async def revoke_invitation(db: Conn, workspace: UUID, id: UUID, now: datetime) -> bool:
    return await _sql["revoke_invitation"].run(db, workspace=workspace, id=id, now=now) == 1


async def note_emailed(db: Conn, workspace: UUID, id: UUID, now: datetime) -> None:
    await _sql["note_emailed"].run(db, workspace=workspace, id=id, now=now)


async def offer(db: Conn, hash: bytes) -> Offer | None:
    found = await _sql["offer"].one(db, Offer, hash=hash)
    return replace(found, role=Role(found.role)) if found else None


async def waiting(db: Conn) -> list[Waiting]:
    return [replace(each, role=Role(each.role)) for each in await _sql["waiting"].rows(db, Waiting)]


async def answer(db: Conn, *, hash: bytes | None, id: UUID | None, accepts: bool) -> UUID | None:
    joined: UUID | None = await _sql["answer"].value(db, hash=hash, id=id, accepts=accepts)
    return joined


async def to_purge(db: Conn, now: datetime, *, limit: int) -> Sequence[UUID]:
    return await _sql["to_purge"].values(db, now=now, limit=limit)


async def files_to_purge(db: Conn, workspace: UUID) -> Sequence[UUID]:
    return await _sql["files_to_purge"].values(db, workspace=workspace)


async def purge(db: Conn, workspace: UUID, now: datetime) -> bool:
    return bool(await _sql["purge"].value(db, workspace=workspace, now=now))


def _member(row: Member) -> Member:
    return replace(row, role=Role(row.role))


def _invitation(row: Invitation) -> Invitation:
    return replace(row, role=Role(row.role))
