"""One typed function per query of this module."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.identity.models import StoredPassword

_sql = load(__package__)


async def register(db: Conn, *, email: str, password_hash: str, name: str, zone: str) -> UUID:
    made: UUID = await _sql["register"].value(db, email=email, password_hash=password_hash, name=name, zone=zone)
    return made


async def operator(db: Conn, *, zone: str) -> UUID:
    found: UUID = await _sql["operator"].value(db, zone=zone)
    return found


async def credentials(db: Conn, email: str) -> StoredPassword | None:
    return await _sql["credentials"].one(db, StoredPassword, email=email)


async def sign_in_wait(db: Conn, key: bytes) -> datetime | None:
    until: datetime | None = await _sql["sign_in_wait"].value(db, key=key)
    return until


async def note_sign_in(db: Conn, key: bytes, *, succeeded: bool) -> None:
    await _sql["note_sign_in"].value(db, key=key, succeeded=succeeded)


async def open_session(db: Conn, *, user: UUID, hash: bytes, expires: datetime, agent: str, address: str | None) -> UUID | None:
    made: UUID | None = await _sql["open_session"].value(db, user=user, hash=hash, expires=expires, agent=agent, address=address)
    return made


async def end_session(db: Conn, *, session: UUID, user: UUID, now: datetime) -> None:
    await _sql["end_session"].run(db, session=session, user=user, now=now)


async def make_sign_in_link(db: Conn, *, user: UUID, hash: bytes, expires: datetime) -> None:
    await _sql["make_sign_in_link"].value(db, user=user, hash=hash, expires=expires)


async def spend_sign_in_link(db: Conn, hash: bytes) -> UUID | None:
    user: UUID | None = await _sql["spend_sign_in_link"].value(db, hash=hash)
    return user


async def set_profile(db: Conn, user: UUID, *, name: str | None = None, zone: str | None = None, week_start: int | None = None) -> None:
    await _sql["set_profile"].run(db, user=user, name=name, zone=zone, week_start=week_start)


async def set_workspace_zone(db: Conn, workspace: UUID, zone: str) -> None:
    await _sql["set_workspace_zone"].run(db, workspace=workspace, zone=zone)


async def look_at_workspace(db: Conn, *, session: UUID, user: UUID, workspace: UUID) -> None:
    await _sql["look_at_workspace"].run(db, session=session, user=user, workspace=workspace)


async def create_workspace(db: Conn, name: str) -> UUID:
    made: UUID = await _sql["create_workspace"].value(db, name=name)
    return made


async def leave_mark(db: Conn, workspace: UUID, mark: str) -> None:
    await _sql["leave_mark"].run(db, workspace=workspace, mark=mark)


async def take_mark(db: Conn, workspace: UUID, mark: str) -> bool:
    return await _sql["take_mark"].value(db, workspace=workspace, mark=mark) is not None
