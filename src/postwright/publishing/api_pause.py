"""Whether posts go out, over JSON: pauses, the late policy, and posts that are held."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postwright.edge.access import ADMIN_WHOLE, OPERATOR, PUBLISH, PUBLISH_WHOLE, READ, SCHEDULE, needs
from postwright.edge.context import Context, Signed
from postwright.edge.fields import Next
from postwright.edge.routes import api_router
from postwright.identity.clerk import closed_list
from postwright.publishing import overdue, pause, policy, read
from postwright.publishing.overdue import MOST, Decided, Held, HeldDecision
from postwright.publishing.pause import LONGEST_REASON, Pause
from postwright.publishing.policy import MOST_MINUTES
from postwright.publishing.pulse import SILENCE
from postwright.publishing.shapes import PostOut

router = api_router(tags=["publishing"])

_SENT = ConfigDict(extra="forbid")
_POST = "0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a44"


class PauseOut(BaseModel):
    """A pause that holds now."""

    server: bool = Field(description="Of the whole server, by whoever runs it; else of the workspace.", examples=[False])
    reason: str = Field(examples=["Wrong price in the campaign"])
    since: datetime = Field(examples=["2027-03-02T09:00:00Z"])
    resumes_at: datetime | None = Field(description="null: when somebody resumes it.", examples=["2027-03-02T18:00:00Z"])
    who: str = Field(examples=["Alice"])

    @classmethod
    def of(cls, found: Pause) -> PauseOut:
        return cls(server=found.workspace_id is None, reason=found.reason, since=found.began_at, resumes_at=found.resumes_at, who=found.who)


class PublishingOut(BaseModel):
    """Whether posts go out."""

    paused: bool = Field(description="Whether anything holds all posts back.", examples=[True])
    pauses: list[PauseOut]
    publisher_silent: bool = Field(description="No publisher gave a sign of life for a minute: nothing goes out.", examples=[False])
    publisher_last_beat: datetime | None = Field(description="null: none has run here yet.", examples=["2027-03-02T09:00:00Z"])
    late_grace_minutes: int = Field(description="How late a post still goes out by itself.", examples=[15])
    simulated: bool


class PauseWish(BaseModel):
    """Why, and until when."""

    model_config = _SENT

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, examples=["Wrong price in the campaign"])
    resumes_at: AwareDatetime | None = Field(
        default=None, description="When it ends by itself; left out: when somebody resumes it.", examples=["2027-03-02T18:00:00Z"]
    )


class Policy(BaseModel):
    """What happens to posts that could not go out in time."""

    model_config = _SENT

    late_grace_minutes: int = Field(
        ge=0, le=MOST_MINUTES, description="How late a post still goes out by itself; what is later waits for a person.", examples=[15]
    )


class HeldOut(BaseModel):
    """A held post, and the time that is offered for it."""

    post: PostOut
    next_slot: datetime | None = Field(description="Its account's next free slot.", examples=["2027-03-03T09:00:00Z"])
    next_slot_wall_time: str | None = Field(description="The same on the clock of the post's zone.", examples=["2027-03-03T10:00:00"])

    @classmethod
    def of(cls, found: Held) -> HeldOut:
        offered = found.offered
        return cls(
            post=PostOut.model_validate(found.post), next_slot=offered.utc if offered else None,
            next_slot_wall_time=offered.wall.isoformat() if offered else None,
        )  # fmt: skip


class HeldList(BaseModel):
    """The oldest first; at most 100 at a time."""

    items: list[HeldOut]
    next: Next = None


class DecisionWish(BaseModel):
    """What shall become of held posts."""

    model_config = _SENT

    ids: list[UUID] = Field(min_length=1, max_length=MOST, examples=[[_POST]])
    decision: HeldDecision = Field(
        description="`send` them now, give each the next free `slot` of its account, or `cancel` them.", examples=["slot"]
    )


class DecidedOut(BaseModel):
    """What became of one."""

    id: UUID = Field(examples=[_POST])
    done: bool = Field(examples=[True])
    problem: str | None = Field(description="What stopped it.", examples=[None])

    @classmethod
    def of(cls, found: Decided) -> DecidedOut:
        return cls(id=found.item_id, done=found.problem is None, problem=found.problem)


class DecidedList(BaseModel):
    items: list[DecidedOut]


@router.get("/publishing", summary="Whether posts go out")
@needs(READ)
async def read_publishing(ctx: Signed) -> PublishingOut:
    """Pauses of the workspace and of the server, the publisher's last sign of life, and the late policy."""
    return await _publishing(ctx)


