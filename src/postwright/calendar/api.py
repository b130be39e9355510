"""The calendar over JSON: slots, plans, moves, closed times, preferences."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postwright.calendar import board, exceptions, move, plan, slots, wishes
from postwright.connections.accounts import list_accounts
from postwright.edge.access import PREFER, SCHEDULE, needs
from postwright.edge.context import Context, Signed
from postwright.edge.problems import answer
from postwright.edge.routes import api_router
from postwright.platforms import registry

router = api_router(tags=["calendar"])


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SlotShown(_Shown):
    """A free slot. `value` 0..100 compares times of one account; `learned` is false for published baselines."""

    connection_id: UUID
    utc: datetime
    wall: datetime
    zone: str
    value: int
    reason: str
    learned: bool


class Slots(BaseModel):
    """Slots by account, the best first."""

    items: list[SlotShown]
    next: str | None = None
    simulated: bool


class PlanWish(_Wish):
    """Which accounts (none: all that fit), and when (none: each at its best free slot)."""

    connection_ids: list[UUID] = Field(default=[], max_length=100)
    at: AwareDatetime | None = None


class Planned(_Shown):
    """A post that has its place; `created` is false when it had one before."""

    item_id: UUID
    connection_id: UUID
    platform: str
    utc: datetime
    wall: datetime
    zone: str
    value: int | None
    reason: str
    created: bool


class Plan(BaseModel):
    """What was planned."""

    items: list[Planned]
    simulated: bool


class MoveWish(_Wish):
    """The new place on the wall clock. Without a zone the post keeps its own; `anyway` passes over a guardrail."""

    wall_time: datetime
    timezone: str | None = Field(default=None, max_length=50)
    fold: int = Field(default=0, ge=0, le=1)
    anyway: bool = False


class MovedShown(_Shown):
    """Where the post stands now, and where it stood."""

    item_id: UUID
    utc: datetime
    wall: datetime
    zone: str
    fold: int
    note: str | None
    was_wall: datetime | None
    was_zone: str | None
    was_fold: int


class Entry(_Shown):
    """A post in the calendar."""

    id: UUID
    state: str
    platform: str
    connection_id: UUID | None
    account_name: str | None
    handle: str | None
    content_format: str | None
    title: str | None
    text: str
    scheduled_at: datetime
    wall_time: datetime
    timezone: str
    fold: int
    slot_reason: str | None
    slot_value: float | None
    locked: bool
    movable: bool
    draft_id: UUID | None
    origin: str
    simulated: bool


class Entries(BaseModel):
    """The posts of a span of time, earliest first; the whole span comes at once."""

    items: list[Entry]
    next: str | None = None


class ClosedWish(_Wish):
    """A span in which nothing goes out, for one account or for all."""

    start: AwareDatetime
    end: AwareDatetime
    reason: str | None = Field(default=None, max_length=300)
    connection_id: UUID | None = None


class ClosedShown(_Shown):
    """A closed span."""

    id: UUID
    start: datetime
    end: datetime
    reason: str | None
    connection_id: UUID | None


class ClosedTimes(BaseModel):
    """Closed spans, earliest first."""

    items: list[ClosedShown]
    next: str | None = None


class PreferenceWish(_Wish):
    """Wishes for a platform and a kind of post; without them, for all. Replaces what stood there."""

    timezone: str = Field(max_length=50)
    platform: str | None = Field(default=None, max_length=50)
    content_format: str | None = Field(default=None, max_length=50)
    weekly_maximum: int | None = Field(default=None, ge=0, le=1000)
    daily_maximum: int | None = Field(default=None, ge=1, le=200)
    spacing_minutes: int | None = Field(default=None, ge=0, le=31 * 24 * 60)
    closed_days: list[str] | None = Field(default=None, max_length=7)
    closed_hours: list[dict[str, float]] | None = Field(default=None, max_length=48)
    for_workspace: bool = False


class Made(BaseModel):
    """The id of what was made or replaced."""

    id: UUID


@router.get("/slots", summary="Find free slots")
async def find_slots(
    ctx: Signed,
    connection_id: Annotated[list[UUID] | None, Query(max_length=100)] = None,
    start: AwareDatetime | None = None,
    days: Annotated[int, Query(ge=1, le=slots.MAX_DAYS)] = 14,
    content_format: Annotated[str | None, Query(max_length=50)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Slots:
    """The best free slots of some accounts (default: all), with the reason for each."""
    wanted = connection_id or [each.id for each in await list_accounts(ctx.db, ctx.actor) if each.usable]
    found = await slots.find_slots(ctx.db, ctx.actor, wanted, start=start or ctx.now, days=days, now=ctx.now, content_format=content_format)
    return Slots(items=[SlotShown.model_validate(each) for each in found[:limit]], simulated=ctx.caller.workspace.simulated)


@router.post("/drafts/{draft_id}/plan", status_code=201, summary="Plan a draft's posts")
@needs(SCHEDULE)
async def plan_draft(ctx: Signed, draft_id: UUID, wish: PlanWish | None = None) -> Plan:
    """Gives each account's post of a draft its place: its best free slot, or your time. It goes out only when it is scheduled."""
    wish = wish or PlanWish()
    planned = await plan.plan_draft(ctx.db, ctx.actor, draft_id, wish.connection_ids, now=ctx.now, at=wish.at)
    return Plan(items=[Planned.model_validate(each) for each in planned], simulated=ctx.caller.workspace.simulated)


