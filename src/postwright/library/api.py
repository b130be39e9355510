"""Media over JSON: uploaded, looked at, named, cut, deleted and brought back."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from postwright.edge import versions
from postwright.edge.access import ADMIN_WHOLE, DRAFT, needs
from postwright.edge.context import Context, LongContext, Signed, SignedNoTx
from postwright.edge.once import unread
from postwright.edge.paging import After, Limit
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch
from postwright.errors import InvalidInput
from postwright.library import shape, shelf
from postwright.library.files import NewFile
from postwright.library.limits import LARGEST_AT_ONCE
from postwright.library.models import FileRow
from postwright.library.shapes import Cut, MediaChange, MediaPage, MediaShown, RoomChange, RoomShown
from postwright.library.upload import check_room, received, take_in

router = api_router(tags=["media"])

ANY_LENGTH = 2**62  # bytes: the endpoint itself refuses, in words
BINARY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file. Whatever `Content-Type` says: the bytes themselves decide.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/media", status_code=201, summary="Upload a picture, video or PDF", max_body_size=ANY_LENGTH, openapi_extra=BINARY)
@unread
@needs(DRAFT)
async def upload(
    ctx: SignedNoTx,
    request: Request,
    name: Annotated[str, Query(max_length=1000, description="What you call it.")] = "",  # an address as a whole fits into 64 KiB
    alt: Annotated[str, Query(max_length=4000, description="Alternative text, for those who do not see it.")] = "",
) -> MediaShown:
    """Send the bytes as the body (`curl --data-binary @file`). JPEG, PNG, GIF, WebP, MP4, MOV, WebM or PDF, known by their
    bytes.

    Pictures lose their EXIF data (place, camera) and nothing else. More than 512 MB, or a shaky line: use `POST /api/v1/uploads`.
    """
    size = announced(request)
    check_room(ctx.state, size or 0, LARGEST_AT_ONCE)
    async with ctx.transaction() as db:
        await shelf.need_room(db, ctx.actor, size or 0)
    async with received(ctx.state, request.stream(), size, LARGEST_AT_ONCE) as path:
        new = await take_in(ctx.state, path, name, alt)
    return _shown(ctx, await keep(ctx, new))


@router.get("/media", summary="List media")
async def listing(
    ctx: Signed,
    limit: Limit = 50,
    after: After = None,
    kind: Annotated[Literal["image", "video", "document"] | None, Query(description="Only these.")] = None,
    text: Annotated[str | None, Query(max_length=200, description="Words of the name or the alternative text.")] = None,
    own: Annotated[bool, Query(description="Leave out what Postwright made.")] = False,
    deleted: Annotated[bool, Query(description="Those deleted less than 30 days ago instead.")] = False,
) -> MediaPage:
    """Latest first."""
    found = await shelf.list_files(ctx.db, ctx.actor, now=ctx.now, deleted=deleted, own=own, kind=kind, text=text, after=after, limit=limit)
    return MediaPage(items=[MediaShown.of(each, ctx.state, ctx.now) for each in found.items], next=found.next)


@router.get("/media/room", summary="What media take")
async def room(ctx: Signed) -> RoomShown:
    """Of the workspace, in bytes; and what they may take."""
    return RoomShown.of(await shelf.room_of(ctx.db, ctx.actor))


@router.put("/media/room", summary="Say what media may take")
@needs(ADMIN_WHOLE)
async def set_room(ctx: Signed, body: RoomChange) -> RoomShown:
    """For the workspace. What lies there stays, even if it is more; nothing new is taken then."""
    return RoomShown.of(await shelf.set_quota(ctx.db, ctx.actor, body.quota))


@router.get("/media/{file_id}", summary="Read a medium")
async def read(ctx: Signed, file_id: UUID) -> MediaShown:
    """A deleted one too, for 30 days."""
    return _shown(ctx, await shelf.get(ctx.db, ctx.actor, file_id))


@router.patch("/media/{file_id}", summary="Name a medium, or describe it")
@needs(DRAFT)
async def change(ctx: Signed, file_id: UUID, body: MediaChange, if_match: IfMatch = None) -> MediaShown:
    """The alternative text counts where a variant has none of its own."""
    versions.require(if_match, *_state_of(await shelf.get(ctx.db, ctx.actor, file_id)))
    return _shown(ctx, await shelf.change(ctx.db, ctx.actor, file_id, name=body.name, alt=body.alt_text))


@router.delete("/media/{file_id}", status_code=204, summary="Delete a medium")
@needs(DRAFT)
async def remove(ctx: Signed, file_id: UUID) -> Response:
    """Can be restored for 30 days. Drafts that show it show it no more; 409 while a scheduled post shows it."""
    await shelf.delete(ctx.db, ctx.actor, file_id, ctx.now)
    return Response(status_code=204)


@router.post("/media/{file_id}/restore", summary="Restore a deleted medium")
@needs(DRAFT)
async def restore(ctx: Signed, file_id: UUID) -> MediaShown:
    """Within 30 days."""
    return _shown(ctx, await shelf.restore(ctx.db, ctx.actor, file_id, ctx.now))


@router.post("/media/{file_id}/crop", status_code=201, summary="Cut a picture")
@needs(DRAFT)
async def crop(ctx: SignedNoTx, file_id: UUID, body: Cut) -> MediaShown:
    """The part becomes a file of its own; the original stays, and `original` names it."""
    async with ctx.transaction() as db:
        file = await shelf.need(db, ctx.actor, file_id)
    part = shape.part_of(file, body.ratio, body.x, body.y, body.width, body.height)
    return _shown(ctx, await keep(ctx, await shape.cut(ctx.state, file, part)))


async def keep(ctx: LongContext, new: NewFile) -> FileRow:
    """The row of stored bytes; without a row no bytes stay."""
    try:
        return await shelf.put(await ctx.last_transaction(), ctx.actor, new)
    except BaseException:
        await ctx.state.storage.forget(new.id)
        raise


def announced(request: Request) -> int | None:
    """The length that the request says its body has. Raises InvalidInput for forms: their bytes are not the file's."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise InvalidInput("Send the file's bytes as the body itself, not in a form.", field="file", rule="raw_body")
    with suppress(ValueError):
        return max(int(request.headers.get("content-length", "")), 0)
    return None


def _state_of(row: FileRow) -> tuple[object, ...]:
    return row.id, row.name, row.alt_text, row.deleted_at is None


def _shown(ctx: Context | LongContext, row: FileRow) -> MediaShown:
    versions.tell(ctx.request, *_state_of(row))
    return MediaShown.of(row, ctx.state, ctx.now)
