"""What publishing knows of a post: its states, its row in a list, its whole story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from postwright.publishing.unread import Unread


class PostState(StrEnum):
    """Where a post stands, in the words that people read. The database decides (`app.post_state`)."""

    PLANNED = "planned"
    SCHEDULED = "scheduled"
    AWAITING_APPROVAL = "awaiting_approval"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    MISSED = "missed"
    CANCELED = "canceled"


class Tab(StrEnum):
    """The tabs of Posts. Drafts is a list of the studio; here it is only counted."""

    ALL = "all"
    DRAFTS = "drafts"
    AWAITING_APPROVAL = "awaiting_approval"
    PLANNED = "planned"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    NEEDS_ATTENTION = "needs_attention"
    CANCELED = "canceled"


class Sort(StrEnum):
    """The closed list of orders; a minus means latest first."""

    SCHEDULED_AT = "scheduled_at"
    SCHEDULED_AT_DESC = "-scheduled_at"
    PUBLISHED_AT = "published_at"
    PUBLISHED_AT_DESC = "-published_at"
    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"


@dataclass(frozen=True, slots=True)
class PostFilter:
    """What a list of posts shows; every part is optional and parts add up."""

    tab: Tab = Tab.ALL
    text: str | None = None
    connection_id: UUID | None = None
    platform: str | None = None
    state: PostState | None = None
    author: UUID | None = None
    label: str | None = None
    draft_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFacts:
    """What a post in a list says as its rows say it: one variant for one account.

    `id` is the plan's (`content_schedule_items`), kept through all states; `commitment_id` the `scheduled_posts` row once it is
    scheduled. A figure that is unknown is absent from `metrics`, never 0.
    """

    id: UUID
    platform: str
    connection_id: UUID | None
    account_name: str | None
    handle: str | None
    avatar_url: str | None
    account_health: str | None
    account_paused: bool
    content_format: str | None
    scheduled_at: datetime | None  # when it goes, or was to go, out
    slot_at: datetime | None  # the slot that was found for it; differs from scheduled_at when it was sent now
    wall_time: datetime | None
    timezone: str | None
    slot_reason: str | None
    slot_value: float | None
    locked: bool
    published_at: datetime | None
    remote_id: str | None
    metrics: Mapping[str, Any]
    origin: str
    author_id: UUID | None
    adaptation_id: UUID | None
    draft_title: str | None
    labels: list[str]
    commitment_id: UUID | None
    published_post_id: UUID | None
    overdue: bool  # scheduled, past its time by more than the grace, held until a person decides
    hand_off: bool  # a person posts it by hand at its time; Postwright sends nothing
    next_try_at: datetime | None
    created_at: datetime
    updated_at: datetime  # what became of it included
    changed_at: datetime  # its place in the plan: what two people may both want to move
    own_content: bool = False  # it says something of its own, whatever its draft says
    deleted: bool = False  # it was out, and somebody had it deleted there since


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow(PostFacts):
    """A post in a list, as people see it. `url` is what a person opens; `error` says {class, field, rule, who, message}."""

    state: PostState
    text: str
    title: str | None
    media: list[UUID]
    url: str | None
    error: Mapping[str, Any] | None
    simulated: bool

    @property
    def opens_at(self) -> str | None:
        """What a person opens; of the sandbox its own copy alone, as a made-up link leads nowhere."""
        return self.url if self.url and (not self.simulated or self.url.startswith("/")) else None

    @property
    def verbs(self) -> tuple[str, ...]:
        """What a person may do with it now: schedule, publish, move, cancel, retry, dismiss, decide, edit, duplicate, delete."""
        if self.deleted:
            return ("duplicate",)
        if self.state is PostState.SCHEDULED and self.hand_off:
            return ("move", "cancel")
        return _VERBS[self.state]


_VERBS: Mapping[PostState, tuple[str, ...]] = {
    PostState.PLANNED: ("schedule", "publish", "move", "cancel", "edit", "duplicate"),
    PostState.MISSED: ("publish", "move", "cancel", "edit", "duplicate"),
    PostState.SCHEDULED: ("publish", "move", "cancel", "edit", "duplicate"),
    PostState.AWAITING_APPROVAL: ("move", "cancel", "edit", "duplicate"),
    PostState.PUBLISHING: (),
    PostState.PUBLISHED: ("duplicate", "delete"),
    PostState.FAILED: ("retry", "dismiss", "edit", "duplicate"),
    PostState.UNCONFIRMED: ("decide",),
    PostState.CANCELED: ("duplicate",),
}


@dataclass(frozen=True, slots=True)
class Content:
    """What goes out, or went out: the snapshot of the commitment, before that the draft's variant."""

    text: str
    title: str | None = None
    body: str | None = None
    thread: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    media: tuple[UUID, ...] = ()
    alt_texts: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to publish: a row of `publish_attempts`."""

    id: UUID
    number: int
    worker_id: str
    phase: str  # claimed, uploading, sending, confirming, done, refused, abandoned, unknown
    remote_ids: Mapping[str, Any]
    error_class: str | None
    error: Mapping[str, Any] | None
    started_at: datetime
    sent_at: datetime | None
    lost_at: datetime | None  # when it was clear that no answer tells whether it landed
    looks_at: datetime | None  # while that is so: when the platform is asked next
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A moment in a post's life. `kind`: planned, scheduled, edited, claimed, sent, asking, found, held, retrying, published, failed,
    unconfirmed, decided, canceled, measured, deleting, deleted, kept (the platform did not let it go)."""

    at: datetime
    kind: str
    text: str
    who: str | None = None  # the person's name, where a person did it and the asker may know
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PostDetail:
    """A post with its whole story."""

    row: PostRow
    content: Content
    idea: str | None
    attempts: list[Attempt]
    timeline: list[TimelineEntry]
    metrics: Mapping[str, Any]
    metrics_at: datetime | None
    unread: Unread | None  # why the figures were not read when they were last asked for
