"""What a person says of themselves."""

from __future__ import annotations

from dataclasses import replace

from postwright.db.queries import Conn
from postwright.edge.callers import Caller
from postwright.edge.locales import LOCALES
from postwright.errors import InvalidInput
from postwright.identity import store
from postwright.identity.register import check_name
from postwright.kit.time import zone_names

WEEK_STARTS = {1: "Monday", 0: "Sunday", 6: "Saturday"}


async def change_profile(
    db: Conn, caller: Caller, *, name: str | None = None, zone: str | None = None, week_start: int | None = None, locale: str | None = None
) -> Caller:
    """Changes what is given; the caller as they are then. Raises InvalidInput naming the field."""
    name = check_name(name) if name is not None else None
    zone = check_zone(zone) if zone is not None else None
    if week_start is not None and week_start not in WEEK_STARTS:
        raise InvalidInput("The week starts on 1 (Monday), 0 (Sunday) or 6 (Saturday).", field="week_start", rule="known")
    if locale is not None and locale not in LOCALES:
        raise InvalidInput(f"Dates read as in one of {', '.join(LOCALES)}.", field="locale", rule="known")
    await store.set_profile(db, caller.user_id, name=name, zone=zone, week_start=week_start, locale=locale)
    given = {"name": name, "timezone": zone, "week_start": week_start, "locale": locale}
    return replace(caller, **{field: value for field, value in given.items() if value is not None})  # type: ignore[arg-type]


def check_zone(zone: str) -> str:
    """Raises InvalidInput."""
    if zone.strip() not in zone_names():
        raise InvalidInput(f"There is no zone “{zone[:40]}”. Pick one like Europe/Berlin.", field="timezone", rule="iana_zone")
    return zone.strip()
