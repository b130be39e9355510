"""Accounts over JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from postwright.connections import accounts, connect
from postwright.connections.models import AccountRow
from postwright.edge.access import ADMIN, needs
from postwright.edge.context import Signed, SignedNoTx
from postwright.edge.routes import api_router
from postwright.errors import InvalidInput
from postwright.kit.crypto import Box

router = api_router(prefix="/accounts", tags=["accounts"])


class Account(BaseModel):
    """A connected account. `simulated` is true in a sandbox workspace."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    platform: str
    handle: str | None
    display_name: str | None
    avatar_url: str | None
    timezone: str | None
    environment: Literal["sandbox", "live"]
    health: Literal["healthy", "expiring", "reconnect", "unreachable"]
    last_error: str | None
    paused_at: datetime | None
    is_active: bool
    host: str | None
    followers: int | None
    created_at: datetime
    simulated: bool


class Accounts(BaseModel):
    """All accounts of a workspace; the list is short and comes whole."""

    items: list[Account]
    next: str | None = None


class SandboxWish(BaseModel):
    """Which fictional accounts to connect; without a list one for each of the six platforms."""

    model_config = ConfigDict(extra="forbid")

    platforms: list[str] = Field(default=list(connect.DEFAULT_PLATFORMS), max_length=20)


class AccountChange(BaseModel):
    """What to change. `paused` true pauses, false resumes; `timezone` null takes that of the calendar."""

    model_config = ConfigDict(extra="forbid")

    paused: bool | None = None
    timezone: str | None = Field(default=None, max_length=50)


@router.get("", summary="List accounts")
async def list_all(ctx: Signed) -> Accounts:
    """All accounts of the workspace."""
    return Accounts(items=[_shown(each) for each in await accounts.list_accounts(ctx.db, ctx.actor)])


@router.get("/{account_id}", summary="One account")
async def get_one(ctx: Signed, account_id: UUID) -> Account:
    """One account."""
    return _shown(await accounts.get_account(ctx.db, ctx.actor, account_id))


@router.post("/sandbox", status_code=201, summary="Connect sandbox accounts")
@needs(ADMIN)
async def connect_sandbox(ctx: SignedNoTx, wish: SandboxWish | None = None) -> Accounts:
    """Connects fictional accounts of the sandbox; asking again renews them."""
    wanted = (wish or SandboxWish()).platforms
    if ctx.caller.workspace.environment == "live":
        raise InvalidInput("This workspace is live: sandbox accounts belong in a workspace of their own.", rule="one_environment")
    granted = await connect.fetch_sandbox_accounts(ctx.state.sandbox_url, ctx.state.sandbox_key, ctx.caller.workspace.id, wanted)
    async with ctx.transaction() as db:
        saved = await connect.save_accounts(db, ctx.actor, granted, Box.from_key(ctx.state.key), ctx.now)
        return Accounts(items=[_shown(each) for each in await accounts.get_accounts(db, ctx.actor, saved)])


@router.patch("/{account_id}", summary="Pause, resume or set the zone of an account")
@needs(ADMIN)
async def change(ctx: Signed, account_id: UUID, wish: AccountChange) -> Account:
    """Pauses or resumes an account, or sets its zone."""
    account = await accounts.get_account(ctx.db, ctx.actor, account_id)
    if wish.paused is not None:
        paused = (
            accounts.pause(ctx.db, ctx.actor, account_id, now=ctx.now) if wish.paused else accounts.resume(ctx.db, ctx.actor, account_id)
        )
        account = await paused
    if "timezone" in wish.model_fields_set:
        account = await accounts.set_timezone(ctx.db, ctx.actor, account_id, wish.timezone)
    return _shown(account)


def _shown(account: AccountRow) -> Account:
    return Account.model_validate(account)
