"""The audit log's page: each view has its own address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends
from fastapi.responses import Response

from postwright.audit import read, store
from postwright.audit.api import as_file
from postwright.audit.export import Format, export
from postwright.audit.models import Change, Kind, Verb, View
from postwright.audit.words import NOUNS, name_of, spell_value
from postwright.edge.access import ADMIN, needs
from postwright.edge.callers import Caller
from postwright.edge.context import Context, Signed, SignedNoTx
from postwright.edge.paging import Cursor
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput

router = page_router()

_A_PAGE = 50
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was sent. Days are those of the reader's zone."""

    person: str = ""
    kind: str = ""
    verb: str = ""
    record: str = ""
    since: str = ""
    until: str = ""

    def filled(self) -> dict[str, str]:
        """What was filled in."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}

    def address(self, path: str, **more: str) -> str:
        asked = urlencode(self.filled() | more)
        return f"{path}?{asked}" if asked else path

    def view(self, caller: Caller) -> View:
        """Raises InvalidInput that names the field."""
        until = _day("until", self.until, caller)
        return View(
            "system" if self.person == "system" else _id("person", self.person),
            _choice("kind", self.kind, Kind), _choice("verb", self.verb, Verb), _id("record", self.record),
            _day("since", self.since, caller), until + timedelta(days=1) if until else None,
        )  # fmt: skip


Filter = Annotated[Asked, Depends(Asked)]


@router.get("/settings/audit")
@needs(ADMIN)
async def audit_page(ctx: Signed, asked: Filter, after: str = "") -> Response:
    found, names = await read.list_with_names(ctx.db, ctx.actor, asked.view(ctx.caller), after=Cursor.parse(after), limit=_A_PAGE)
    shown = {each.id: [_told(one, names) for one in each.changes] for each in found.items}
    return page(
        ctx, "settings/audit.html", title="Audit log", entries=found.items, shown=shown, asked=asked, later=bool(after),
        days=await store.kept_days(ctx.db, ctx.actor.home),
        next_address=asked.address("/settings/audit", after=found.next) if found.next else None, kinds=NOUNS, verbs=list(Verb),
        files={str(each): asked.address("/settings/audit/export", format=str(each)) for each in Format},
        people=_people(await store.members(ctx.db, ctx.actor.home), asked, await _former(ctx, asked)),
    )  # fmt: skip


@router.get("/settings/audit/export")
@needs(ADMIN)
async def audit_file(ctx: SignedNoTx, asked: Filter, format: Format = Format.CSV) -> Response:
    return as_file(export(ctx, asked.view(ctx.caller), format), format)


def _told(change: Change, names: Mapping[UUID, str]) -> tuple[str, str, str]:
    """A field's name, before, after, in words."""
    return name_of(change.field), spell_value(change.field, change.before, names), spell_value(change.field, change.after, names)


async def _former(ctx: Context, asked: Asked) -> Mapping[UUID, str]:
    """The name of whom the view asks for, who may have left."""
    wanted = None if asked.person in {"", "system"} else _id("person", asked.person)
    return await store.names(ctx.db, ctx.actor.home, [wanted]) if wanted else {}


def _people(members: list[store.Named], asked: Asked, former: Mapping[UUID, str]) -> list[tuple[str, str]]:
    known = {str(each.id): each.name for each in members} | {"system": read.SYSTEM}
    left = {str(id): f"{name} (has left)" for id, name in former.items() if str(id) not in known}
    if asked.person and asked.person not in known | left:
        left[asked.person] = "Somebody unknown"
    return list((known | left).items())


def _choice(field: str, text: str, words: type[Choice]) -> Choice | None:
    if not text:
        return None
    try:
        return words(text)
    except ValueError:
        raise InvalidInput(f"{field}: choose one of {', '.join(words)}.", field=field, rule="known") from None


def _id(field: str, text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text.strip())
    except ValueError:
        raise InvalidInput(f"{field}: this is not an id.", field=field, rule="uuid") from None


def _day(field: str, text: str, caller: Caller) -> datetime | None:
    """The beginning of that day where the reader is."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        if not 2000 <= day.year <= 2200:
            raise ValueError(text)
    except ValueError:
        raise InvalidInput(f"{field}: give a day like 2026-11-21.", field=field, rule="date") from None
    return datetime.combine(day, time(), ZoneInfo(caller.timezone))
