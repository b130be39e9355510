"""Figures over JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.access import ADMIN_WHOLE, needs
from postwright.edge.context import Signed
from postwright.edge.routes import api_router
from postwright.insight import history, store
from postwright.insight.read import read_post
from postwright.publishing.shapes import UnreadOut

router = api_router(tags=["insights"])


class DayOut(BaseModel):
    """One day (UTC); null is unknown."""

    model_config = ConfigDict(from_attributes=True)

    date: dt.date = Field(examples=["2026-12-01"])
    views: int | None = Field(examples=[940])
    impressions: int | None = Field(examples=[1510])
    likes: int | None = Field(examples=[12])
    comments: int | None = Field(examples=[3])
    shares: int | None = Field(examples=[2])
    saves: int | None = Field(examples=[None])
    clicks: int | None = Field(examples=[31])
    engagement_rate: float | None = Field(description="A share, 0 to 1.", examples=[0.018])
    ctr: float | None = Field(description="A share, 0 to 1.", examples=[0.0205])


class MetricsOut(BaseModel):
    """`metrics` holds what the platform told last; what it did not tell is absent, never 0."""

    model_config = ConfigDict(from_attributes=True)

    post_id: UUID = Field(examples=["01a02f7c-7b20-7a90-b1d4-90c1f6a2e855"])
    simulated: bool
    metrics: dict[str, Any] = Field(examples=[{"likes": 12, "reach": 702, "views": 940, "watch_time_seconds": 8100}])
    measured_at: dt.datetime | None = Field(examples=["2026-12-02T08:00:00Z"])
    published_at: dt.datetime | None = Field(examples=["2026-12-01T08:00:00Z"])
    days: list[DayOut]
    unread: UnreadOut | None = Field(description="Why they were not read when they were last asked for.", examples=[None])


class HistoryOut(BaseModel):
    """How many simulated posts of the past the workspace holds now."""

    simulated: bool = True
    posts: int = Field(ge=0, examples=[312])


@router.get("/posts/{post_id}/metrics", summary="A post's figures, latest and by day")
async def read_metrics(ctx: Signed, post_id: UUID) -> MetricsOut:
    """What the platform told last, and day by day; empty until the post is out."""
    return MetricsOut.model_validate(await read_post(ctx.db, ctx.actor, post_id))


@router.get("/sandbox/history", summary="Simulated history of a sandbox workspace")
async def read_history(ctx: Signed) -> HistoryOut:
    """How much of it there is now."""
    return HistoryOut(posts=await store.count_history(ctx.db, ctx.caller.workspace.id))


@router.post("/sandbox/history", status_code=202, summary="Add eight weeks of simulated history")
@needs(ADMIN_WHOLE)
async def add_history(ctx: Signed) -> HistoryOut:
    """Takes some seconds in the background; doing it again replaces what is there."""
    await history.ask_for_history(ctx.db, ctx.actor, ctx.caller.workspace.environment)
    return await read_history(ctx)


@router.delete("/sandbox/history", status_code=202, summary="Remove simulated history")
@needs(ADMIN_WHOLE)
async def remove_history(ctx: Signed) -> HistoryOut:
    """All of it, in the background; posts of your own stay."""
    await history.ask_to_forget(ctx.db, ctx.actor, ctx.caller.workspace.environment)
    return await read_history(ctx)
