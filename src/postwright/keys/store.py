"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.keys.models import Account, ApiKey

_sql = load(__package__)


async def keys(
    db: Conn, workspace: UUID, *, now: datetime, standing: bool | None, after: tuple[datetime | None, UUID] | None, limit: int
) -> list[ApiKey]:
    start, start_id = after or (None, None)
    return await _sql["keys"].rows(
        db, ApiKey, workspace=workspace, now=now, standing=standing, after=start, after_id=start_id, limit=limit
    )  # fmt: skip


async def key(db: Conn, workspace: UUID, id: UUID) -> ApiKey | None:
    return await _sql["key"].one(db, ApiKey, workspace=workspace, id=id)


async def count_standing(db: Conn, workspace: UUID, now: datetime) -> int:
    return int(await _sql["count_standing"].value(db, workspace=workspace, now=now))


async def add_key(
    db: Conn,
    workspace: UUID,
    *,
    name: str,
    prefix: str,
    hash: bytes,
    scopes: Sequence[str],
    accounts: Sequence[UUID] | None,
    expires: datetime | None,
) -> UUID:
    chosen = None if accounts is None else list(accounts)
    made: UUID = await _sql["add_key"].value(
        db, workspace=workspace, name=name, prefix=prefix, hash=hash, scopes=list(scopes), accounts=chosen, expires=expires
    )
    return made


async def rename_key(db: Conn, workspace: UUID, id: UUID, name: str) -> bool:
    return await _sql["rename_key"].run(db, workspace=workspace, id=id, name=name) == 1


async def revoke_key(db: Conn, workspace: UUID, id: UUID, now: datetime) -> bool:
    return await _sql["revoke_key"].run(db, workspace=workspace, id=id, now=now) == 1


async def accounts(db: Conn, workspace: UUID) -> list[Account]:
    return await _sql["accounts"].rows(db, Account, workspace=workspace)


async def warn_of_ending_keys(db: Conn, now: datetime) -> int:
    return int(await _sql["warn_of_ending_keys"].value(db, now=now))
