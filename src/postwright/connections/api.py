"""Accounts over JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from postwright.connections import accounts, connect
from postwright.connections.models import AccountRow, Health
from postwright.edge import versions
from postwright.edge.access import ADMIN, needs
from postwright.edge.context import Context, Signed, SignedNoTx
from postwright.edge.fields import Next
from postwright.edge.paging import After, Limit
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch
from postwright.errors import InvalidInput
from postwright.platforms import registry

router = api_router(prefix="/accounts", tags=["accounts"])


class Account(BaseModel):
    """A connected account. `simulated` is true in a sandbox workspace."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(examples=["01a02f7c-6a11-7d52-8e0f-2b9c5d7e1f30"])
    platform: str = Field(examples=["mastodon"])
    handle: str | None = Field(examples=["acme@social.example"])
    display_name: str | None = Field(examples=["Acme"])
    avatar_url: str | None = Field(examples=[None])
    timezone: str | None = Field(description="IANA; null is that of the calendar.", examples=["Europe/Berlin"])
    environment: Literal["sandbox", "live"]
    health: Health = Field(
        description="`reconnect`: a person must sign in there again, or, with `suspended_at`, settle what the platform bars it for.",
        examples=["healthy"],
    )
    last_error: str | None = Field(examples=[None])
    suspended_at: datetime | None = Field(
        description="Set: its platform suspended, locked or restricted it, and nothing is tried there.", examples=[None]
    )
    paused_at: datetime | None = Field(examples=[None])
    is_active: bool = Field(description="False: disconnected.", examples=[True])
    host: str | None = Field(description="The server, where a platform has many.", examples=["social.example"])
    followers: int | None = Field(examples=[1204])
    created_at: datetime
    simulated: bool


class Accounts(BaseModel):
    """Accounts, in their people's order."""

    items: list[Account]
    next: Next = None


class SandboxWish(BaseModel):
    """Which fictional accounts to connect; without a list one for each of the six platforms."""

    model_config = ConfigDict(extra="forbid")

    platforms: list[str] = Field(default=registry.usual(), max_length=20, examples=[["x", "linkedin"]])


class AccountChange(BaseModel):
    """What to change. `paused` true pauses, false resumes; `timezone` null takes that of the calendar."""

    model_config = ConfigDict(extra="forbid")

    paused: bool | None = Field(default=None, examples=[True])
    timezone: str | None = Field(default=None, max_length=50, examples=["Europe/Berlin"])


@router.get("", summary="List accounts")
async def list_all(
    ctx: Signed,
    platform: Annotated[str | None, Query(max_length=50, description="Those of one platform.", examples=["x"])] = None,
    health: Annotated[Health | None, Query(description="Those in this condition.")] = None,
    active: Annotated[bool | None, Query(description="False: those that are disconnected.")] = None,
    limit: Limit = 200,
    after: After = None,
) -> Accounts:
    """The accounts of the workspace, in the order that their people gave them."""
    wanted = accounts.AccountFilter(platform and registry.resolve_alias(platform), health, active)
    page = await accounts.page_of_accounts(ctx.db, ctx.actor, wanted, after=after, limit=limit)
    return Accounts(items=[_shown(each) for each in page.items], next=page.next)


@router.get("/{account_id}", summary="One account")
async def get_one(ctx: Signed, account_id: UUID) -> Account:
    """Its health, its zone, whether it is paused."""
    return _answer(ctx, await accounts.get_account(ctx.db, ctx.actor, account_id))


@router.post("/sandbox", status_code=201, summary="Connect sandbox accounts")
@needs(ADMIN)
async def connect_sandbox(ctx: SignedNoTx, wish: SandboxWish | None = None) -> Accounts:
    """Connects fictional accounts of the sandbox; asking again renews them."""
    wanted = (wish or SandboxWish()).platforms
    if ctx.caller.workspace.environment == "live":
        raise InvalidInput("This workspace is live: sandbox accounts belong in a workspace of their own.", rule="one_environment")
    granted = await connect.fetch_sandbox_accounts(ctx.state.sandbox_url, ctx.state.sandbox_key, ctx.caller.workspace.id, wanted)
    db = await ctx.last_transaction()
    saved = await connect.save_accounts(db, ctx.actor, granted, ctx.state.box, ctx.now)
    return Accounts(items=[_shown(each) for each in await accounts.get_accounts(db, ctx.actor, saved)])


@router.patch("/{account_id}", summary="Pause, resume or set the zone of an account")
@needs(ADMIN)
async def change(ctx: Signed, account_id: UUID, wish: AccountChange, if_match: IfMatch = None) -> Account:
    """While it is paused nothing goes out to it; its posts stay where they are. Posts already planned keep their times."""
    account = await accounts.hold(ctx.db, ctx.actor, account_id)
    versions.require(if_match, *_state_of(account))
    if wish.paused is not None:
        paused = (
            accounts.pause(ctx.db, ctx.actor, account_id, now=ctx.now) if wish.paused else accounts.resume(ctx.db, ctx.actor, account_id)
        )
        account = await paused
    if "timezone" in wish.model_fields_set:
        account = await accounts.set_timezone(ctx.db, ctx.actor, account_id, wish.timezone)
    return _answer(ctx, account)


@router.post("/{account_id}/try-again", summary="Try a suspended account again")
@needs(ADMIN)
async def try_again(ctx: Signed, account_id: UUID) -> Account:
    """For an account with `suspended_at`, once that is settled at its platform: what waited goes on."""
    return _answer(ctx, await accounts.try_again(ctx.db, ctx.actor, account_id))


def _answer(ctx: Context, account: AccountRow) -> Account:
    versions.tell(ctx.request, *_state_of(account))
    return _shown(account)


def _state_of(account: AccountRow) -> tuple[object, ...]:
    """What people change of it, not what its platform tells."""
    paused = account.paused_at and account.paused_at.timestamp()
    return account.id, paused, account.timezone, account.is_active


def _shown(account: AccountRow) -> Account:
    return Account.model_validate(account)
