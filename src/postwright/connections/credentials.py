"""Tokens, on the worker's side only: opened for a call, sealed again when they were renewed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from postwright.connections import store
from postwright.connections.models import SealedAccount
from postwright.db.queries import Conn
from postwright.errors import NotFound
from postwright.kit.crypto import Box
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import Renewed, lifetime


def seal_context(workspace: UUID, platform: str, platform_user_id: str, host: str | None) -> str:
    """What a token is bound to: sealed for one account of one workspace, it opens for no other."""
    return f"platform_connections:{workspace}:{platform}:{platform_user_id}" + (f"@{host}" if host else "")


async def open_credentials(db_service: Conn, workspace: UUID, connection_id: UUID, box: Box) -> tuple[Account, Credentials, str]:
    """The account as its platform knows it, its tokens, and its environment ("sandbox" or "live").

    Runs as service_role: no other role can read the columns. Raises NotFound, CannotOpen.
    """
    sealed = await _sealed(db_service, workspace, connection_id)
    context = seal_context(workspace, sealed.platform, sealed.platform_user_id, sealed.host)
    credentials = Credentials(
        box.open(sealed.access_token, f"{context}:access"),
        box.open(sealed.refresh_token, f"{context}:refresh") if sealed.refresh_token else None,
        sealed.token_expires_at,
        sealed.renewable,
    )
    account = Account(sealed.platform_user_id, sealed.handle or "", sealed.host, sealed.profile_data or {})
    return account, credentials, sealed.environment


async def keep_renewed(
    db_service: Conn, workspace: UUID, connection_id: UUID, box: Box, used: Credentials, renewed: Renewed, now: datetime
) -> bool:
    """Stores a renewed pair, to be done before it is used. `used` is the pair that was renewed: False when another one stands
    there meanwhile; then open that instead."""
    was = await store.held_account(db_service, workspace, connection_id)
    if was is None:
        return False
    context = seal_context(workspace, was.platform, was.platform_user_id, was.host)
    if box.open(was.access_token, f"{context}:access") != used.access_token:
        return False
    fresh = renewed.credentials
    return await store.keep_tokens(
        db_service,
        workspace,
        connection_id,
        was=was.access_token,
        access_token=box.seal(fresh.access_token, f"{context}:access"),
        refresh_token=box.seal(fresh.refresh_token, f"{context}:refresh") if fresh.refresh_token else was.refresh_token,
        token_expires_at=moment(now, renewed.expires_in),
        refresh_expires_at=moment(now, renewed.refresh_expires_in) or was.refresh_expires_at,
        now=now,
    )


def moment(now: datetime, seconds: float | None) -> datetime | None:
    """When something ends that lasts so long from now; None for what nothing lasts."""
    lasts = lifetime(seconds or 0)
    return now + timedelta(seconds=lasts) if lasts else None


async def _sealed(db: Conn, workspace: UUID, connection_id: UUID) -> SealedAccount:
    found = await store.sealed_account(db, workspace, connection_id)
    if found is None:
        raise NotFound("The account is no longer connected.", field="connection_id", rule="exists")
    return found
