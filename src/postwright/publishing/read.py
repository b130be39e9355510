"""The statements behind the read models, one typed function each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.edge.paging import Cursor
from postwright.publishing.models import Attempt, PostFacts, PostFilter, Sort

_sql = load(__package__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPost(PostFacts):
    """A row of the query `posts`, before variant and snapshot are made into what a list shows."""

    state: str
    snapshot: Mapping[str, Any]
    content: str | None
    variant: Any
    platform_url: str | None
    metadata: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    simulated: bool | None


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the filtered posts: some of them, from a cursor on, within a span of time."""

    sort: Sort = Sort.CREATED_AT_DESC
    limit: int = 50
    after: Cursor | None = None
    dated: bool = True
    ids: list[UUID] | None = None
    item_statuses: list[str] | None = None
    states: list[str] | None = None
    or_waiting: bool = False
    published_since: datetime | None = None
    scheduled_from: datetime | None = None
    scheduled_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """One time that the post was scheduled."""

    id: UUID
    created_at: datetime
    scheduled_for: datetime
    timezone: str
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person changed on a commitment."""

    created_at: datetime
    user_id: UUID
    was: str
    becomes: str
    from_time: str
    to_time: str


@dataclass(frozen=True, slots=True)
class MoveMade:
    """A post got another time. `committed`: it was scheduled by then. `was` None: it had none; `becomes` None: it lost it."""

    at: datetime
    user_id: UUID | None
    was: datetime | None
    becomes: datetime | None
    committed: bool


@dataclass(frozen=True, slots=True)
class EditMade:
    """A change of what a post says."""

    created_at: datetime
    user_id: UUID | None
    voided_approval: bool
    restored: bool


@dataclass(frozen=True, slots=True)
class RemovalMade:
    """A wish that a post be deleted on its platform, and what became of it."""

    created_at: datetime
    user_id: UUID | None
    status: str
    error: Mapping[str, Any] | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Background:
    """What a post's own page adds."""

    idea: str | None
    metrics_at: datetime | None


@dataclass(frozen=True, slots=True)
class TodayCounts:
    """Figures at the head of Today."""

    out_next_24h: int
    planned_next_7d: int
    published_7d: int


@dataclass(frozen=True, slots=True)
class _Member:
    user_id: UUID
    name: str


async def posts(db: Conn, workspace: UUID, wanted: PostFilter, window: Window, now: datetime) -> list[RawPost]:
    return await _sql["posts"].rows(
        db, RawPost, workspace=workspace, now=now, ids=window.ids, item_statuses=window.item_statuses, states=window.states,
        or_waiting=window.or_waiting, platform=wanted.platform, connection=wanted.connection_id, author=wanted.author,
        label=wanted.label, draft=wanted.draft_id, text=_pattern(wanted.text), since=window.published_since, until=window.scheduled_until,
        **{"from": window.scheduled_from},
        sort=window.sort.value, dated=window.dated, after=window.after.value if window.after else None,
        after_id=window.after.id if window.after else None, limit=window.limit,
    )  # fmt: skip


async def tab_counts(db: Conn, workspace: UUID, now: datetime) -> dict[str, int]:
    return await _sql["tab_counts"].one(db, dict, workspace=workspace, now=now) or {}


async def attempts(db: Conn, workspace: UUID, item: UUID) -> list[Attempt]:
    return await _sql["attempts"].rows(db, Attempt, workspace=workspace, item=item)


async def commitments(db: Conn, workspace: UUID, item: UUID) -> list[Commitment]:
    return await _sql["commitments"].rows(db, Commitment, workspace=workspace, item=item)


async def decisions(db: Conn, workspace: UUID, item: UUID) -> list[Decision]:
    return await _sql["decisions"].rows(db, Decision, workspace=workspace, item=item)


async def moves(db: Conn, workspace: UUID, item: UUID) -> list[MoveMade]:
    return await _sql["moves_made"].rows(db, MoveMade, workspace=workspace, item=item)


async def edits(db: Conn, workspace: UUID, item: UUID) -> list[EditMade]:
    return await _sql["edits_made"].rows(db, EditMade, workspace=workspace, item=item)


async def removals(db: Conn, workspace: UUID, item: UUID) -> list[RemovalMade]:
    return await _sql["removals_made"].rows(db, RemovalMade, workspace=workspace, item=item)


async def background(db: Conn, workspace: UUID, item: UUID) -> Background:
    return await _sql["idea_of"].one(db, Background, workspace=workspace, item=item) or Background(None, None)


async def names(db: Conn, workspace: UUID) -> dict[UUID, str]:
    return {each.user_id: each.name for each in await _sql["members"].rows(db, _Member, workspace=workspace)}


async def today_counts(db: Conn, workspace: UUID, now: datetime) -> TodayCounts:
    return await _sql["today_counters"].one(db, TodayCounts, workspace=workspace, now=now) or TodayCounts(0, 0, 0)


async def steps_done(db: Conn, workspace: UUID, user: UUID | None) -> set[str]:
    """Which of the first steps are facts by now: own, move, history, live."""
    found = await _sql["first_steps"].one(db, dict, workspace=workspace, user=user) or {}
    return {name for name, done in found.items() if done}


async def last_beat(db: Conn, kind: str) -> datetime | None:
    found: datetime | None = await _sql["last_beat"].value(db, kind=kind)
    return found


def _pattern(text: str | None) -> str | None:
    """For ilike: what a person typed, anywhere; % and _ mean themselves."""
    if not text or not text.strip():
        return None
    escaped = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
