"""JSON: the audit log, for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from postwright.audit import read
from postwright.audit.export import Format, export
from postwright.audit.models import Entry, Kind, System, Verb, View
from postwright.edge.access import ADMIN, needs
from postwright.edge.context import Signed, SignedNoTx
from postwright.edge.fields import Next
from postwright.edge.paging import After, Cursor, Limit
from postwright.edge.routes import api_router

router = api_router(prefix="/audit", tags=["audit"])


class AuditChange(BaseModel):
    field: str = Field(examples=["role"])
    before: Any = Field(description="Null: there was none.", examples=["editor"])
    after: Any = Field(examples=["admin"])


class AuditEntry(BaseModel):
    """Who did what to which record. Tokens and hashes never stand in it."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a88"])
    at: datetime
    actor: str = Field(description="Their present name; `Postwright` where the system itself acted.", examples=["Alice"])
    actor_id: UUID | None = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a11"])
    key: str | None = Field(description="The name of the key that acted for the actor.", examples=["Newsletter robot"])
    key_id: UUID | None = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a44"])
    origin: str | None = Field(description="By which way: web, cli, api, api:<key name>, csv, mcp.", examples=["web"])
    kind: Kind
    verb: Verb
    record: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22"])
    what: str = Field(examples=["made Bob admin, who was editor"])
    changes: list[AuditChange]
    simulated: bool

    @classmethod
    def of(cls, entry: Entry, simulated: bool) -> AuditEntry:
        return cls(
            id=entry.id, at=entry.at, actor=entry.actor, actor_id=entry.user_id, key=entry.key_name, key_id=entry.key_id,
            origin=entry.origin, kind=entry.kind, verb=entry.verb, record=entry.record, what=entry.what, simulated=simulated,
            changes=[AuditChange(field=each.field, before=each.before, after=each.after) for each in entry.changes],
        )  # fmt: skip


class AuditLog(BaseModel):
    items: list[AuditEntry]
    next: Next


def _view(
    person: Annotated[UUID | System | None, Query(description="Only what this member did; `system`: only what nobody did.")] = None,
    kind: Annotated[Kind | None, Query(description="Only things of this kind.")] = None,
    verb: Annotated[Verb | None, Query(description="Only what was added, changed or removed.")] = None,
    record: Annotated[UUID | None, Query(description="Only this record.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="From this moment on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this moment.")] = None,
) -> View:
    return View(person, kind, verb, record, since, until)


Asked = Annotated[View, Depends(_view)]


@router.get("", summary="Audit log")
@needs(ADMIN)
async def list_audit(
    ctx: Signed,
    view: Asked,
    after: After = None,
    limit: Limit = 50,
) -> AuditLog:
    """Latest first. Entries are kept for 400 days."""
    found = await read.list_entries(ctx.db, ctx.actor, view, after=Cursor.parse(after), limit=limit)
    return AuditLog(items=[AuditEntry.of(each, ctx.caller.workspace.simulated) for each in found.items], next=found.next)


@router.get(
    "/export",
    summary="Audit log as a file",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {}, "application/x-ndjson": {}}, "description": "One entry a line; the columns of `AuditEntry`."}
    },
)
@needs(ADMIN)
async def export_audit(
    ctx: SignedNoTx, view: Asked, format: Annotated[Format, Query(description="`csv` is safe to open in a spreadsheet.")] = Format.JSONL
) -> StreamingResponse:
    """All entries of the view, latest first, streamed."""
    return as_file(export(ctx, view, format), format)


def as_file(lines: Any, form: Format) -> StreamingResponse:
    """As something to keep, never to show."""
    return StreamingResponse(lines, media_type=form.mime, headers={"Content-Disposition": f'attachment; filename="audit-log.{form}"'})
