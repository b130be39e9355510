"""Posts as JSON shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postwright.edge.fields import Next, Origin, WallTime
from postwright.publishing.commit import MAX_AT_ONCE
from postwright.publishing.models import PostState
from postwright.studio.shapes import FindingShown

_ID = "01a02f7c-7b20-7a90-b1d4-90c1f6a2e855"
_TEXT = "We moved our launch from Friday to Tuesday. Support answered twice as fast."
_AT = "2026-12-01T08:00:00Z"


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PostOut(_Out):
    """One variant for one account. `simulated`: it lives in a sandbox workspace and never left this machine."""

    id: UUID = Field(examples=[_ID])
    state: PostState = Field(examples=["scheduled"])
    simulated: bool
    origin: Origin
    platform: str = Field(examples=["linkedin"])
    connection_id: UUID | None = Field(description="The account.", examples=[_ID])
    account_name: str | None = Field(examples=["Acme"])
    handle: str | None = Field(examples=["acme.example"])
    avatar_url: str | None = Field(examples=[None])
    content_format: str | None = Field(examples=["post"])
    text: str = Field(examples=[_TEXT])
    title: str | None = Field(examples=[None])
    media: list[UUID] = Field(description="Files, in their order.", examples=[[]])
    scheduled_at: datetime | None = Field(description="When it goes, or was to go, out.", examples=[_AT])
    slot_at: datetime | None = Field(description="The slot that was found for it.", examples=[_AT])
    wall_time: WallTime | None = Field(description="What the clock shows then.", examples=["2026-12-01T09:00:00"])
    timezone: str | None = Field(examples=["Europe/Berlin"])
    slot_reason: str | None = Field(examples=["Tuesdays from 9 to 12 stand out on LinkedIn."])
    slot_value: float | None = Field(examples=[82])
    locked: bool
    overdue: bool = Field(description="Its time passed by more than the grace; a person decides.")
    hand_off: bool = Field(description="A person posts it by hand at its time; Postwright sends nothing.", examples=[False])
    published_at: datetime | None = Field(examples=[None])
    url: str | None = Field(description="What a person opens.", examples=[None])
    remote_id: str | None = Field(description="Its id on the platform.", examples=[None])
    error: dict[str, Any] | None = Field(description="`class`, `field`, `rule`, `who`, `message`.", examples=[None])
    metrics: dict[str, Any] = Field(description="A figure that is unknown is absent, never 0.", examples=[{"likes": 12, "views": 940}])
    author_id: UUID | None = Field(examples=[_ID])
    adaptation_id: UUID | None = Field(serialization_alias="draft_id", examples=[_ID])
    draft_title: str | None = Field(examples=["Launch on a Tuesday"])
    labels: list[str] = Field(examples=[["launch"]])
    next_try_at: datetime | None = Field(examples=[None])
    deleted: bool = Field(description="It was out, and was deleted there since.")
    verbs: list[str] = Field(description="What may be done with it now.", examples=[["publish", "move", "cancel"]])
    created_at: datetime
    updated_at: datetime


class PostsOut(BaseModel):
    """Posts, each once."""

    items: list[PostOut]
    next: Next


class ContentOut(_Out):
    """What goes out, or went out."""

    text: str = Field(examples=[_TEXT])
    title: str | None = Field(examples=[None])
    thread: list[str] = Field(examples=[[]])
    hashtags: list[str] = Field(examples=[["launch"]])
    media: list[UUID] = Field(examples=[[]])
    alt_texts: list[str] = Field(examples=[[]])
    options: dict[str, Any] = Field(examples=[{"format": "post"}])


class AttemptOut(_Out):
    """One try to publish."""

    id: UUID = Field(examples=[_ID])
    number: int = Field(examples=[1])
    phase: str = Field(description="claimed, uploading, sending, confirming, done, refused, abandoned, unknown.", examples=["done"])
    error: dict[str, Any] | None = Field(examples=[None])
    started_at: datetime = Field(examples=[_AT])
    sent_at: datetime | None = Field(examples=[_AT])
    finished_at: datetime | None = Field(examples=[_AT])


class TimelineOut(_Out):
    """A moment in a post's life."""

    at: datetime = Field(examples=[_AT])
    kind: str = Field(examples=["published"])
    text: str = Field(examples=["Published."])
    who: str | None = Field(description="Where a person did it.", examples=["Bob"])
    url: str | None = Field(examples=[None])


