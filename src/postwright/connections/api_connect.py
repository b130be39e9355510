"""Connecting, disconnecting and ordering accounts over JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from postwright.connections import accounts, apps, by_keys, consent, walk
from postwright.connections import disconnect as leaving
from postwright.connections.api import Account, Accounts
from postwright.connections.disconnect import Plan
from postwright.connections.models import Standing
from postwright.db.queries import Conn
from postwright.db.session import enter
from postwright.edge.access import ADMIN, ADMIN_PERSON, needs
from postwright.edge.context import LongContext, Signed, SignedNoTx
from postwright.edge.routes import api_router
from postwright.platforms import registry
from postwright.platforms.base import Platform

router = api_router(tags=["accounts"])


class KeyAsked(BaseModel):
    """Something that a person types to connect an account."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["app_password"])
    label: str = Field(examples=["App password"])
    hint: str = Field(examples=["Bluesky > Settings > Privacy and security > App passwords."])
    secret: bool


class ConnectableShown(BaseModel):
    """A platform, and how its accounts are connected."""

    platform: str = Field(examples=["bluesky"])
    name: str = Field(examples=["Bluesky"])
    way: Literal["oauth", "keys"] | None = Field(
        description="On the platform's own page, or by what is typed; null: not at all.", examples=["keys"]
    )
    ready: bool = Field(description="False: whoever runs the server registers an app there first.", examples=[True])
    names_server: bool = Field(description="Whether `host` must be given (Mastodon).", examples=[False])
    scopes: list[str] = Field(description="What is asked for.", examples=[["com.atproto.access"]])
    keys: list[KeyAsked] = Field(description="What `POST /accounts/connect/keys` takes.")


class Platforms(BaseModel):
    items: list[ConnectableShown]


class PageWish(BaseModel):
    """Which platform; `reconnect` names an account that is to be connected again."""

    model_config = ConfigDict(extra="forbid")

    platform: str = Field(max_length=50, examples=["mastodon"])
    host: str | None = Field(
        default=None, max_length=300, description="The server, where a platform has many.", examples=["mastodon.example"]
    )
    reconnect: UUID | None = Field(default=None, examples=[None])


class WayThere(BaseModel):
    """Open `address` in the browser of the session that asked: the platform brings it back to this server."""

    address: str = Field(examples=["https://x.com/i/oauth2/authorize?client_id=…"])
    scopes: list[str] = Field(examples=[["tweet.read", "tweet.write"]])
    expires_at: datetime = Field(examples=["2027-03-02T09:10:00Z"])
    simulated: bool


class KeysWish(BaseModel):
    """What was typed, by the names that `GET /platforms` tells."""

    model_config = ConfigDict(extra="forbid")

    platform: str = Field(max_length=50, examples=["bluesky"])
    keys: dict[str, str] = Field(max_length=10, examples=[{"handle": "acme.bsky.social", "app_password": "xxxx-xxxx-xxxx-xxxx"}])
    reconnect: UUID | None = Field(default=None, examples=[None])


