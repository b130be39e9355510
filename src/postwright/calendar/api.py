"""The calendar over JSON: slots, plans, moves, closed times, preferences."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postwright.calendar import board, exceptions, move, plan, slots, wishes
from postwright.calendar.models import PlannedPost
from postwright.connections.accounts import list_accounts
from postwright.edge import versions
from postwright.edge.access import PREFER, SCHEDULE, needs
from postwright.edge.context import Context, Signed
from postwright.edge.fields import Next, Origin, WallTime
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Limit
from postwright.edge.problems import answer
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch
from postwright.platforms import registry
from postwright.studio.checking import check_draft
from postwright.studio.drafts import get_draft
from postwright.studio.shapes import FindingShown

router = api_router(tags=["calendar"])

_ID = "01a02f7c-7b20-7a90-b1d4-90c1f6a2e855"
_ACCOUNT = "01a02f7c-6a11-7d52-8e0f-2b9c5d7e1f30"
_UTC, _WALL, _ZONE = "2026-12-01T08:00:00Z", "2026-12-01T09:00:00", "Europe/Berlin"
_REASON = "Tuesdays from 9 to 12 stand out on LinkedIn."
State = Literal[
    "planned", "scheduled", "awaiting_approval", "publishing", "published", "failed", "unconfirmed", "missed"
]  # as app.post_state says, but for canceled


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SlotShown(_Shown):
    """A free slot. `value` 0..100 compares times of one account; `learned` is false for published baselines."""

    connection_id: UUID = Field(examples=[_ACCOUNT])
    utc: datetime = Field(examples=[_UTC])
    wall: WallTime = Field(description="What the clock shows there.", examples=[_WALL])
    zone: str = Field(examples=[_ZONE])
    value: int = Field(examples=[82])
    reason: str = Field(examples=[_REASON])
    learned: bool


class Slots(BaseModel):
    """Slots by account, the best first."""

    items: list[SlotShown]
    next: Next = None
    simulated: bool


class PlanWish(_Wish):
    """Which accounts (none: all that fit), and when (none: each at its best free slot)."""

    connection_ids: list[UUID] = Field(default=[], max_length=100, examples=[[_ACCOUNT]])
    at: AwareDatetime | None = Field(default=None, examples=[_UTC])


class Planned(_Shown):
    """A post that has its place; `created` is false when it had one before. `findings`: what its platform refuses or warns of."""

    item_id: UUID = Field(description="The post.", examples=[_ID])
    connection_id: UUID = Field(examples=[_ACCOUNT])
    platform: str = Field(examples=["linkedin"])
    utc: datetime = Field(examples=[_UTC])
    wall: WallTime = Field(description="What the clock shows there.", examples=[_WALL])
    zone: str = Field(examples=[_ZONE])
    value: int | None = Field(examples=[82])
    reason: str = Field(examples=[_REASON])
    created: bool
    findings: list[FindingShown] = []


class Plan(BaseModel):
    """What was planned."""

    items: list[Planned]
    simulated: bool


class MoveWish(_Wish):
    """The new place on the wall clock. Without a zone the post keeps its own; `anyway` passes over a guardrail."""

    wall_time: WallTime = Field(description="Without offset: what the clock shows.", examples=[_WALL])
    timezone: str | None = Field(default=None, max_length=50, examples=[_ZONE])
    fold: int = Field(default=0, ge=0, le=1, description="1: the second time that the clock shows it, when clocks go back.")
    anyway: bool = False


class MovedShown(_Shown):
    """Where the post stands now, and where it stood."""

    item_id: UUID = Field(description="The post.", examples=[_ID])
    utc: datetime = Field(examples=[_UTC])
    wall: WallTime = Field(examples=[_WALL])
    zone: str = Field(examples=[_ZONE])
    fold: int = Field(examples=[0])
    note: str | None = Field(examples=["It stays approved."])
    was_wall: WallTime | None = Field(examples=["2026-11-30T16:30:00"])
    was_zone: str | None = Field(examples=[_ZONE])
    was_fold: int = Field(examples=[0])


class Entry(_Shown):
    """A post in the calendar."""

    id: UUID = Field(examples=[_ID])
    state: State
    platform: str = Field(examples=["linkedin"])
    connection_id: UUID | None = Field(examples=[_ACCOUNT])
    account_name: str | None = Field(examples=["Acme"])
    handle: str | None = Field(examples=["acme.example"])
    content_format: str | None = Field(examples=["post"])
    title: str | None = Field(examples=["Launch on a Tuesday"])
    text: str = Field(description="Its first 280 characters.", examples=["We moved our launch from Friday to Tuesday."])
    scheduled_at: datetime = Field(examples=[_UTC])
    wall_time: WallTime = Field(examples=[_WALL])
    timezone: str = Field(examples=[_ZONE])
    fold: int = Field(examples=[0])
    slot_reason: str | None = Field(examples=[_REASON])
    slot_value: float | None = Field(examples=[82])
    locked: bool
    movable: bool
    draft_id: UUID | None = Field(examples=[_ID])
    origin: Origin
    simulated: bool


class Entries(BaseModel):
    """The posts of a span of time, earliest first; the whole span comes at once."""

    items: list[Entry]
    next: Next = None


class ClosedWish(_Wish):
    """A span in which nothing goes out, for one account or for all."""

    start: AwareDatetime = Field(examples=["2026-12-24T00:00:00+01:00"])
    end: AwareDatetime = Field(description="At most a year later.", examples=["2026-12-27T00:00:00+01:00"])
    reason: str | None = Field(default=None, max_length=300, examples=["Christmas"])
    connection_id: UUID | None = Field(default=None, examples=[None])


class ClosedShown(_Shown):
    """A closed span."""

    id: UUID = Field(examples=[_ID])
    start: datetime
    end: datetime
    reason: str | None = Field(examples=["Christmas"])
    connection_id: UUID | None = Field(description="Null: all accounts.", examples=[None])
    author_id: UUID | None = Field(description="Who closed it.", examples=[_ID])
    origin: Origin
    created_at: datetime


class ClosedTimes(BaseModel):
    """Closed spans, earliest first."""

    items: list[ClosedShown]
    next: Next = None


class PreferenceWish(_Wish):
    """Wishes for a platform and a kind of post; without them, for all. Replaces what stood there."""

    timezone: str = Field(max_length=50, examples=[_ZONE])
    platform: str | None = Field(default=None, max_length=50, examples=["linkedin"])
    content_format: str | None = Field(default=None, max_length=50, examples=["post"])
    weekly_maximum: int | None = Field(default=None, ge=0, le=1000, examples=[5])
    daily_maximum: int | None = Field(default=None, ge=1, le=200, examples=[1])
    spacing_minutes: int | None = Field(default=None, ge=0, le=31 * 24 * 60, examples=[180])
    closed_days: list[str] | None = Field(default=None, max_length=7, description="mon .. sun.", examples=[["sat", "sun"]])
    closed_hours: list[dict[str, float]] | None = Field(
        default=None, max_length=48, description="Hours of the day in the zone.", examples=[[{"start": 22, "end": 6}]]
    )
    for_workspace: bool = Field(default=False, description="Those of everybody; needs the role admin.")


class PreferenceShown(_Shown):
    """Wishes for a platform and a kind of post; null is all."""

    id: UUID = Field(examples=[_ID])
    for_workspace: bool = Field(description="False: your own.")
    timezone: str = Field(examples=[_ZONE])
    platform: str | None = Field(examples=["linkedin"])
    content_format: str | None = Field(examples=["post"])
    weekly_maximum: int | None = Field(examples=[5])
    daily_maximum: int | None = Field(examples=[1])
    spacing_minutes: int | None = Field(examples=[180])
    closed_days: list[str] | None = Field(examples=[["sat", "sun"]])
    closed_hours: list[dict[str, float]] | None = Field(examples=[[{"start": 22, "end": 6}]])
    updated_at: datetime


class Preferences(BaseModel):
    """The workspace's wishes and your own, the most general first."""

    items: list[PreferenceShown]
    next: Next = None


