"""Saving scheduling preferences: one's own, or the workspace's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from postwright.calendar import store
from postwright.calendar.models import DAYS, Wishes
from postwright.calendar.timing import hour_range
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import InvalidInput
from postwright.kit.time import zone


async def save_preference(
    db: Conn,
    actor: Actor,
    *,
    timezone: str,
    platform_id: UUID | None = None,
    content_format: str | None = None,
    weekly_maximum: int | None = None,
    daily_maximum: int | None = None,
    spacing_minutes: int | None = None,
    closed_days: Sequence[str] | None = None,
    closed_hours: Sequence[dict[str, float]] | None = None,
    for_workspace: bool = False,
) -> UUID:
    """Replaces one set of wishes: for a platform (None: all) and a kind of post (None: all). Posts already planned stay.

    `closed_days` are mon..sun; `closed_hours` [{"start": 22, "end": 6}] in the zone. The workspace's need the role admin.
    """
    zone(timezone)
    if bad := next((day for day in closed_days or () if day not in DAYS), None):
        raise InvalidInput(f"“{bad[:20]}” is no day: use mon, tue, wed, thu, fri, sat, sun.", field="closed_days", rule="day")
    if any(hour_range(each) is None for each in closed_hours or ()):
        raise InvalidInput("Hours go from 0 to 24, the end other than the start.", field="closed_hours", rule="hours")
    if set(closed_days or ()) == set(DAYS):
        raise InvalidInput("Leave at least one day open.", field="closed_days", rule="some_day")
    return await store.save_preference(
        db,
        actor.home,
        user=None if for_workspace else actor.user,
        platform=platform_id,
        content_format=content_format,
        timezone=timezone,
        weekly=weekly_maximum,
        daily=daily_maximum,
        spacing=spacing_minutes,
        days=closed_days,
        hours=closed_hours,
    )


async def list_preferences(db: Conn, actor: Actor) -> list[Wishes]:
    """The workspace's wishes and the actor's own, the most general first."""
    return await store.list_preferences(db, actor.home, actor.user)


async def hold_preferences(db: Conn, actor: Actor) -> list[Wishes]:
    """The same; whoever plans, or saves what he has seen, takes turns from here on."""
    await store.lock_plan(db, actor.home)
    return await list_preferences(db, actor)


def state_of(wishes: Sequence[Wishes]) -> tuple[object, ...]:
    """What tells two states of all these wishes apart: for their ETag."""
    return tuple((each.id, each.updated_at.timestamp()) for each in wishes)


async def platform_id(db: Conn, slug: str) -> UUID:
    """The id of a platform. Raises InvalidInput for one that does not exist."""
    found = await store.platform_id(db, slug)
    if found is None:
        raise InvalidInput(f"There is no platform “{slug[:50]}”.", field="platform", rule="known_platform")
    return found
