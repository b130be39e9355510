"""The audit log as admins read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from postwright.audit import store
from postwright.audit.diff import find_changes
from postwright.audit.models import ACTIONS, TABLES, Entry, Kind, Row, View
from postwright.audit.words import Names, describe, path_of
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import Cursor, Page, cut, held, mark
from postwright.errors import Forbidden

SYSTEM = "Postwright"

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PEOPLE = frozenset({"user_id", "created_by", "invited_by", "accepted_by", "decided_by", "requested_by", "personal_of"})


async def list_entries(db: Conn, actor: Actor, view: View, *, after: Cursor | None = None, limit: int = 50) -> Page[Entry]:
    """Latest first. Raises Forbidden where the caller does not administer the workspace (any more)."""
    page, _ = await list_with_names(db, actor, view, after=after, limit=limit)
    return page


async def list_with_names(
    db: Conn, actor: Actor, view: View, *, after: Cursor | None = None, limit: int = 50
) -> tuple[Page[Entry], dict[UUID, str]]:
    """The same, with the names of the people in it."""
    if not await store.may_read(db, actor.home):
        raise Forbidden("The audit log is for admins of the workspace.", rule="role")
    of = mark("audit", actor.home)
    found = await store.entries(db, actor.home, view, after=held(after, of), limit=limit + 1)
    rows = cut(found, limit, lambda row: Cursor(row.created_at, row.id, of))
    names = await store.names(db, actor.home, _people(rows.items))
    return Page([_entry(each, names) for each in rows.items], rows.next), names


def _entry(row: Row, names: Names) -> Entry:
    actor = SYSTEM if row.user_id is None else names.get(row.user_id, "A former member")
    return Entry(
        row.id, row.created_at, actor, row.user_id, row.key_id, row.key_name, row.origin,
        TABLES.get(row.table_name, Kind.OTHER), ACTIONS[row.action], row.record_id,
        describe(row, names), find_changes(row.old_data, row.new_data), path_of(row),
    )  # fmt: skip


def _people(rows: Sequence[Row]) -> set[UUID]:
    found = {row.user_id for row in rows} | {row.record_id for row in rows if row.table_name == "workspace_members"}
    for row in rows:
        for data in (row.old_data or {}, row.new_data or {}):
            found |= {UUID(data[each]) for each in _PEOPLE & data.keys() if data[each] and _ID.fullmatch(str(data[each]))}
    return {each for each in found if each is not None}
