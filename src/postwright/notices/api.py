"""JSON: the caller's notices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postwright.edge.access import PERSON, READ, needs
from postwright.edge.context import Signed
from postwright.edge.fields import Next
from postwright.edge.paging import After, Cursor, Limit
from postwright.edge.routes import api_router
from postwright.notices import read
from postwright.notices.models import Kind, Notice

router = api_router(prefix="/notifications", tags=["notifications"])


class NotificationItem(BaseModel):
    """What happened that concerns the caller."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a66"])
    kind: Kind = Field(examples=["mention"])
    title: str = Field(examples=["Ada mentioned you"])
    body: str | None = Field(examples=["@Bob shorter, please."])
    link: str | None = Field(description="Where to look: a path of this site.", examples=["/drafts/0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a33"])
    times: int = Field(description="How often it happened before somebody looked.", examples=[1])
    created_at: datetime
    last_at: datetime
    read_at: datetime | None = Field(examples=["2027-03-02T09:00:00Z"])
    simulated: bool

    @classmethod
    def of(cls, notice: Notice, simulated: bool) -> NotificationItem:
        return cls(
            id=notice.id, kind=notice.kind, title=notice.title, body=notice.body, link=notice.link, times=notice.times,
            created_at=notice.created_at, last_at=notice.last_at, read_at=notice.read_at, simulated=simulated,
        )  # fmt: skip


class Notifications(BaseModel):
    items: list[NotificationItem]
    next: Next
    unread: int = Field(description="Unread ones in the workspace; 100 stands for 100 or more.", examples=[2])


class ReadWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    until: AwareDatetime | None = Field(
        default=None, description="Only those that came up to here; left out: all.", examples=["2027-03-02T09:00:00Z"]
    )


class Marked(BaseModel):
    marked: int = Field(description="How many were unread.", examples=[2])


@router.get("", summary="Notifications")
@needs(READ)
async def list_notifications(
    ctx: Signed,
    unread: Annotated[bool, Query(description="Only those that are not read yet.")] = False,
    kind: Annotated[Kind | None, Query(description="Only those of this kind.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Notifications:
    """The caller's own in the workspace, latest first."""
    found = await read.list_notices(ctx.db, ctx.actor, unread=unread, kind=kind, after=Cursor.parse(after), limit=limit)
    items = [NotificationItem.of(each, ctx.caller.workspace.simulated) for each in found.items]
    return Notifications(items=items, next=found.next, unread=await read.count_unread(ctx.db, ctx.actor))


@router.post("/read", summary="Mark all as read")
@needs(PERSON)
async def read_notifications(ctx: Signed, wish: ReadWish | None = None) -> Marked:
    """All of the caller's in the workspace, or those up to a moment."""
    return Marked(marked=await read.read_all(ctx.db, ctx.actor, now=ctx.now, until=wish.until if wish else None))


@router.post("/{id}/read", summary="Mark one as read")
@needs(PERSON)
async def read_notification(ctx: Signed, id: Annotated[UUID, Path(description="The notification's id.")]) -> NotificationItem:
    """Twice is once."""
    return NotificationItem.of(await read.read_notice(ctx.db, ctx.actor, id, now=ctx.now), ctx.caller.workspace.simulated)
