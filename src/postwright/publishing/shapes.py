"""Posts as JSON shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postwright.publishing.commit import MAX_AT_ONCE
from postwright.publishing.models import PostState


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PostOut(_Out):
    """One variant for one account. `simulated`: it lives in a sandbox workspace and never left this machine."""

    id: UUID
    state: PostState
    simulated: bool
    origin: str
    platform: str
    connection_id: UUID | None
    account_name: str | None
    handle: str | None
    avatar_url: str | None
    content_format: str | None
    text: str
    title: str | None
    media: list[UUID]
    scheduled_at: datetime | None
    slot_at: datetime | None
    wall_time: datetime | None
    timezone: str | None
    slot_reason: str | None
    slot_value: float | None
    locked: bool
    overdue: bool
    published_at: datetime | None
    url: str | None
    remote_id: str | None
    error: dict[str, Any] | None
    metrics: dict[str, Any]
    author_id: UUID | None
    adaptation_id: UUID | None = Field(serialization_alias="draft_id")
    draft_title: str | None
    labels: list[str]
    next_try_at: datetime | None
    verbs: list[str] = Field(description="What may be done with it now.")
    created_at: datetime
    updated_at: datetime


class PostsOut(BaseModel):
    items: list[PostOut]
    next: str | None = Field(description="Pass it as `after` to read on; null at the end.")


class ContentOut(_Out):
    text: str
    title: str | None
    thread: list[str]
    hashtags: list[str]
    media: list[UUID]
    alt_texts: list[str]
    options: dict[str, Any]


class AttemptOut(_Out):
    id: UUID
    number: int
    phase: str
    error: dict[str, Any] | None
    started_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None


class TimelineOut(_Out):
    at: datetime
    kind: str
    text: str
    who: str | None
    url: str | None


class PostDetailOut(PostOut):
    """A post with its whole story."""

    content: ContentOut
    idea: str | None
    attempts: list[AttemptOut]
    timeline: list[TimelineOut]
    metrics_at: datetime | None


class FindingOut(_Out):
    field: str
    rule: str
    message: str
    level: Literal["error", "warning"]
    limit: float | None
    actual: float | None
    source: str | None
    fix: str | None


class CommittedOut(BaseModel):
    """What became of one post. `scheduled` is false when a finding of level error stopped it."""

    id: UUID
    scheduled: bool
    simulated: bool
    findings: list[FindingOut]


class ScheduledOut(BaseModel):
    items: list[CommittedOut]


class ScheduleMany(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ids: list[UUID] = Field(min_length=1, max_length=MAX_AT_ONCE)
    when: Literal["slot", "now"] | AwareDatetime = "slot"
    again: list[UUID] = Field(
        default=[], max_length=100, description="Accounts on which the same content goes out once more (see already_sent)."
    )


class ScheduleOne(BaseModel):
    model_config = ConfigDict(extra="forbid")
    when: Literal["slot"] | AwareDatetime = "slot"


class Retry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    again: bool = Field(default=False, description="Send it although it may be out already (see already_sent, unconfirmed).")


class Decision(BaseModel):
    """What a person saw on the account: `landed` (with the post's address), `send_again` (it is not there), `give_up`."""

    model_config = ConfigDict(extra="forbid")
    outcome: Literal["landed", "send_again", "give_up"]
    url: str | None = None


class NeedsPersonOut(BaseModel):
    why: str
    ask: str
    post: PostOut


class TodayOut(BaseModel):
    simulated: bool
    out_next: list[PostOut]
    needs_person: list[NeedsPersonOut]
    just_out: list[PostOut]
    counters: dict[str, int]
    publisher_silent_since: datetime | None
    publisher_ever: bool
