"""The words of the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from postwright.kit.time import to_wall

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class HourRange:
    """Minutes of a day from `start` up to, not including, `end`; one that ends before it starts runs over midnight."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether a minute of the day lies in it."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    @property
    def length(self) -> int:
        """In minutes."""
        return (self.end - self.start) % 1440 or 1440

    def __str__(self) -> str:
        return f"{self.start // 60:02d}:{self.start % 60:02d}–{self.end // 60 % 24:02d}:{self.end % 60:02d}"


@dataclass(frozen=True, slots=True)
class Window:
    """Times that a baseline recommends: hours on some days, with where it comes from."""

    days: frozenset[str]
    hours: HourRange
    source: str | None
    weight: float  # 0..1, above 0 where its source says that it stands out

    def holds(self, wall: datetime) -> bool:
        """Whether a wall time lies in it; the hours after midnight belong to the day on which the window began."""
        minute = wall.hour * 60 + wall.minute
        began = wall if minute >= self.hours.start or self.hours.start < self.hours.end else wall - timedelta(days=1)
        return DAYS[began.weekday()] in self.days and self.hours.holds(minute)


@dataclass(frozen=True, slots=True)
class TimingRow:
    """One active row of platform_timing_data."""

    id: UUID
    platform_id: UUID
    days: Sequence[str]
    peak_hours: Sequence[Mapping[str, Any]]
    posting_frequency_min: int | None
    posting_frequency_max: int | None  # per week
    daily_max: int | None
    min_spacing_minutes: int | None
    audience_segment: str | None
    content_format: str | None
    source: str | None
    notes: str | None
    valid_from: datetime
    workspace_id: UUID | None  # None: a baseline for everybody
    user_id: UUID | None


@dataclass(frozen=True, slots=True)
class Preference:
    """One row of user_scheduling_preferences."""

    user_id: UUID | None  # None: the workspace's
    platform_id: UUID | None
    content_format: str | None
    timezone: str
    posting_frequency_min: int | None
    posting_frequency_max: int | None  # per week
    daily_max: int | None
    min_spacing_minutes: int | None
    days_blacklist: Sequence[str] | None
    hours_blacklist: Sequence[Mapping[str, Any]] | None
    metadata: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of a workspace."""

    id: UUID
    name: str
    timezone: str | None
    owned_by: UUID | None  # whose preferences rule it
    workspace_timezone: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A time in which nothing may be planned: a holiday, a campaign of silence."""

    id: UUID
    start: datetime
    end: datetime
    reason: str | None
    schedule_item_id: UUID | None = None
    connection_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """A closed time as a list shows it, with who closed it."""

    id: UUID
    start: datetime
    end: datetime
    reason: str | None
    connection_id: UUID | None
    origin: str
    author_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """One row of user_scheduling_preferences in the words of the API."""

    id: UUID
    for_workspace: bool
    platform: str | None
    content_format: str | None
    timezone: str
    weekly_maximum: int | None
    daily_maximum: int | None
    spacing_minutes: int | None
    closed_days: Sequence[str] | None
    closed_hours: Sequence[Mapping[str, Any]] | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A time at which an account posts or has posted."""

    item_id: UUID
    connection_id: UUID
    utc: datetime


@dataclass(frozen=True, slots=True)
class Guardrails:
    """All that bounds the times of one account, and what recommends them."""

    zone: str
    windows: tuple[Window, ...]
    closed_days: frozenset[str] = frozenset()
    closed_hours: tuple[HourRange, ...] = ()
    closed: tuple[Closed, ...] = ()
    weekly_maximum: int | None = None
    daily_maximum: int | None = None
    spacing: timedelta = timedelta(0)
    preferred: bool = False  # somebody's preferences had a say
    week_start: int = 1


@dataclass(frozen=True, slots=True)
class Breach:
    """The rule that a time breaks, in words."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A time worth posting at. `value` 0..100 compares times of one account; `learned` is false for published baselines."""

    connection_id: UUID
    utc: datetime
    wall: datetime
    zone: str
    fold: int
    value: int
    reason: str
    learned: bool = False


@dataclass(frozen=True, slots=True)
class DraftPlatform:
    """A platform that a draft has a variant for."""

    id: UUID  # of the draft
    platform: str
    content_format: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A post of a draft that has its place already."""

    item_id: UUID
    connection_id: UUID
    status: str
    scheduled_at: datetime
    wall_time: datetime | None
    timezone: str | None
    slot_reason: str | None
    slot_value: float | None


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """A post that has got its place. `created` is false when the draft had one on this account already."""

    item_id: UUID
    connection_id: UUID
    platform: str
    utc: datetime
    zone: str
    wall: datetime
    value: int | None
    reason: str
    created: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """A post of the plan, with what its commitment says, as far as moving asks."""

    id: UUID
    connection_id: UUID | None
    platform: str
    content_format: str | None
    status: str
    scheduled_at: datetime | None
    wall_time: datetime | None
    timezone: str | None
    fold: int
    calendar_id: UUID
    locked: bool
    changed_at: datetime
    commitment_id: UUID | None
    commitment_status: str | None
    approved_at: datetime | None
    due_at: datetime | None  # when the publisher next takes it: its time, or that of the next try
    held: bool  # scheduled, but nobody would send it as things stand


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a post stands now and where it stood; moving it back undoes the move."""

    item_id: UUID
    utc: datetime
    wall: datetime
    zone: str
    fold: int
    note: str | None
    was_wall: datetime | None
    was_zone: str | None
    was_fold: int


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A post as the calendar shows it."""

    id: UUID
    state: str
    platform: str
    platform_name: str
    connection_id: UUID | None
    account_name: str | None
    handle: str | None
    avatar_url: str | None
    content_format: str | None
    title: str | None
    text: str
    scheduled_at: datetime
    timezone: str
    slot_reason: str | None
    slot_value: float | None
    locked: bool
    draft_id: UUID | None
    environment: str | None
    origin: str

    @property
    def simulated(self) -> bool:
        return self.environment == "sandbox"

    @property
    def wall_time(self) -> datetime:
        """The time on the clock of the post's zone, naive."""
        return to_wall(self.scheduled_at, self.timezone)[0]

    @property
    def fold(self) -> int:
        return to_wall(self.scheduled_at, self.timezone)[1]

    @property
    def movable(self) -> bool:
        """Whether dragging makes sense; the database decides again."""
        return self.state in {"planned", "scheduled", "awaiting_approval", "missed"} and not self.locked