@router.post("/publishing/pause", summary="Pause all publishing")
@needs(PUBLISH_WHOLE)
async def pause_all(ctx: Signed, wish: PauseWish) -> PublishingOut:
    """Nothing new is sent from that moment; what is being sent is finished. What falls due meanwhile waits for a decision afterwards.
    Where it is paused already, reason and end are changed."""
    await pause.pause(ctx.db, ctx.actor, wish.reason, until=wish.resumes_at, now=ctx.now)
    return await _publishing(ctx)


@router.post("/publishing/resume", summary="Resume publishing")
@needs(PUBLISH_WHOLE)
async def resume_all(ctx: Signed) -> PublishingOut:
    """What fell due during the pause does not burst out: `GET /held` lists it."""
    await pause.resume(ctx.db, ctx.actor, now=ctx.now)
    return await _publishing(ctx)


@router.post("/publishing/server/pause", summary="Pause publishing of the whole server")
@needs(OPERATOR)
async def pause_server(ctx: Signed, wish: PauseWish) -> PublishingOut:
    """Of every workspace; for whoever runs this server."""
    async with closed_list(ctx) as db:
        await pause.pause_server(db, ctx.caller.user_id, wish.reason, until=wish.resumes_at, now=ctx.now)
    return await _publishing(ctx)


@router.post("/publishing/server/resume", summary="Resume publishing of the whole server")
@needs(OPERATOR)
async def resume_server(ctx: Signed) -> PublishingOut:
    """For whoever runs this server. A workspace that paused itself stays paused."""
    async with closed_list(ctx) as db:
        await pause.resume_server(db, ctx.caller.user_id, now=ctx.now)
    return await _publishing(ctx)


@router.put("/publishing/policy", summary="Set how late a post may still go out")
@needs(ADMIN_WHOLE)
async def set_policy(ctx: Signed, wish: Policy) -> PublishingOut:
    """0 to 24 hours. What could not go out within it is held until a person decides."""
    await policy.set_late_grace(ctx.db, ctx.actor, wish.late_grace_minutes)
    return await _publishing(ctx)


@router.get("/held", summary="Posts that wait for a decision because their time passed")
@needs(READ)
async def list_held(ctx: Signed) -> HeldList:
    """After downtime or a pause. Each with the next free slot of its account."""
    return HeldList(items=[HeldOut.of(each) for each in await overdue.list_held(ctx.db, ctx.actor, now=ctx.now)])


@router.post("/held", summary="Decide about held posts")
@needs(SCHEDULE)
async def decide_held(ctx: Signed, wish: DecisionWish) -> DecidedList:
    """The same for each; a rule stops only the post that breaks it. `send` needs the scope `publish`."""
    if wish.decision is HeldDecision.SEND:
        ctx.caller.require(PUBLISH)
    done = await overdue.decide_held(ctx.db, ctx.actor, wish.ids, wish.decision, now=ctx.now)
    return DecidedList(items=[DecidedOut.of(each) for each in done])


async def _publishing(ctx: Context) -> PublishingOut:
    pauses = await pause.current(ctx.db, ctx.actor, now=ctx.now)
    beat = await read.last_beat(ctx.db, "publisher")
    return PublishingOut(
        paused=bool(pauses), pauses=[PauseOut.of(each) for each in pauses],
        publisher_silent=beat is None or ctx.now - beat > SILENCE, publisher_last_beat=beat,
        late_grace_minutes=await policy.late_grace(ctx.db, ctx.actor), simulated=ctx.caller.workspace.simulated,
    )  # fmt: skip