class UnreadOut(BaseModel):
    """Why a post's figures could not be read when they were last asked for."""

    model_config = ConfigDict(from_attributes=True)

    kind: str = Field(description="The class of the failure.", examples=["rejected"])
    field: str | None = Field(examples=["platform"])
    rule: str | None = Field(examples=["api_version"])
    who: str = Field(description="Who must act.", examples=["call the operator"])
    message: str = Field(examples=["LinkedIn no longer serves version 202610 of its API: update Postwright"])
    at: datetime = Field(description="When they were asked for.", examples=[_AT])
    again_at: datetime | None = Field(description="The earliest time of the next look; null: once a person acted.", examples=[_AT])


class PostDetailOut(PostOut):
    """A post with its whole story."""

    content: ContentOut
    idea: str | None = Field(examples=["We moved our launch from Friday to Tuesday."])
    attempts: list[AttemptOut]
    timeline: list[TimelineOut]
    metrics_at: datetime | None = Field(description="When its figures were read.", examples=[None])
    unread: UnreadOut | None = Field(description="Why its figures were not read when they were last asked for.", examples=[None])


class OnePostOut(PostDetailOut):
    """A post that was to be scheduled. `scheduled` is false only in a rehearsal, where findings of level error say why."""

    scheduled: bool
    findings: list[FindingShown]


class CommittedOut(BaseModel):
    """What became of one post. `scheduled` is false when a finding of level error stopped it."""

    id: UUID = Field(examples=[_ID])
    scheduled: bool
    simulated: bool
    findings: list[FindingShown]


class ScheduledOut(BaseModel):
    """In the order of `ids`."""

    items: list[CommittedOut]


class ScheduleMany(BaseModel):
    """Which posts, and when: each in its slot, now, or at one moment."""

    model_config = ConfigDict(extra="forbid")
    ids: list[UUID] = Field(min_length=1, max_length=MAX_AT_ONCE, examples=[[_ID]])
    when: Literal["slot", "now"] | AwareDatetime = Field(default="slot", examples=["slot"])
    again: list[UUID] = Field(
        default=[], max_length=100, description="Accounts on which the same content goes out once more (see already_sent).", examples=[[]]
    )


class ScheduleOne(BaseModel):
    """When: in its slot, or at a moment."""

    model_config = ConfigDict(extra="forbid")
    when: Literal["slot"] | AwareDatetime = Field(default="slot", examples=[_AT])


class Retry(BaseModel):
    """Whether to insist."""

    model_config = ConfigDict(extra="forbid")
    again: bool = Field(default=False, description="Send it although it may be out already (see already_sent, unconfirmed).")


class Decision(BaseModel):
    """What a person saw on the account: `landed` (with the post's address), `send_again` (it is not there), `give_up`."""

    model_config = ConfigDict(extra="forbid")
    outcome: Literal["landed", "send_again", "give_up"] = Field(examples=["landed"])
    url: str | None = Field(default=None, max_length=2000, examples=["https://www.linkedin.com/feed/update/urn:li:share:7268"])


class NeedsPersonOut(BaseModel):
    """A post that waits for somebody."""

    why: str = Field(examples=["The account must be reconnected."])
    ask: str = Field(examples=["Reconnect it under Accounts."])
    post: PostOut


class TodayOut(BaseModel):
    """What goes out, what needs a person, what just went out."""

    simulated: bool
    out_next: list[PostOut]
    needs_person: list[NeedsPersonOut]
    just_out: list[PostOut]
    counters: dict[str, int] = Field(examples=[{"out_next_24h": 3, "planned_next_7d": 12, "published_7d": 9}])
    publisher_silent_since: datetime | None = Field(examples=[None])
    publisher_ever: bool = Field(description="Whether a publisher ever ran.")
