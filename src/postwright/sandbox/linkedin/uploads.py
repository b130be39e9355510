"""Images, documents and videos: announced at api.linkedin.com, brought to www.linkedin.com."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.documents import process
from postwright.sandbox.linkedin.answers import PLATFORM, bad_field, enter, problem, signed_in, too_large, urn_of
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.records import Account, Handle
from postwright.sandbox.wire import allow_body, read_json, whole
from postwright.sandbox.world import World, world_of

PART_SIZE = 4_194_304
UPLOAD_LIVES = 86_400
DOCUMENT_PAGES = 300
FILE_LIMITS: Mapping[str, int] = {"image": 36_152_320, "document": 104_857_600, "video": 524_288_000}
TYPES: Mapping[str, tuple[str, ...]] = {
    "image": ("image/jpeg", "image/png", "image/gif"), "document": ("application/pdf",), "video": ("video/mp4",),
}  # fmt: skip


async def images(request: Request) -> Response:
    return await _start_upload(request, "image")


async def documents(request: Request) -> Response:
    return await _start_upload(request, "document")


async def _start_upload(request: Request, kind: str) -> Response:
    account, world = enter(request), world_of(request)
    _owner_of_upload(account, await read_json(request), request)
    handle = _new_handle(world, account, kind, {})
    until = int((handle.expires_at or 0) * 1000)
    return JSONResponse({"value": {"uploadUrlExpiresAt": until, "uploadUrl": _upload_url(handle), kind: handle.id}})


async def videos(request: Request) -> Response:
    account, world = enter(request), world_of(request)
    body = await read_json(request)
    if request.query_params.get("action") == "finalizeUpload":
        return _finalize_video(world, account, body.get("finalizeUploadRequest"))
    asked = _owner_of_upload(account, body, request)
    size = whole(asked.get("fileSizeBytes"))
    if size is None or not 0 < size <= FILE_LIMITS["video"]:
        raise bad_field("initializeUploadRequest/fileSizeBytes", "FIELD_INVALID", f"must be from 1 to {FILE_LIMITS['video']}")
    handle = _new_handle(world, account, "video", {"size": size, "parts": {}})
    starts = range(0, size, PART_SIZE)
    parts = [
        {"uploadUrl": _upload_url(handle, number), "firstByte": start, "lastByte": min(start + PART_SIZE, size) - 1}
        for number, start in enumerate(starts)
    ]
    until = int((handle.expires_at or 0) * 1000)
    return JSONResponse({"value": {"uploadUrlsExpireAt": until, "video": handle.id, "uploadInstructions": parts, "uploadToken": ""}})


def _owner_of_upload(account: Account, body: Mapping[str, Any], request: Request) -> Mapping[str, Any]:
    asked = body.get("initializeUploadRequest")
    if request.query_params.get("action") != "initializeUpload" or not isinstance(asked, dict):
        raise problem(400, "ACTION_INVALID", "action=initializeUpload with an initializeUploadRequest is required")
    if asked.get("owner") != urn_of(account):
        raise problem(403, "ACCESS_DENIED", "the owner is not the member")
    return asked


def _new_handle(world: World, account: Account, kind: str, body: dict[str, Any]) -> Handle:
    now = world.clock()
    handle = Handle(
        PLATFORM,
        f"urn:li:{kind}:{ids.letters(20)}",
        account.id,
        kind,
        now,
        {**body, "secret": ids.letters(24)},
        expires_at=now + UPLOAD_LIVES,
    )
    world.ledger.keep(handle)
    return handle


def _upload_url(handle: Handle, part: int = 0) -> str:
    name = handle.id.rsplit(":", 1)[-1]
    return f"https://www.linkedin.com/dms-uploads/{handle.kind}/{name}/{part}?app=0&sync={handle.body['secret']}"


async def put_file(request: Request) -> Response:
    """The bytes of an image, a document or one part of a video."""
    world, kind = world_of(request), request.path_params["kind"]
    handle = world.ledger.handle(PLATFORM, f"urn:li:{kind}:{request.path_params['name']}")
    if handle is None or request.query_params.get("sync") != handle.body["secret"] or (handle.expires_at or 0) < world.clock():
        raise problem(403, "ACCESS_DENIED", "The upload URL is not valid or has expired")
    if kind == "video":
        return await _put_part(request, world, handle)
    if signed_in(request).id != handle.account_id:
        raise problem(403, "ACCESS_DENIED", "The upload URL belongs to another member")
    allow_body(request, FILE_LIMITS[kind])
    try:
        file = await world.media.save(request.stream(), FILE_LIMITS[kind])
    except FileTooLarge as wrong:
        raise too_large() from wrong
    medium = world.media.adopt(file, handle.account_id)
    ok = medium is not None and medium.mime in TYPES[kind]
    if ok and medium is not None and kind == "document":
        pages = await process(world.media, medium, DOCUMENT_PAGES)
        ok = pages is not None
        handle = world.ledger.change(handle, pages=pages)
    world.ledger.change(handle, ready_at=world.processed_at(handle.id) if ok else 0, medium=medium.id if medium else None, failed=not ok)
    return Response(status_code=201)


async def _put_part(request: Request, world: World, handle: Handle) -> Response:
    if request.headers.get("authorization"):
        raise problem(400, "BAD_REQUEST", "Part uploads must not carry an Authorization header")
    number, size = request.path_params["part"], int(handle.body["size"])
    expected = min(PART_SIZE, size - number * PART_SIZE)
    if expected <= 0:
        raise problem(404, "NOT_FOUND", "no such part")
    allow_body(request, PART_SIZE)
    file = await world.media.save(request.stream(), PART_SIZE)
    if file.stat().st_size != expected:
        file.unlink()
        raise problem(400, "BAD_REQUEST", f"Part {number} must have {expected} bytes")
    file.replace(world.media.temporary(f"li{request.path_params['name']}p{number}"))
    etag = ids.letters(32)
    current = world.ledger.handle(PLATFORM, handle.id) or handle
    world.ledger.change(current, parts={**current.body["parts"], str(number): etag})
    return Response(status_code=200, headers={"etag": etag})


def _finalize_video(world: World, account: Account, asked: Any) -> Response:
    handle = world.ledger.handle(PLATFORM, str(asked.get("video"))) if isinstance(asked, dict) else None
    if handle is None or handle.account_id != account.id or handle.kind != "video":
        raise bad_field("finalizeUploadRequest/video", "FIELD_INVALID", "no such video")
    if handle.body.get("medium"):
        return Response(status_code=200)
    parts = handle.body["parts"]
    count = -(-int(handle.body["size"]) // PART_SIZE)
    if asked.get("uploadedPartIds") != [parts.get(str(number)) for number in range(count)]:
        raise bad_field("finalizeUploadRequest/uploadedPartIds", "FIELD_INVALID", "must be the ETags of all parts, in order")
    name = handle.id.rsplit(":", 1)[-1]
    target = world.media.temporary()
    with target.open("wb") as joined:
        for number in range(count):
            part = world.media.temporary(f"li{name}p{number}")
            joined.write(part.read_bytes())
            part.unlink()
    medium = world.media.adopt(target, account.id)
    ok = medium is not None and medium.mime in TYPES["video"]
    world.ledger.change(handle, ready_at=world.processed_at(handle.id), medium=medium.id if medium else None, failed=not ok)
    return Response(status_code=200)


async def asset_status(request: Request) -> Response:
    account, world = enter(request), world_of(request)
    handle = world.ledger.handle(PLATFORM, request.path_params["urn"])
    if handle is None or handle.account_id != account.id:
        raise problem(404, "NOT_FOUND", f"Could not find entity {request.path_params['urn']}")
    return JSONResponse({"id": handle.id, "owner": urn_of(account), "status": status_of(world, handle)})


def status_of(world: World, handle: Handle) -> str:
    if handle.ready_at is None:
        return "WAITING_UPLOAD"
    if handle.body.get("failed"):
        return "PROCESSING_FAILED"
    return "PROCESSING" if world.clock() < handle.ready_at else "AVAILABLE"
