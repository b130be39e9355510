"""The bytes of a video, chunk after chunk, at open-upload.tiktokapis.com."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.records import Handle
from postwright.sandbox.tiktok.answers import PLATFORM, problem
from postwright.sandbox.tiktok.posting import finish_video
from postwright.sandbox.wire import TooLarge, allow_body
from postwright.sandbox.world import World, world_of

LAST_CHUNK_MAX = 134_217_728


async def put_chunk(request: Request) -> Response:
    """The bytes of a video, chunk after chunk: 206 while more must come, then 201."""
    async with world_of(request).alone_with(f"tiktok:{request.query_params.get('upload_id')}"):
        return await _put_chunk(request)


async def _put_chunk(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    pointer = world.ledger.handle(PLATFORM, f"upload:{query.get('upload_id')}")
    handle = world.ledger.handle(PLATFORM, pointer.body["publish_id"]) if pointer else None
    if handle is None or query.get("upload_token") != handle.body["secret"]:
        raise problem(403, "invalid_params", "The upload_url is not valid")
    if (handle.expires_at or 0) < world.clock():
        raise problem(403, "invalid_params", "The upload_url has expired")
    first, last, total = _content_range(request)
    received, size = handle.body["received"], handle.body["size"]
    if total != size or first != received or last >= size:
        raise problem(416, "invalid_params", f"Content-Range does not continue at {received} of {size}")
    if last + 1 < size and last + 1 - first != handle.body["chunk"]:
        raise problem(400, "invalid_params", "Every chunk but the last must have chunk_size bytes")
    await _append(request, world, handle, last + 1 - first)
    return _chunk_taken(world, handle, last + 1)


def _content_range(request: Request) -> tuple[int, int, int]:
    found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", request.headers.get("content-range", ""))
    if found is None or int(found[2]) < int(found[1]):
        raise problem(416, "invalid_params", "Content-Range is required: bytes first-last/total")
    return int(found[1]), int(found[2]), int(found[3])


async def _append(request: Request, world: World, handle: Handle, count: int) -> None:
    if count > LAST_CHUNK_MAX:
        raise TooLarge
    allow_body(request, count)
    try:
        chunk = await world.media.save(request.stream(), count)
    except FileTooLarge as wrong:
        raise TooLarge from wrong
    if chunk.stat().st_size != count:
        chunk.unlink()
        raise problem(400, "invalid_params", "The body does not have as many bytes as Content-Range says")
    with world.media.temporary(_file_name(handle)).open("r+b" if handle.body["received"] else "wb") as target, chunk.open("rb") as source:
        target.seek(handle.body["received"])
        while block := source.read(1_048_576):
            target.write(block)
    chunk.unlink()


def _chunk_taken(world: World, handle: Handle, received: int) -> Response:
    size = handle.body["size"]
    handle = world.ledger.change(handle, received=received)
    if received < size:
        return Response(status_code=206, headers={"Content-Range": f"bytes 0-{received - 1}/{size}"})
    account = world.ledger.account(handle.account_id)
    if account:
        medium = world.media.adopt(world.media.temporary(_file_name(handle)), account.id)
        finish_video(world, account, handle, medium, "file_format_check_failed")
    return Response(status_code=201, headers={"Content-Range": f"bytes 0-{received - 1}/{size}"})


def _file_name(handle: Handle) -> str:
    return f"tt{handle.id.rsplit('.', 1)[-1]}"
