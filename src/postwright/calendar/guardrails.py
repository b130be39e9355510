"""Everything that bounds the times of some accounts, read in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from postwright.calendar import preferences, store, timing
from postwright.calendar.models import Calendar, Closed, Guardrails, Preference, Taken, TimingRow
from postwright.connections.accounts import get_accounts
from postwright.connections.models import AccountRow
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import NotFound
from postwright.kit.time import zone_names
from postwright.platforms import registry

_MARGIN = timedelta(days=8)  # posts outside the horizon that still count: for spacing, and for the week at its edge


@dataclass(frozen=True, slots=True)
class AccountRails:
    """One account with its guardrails and the times it has taken."""

    connection_id: UUID
    platform: str
    platform_name: str
    account_name: str
    rails: Guardrails
    taken: tuple[Taken, ...]
    baseline: bool  # false: no published baseline speaks of the platform

    def without(self, item_id: UUID) -> AccountRails:
        """As if one post did not stand where it stands."""
        return replace(self, taken=tuple(each for each in self.taken if each.item_id != item_id))


async def load_rails(
    db: Conn,
    actor: Actor,
    formats: Mapping[UUID, str | None],
    *,
    around: tuple[datetime, datetime],
    now: datetime,
    calendar_id: UUID | None = None,
) -> list[AccountRails]:
    """The guardrails of each account (keys of `formats`, with the kind of post or None for the platform's usual one)."""
    accounts = await get_accounts(db, actor, list(formats))
    calendar = await get_calendar(db, actor, calendar_id)
    platforms = list({each.platform_id for each in accounts})
    rows = await store.active_timing(db, actor.home, platforms, now)
    wanted = await store.ruling_preferences(db, actor.home, calendar.id)
    start, end = around[0] - _MARGIN, around[1] + _MARGIN
    closed = await store.closed_times(db, actor.home, start, end)
    taken = await store.taken_times(db, actor.home, list(formats), start, end, now)
    return [_rails(each, formats[each.id], calendar, rows, wanted, closed, taken) for each in accounts]


async def get_calendar(db: Conn, actor: Actor, calendar_id: UUID | None = None) -> Calendar:
    """A calendar of the workspace, by default its default one."""
    found = await store.calendar(db, actor.home, calendar_id)
    if found is None:
        raise NotFound("There is no such calendar in this workspace.", field="calendar_id", rule="exists")
    return found


def usual_format(platform: str) -> str | None:
    """The kind of post that a platform usually gets."""
    known = registry.REGISTRY.get(platform)
    return known.rules.default_format if known else None


def first_zone(*names: str | None) -> str:
    """The first that names a zone; rows written by other hands may hold anything."""
    return next((name for name in names if name in zone_names()), "UTC")


def _rails(
    account: AccountRow,
    content_format: str | None,
    calendar: Calendar,
    rows: Sequence[TimingRow],
    wanted: Sequence[Preference],
    closed: Sequence[Closed],
    taken: Sequence[Taken],
) -> AccountRails:
    kind = content_format or usual_format(account.platform)
    said = preferences.wishes(wanted, calendar.owned_by, account.platform_id, kind)
    speaking = [row for row in rows if row.platform_id == account.platform_id]
    ranked = timing.choose(speaking, calendar.owned_by, kind, said.audience_segment)
    windows = timing.windows(ranked)
    weekly, daily, spacing = timing.limits(ranked)
    minutes = said.spacing_minutes if said.spacing_minutes is not None else spacing or 0
    rails = Guardrails(
        zone=first_zone(account.timezone, calendar.timezone, said.timezone, calendar.workspace_timezone),
        windows=windows or timing.ORDINARY,
        closed_days=said.closed_days,
        closed_hours=said.closed_hours,
        closed=tuple(each for each in closed if each.connection_id in (None, account.id)),
        weekly_maximum=said.weekly_maximum if said.weekly_maximum is not None else weekly,
        daily_maximum=said.daily_maximum if said.daily_maximum is not None else daily,
        spacing=timedelta(minutes=minutes),
        preferred=said.spoken,
    )
    mine = tuple(each for each in taken if each.connection_id == account.id)
    return AccountRails(account.id, account.platform, account.platform_name, account.name, rails, mine, bool(windows))
