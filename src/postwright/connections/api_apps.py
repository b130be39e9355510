"""Platform apps over JSON, for whoever runs the server."""

from __future__ import annotations

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from postwright.connections import apps, walk
from postwright.connections.app_facts import warnings
from postwright.connections.apps import AppWish
from postwright.connections.models import AppRow, Review
from postwright.edge.access import OPERATOR, needs
from postwright.edge.context import LongContext, SignedNoTx
from postwright.edge.routes import api_router
from postwright.errors import NotFound
from postwright.platforms import registry
from postwright.platforms.base import Platform

router = api_router(prefix="/platform-apps", tags=["accounts"])


class PlatformApp(BaseModel):
    """A platform's app as it is written down here. Its secret is never told."""

    platform: str = Field(examples=["x"])
    redirect_address: str = Field(
        description="To be written down at the platform, letter for letter.", examples=["https://posts.example/accounts/callback/x"]
    )
    scopes: list[str] = Field(examples=[["tweet.read", "tweet.write"]])
    client_id: str | None = Field(description="Null: there is no app yet.", examples=["bGl2ZS1hcHA"])
    has_secret: bool
    organisations: bool = Field(description="LinkedIn: it asks for organisations too.")
    review: Review = Field(description="How far the platform's review is, as you said.")
    by_environment: bool = Field(description="Given by the environment of the server: it cannot be changed here.")
    tried_at: datetime | None = Field(description="When the platform was last asked about it.", examples=[None])
    trouble: str | None = Field(description="What it said then; null: it knows the app.", examples=[None])
    warnings: list[str] = Field(examples=[["X charges each call."]])


class PlatformApps(BaseModel):
    items: list[PlatformApp]


class AppWritten(BaseModel):
    """Without `client_secret` the one that is kept stays, unless the client id is another."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(min_length=1, max_length=500, examples=["bGl2ZS1hcHA"])
    client_secret: str | None = Field(default=None, max_length=1000, examples=["…"])
    organisations: bool = Field(default=False, examples=[False])
    review: Review = Field(default=Review.UNKNOWN, examples=["approved"])


@router.get("", summary="Platform apps")
@needs(OPERATOR)
async def list_apps(ctx: SignedNoTx) -> PlatformApps:
    """For whoever runs the server: the apps by which live accounts are connected."""
    async with apps.closed(ctx.state, ctx.actor) as db:
        known = await apps.list_apps(db, ctx.state, ctx.caller)
    shown = [each for each in registry.REGISTRY.values() if each.oauth and not each.registers]
    return PlatformApps(items=[_shown(ctx, each, known.get(each.slug)) for each in shown])


@router.put("/{platform}", status_code=204, summary="Write an app down")
@needs(OPERATOR)
async def put_app(ctx: SignedNoTx, platform: str, wish: AppWritten) -> Response:
    """For whoever runs the server. The secret is sealed."""
    async with apps.closed(ctx.state, ctx.actor) as db:
        wanted = AppWish(wish.client_id, wish.client_secret, wish.organisations, wish.review)
        await apps.keep_app(db, ctx.state, ctx.caller, registry.get(platform).slug, wanted)
    return Response(status_code=204)


@router.post("/{platform}/test", summary="Ask a platform whether it knows the app")
@needs(OPERATOR)
async def test_app(ctx: SignedNoTx, platform: str) -> PlatformApp:
    """For whoever runs the server. `trouble` is what the platform has against it."""
    known = registry.get(platform)
    await apps.try_app(ctx.state, ctx.actor, ctx.caller, known.slug, now=ctx.now)
    async with apps.closed(ctx.state, ctx.actor) as db:
        rows = await apps.list_apps(db, ctx.state, ctx.caller)
    return _shown(ctx, known, rows.get(known.slug))


@router.delete("/{platform}", status_code=204, summary="Forget an app")
@needs(OPERATOR)
async def delete_app(ctx: SignedNoTx, platform: str) -> Response:
    """For whoever runs the server. Accounts that were connected by it can no longer be renewed."""
    async with apps.closed(ctx.state, ctx.actor) as db:
        if not await apps.forget_app(db, ctx.caller, registry.get(platform).slug):
            raise NotFound("There is no app of this platform here.", field="platform", rule="exists")
    return Response(status_code=204)


def _shown(ctx: LongContext, platform: Platform, app: AppRow | None) -> PlatformApp:
    redirect = walk.redirect_address(ctx.state, platform.slug)
    return PlatformApp(
        platform=platform.slug, redirect_address=redirect, scopes=list(platform.oauth.scopes if platform.oauth else ()),
        client_id=app.client_id if app else None, has_secret=bool(app and app.has_secret), organisations=bool(app and app.extra_scopes),
        review=Review(app.review) if app else Review.UNKNOWN, by_environment=bool(app and app.by_environment),
        tried_at=app.tried_at if app else None, trouble=app.trouble if app else None,
        warnings=warnings(platform.slug, app.review if app else "unknown", redirect),
    )  # fmt: skip
