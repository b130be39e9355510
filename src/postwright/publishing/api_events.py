"""The feed of events over JSON, and posts by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.access import PUBLISH, READ, SCHEDULE, needs
from postwright.edge.context import Signed
from postwright.edge.paging import Limit
from postwright.edge.routes import api_router
from postwright.publishing import events, handoff, posts
from postwright.publishing.shapes import PostOut

router = api_router(tags=["events"])

Place = Annotated[
    str | None,
    Query(max_length=80, description="The `next` of the answer before; left out: from the oldest; `now`: only what is to come."),
]
OfKind = Annotated[
    str | None,
    Query(max_length=60, pattern=r"^[a-z]+(\.[a-z_]+)?$", description="One kind (`post.failed`) or all of a thing (`post`)."),
]
_KINDS = (
    "`post.` planned, moved, scheduled, awaiting_approval, approved, changes_requested, publishing, retrying, published, confirmed, "
    "failed, unconfirmed, overdue, canceled, dismissed, removed, deleted, comment_published, comment_unconfirmed, comment_failed; "
    "`draft.` made, deleted, restored; `account.` connected, healthy, expiring, unreachable, reconnect, paused, resumed, disconnected, "
    "removed; `publishing.` paused, resumed."
)


class EventOut(BaseModel):
    """A change of state."""

    id: UUID = Field(description="The same however often it is read.", examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a77"])
    kind: str = Field(description=_KINDS, examples=["post.published"])
    subject: UUID | None = Field(
        description="The post, draft or account; null: publishing as a whole.", examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a44"]
    )
    at: datetime = Field(examples=["2027-03-02T09:00:00Z"])
    actor: UUID | None = Field(description="Whoever did it; null: Postwright itself.", examples=[None])
    data: dict[str, Any] = Field(examples=[{"platform": "x", "url": "https://x.com/acme/status/1"}])
    simulated: bool


class EventFeed(BaseModel):
    """Some events in their order."""

    items: list[EventOut]
    next: str = Field(description="Pass it as `after` to read on, at once or later; there is always one.", examples=["812.4711.0a1b2c3d4e"])
    more: bool = Field(description="Whether there may be more to read now.", examples=[False])


class Handed(BaseModel):
    """Where it is."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=2000, examples=["https://acme.substack.com/p/spring"])


class Way(BaseModel):
    """Who posts it."""

    model_config = ConfigDict(extra="forbid")

    by_hand: bool = Field(examples=[True])


@router.get("/events", summary="Every change of state, in order")
@needs(READ)
async def read_events(
    ctx: Signed,
    after: Place = None,
    kind: OfKind = None,
    limit: Limit = 100,
) -> EventFeed:
    """Of posts, drafts, accounts and publishing itself, kept for 30 days. A reader that goes on from `next` misses none and gets none
    twice, whatever was written at the same time. An event appears once nothing older can still come before it: usually at once, after
    a long transaction of the database a little later."""
    simulated = ctx.caller.workspace.simulated
    if after == "now":
        return EventFeed(items=[], next=await events.end_of_feed(ctx.db, ctx.actor), more=False)
    feed = await events.read_events(ctx.db, ctx.actor, after=after, kind=kind, limit=limit)
    items = [
        EventOut(id=each.id, kind=each.kind, subject=each.subject, at=each.at, actor=each.actor, data=dict(each.data), simulated=simulated)
        for each in feed.events
    ]
    return EventFeed(items=items, next=feed.place, more=len(items) == limit)


@router.put("/posts/{post_id}/by-hand", summary="Say who posts it: a person or Postwright")
@needs(SCHEDULE)
async def choose_way(ctx: Signed, post_id: UUID, way: Way) -> PostOut:
    """By hand: at its time the person who scheduled it is told, posts it, and gives the link. Postwright sends nothing then."""
    await handoff.choose_way(ctx.db, ctx.actor, post_id, by_hand=way.by_hand)
    return PostOut.model_validate((await posts.get_post(ctx.db, ctx.actor, post_id, now=ctx.now)).row)


@router.post("/posts/{post_id}/by-hand", summary="Say that a post by hand is out, and where")
@needs(PUBLISH)
async def posted_by_hand(ctx: Signed, post_id: UUID, body: Handed) -> PostOut:
    """It counts as published from then on, by hand."""
    await handoff.posted(ctx.db, ctx.actor, post_id, body.url, now=ctx.now)
    return PostOut.model_validate((await posts.get_post(ctx.db, ctx.actor, post_id, now=ctx.now)).row)