class Made(BaseModel):
    """The id of what was made or replaced."""

    id: UUID = Field(examples=[_ID])


@router.get("/slots", summary="Find free slots")
async def find_slots(
    ctx: Signed,
    connection_id: Annotated[list[UUID] | None, Query(max_length=100, description="Accounts; may be repeated.")] = None,
    start: Annotated[AwareDatetime | None, Query(description="From when on; without it, now.")] = None,
    days: Annotated[int, Query(ge=1, le=slots.MAX_DAYS, description="How far ahead.")] = 14,
    content_format: Annotated[str | None, Query(max_length=50, description="A kind of post.", examples=["reel"])] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
) -> Slots:
    """The best free slots of some accounts (default: all), with the reason for each."""
    wanted = connection_id or [each.id for each in await list_accounts(ctx.db, ctx.actor) if each.usable]
    found = await slots.find_slots(ctx.db, ctx.actor, wanted, start=start or ctx.now, days=days, now=ctx.now, content_format=content_format)
    return Slots(items=[SlotShown.model_validate(each) for each in found[:limit]], simulated=ctx.caller.workspace.simulated)


@router.post("/drafts/{draft_id}/plan", status_code=201, summary="Plan a draft's posts")
@needs(SCHEDULE)
async def plan_draft(ctx: Signed, draft_id: UUID, wish: PlanWish | None = None, dry_run: DryRun = False) -> Plan:
    """Gives each account's post of a draft its place: its best free slot, or your time. It goes out only when it is scheduled.

    `findings` say beforehand what each platform will refuse; a plan takes them, scheduling does not.
    """
    wish = wish or PlanWish()
    planned = await plan.plan_draft(ctx.db, ctx.actor, draft_id, wish.connection_ids, now=ctx.now, at=wish.at)
    found = await _findings(ctx, draft_id)
    return Plan(items=[_planned(each, found.get(each.platform, [])) for each in planned], simulated=ctx.caller.workspace.simulated)


