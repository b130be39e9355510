"""Keys over JSON. Only a person manages them: a key makes, sees, renames and revokes none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postwright.edge.access import ADMIN_PERSON, Scope, needs
from postwright.edge.context import Context, Signed
from postwright.edge.fields import Next
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Cursor, Limit
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch, require, tell
from postwright.keys import change, make, store
from postwright.keys.models import Account, ApiKey, KeyState, Wish

router = api_router(prefix="/keys", tags=["keys"])

KeyId = Annotated[UUID, Path(description="The key's id; not the key itself.", examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a44"])]
_ACCOUNT = "0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a55"


class KeyAccount(BaseModel):
    """An account that the key is held to."""

    id: UUID = Field(examples=[_ACCOUNT])
    platform: str | None = Field(description="null: the account is gone.", examples=["x"])
    name: str | None = Field(examples=["@acme"])


class KeyDetail(BaseModel):
    """A key without its secret."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a44"])
    name: str = Field(description="What the key makes has the origin `api:<name>`.", examples=["Newsletter robot"])
    prefix: str = Field(description="Its first characters, to tell it from others.", examples=["pwk_Zk3f9a"])
    scopes: list[Scope] = Field(examples=[["read", "draft"]])
    accounts: list[KeyAccount] | None = Field(description="The accounts it may write to; null: all. It reads the whole workspace.")
    state: KeyState
    maker_id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a11"])
    maker: str | None = Field(description="Who made it; null: no member any more.", examples=["Alice"])
    held_back: bool = Field(description="Its maker's present role is less than its scopes: it does no more than its maker may.")
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute; null: never.", examples=["2027-03-02T09:00:00Z"])
    expires_at: datetime | None = Field(description="null: it has no end.", examples=["2027-03-02T09:00:00Z"])
    revoked_at: datetime | None = Field(examples=[None])
    simulated: bool

    @classmethod
    def of(cls, found: ApiKey, ctx: Context, accounts: Mapping[UUID, Account]) -> KeyDetail:
        return cls.model_validate(_facts(found, ctx, accounts))


class KeyMade(KeyDetail):
    """A key just made. `token` is told only here."""

    token: str = Field(description="Send it as `Authorization: Bearer <token>`.", examples=["pwk_…"])


class Keys(BaseModel):
    """A page of keys, newest first."""

    items: list[KeyDetail]
    next: Next


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=400, examples=["Newsletter robot"])
    scopes: list[Scope] = Field(
        default=[Scope.READ],
        min_length=1,
        max_length=10,
        description="Each stands for itself; every key reads.",
        examples=[["read", "draft"]],
    )
    accounts: list[UUID] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Held to these accounts in all that it writes; null: all.",
        examples=[[_ACCOUNT]],
    )
    days: Annotated[int, Field(ge=1, le=3660)] | None = Field(
        default=90, description="How long it lasts; null: without end.", examples=[90]
    )
    expires_at: AwareDatetime | None = Field(default=None, description="Instead of `days`: until when.", examples=[None])

    def wish(self, now: datetime) -> Wish:
        end = self.expires_at or (None if self.days is None else now + timedelta(days=self.days))
        return Wish(self.name, self.scopes, self.accounts, end)


class KeyChange(BaseModel):
    """What to change. What a key may do is fixed: make another one."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=400, examples=["Newsletter robot"])


@router.get("", summary="Keys of the workspace")
@needs(ADMIN_PERSON)
async def list_keys(
    ctx: Signed,
    state: Annotated[
        Literal["standing", "ended"] | None, Query(description="Only those that still open something, or no longer do.")
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> Keys:
    """Newest first, everybody's."""
    standing = None if state is None else state == "standing"
    found = await make.list_keys(ctx.db, ctx.actor, now=ctx.now, standing=standing, after=Cursor.parse(after), limit=limit)
    accounts = await _accounts(ctx)
    return Keys(items=[KeyDetail.of(each, ctx, accounts) for each in found.items], next=found.next)


@router.post("", status_code=201, summary="Make a key")
@needs(ADMIN_PERSON)
async def create(ctx: Signed, wish: NewKey, dry_run: DryRun = False) -> KeyMade:
    """It acts in the name of whoever makes it, with their present role, held to its scopes; it ends when they leave or are
    deactivated. The token is in this answer and nowhere else."""
    made = await make.make(ctx.db, ctx.actor, wish.wish(ctx.now), now=ctx.now)
    return KeyMade.model_validate(_facts(made.key, ctx, await _accounts(ctx)) | {"token": made.token})


@router.get("/{key}", summary="One key")
@needs(ADMIN_PERSON)
async def get_key(ctx: Signed, key: KeyId) -> KeyDetail:
    """With the ETag that a change may name."""
    return await _told(ctx, await make.get_key(ctx.db, ctx.actor, key))


@router.patch("/{key}", summary="Rename a key")
@needs(ADMIN_PERSON)
async def rename(ctx: Signed, key: KeyId, wish: KeyChange, if_match: IfMatch = None) -> KeyDetail:
    """What it made before keeps the name that it had then."""
    require(if_match, *(await make.get_key(ctx.db, ctx.actor, key)).version)
    return await _told(ctx, await change.rename(ctx.db, ctx.actor, key, wish.name))


@router.delete("/{key}", status_code=204, summary="Revoke a key")
@needs(ADMIN_PERSON)
async def revoke(ctx: Signed, key: KeyId) -> None:
    """At once, for good. Twice is once; it stays in the list as revoked."""
    await change.revoke(ctx.db, ctx.actor, key, now=ctx.now)


async def _told(ctx: Context, found: ApiKey) -> KeyDetail:
    tell(ctx.request, *found.version)
    return KeyDetail.of(found, ctx, await _accounts(ctx))


async def _accounts(ctx: Context) -> Mapping[UUID, Account]:
    return {each.id: each for each in await store.accounts(ctx.db, ctx.actor.home)}


def _facts(found: ApiKey, ctx: Context, accounts: Mapping[UUID, Account]) -> dict[str, object]:
    return {
        "id": found.id, "name": found.name, "prefix": found.prefix, "scopes": found.scopes, "state": found.state(ctx.now),
        "accounts": None if found.connection_ids is None else [_account(each, accounts.get(each)) for each in found.connection_ids],
        "maker_id": found.user_id, "maker": found.maker, "held_back": found.held_back, "created_at": found.created_at,
        "last_used_at": found.last_used_at, "expires_at": found.expires_at, "revoked_at": found.revoked_at,
        "simulated": ctx.caller.workspace.simulated,
    }  # fmt: skip


def _account(id: UUID, found: Account | None) -> dict[str, object]:
    return {"id": id, "platform": found.platform if found else None, "name": found.name if found else None}