@router.patch(
    "/posts/{post_id}",
    summary="Move a post",
    response_model=MovedShown,
    responses={409: {"description": "A rule refuses it; `nearest` is the closest allowed time"}},
)
@needs(SCHEDULE)
async def move_post(ctx: Signed, post_id: UUID, wish: MoveWish) -> Any:
    """Moves a post. A refusal names the rule and, in `nearest`, the closest time that is allowed."""
    try:
        moved = await move.move(ctx.db, ctx.actor, post_id, wish.wall_time, wish.timezone, wish.fold, ctx.now, anyway=wish.anyway)
    except move.Refused as refused:
        return _refusal(ctx, refused)
    return MovedShown.model_validate(moved)


@router.get("/calendar", summary="Posts of a span of time")
async def show_calendar(
    ctx: Signed,
    start: AwareDatetime,
    end: AwareDatetime,
    account: Annotated[list[UUID] | None, Query(max_length=100)] = None,
    state: Annotated[list[str] | None, Query(max_length=20)] = None,
) -> Entries:
    """The posts of a span of at most 100 days."""
    found = await board.between(ctx.db, ctx.actor, start, end, now=ctx.now, connection_ids=account, states=state)
    return Entries(items=[Entry.model_validate(each) for each in found])


@router.get("/closed-times", summary="Times that nothing may be planned in")
async def list_closed(ctx: Signed, start: AwareDatetime | None = None, end: AwareDatetime | None = None) -> ClosedTimes:
    """Spans in which nothing goes out; by default those of the coming year."""
    first = start or ctx.now
    if end is None:
        first = min(first, ctx.now + timedelta(days=3660))
        end = first + timedelta(days=366)
    found = await exceptions.closed_times(ctx.db, ctx.actor, first, end)
    return ClosedTimes(items=[ClosedShown.model_validate(each) for each in found])


@router.post("/closed-times", status_code=201, summary="Close a time")
@needs(SCHEDULE)
async def close_time(ctx: Signed, wish: ClosedWish) -> Made:
    """Closes a span. Posts already in it stay where they are."""
    made = await exceptions.close_time(ctx.db, ctx.actor, wish.start, wish.end, reason=wish.reason, connection_id=wish.connection_id)
    return Made(id=made)


@router.delete("/closed-times/{closed_id}", summary="Open a closed time", status_code=204)
@needs(SCHEDULE)
async def open_time(ctx: Signed, closed_id: UUID) -> Response:
    """Opens a closed span again."""
    await exceptions.open_time(ctx.db, ctx.actor, closed_id, now=ctx.now)
    return Response(status_code=204)


@router.put("/scheduling-preferences", summary="Set scheduling preferences")
@needs(PREFER)
async def save_preference(ctx: Signed, wish: PreferenceWish) -> Made:
    """Saves your wishes, or with `for_workspace` those of everybody."""
    if wish.for_workspace:
        ctx.need("admin")
    platform_id = await wishes.platform_id(ctx.db, registry.resolve_alias(wish.platform)) if wish.platform else None
    made = await wishes.save_preference(
        ctx.db,
        ctx.actor,
        timezone=wish.timezone,
        platform_id=platform_id,
        content_format=wish.content_format,
        weekly_maximum=wish.weekly_maximum,
        daily_maximum=wish.daily_maximum,
        spacing_minutes=wish.spacing_minutes,
        closed_days=wish.closed_days,
        closed_hours=wish.closed_hours,
        for_workspace=wish.for_workspace,
    )
    return Made(id=made)


def _refusal(ctx: Context, refused: move.Refused) -> Response:
    near = refused.nearest
    place = {"wall_time": near.wall.isoformat(), "fold": near.fold, "utc": near.utc.isoformat()} if near else None
    return answer(ctx.request, refused, nearest=place)