@router.patch(
    "/posts/{post_id}",
    summary="Move a post",
    response_model=MovedShown,
    responses={409: {"description": "A rule refuses it; `nearest` is the closest allowed time"}},
)
@needs(SCHEDULE)
async def move_post(ctx: Signed, post_id: UUID, wish: MoveWish, if_match: IfMatch = None) -> Any:
    """A scheduled post stays scheduled, at its new time. A refusal names the rule and, in `nearest`, the closest time that is allowed."""
    if if_match is not None:
        versions.require(if_match, *await move.hold_place(ctx.db, ctx.actor, post_id, ctx.now))
    try:
        moved = await move.move(ctx.db, ctx.actor, post_id, wish.wall_time, wish.timezone, wish.fold, ctx.now, anyway=wish.anyway)
    except move.Refused as refused:
        return _refusal(ctx, refused)
    versions.tell(ctx.request, *await move.place_of(ctx.db, ctx.actor, post_id, ctx.now))
    return MovedShown.model_validate(moved)


@router.get("/calendar", summary="Posts of a span of time")
async def show_calendar(
    ctx: Signed,
    start: Annotated[AwareDatetime, Query(description="The first moment.")],
    end: Annotated[AwareDatetime, Query(description="At most 100 days later.")],
    account: Annotated[list[UUID] | None, Query(max_length=100, description="Accounts; may be repeated.")] = None,
    state: Annotated[list[State] | None, Query(max_length=20, description="States; may be repeated.")] = None,
) -> Entries:
    """All posts of a span of at most 100 days at once, earliest first; canceled ones are left out."""
    found = await board.between(ctx.db, ctx.actor, start, end, now=ctx.now, connection_ids=account, states=state)
    return Entries(items=[Entry.model_validate(each) for each in found])


@router.get("/closed-times", summary="Times that nothing may be planned in")
async def list_closed(
    ctx: Signed,
    start: Annotated[AwareDatetime | None, Query(description="Those that end after it; without it, now.")] = None,
    end: Annotated[AwareDatetime | None, Query(description="Those that start before it; at most ten years later.")] = None,
    connection_id: Annotated[UUID | None, Query(description="Those that close this account.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> ClosedTimes:
    """Spans in which nothing goes out, earliest first; by default those of the coming year."""
    first = start or ctx.now
    if end is None:
        first = min(first, ctx.now + timedelta(days=3660))
        end = first + timedelta(days=366)
    page = await exceptions.list_closed(ctx.db, ctx.actor, first, end, connection_id=connection_id, after=after, limit=limit)
    return ClosedTimes(items=[ClosedShown.model_validate(each) for each in page.items], next=page.next)


@router.post("/closed-times", status_code=201, summary="Close a time")
@needs(SCHEDULE)
async def close_time(ctx: Signed, wish: ClosedWish) -> Made:
    """Closes a span. Posts already in it stay where they are."""
    made = await exceptions.close_time(ctx.db, ctx.actor, wish.start, wish.end, reason=wish.reason, connection_id=wish.connection_id)
    return Made(id=made)


@router.delete("/closed-times/{closed_id}", summary="Open a closed time", status_code=204)
@needs(SCHEDULE)
async def open_time(ctx: Signed, closed_id: UUID) -> Response:
    """Posts may be planned in it again."""
    await exceptions.open_time(ctx.db, ctx.actor, closed_id, now=ctx.now)
    return Response(status_code=204)


@router.get("/scheduling-preferences", summary="List scheduling preferences")
async def list_preferences(ctx: Signed) -> Preferences:
    """When and how often the workspace and you want to post. The ETag stands for all of them."""
    found = await wishes.list_preferences(ctx.db, ctx.actor)
    versions.tell(ctx.request, *wishes.state_of(found))
    return Preferences(items=[PreferenceShown.model_validate(each) for each in found])


@router.put("/scheduling-preferences", summary="Set scheduling preferences")
@needs(PREFER)
async def save_preference(ctx: Signed, wish: PreferenceWish, if_match: IfMatch = None) -> Made:
    """Saves your wishes, or with `for_workspace` those of everybody. Posts already planned stay where they are."""
    if wish.for_workspace:
        ctx.need("admin")
    if if_match is not None:
        versions.require(if_match, *wishes.state_of(await wishes.hold_preferences(ctx.db, ctx.actor)))
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
    versions.tell(ctx.request, *wishes.state_of(await wishes.list_preferences(ctx.db, ctx.actor)))
    return Made(id=made)


async def _findings(ctx: Context, draft_id: UUID) -> dict[str, list[FindingShown]]:
    """What each platform says of its variant."""
    draft = await get_draft(ctx.db, ctx.actor, draft_id)
    checked = await check_draft(ctx.db, ctx.state, ctx.actor, draft, ctx.now)
    return {slug: [FindingShown.model_validate(each) for each in found.findings] for slug, found in checked.items()}


def _planned(post: PlannedPost, findings: list[FindingShown]) -> Planned:
    return Planned.model_validate(post).model_copy(update={"findings": findings})


def _refusal(ctx: Context, refused: move.Refused) -> Response:
    near = refused.nearest
    place = {"wall_time": near.wall.isoformat(), "fold": near.fold, "utc": near.utc.isoformat()} if near else None
    return answer(ctx.request, refused, nearest=place)
