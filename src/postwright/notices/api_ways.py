"""JSON: which notices come by e-mail."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.access import PERSON, READ, needs
from postwright.edge.context import Signed
from postwright.edge.routes import api_router
from postwright.notices import ways
from postwright.notices.models import Kind

router = api_router(prefix="/notice-preferences", tags=["notifications"])


class WayOut(BaseModel):
    """A kind of notice and its ways. In the application every notice shows."""

    kind: Kind = Field(examples=["post_failed"])
    words: str = Field(examples=["A post of mine failed"])
    email: bool = Field(examples=[True])
    chosen: bool = Field(description="Whether the person chose so; else it is as the kind suggests.", examples=[False])

    @classmethod
    def of(cls, way: ways.Way) -> WayOut:
        return cls(kind=way.kind, words=way.words, email=way.email, chosen=way.chosen)


class Ways(BaseModel):
    items: list[WayOut]
    sends_email: bool = Field(description="Whether this server sends e-mail at all.", examples=[True])


class WaysWish(BaseModel):
    """Kinds to change; the others stay."""

    model_config = ConfigDict(extra="forbid")

    email: dict[Kind, bool] = Field(min_length=1, examples=[{"comment": True, "mention": False}])


@router.get("", summary="Which notices come by e-mail")
@needs(READ)
async def read_ways(ctx: Signed) -> Ways:
    """The caller's choice in the workspace."""
    return _told(await ways.ways(ctx.db, ctx.actor), ctx.state.mailer.sends)


@router.patch("", summary="Choose which notices come by e-mail")
@needs(PERSON)
async def choose(ctx: Signed, wish: WaysWish) -> Ways:
    """For the workspace."""
    return _told(await ways.choose(ctx.db, ctx.actor, wish.email), ctx.state.mailer.sends)


def _told(found: list[ways.Way], sends: bool) -> Ways:
    return Ways(items=[WayOut.of(each) for each in found], sends_email=sends)
