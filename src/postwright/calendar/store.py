"""One typed function per query."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.calendar.models import (
    Calendar,
    CalendarEntry,
    Closed,
    ClosedTime,
    DraftPlatform,
    Item,
    Preference,
    Standing,
    Taken,
    TimingRow,
    Wishes,
)
from postwright.db.queries import Conn, load

_sql = load(__package__)


async def active_timing(db: Conn, workspace: UUID, platforms: Sequence[UUID], now: datetime) -> list[TimingRow]:
    return await _sql["active_timing"].rows(db, TimingRow, workspace=workspace, platforms=list(platforms), now=now)


async def ruling_preferences(db: Conn, workspace: UUID, calendar: UUID) -> list[Preference]:
    return await _sql["ruling_preferences"].rows(db, Preference, workspace=workspace, calendar=calendar)


async def calendar(db: Conn, workspace: UUID, calendar_id: UUID | None) -> Calendar | None:
    return await _sql["calendar"].one(db, Calendar, workspace=workspace, id=calendar_id)


async def closed_times(db: Conn, workspace: UUID, start: datetime, end: datetime) -> list[Closed]:
    return await _sql["closed_times"].rows(db, Closed, workspace=workspace, start=start, end=end)


async def taken_times(db: Conn, workspace: UUID, connections: Sequence[UUID], start: datetime, end: datetime, now: datetime) -> list[Taken]:
    return await _sql["taken_times"].rows(db, Taken, workspace=workspace, connections=list(connections), start=start, end=end, now=now)


async def lock_plan(db: Conn, workspace: UUID) -> None:
    await _sql["lock_plan"].run(db, workspace=workspace)


async def draft_platforms(db: Conn, workspace: UUID, draft: UUID) -> list[DraftPlatform]:
    return await _sql["draft_platforms"].rows(db, DraftPlatform, workspace=workspace, draft=draft)


async def standing_posts(db: Conn, workspace: UUID, draft: UUID, connections: Sequence[UUID], now: datetime) -> list[Standing]:
    return await _sql["standing_posts"].rows(db, Standing, workspace=workspace, draft=draft, connections=list(connections), now=now)


async def add_item(
    db: Conn,
    workspace: UUID,
    *,
    calendar: UUID,
    platform: UUID,
    connection: UUID,
    draft: UUID,
    content_format: str | None,
    utc: datetime,
    wall: datetime,
    zone: str,
    fold: int,
    reason: str,
    value: int | None,
    origin: str,
) -> UUID:
    made: UUID = await _sql["add_item"].value(
        db,
        workspace=workspace,
        calendar=calendar,
        platform=platform,
        connection=connection,
        draft=draft,
        content_format=content_format,
        utc=utc,
        wall=wall,
        zone=zone,
        fold=fold,
        reason=reason,
        value=value,
        origin=origin,
    )
    return made


async def item(db: Conn, workspace: UUID, item_id: UUID, now: datetime) -> Item | None:
    return await _sql["item"].one(db, Item, workspace=workspace, id=item_id, now=now)


async def lock_item(db: Conn, workspace: UUID, item_id: UUID) -> bool:
    """Holds the post and its commitment; False when the asker may not change it."""
    await _sql["lock_commitment"].values(db, workspace=workspace, id=item_id)
    return await _sql["lock_item"].value(db, workspace=workspace, id=item_id) is not None


async def place_item(
    db: Conn, workspace: UUID, item_id: UUID, *, utc: datetime, wall: datetime, zone: str, fold: int, reason: str, value: int | None
) -> None:
    await _sql["place_item"].run(db, workspace=workspace, id=item_id, utc=utc, wall=wall, zone=zone, fold=fold, reason=reason, value=value)


async def add_exception(
    db: Conn, workspace: UUID, connection: UUID | None, start: datetime, end: datetime, reason: str | None, origin: str
) -> UUID:
    made: UUID = await _sql["add_exception"].value(
        db, workspace=workspace, connection=connection, start=start, end=end, reason=reason, origin=origin
    )
    return made


async def list_closed(
    db: Conn,
    workspace: UUID,
    start: datetime,
    end: datetime,
    *,
    connection: UUID | None,
    after: tuple[datetime | None, UUID | None],
    limit: int,
) -> list[ClosedTime]:
    return await _sql["list_closed"].rows(
        db, ClosedTime, workspace=workspace, start=start, end=end, connection=connection, after=after[0], after_id=after[1], limit=limit
    )


async def list_preferences(db: Conn, workspace: UUID, user: UUID | None) -> list[Wishes]:
    return await _sql["list_preferences"].rows(db, Wishes, workspace=workspace, user=user)


async def archive_exception(db: Conn, workspace: UUID, exception_id: UUID, now: datetime) -> bool:
    return await _sql["archive_exception"].run(db, workspace=workspace, id=exception_id, now=now) == 1


async def save_preference(
    db: Conn,
    workspace: UUID,
    *,
    user: UUID | None,
    platform: UUID | None,
    content_format: str | None,
    timezone: str,
    weekly: int | None,
    daily: int | None,
    spacing: int | None,
    days: Sequence[str] | None,
    hours: Sequence[Any] | None,
    metadata: Any = None,
) -> UUID:
    made: UUID = await _sql["save_preference"].value(
        db,
        workspace=workspace,
        user=user,
        platform=platform,
        content_format=content_format,
        timezone=timezone,
        weekly=weekly,
        daily=daily,
        spacing=spacing,
        days=None if days is None else list(days),
        hours=None if hours is None else json.dumps(list(hours)),
        metadata=None if metadata is None else json.dumps(metadata),
    )
    return made


async def board(
    db: Conn, workspace: UUID, start: datetime, end: datetime, now: datetime, connections: Sequence[UUID] | None
) -> list[CalendarEntry]:
    chosen = None if connections is None else list(connections)
    return await _sql["board"].rows(db, CalendarEntry, workspace=workspace, start=start, end=end, now=now, connections=chosen)


async def platform_id(db: Conn, slug: str) -> UUID | None:
    found: UUID | None = await _sql["platform_id"].value(db, slug=slug)
    return found


@dataclass(frozen=True, slots=True)
class _Moment:
    id: UUID
    scheduled_at: datetime


async def moments(db: Conn, workspace: UUID) -> list[tuple[UUID, datetime]]:
    return [(each.id, each.scheduled_at) for each in await _sql["moments"].rows(db, _Moment, workspace=workspace)]


async def read_in_zone(db: Conn, workspace: UUID, item_id: UUID, *, wall: datetime, zone: str, fold: int) -> None:
    await _sql["read_in_zone"].run(db, workspace=workspace, id=item_id, wall=wall, zone=zone, fold=fold)
