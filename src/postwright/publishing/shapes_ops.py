"""What people do with posts, as JSON shows and takes it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from postwright.edge.fields import Next, Origin
from postwright.publishing.bulk import Act
from postwright.publishing.commit import MAX_AT_ONCE
from postwright.publishing.shapes import PostDetailOut
from postwright.studio.shapes import FindingShown

_ID = "01a02f7c-7b20-7a90-b1d4-90c1f6a2e855"
_TEXT = "We moved our launch from Friday to Tuesday."
_PRICES = "https://docs.x.com/x-api/getting-started/pricing"
Dollars = Annotated[Decimal, PlainSerializer(float, return_type=float), Field(examples=[0.015])]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Preflight(BaseModel):
    """All that is found about a post as it would go out. `ready`: no finding stops it."""

    ready: bool
    findings: list[FindingShown]


class ContentChange(_Wish):
    """What this post alone is to say; its draft stays as it is."""

    text: str | None = Field(default=None, examples=[_TEXT])
    title: str | None = Field(default=None, description="Where the platform has titles.", examples=[None])
    thread: list[str] | None = Field(default=None, max_length=100, description="The parts, where it is more than one.", examples=[[]])
    hashtags: list[str] | None = Field(default=None, description="Without #; 100 at most.", examples=[["launch"]])
    media: list[UUID] | None = Field(default=None, max_length=35, description="Files, in their order.", examples=[[]])
    alt_texts: list[str] | None = Field(default=None, max_length=35, description="One for each of `media`.", examples=[[]])
    options: dict[str, Any] | None = Field(
        default=None, description="What the platform is told besides; null takes one back.", examples=[{}]
    )

    def changes(self) -> dict[str, Any]:
        """Only what was sent."""
        found = {key: value for key, value in self.model_dump(exclude_unset=True).items() if value is not None or key == "title"}
        return found | ({"media": [str(each) for each in found["media"]]} if "media" in found else {})


class EditedOut(PostDetailOut):
    """The post as it says now."""

    edit_id: UUID | None = Field(description="Its place in the history; null: nothing changed.", examples=[_ID])
    voided_approval: bool = Field(description="It was approved before; it needs a new approval.")
    findings: list[FindingShown]


class EditOut(_Out):
    """A change that somebody made."""

    id: UUID = Field(examples=[_ID])
    created_at: datetime
    user_id: UUID | None = Field(examples=[_ID])
    name: str | None = Field(description="Who made it.", examples=["Bob"])
    before: dict[str, Any] = Field(examples=[{"text": "We moved our lunch."}])
    after: dict[str, Any] = Field(examples=[{"text": _TEXT}])
    voided_approval: bool
    restored_from: UUID | None = Field(description="The edit whose earlier text was brought back.", examples=[None])
    origin: Origin


class EditsOut(BaseModel):
    """Changes, the latest first."""

    items: list[EditOut]
    next: Next


class Copy(_Wish):
    """For which accounts, and when. Without `at` each gets its best free slot."""

    connection_ids: list[UUID] = Field(default=[], max_length=50, description="None named: its own account.", examples=[[_ID]])
    at: AwareDatetime | None = Field(default=None, examples=["2026-12-01T08:00:00Z"])


class CopiesOut(BaseModel):
    """The new posts; they are planned, and go out only once somebody schedules them."""

    ids: list[UUID] = Field(examples=[[_ID]])


class BulkWish(_Wish):
    """One act on up to 500 posts."""

    act: Act = Field(
        description="schedule, publish, cancel, move (by `days`), label, unlabel, delete (on the platform), plan_again (canceled ones).",
        examples=["move"],
    )
    ids: list[UUID] = Field(min_length=1, max_length=MAX_AT_ONCE, examples=[[_ID]])
    days: int = Field(default=0, ge=-730, le=730, description="To move by; a minus moves back. The wall clock stays.", examples=[1])
    label: str = Field(default="", max_length=100, examples=["launch"])
    anyway: bool = Field(default=False, description="Move past guardrails, too.")
    again: list[UUID] = Field(
        default=[], max_length=100, description="Accounts on which the same content goes out once more (see already_sent).", examples=[[]]
    )


class BulkItem(_Out):
    """What became of one post; `message` says why it was not done, or the first warning that one scheduled came with."""

    id: UUID = Field(validation_alias="item_id", examples=[_ID])
    done: bool
    message: str = Field(examples=["This post is going out right now, so it can no longer be canceled."])
    field: str | None = Field(examples=["state"])
    rule: str | None = Field(examples=["state"])
    made: UUID | None = Field(description="The new post, where one was made.", examples=[None])


class BulkUndo(BaseModel):
    """Send this to take it back."""

    act: Act
    ids: list[UUID] = Field(examples=[[_ID]])
    days: int = Field(examples=[-1])
    label: str = Field(examples=[""])
    anyway: bool


class BulkOut(BaseModel):
    """In the order of `ids`. `undo`: what takes it back; null where nothing does."""

    done: int = Field(examples=[1])
    items: list[BulkItem]
    undo: BulkUndo | None


class CostWish(_Wish):
    """Posts whose cost is asked for."""

    ids: list[UUID] = Field(min_length=1, max_length=MAX_AT_ONCE, examples=[[_ID]])


class PostCostOut(BaseModel):
    """What one post costs; null: its platform bills nothing."""

    id: UUID = Field(examples=[_ID])
    platform: str = Field(examples=["x"])
    dollars: Dollars | None = Field(examples=[0.015])
    source: str | None = Field(examples=[_PRICES])
    checked_on: date | None = Field(examples=["2026-11-21"])


class AccountCostOut(_Out):
    """An account in the running month."""

    connection_id: UUID = Field(examples=[_ID])
    platform: str = Field(examples=["x"])
    spent: Dollars = Field(description="By what went out.")
    ahead: Dollars = Field(description="By what is scheduled.")
    posts: int = Field(examples=[12])


class MonthOut(BaseModel):
    """What posting costs in the running month (UTC), where platforms bill by the call."""

    month: str = Field(examples=["2026-12"])
    total: Dollars
    budget: Dollars | None = Field(description="Passing it is a warning, never a stop.", examples=[25])
    accounts: list[AccountCostOut]
    currency: Literal["USD"] = "USD"


class CostOut(BaseModel):
    """What these posts would cost, and what the month comes to."""

    total: Dollars
    currency: Literal["USD"] = "USD"
    posts: list[PostCostOut]
    month: MonthOut
    findings: list[FindingShown]


class BudgetWish(_Wish):
    """What a month may cost before a warning is shown; null takes it back."""

    dollars: float | None = Field(examples=[25])