class Order(BaseModel):
    """Accounts in the wanted order; those that are not named follow."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(min_length=1, max_length=500, examples=[["01a02f7c-6a11-7d52-8e0f-2b9c5d7e1f30"]])


class Hung(BaseModel):
    """What hangs on an account: how many posts of each kind."""

    model_config = ConfigDict(from_attributes=True)

    planned: int = Field(examples=[3])
    scheduled: int = Field(description="Canceled when it is disconnected.", examples=[2])
    publishing: int = Field(description="While there are some, it cannot be disconnected.", examples=[0])
    unconfirmed: int = Field(description="While there are some, it cannot be disconnected.", examples=[0])
    published: int = Field(description="They stay, here and there.", examples=[41])


@router.get("/connectable", summary="Platforms, and how their accounts are connected")
async def list_platforms(ctx: SignedNoTx) -> Platforms:
    """In a sandbox workspace all are ready."""
    async with apps.closed(ctx.state, ctx.actor) as db:
        ready = await apps.ready(db, ctx.state)
    simulated = walk.environment_of(ctx.caller) == "sandbox"
    return Platforms(items=[_platform(each, simulated or each.slug in ready) for each in registry.REGISTRY.values()])


@router.post("/accounts/connect", status_code=201, summary="Begin to connect an account on the platform's own page")
@needs(ADMIN_PERSON)
async def begin(ctx: SignedNoTx, wish: PageWish) -> WayThere:
    """Gives the address of that page. It holds ten minutes, once, in the session that asked for it. In a sandbox workspace the
    page is the sandbox's, and is seen on this server."""
    begun = await walk.begin(
        ctx.state, ctx.caller, ctx.actor, wish.platform, now=ctx.now, host=wish.host, again=wish.reconnect, write=_closed_last(ctx)
    )
    simulated = walk.environment_of(ctx.caller) == "sandbox"
    address = ctx.state.settings.base_url + consent.way_through_us(begun.address) if simulated else begun.address
    return WayThere(address=address, scopes=list(begun.scopes), expires_at=begun.expires_at, simulated=simulated)


@router.post("/accounts/connect/keys", status_code=201, summary="Connect an account by an app password, a token or an address")
@needs(ADMIN)
async def connect_by_keys(ctx: SignedNoTx, wish: KeysWish) -> Accounts:
    """It is tried at the platform first; only what works is stored."""
    granted = await by_keys.try_keys(ctx.state, ctx.caller, wish.platform, wish.keys)
    db = await ctx.last_transaction()
    saved = await by_keys.save_granted(db, ctx.actor, ctx.state, granted, now=ctx.now, again=wish.reconnect)
    return Accounts(items=[Account.model_validate(each) for each in await accounts.get_accounts(db, ctx.actor, saved)])


@router.put("/accounts/order", status_code=204, summary="Put accounts in order")
@needs(ADMIN)
async def put_order(ctx: Signed, wish: Order) -> Response:
    """Lists show them so."""
    await accounts.set_order(ctx.db, ctx.actor, wish.ids)
    return Response(status_code=204)


@router.get("/accounts/{account_id}/schedule", summary="What hangs on an account")
async def what_hangs_on(ctx: Signed, account_id: UUID) -> Hung:
    """What disconnecting it would take along."""
    _, hung = await leaving.what_hangs_on(ctx.db, ctx.actor, account_id)
    return _hung(hung)


@router.delete("/accounts/{account_id}", summary="Disconnect an account")
@needs(ADMIN)
async def disconnect(
    ctx: Signed,
    account_id: UUID,
    plan: Annotated[Plan, Query(description="Planned posts stay without an account, or are canceled.", examples=["keep"])] = Plan.KEEP,
) -> Hung:
    """Tells what had hung on it. Scheduled posts are canceled, what is published stays; its access is given back to the platform
    where that is possible. An account that is publishing right now is not torn away: 409, and nothing is changed."""
    return _hung(await leaving.disconnect(ctx.db, ctx.actor, account_id, plan=plan))


@asynccontextmanager
async def _closed_last(ctx: LongContext) -> AsyncIterator[Conn]:
    """The transaction of the answer, as app_auth."""
    db = await ctx.last_transaction()
    await enter(db, replace(ctx.actor, role="app_auth"))
    yield db
    await enter(db, ctx.actor)


def _platform(platform: Platform, ready: bool) -> ConnectableShown:
    oauth, keys = platform.oauth, platform.keys
    return ConnectableShown(
        platform=platform.slug, name=platform.name, way="oauth" if oauth else "keys" if keys else None,
        ready=ready or keys is not None, names_server=platform.registers is not None, scopes=list(oauth.scopes if oauth else ()),
        keys=[KeyAsked.model_validate(each) for each in (keys.fields if keys else ())],
    )  # fmt: skip


def _hung(hung: Standing) -> Hung:
    return Hung.model_validate(hung)
