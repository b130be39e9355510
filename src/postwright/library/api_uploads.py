"""Large files over tus 1.0: announced, sent in pieces, gone on with after a break."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Header, Request, Response

from postwright.edge.access import DRAFT, OPEN, needs
from postwright.edge.context import LongContext, SignedNoTx
from postwright.edge.once import unread
from postwright.edge.routes import api_router
from postwright.errors import InvalidInput
from postwright.library import resume, shelf
from postwright.library.api import ANY_LENGTH
from postwright.library.limits import LARGEST
from postwright.library.models import Upload
from postwright.library.shapes import MediaShown, UploadShown

router = api_router(tags=["media"])

_VERSION = "1.0.0"
_PIECE = "application/offset+octet-stream"
_PLAIN = "application/octet-stream"
_PIECE_BODY = {
    "requestBody": {
        "required": True,
        "description": f"The bytes. tus names them `{_PIECE}`; `{_PLAIN}` is taken, too.",
        "content": {_PLAIN: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.options("/uploads", status_code=204, summary="What uploads can do")
@needs(OPEN)
async def tell() -> Response:
    """The version of tus, its extensions, and the largest file."""
    found = {"Tus-Version": _VERSION, "Tus-Extension": "creation,expiration,termination", "Tus-Max-Size": str(LARGEST)}
    return Response(status_code=204, headers={"Tus-Resumable": _VERSION} | found)


@router.post("/uploads", status_code=201, summary="Announce a large file")
@needs(DRAFT)
async def announce(
    ctx: SignedNoTx,
    response: Response,
    length: Annotated[int, Header(alias="Upload-Length", ge=0, le=2**62, description="Its bytes.")],
    metadata: Annotated[
        str, Header(alias="Upload-Metadata", max_length=20_000, description="`filename` and `alt`, each in base64, as tus has it.")
    ] = "",
) -> UploadShown:
    """Answers with the address (`Location`) to which its pieces go. It is kept for a day after the last piece."""
    db = await ctx.last_transaction()
    made = await resume.announce(db, ctx.state, ctx.actor, total=length, metadata=metadata, now=ctx.now)
    response.headers.update(_headers(made) | {"Location": f"/api/v1/uploads/{made.id}"})
    return await _shown(ctx, made)


@router.head("/uploads/{upload_id}", summary="How many bytes are there")
@needs(DRAFT)
async def look(ctx: SignedNoTx, upload_id: UUID) -> Response:
    """In `Upload-Offset`: go on from there."""
    return Response(headers=_headers(await resume.look(ctx.state, ctx.actor, upload_id, ctx.now)))


@router.get("/uploads/{upload_id}", summary="Read an upload")
@needs(DRAFT)
async def read(ctx: SignedNoTx, upload_id: UUID) -> UploadShown:
    """How far it is, and the file that it became."""
    return await _shown(ctx, await resume.look(ctx.state, ctx.actor, upload_id, ctx.now))


@router.patch("/uploads/{upload_id}", status_code=204, summary="Send a piece", max_body_size=ANY_LENGTH, openapi_extra=_PIECE_BODY)
@unread
@needs(DRAFT)
async def send(
    ctx: SignedNoTx,
    request: Request,
    upload_id: UUID,
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**62, description="Where the piece begins: where the last one ended.")],
) -> Response:
    """At most 64 MB. The last piece makes it a file: 422 when it is none, and nothing of it is kept."""
    if request.headers.get("content-type", "").lower() not in {_PIECE, _PLAIN}:
        raise InvalidInput(f"A piece has the Content-Type {_PIECE}.", field="Content-Type", rule="raw_body")
    reached = await resume.take_piece(ctx.state, ctx.actor, upload_id, offset, request.stream(), ctx.now)
    if reached.received_bytes == reached.total_bytes and reached.file_id is None:
        await resume.finish(ctx.state, ctx.actor, reached)
    return Response(status_code=204, headers=_headers(reached))


@router.delete("/uploads/{upload_id}", status_code=204, summary="Give an upload up")
@needs(DRAFT)
async def give_up(ctx: SignedNoTx, upload_id: UUID) -> Response:
    """Its bytes go at once; a file that it became stays."""
    await resume.look(ctx.state, ctx.actor, upload_id, ctx.now)
    await resume.give_up(ctx.state, ctx.actor, upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": _VERSION})


def _headers(upload: Upload) -> dict[str, str]:
    return {
        "Tus-Resumable": _VERSION, "Upload-Offset": str(upload.received_bytes), "Upload-Length": str(upload.total_bytes),
        "Upload-Expires": upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT"), "Cache-Control": "no-store",
    }  # fmt: skip


async def _shown(ctx: LongContext, upload: Upload) -> UploadShown:
    file = None
    if upload.file_id is not None:
        async with ctx.transaction() as db:
            file = MediaShown.of(await shelf.get(db, ctx.actor, upload.file_id), ctx.state, ctx.now)
    return UploadShown(id=upload.id, received=upload.received_bytes, total=upload.total_bytes, expires_at=upload.expires_at, file=file)
