"""The media of a workspace on one page: looked through, described, deleted, brought back."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.context import Context, Signed
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput
from postwright.library import shelf
from postwright.library.models import FileRow
from postwright.library.purge import KEPT
from postwright.library.storage import PREVIEW, media_path

router = page_router()  # /media/{file_id}/{name} is a file itself: what is done to one has addresses of its own

_SHOWN_FOR = 12 * 3600  # seconds
_AT_ONCE = 48


@router.get("/media")
async def media_page(ctx: Signed, q: str = "", kind: str = "", deleted: bool = False, after: str | None = None) -> Response:
    known = kind if kind in {"image", "video", "document"} else None
    found = await shelf.list_files(
        ctx.db, ctx.actor, now=ctx.now, deleted=deleted, own=not deleted, kind=known, text=q.strip()[:200], after=after, limit=_AT_ONCE
    )
    more = urlencode({"q": q, "kind": kind} | ({"deleted": "1"} if deleted else {}) | {"after": found.next or ""})
    return page(
        ctx, "studio/media.html", title="Deleted media" if deleted else "Media", files=found.items, q=q, kind=kind, deleted=deleted,
        room=await shelf.room_of(ctx.db, ctx.actor), source=_source(ctx), days_left=lambda file: _days_left(ctx, file),
        next_address=f"/media?{more}" if found.next else None,
    )  # fmt: skip


@router.post("/media/room")
async def set_room(ctx: Signed, gigabytes: Annotated[str, Form()] = "") -> Response:
    ctx.need("admin")
    try:
        quota = round(float(gigabytes.replace(",", ".")) * 1e9)
    except (ValueError, OverflowError):
        raise InvalidInput("Give the room as a number of gigabytes.", field="gigabytes", rule="range") from None
    await shelf.set_quota(ctx.db, ctx.actor, quota)
    return RedirectResponse("/media?said=saved", 303)


@router.post("/media/{file_id}")
async def change(ctx: Signed, file_id: UUID, name: Annotated[str, Form()] = "", alt: Annotated[str, Form()] = "") -> Response:
    ctx.need("editor")
    await shelf.change(ctx.db, ctx.actor, file_id, name=name, alt=alt)
    return RedirectResponse(f"/media?said=saved#file-{file_id}", 303)


@router.post("/deleted-media/{file_id}")
async def delete(ctx: Signed, file_id: UUID) -> Response:
    ctx.need("editor")
    await shelf.delete(ctx.db, ctx.actor, file_id, ctx.now)
    return RedirectResponse("/media", 303)


@router.post("/deleted-media/{file_id}/restore")
async def restore(ctx: Signed, file_id: UUID) -> Response:
    ctx.need("editor")
    await shelf.restore(ctx.db, ctx.actor, file_id, ctx.now)
    return RedirectResponse(f"/media#file-{file_id}", 303)


def _source(ctx: Context) -> object:
    until = (int(ctx.now.timestamp()) + _SHOWN_FOR) // 3600 * 3600  # the same for an hour, so that browsers keep the file
    return lambda file, preview=False: media_path(ctx.state.key, file.id, until, PREVIEW if preview else file.path.rpartition("/")[2])


def _days_left(ctx: Context, file: FileRow) -> int:
    return max(0, (KEPT - (ctx.now - file.deleted_at)).days) if file.deleted_at else 0
