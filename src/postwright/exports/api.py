"""Data rights over JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.access import PERSON, needs
from postwright.edge.context import Signed, SignedNoTx
from postwright.edge.fields import Next
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Limit
from postwright.edge.routes import api_router
from postwright.exports import ask, delete
from postwright.exports.collect import archives
from postwright.exports.download import archive_answer
from postwright.exports.models import Export, Kind, Leaving

router = api_router(tags=["your data"])

_ID = "0198c5a2-7d1e-7c30-9c5e-3f1f6f0a2b11"
_BYTES = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"description": "The archive.", "content": _BYTES},
    206: {"description": "The range that was asked for.", "content": _BYTES},
    416: {"description": "The archive ends before this range."},
}


class ExportWish(BaseModel):
    """What to export."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(
        default=Kind.PERSON, examples=["person"],
        description="`person`: your account, your personal workspace what is yours elsewhere. `workspace`: all of this one, for admins.",
    )  # fmt: skip


class Progress(BaseModel):
    """How far it is; totals are null until they are counted."""

    rows: int = Field(examples=[1200])
    rows_total: int | None = Field(examples=[4800])
    media_bytes: int = Field(examples=[0])
    media_bytes_total: int | None = Field(examples=[73400320])


class TableCount(BaseModel):
    """Rows of one table."""

    table: str = Field(examples=["content_adaptations"])
    rows: int = Field(examples=[42])


class Rehearsal(BaseModel):
    """What the archive would hold now."""

    tables: list[TableCount]
    rows: int = Field(examples=[4800])
    media: int = Field(examples=[12])
    media_bytes: int = Field(examples=[73400320])


