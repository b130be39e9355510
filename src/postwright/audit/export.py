"""The audit log as a file, written while it is read: a page of rows in memory at a time, a transaction a page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from postwright.audit.models import Entry, View
from postwright.audit.read import list_entries
from postwright.edge.context import LongContext
from postwright.edge.paging import Cursor

_AT_ONCE = 200  # entries
_COLUMNS = ("at", "actor", "actor_id", "key", "key_id", "origin", "kind", "verb", "record", "what", "changes", "id", "simulated")
# What a spreadsheet takes for a formula, in ASCII and in full width; OWASP's list.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Format(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def mime(self) -> str:
        return {Format.CSV: "text/csv; charset=utf-8"}.get(self, "application/x-ndjson; charset=utf-8")


async def export(ctx: LongContext, view: View, form: Format) -> AsyncIterator[bytes]:
    """What stands in the log when it begins, latest first. Ends the connection with an error when the caller may no longer read it."""
    view = replace(view, until=min(view.until, ctx.now) if view.until else ctx.now)
    simulated = ctx.caller.workspace.simulated
    write: Callable[[Sequence[dict[str, Any]]], str] = _csv if form is Format.CSV else _lines
    if form is Format.CSV:
        yield (",".join(_COLUMNS) + "\r\n").encode()
    after: Cursor | None = None
    while True:
        async with ctx.transaction() as db:
            page = await list_entries(db, ctx.actor, view, after=after, limit=_AT_ONCE)
        yield write([record(each, simulated) for each in page.items]).encode()
        after = Cursor.parse(page.next)
        if after is None:
            return


def record(entry: Entry, simulated: bool) -> dict[str, Any]:
    """One entry under the names of the columns."""
    return {
        "at": entry.at.isoformat(), "actor": entry.actor, "actor_id": _text(entry.user_id), "key": entry.key_name,
        "key_id": _text(entry.key_id), "origin": entry.origin, "kind": str(entry.kind), "verb": str(entry.verb),
        "record": str(entry.record), "what": entry.what,
        "changes": [{"field": each.field, "before": each.before, "after": each.after} for each in entry.changes],
        "id": str(entry.id), "simulated": simulated,
    }  # fmt: skip


def harmless(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(records: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for each in records:
        cells = each | {"changes": json.dumps(each["changes"], ensure_ascii=False), "simulated": str(each["simulated"]).lower()}
        writer.writerow([harmless(cells[column]) for column in _COLUMNS])
    return out.getvalue()


def _lines(records: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
