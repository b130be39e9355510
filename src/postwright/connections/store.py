"""One typed function per query."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from postwright.connections.models import AccountRow, Granted, SealedAccount
from postwright.db.queries import Conn, load

_sql = load(__package__)


async def list_accounts(db: Conn, workspace: UUID, ids: Sequence[UUID] | None = None) -> list[AccountRow]:
    return await _sql["list_accounts"].rows(db, AccountRow, workspace=workspace, ids=None if ids is None else list(ids))


async def next_position(db: Conn, workspace: UUID) -> int:
    return int(await _sql["next_position"].value(db, workspace=workspace))


async def save_account(
    db: Conn,
    workspace: UUID,
    granted: Granted,
    *,
    access_token: str,
    token_expires_at: datetime | None,
    position: int,
) -> UUID:
    made: UUID = await _sql["save_account"].value(
        db,
        workspace=workspace,
        platform=granted.platform,
        platform_user_id=granted.platform_user_id,
        environment=granted.environment,
        host=granted.host,
        handle=granted.handle,
        display_name=granted.display_name,
        avatar_url=granted.avatar_url,
        access_token=access_token,
        token_expires_at=token_expires_at,
        scope=granted.scope,
        profile=json.dumps(dict(granted.profile)),
        position=position,
    )
    return made


async def keep_refresh_token(db: Conn, workspace: UUID, connection_id: UUID, refresh_token: str) -> None:
    await _sql["keep_refresh_token"].run(db, workspace=workspace, id=connection_id, refresh_token=refresh_token)


async def lock_account(db: Conn, workspace: UUID, connection_id: UUID) -> bool:
    return await _sql["lock_account"].value(db, workspace=workspace, id=connection_id) is not None


async def set_paused(db: Conn, workspace: UUID, connection_id: UUID, paused_at: datetime | None) -> int:
    return await _sql["set_paused"].run(db, workspace=workspace, id=connection_id, paused_at=paused_at)


async def set_timezone(db: Conn, workspace: UUID, connection_id: UUID, timezone: str | None) -> int:
    return await _sql["set_timezone"].run(db, workspace=workspace, id=connection_id, timezone=timezone)


async def sealed_account(db: Conn, workspace: UUID, connection_id: UUID) -> SealedAccount | None:
    return await _sql["sealed_account"].one(db, SealedAccount, workspace=workspace, id=connection_id)


async def keep_tokens(
    db: Conn,
    workspace: UUID,
    connection_id: UUID,
    *,
    was: str,
    access_token: str,
    refresh_token: str | None,
    token_expires_at: datetime | None,
) -> bool:
    touched = await _sql["keep_tokens"].run(
        db,
        workspace=workspace,
        id=connection_id,
        was=was,
        access_token=access_token,
        refresh_token=refresh_token,
        token_expires_at=token_expires_at,
    )
    return touched == 1