class ExportShown(BaseModel):
    """An archive, made in the background. `ready`: fetch `/exports/{id}/archive` until `expires_at`."""

    id: UUID | None = Field(examples=[_ID], description="Null in a rehearsal.")
    kind: Kind = Field(examples=["person"])
    workspace_id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a10"])
    workspace_name: str = Field(examples=["Acme"])
    status: Literal["waiting", "running", "ready", "failed", "expired"] = Field(examples=["running"])
    progress: Progress
    bytes: int | None = Field(examples=[81264], description="Of the archive, once it is ready.")
    sha256: str | None = Field(
        description="Of the archive, hex.", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    error: str | None = Field(description="What went wrong, and who must act.", examples=[None])
    created_at: datetime
    finished_at: datetime | None = Field(examples=["2027-03-02T09:00:00Z"])
    expires_at: datetime | None = Field(examples=["2027-03-09T09:00:00Z"])
    simulated: bool
    would_hold: Rehearsal | None = Field(default=None, description="In a rehearsal only.")


class Exports(BaseModel):
    """Latest first."""

    items: list[ExportShown]
    next: Next


class DeletionWish(BaseModel):
    """The proof that it is you, and that you mean it."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=255, examples=["alice@example.com"], description="The address of your account, typed.")
    password: str = Field(
        default="",
        max_length=1000,
        description="Your present password. An account without one needs a session of the last 15 minutes.",
        examples=["four plain quiet words"],
    )


class WorkspaceFate(BaseModel):
    """What becomes of a workspace: `goes` with all in it, `stays` with its other owners, `blocks` until it has another owner."""

    model_config = ConfigDict(from_attributes=True)

    workspace_id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a10"])
    name: str = Field(examples=["Acme"])
    personal: bool
    fate: Literal["goes", "blocks", "stays"]
    members: int = Field(examples=[1])
    accounts: int = Field(examples=[6])
    drafts: int = Field(examples=[42])
    scheduled: int = Field(examples=[3])
    published: int = Field(examples=[120])
    files: int = Field(examples=[12])
    simulated: bool


class AccountDeletion(BaseModel):
    """What deleting the account would take along."""

    possible: bool = Field(description="False while a workspace of others would be left without an owner.")
    workspaces: list[WorkspaceFate]


@router.post("/exports", status_code=202, summary="Ask for an archive of your data")
@needs(PERSON)
async def ask_for(ctx: Signed, dry_run: DryRun, wish: ExportWish, answer: Response) -> ExportShown:
    """Rows and media as one ZIP archive, made in the background and kept for a week. One at a time of each, five a day.
    A rehearsal says how many rows and media it would hold."""
    found = await ask.ask(ctx.db, ctx.actor, ctx.caller, wish.kind, ctx.now)
    if not dry_run:
        answer.headers["Location"] = f"/api/v1/exports/{found.id}"
        return shown(found)
    tables, media = await ask.preview(ctx.db, ctx.actor, ctx.caller, wish.kind)
    held = [TableCount(table=each.name, rows=each.rows) for each in tables]
    would = Rehearsal(tables=held, rows=sum(each.rows for each in held), media=media.files, media_bytes=media.bytes)
    return shown(found).model_copy(update={"id": None, "would_hold": would})


@router.get("/exports", summary="List your archives")
@needs(PERSON)
async def list_all(ctx: Signed, after: After = None, limit: Limit = 50) -> Exports:
    """Those that you asked for, of this workspace and of your own data."""
    found = await ask.list_own(ctx.db, ctx.actor, after, limit)
    return Exports(items=[shown(each) for each in found.items], next=found.next)


@router.get("/exports/{id}", summary="One archive, and how far it is")
@needs(PERSON)
async def get_one(ctx: Signed, id: UUID) -> ExportShown:
    """One of yours."""
    return shown(await ask.get(ctx.db, ctx.actor, id))


@router.get("/exports/{id}/archive", summary="Download an archive", response_class=Response, responses=_ZIP)
@needs(PERSON)
async def download(ctx: SignedNoTx, id: UUID) -> Response:
    """Its bytes; `Range` asks for some of them. Only for who asked for it, and of a workspace only while they are its admin."""
    async with ctx.transaction() as db:
        found = await ask.get(db, ctx.actor, id)
    return await archive_answer(ctx, found)


@router.delete("/exports/{id}", status_code=204, summary="Delete an archive")
@needs(PERSON)
async def remove(ctx: SignedNoTx, id: UUID) -> None:
    """Gives it up, made or not."""
    async with ctx.transaction() as db:
        await ask.remove(db, ctx.actor, id, ctx.now)
    await archives(ctx.state).forget(id)


@router.get("/me/deletion", summary="What deleting your account would take along")
@needs(PERSON)
async def look(ctx: Signed) -> AccountDeletion:
    """Nothing is deleted."""
    found = await delete.look(ctx.db)
    return AccountDeletion(possible=all(each.fate != "blocks" for each in found), workspaces=[_fate(each) for each in found])


@router.delete("/me", status_code=204, summary="Delete your account")
@needs(PERSON)
async def delete_me(ctx: SignedNoTx, wish: DeletionWish) -> None:
    """Final, and at once: sessions and keys end, workspaces that nobody else has go with all in them. What you made in
    workspaces of others stays there, by "A former member"."""
    await delete.delete_account(ctx, email=wish.email, password=wish.password)


def shown(found: Export) -> ExportShown:
    """As JSON tells it."""
    return ExportShown.model_validate(
        {
            "id": found.id, "kind": found.kind, "workspace_id": found.workspace_id, "workspace_name": found.workspace_name,
            "status": found.status, "bytes": found.size_bytes, "sha256": found.sha256, "error": found.error, "created_at": found.created_at,
            "finished_at": found.finished_at, "expires_at": found.expires_at, "simulated": found.simulated,
            "progress": Progress(
                rows=found.rows_done, rows_total=found.rows_total, media_bytes=found.bytes_done, media_bytes_total=found.bytes_total
            ),
        }
    )  # fmt: skip


def _fate(each: Leaving) -> WorkspaceFate:
    return WorkspaceFate(
        workspace_id=each.workspace_id, name=each.name, personal=each.personal, fate=each.fate, members=each.members,  # type: ignore[arg-type]
        accounts=each.accounts, drafts=each.drafts, scheduled=each.scheduled, published=each.published, files=each.files,
        simulated=each.environment == "sandbox",
    )  # fmt: skip
