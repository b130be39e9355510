"""The calendar's page. Every view has its own address; the grid is an island over a list that works without it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from fastapi.responses import HTMLResponse

from postwright.calendar import board, exceptions, sheet
from postwright.calendar.guardrails import first_zone, get_calendar
from postwright.calendar.models import CalendarEntry
from postwright.calendar.sheet import Span, View
from postwright.connections.accounts import list_accounts
from postwright.edge.context import Context, Signed
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput
from postwright.kit.time import offset_label, to_wall

router = page_router()

# What a person may ask to see, in the order in which a post lives.
STATES = ("planned", "scheduled", "awaiting_approval", "publishing", "published", "missed", "failed", "unconfirmed")
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


@router.get("/calendar")
async def show(
    ctx: Signed,
    view: str = "",
    day: Annotated[str, Query(alias="date")] = "",
    account: Annotated[list[str] | None, Query()] = None,
    state: Annotated[list[str] | None, Query()] = None,
) -> HTMLResponse:
    """A month, a week, a day or a list of posts."""
    calendar = await get_calendar(ctx.db, ctx.actor)
    zone = first_zone(calendar.timezone, calendar.workspace_timezone)
    span = sheet.span_of(_view(view), _day(day, ctx.now, zone), ctx.caller.week_start)
    chosen = _Chosen(_ids(account), [each for each in state or () if each in STATES])
    start, end = sheet.bounds(span, zone)
    entries = await board.between(
        ctx.db, ctx.actor, start, end, now=ctx.now, connection_ids=chosen.accounts or None, states=chosen.states or None
    )
    accounts = await list_accounts(ctx.db, ctx.actor)
    return page(
        ctx,
        "calendar/index.html",
        title="Calendar",
        span=span,
        zone=zone,
        zone_offset=offset_label(_middle(start, end, ctx.now), zone),
        days=sheet.days_of(span, entries, zone, ctx.now),
        entries=entries,
        accounts=accounts,
        several={each for each, count in Counter(one.platform for one in accounts).items() if count > 1},
        chosen=chosen,
        states=STATES,
        today=to_wall(ctx.now, zone)[0].date(),
        address=chosen.address,
        grid=await _grid(ctx, span, entries, zone),
        wall_of=lambda entry: to_wall(entry.scheduled_at, zone)[0],
    )


class _Chosen:
    """The filters, and the addresses that keep them."""

    def __init__(self, accounts: list[UUID], states: list[str]) -> None:
        self.accounts = accounts
        self.states = states

    def address(self, view: View | str, day: date) -> str:
        """Another page of the calendar, filtered alike."""
        kept = [("account", str(each)) for each in self.accounts] + [("state", each) for each in self.states]
        return f"/calendar?{urlencode([('view', str(view)), ('date', day.isoformat()), *kept])}"


async def _grid(ctx: Context, span: Span, entries: list[CalendarEntry], zone: str) -> dict[str, Any]:
    """What the island needs, as JSON; the chips themselves are on the page."""
    start, end = sheet.bounds(span, zone)
    at = _middle(start, end, ctx.now)
    closed = await exceptions.closed_times(ctx.db, ctx.actor, start, end)
    return {
        "view": str(span.view),
        "date": span.day.isoformat(),
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "week_start": ctx.caller.week_start,
        "zone": zone,
        "offset": sheet.offset_text(ctx.now, zone),
        "second": sheet.second_zone(zone, first_zone(ctx.caller.timezone), at),
        "opens": sheet.opens_at(span, entries, zone, ctx.now),
        "changes": sheet.clock_changes(span, zone),
        "editable": ctx.caller.may("editor"),
        "posts": [_post(each, zone) for each in entries],
        "closed": [
            {"start": _local(max(each.start, start), zone), "end": _local(min(each.end, end), zone), "reason": each.reason or "Closed"}
            for each in closed
            if each.schedule_item_id is None and each.connection_id is None
        ],
    }


def _post(entry: CalendarEntry, zone: str) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "start": _local(entry.scheduled_at, zone),
        "wall": entry.wall_time.isoformat(timespec="seconds"),
        "zone": entry.timezone,
        "fold": entry.fold,
        "state": entry.state,
        "name": f"{entry.platform_name} post",
        "movable": entry.movable,
    }


def _local(utc: datetime, zone: str) -> str:
    return to_wall(utc, zone)[0].isoformat(timespec="seconds")


def _middle(start: datetime, end: datetime, now: datetime) -> datetime:
    """The moment whose offsets a page names: now where the page shows it."""
    return now if start <= now < end else start + (end - start) / 2


def _view(text: str) -> View:
    try:
        return View(text or "month")
    except ValueError:
        raise InvalidInput("The calendar shows a month, a week, a day or a list.", field="view", rule="view") from None


def _day(text: str, now: datetime, zone: str) -> date:
    if not text:
        return to_wall(now, zone)[0].date()
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("A date looks like 2026-11-21.", field="date", rule="date") from None
    if not _FIRST_YEAR <= found.year < _LAST_YEAR:
        raise InvalidInput(f"The calendar reaches from {_FIRST_YEAR} to {_LAST_YEAR}.", field="date", rule="range")
    return found


def _ids(texts: list[str] | None) -> list[UUID]:
    try:
        return [UUID(each) for each in texts or () if each]
    except ValueError:
        raise InvalidInput("There is no such account in this workspace.", field="account", rule="exists") from None
