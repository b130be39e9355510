"""Resumable upload: a session, its bytes, its answer again and again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from postwright.kit.counting import utf8_bytes
from postwright.sandbox import ids
from postwright.sandbox.quota import day_is_full
from postwright.sandbox.records import Account, Handle, Post
from postwright.sandbox.wire import allow_body, read_json, whole
from postwright.sandbox.world import World, world_of
from postwright.sandbox.youtube.answers import PLATFORM, UPLOAD_UNITS, UPLOADS_PER_DAY, problem, signed_in, too_large
from postwright.sandbox.youtube.videos import show_video

TITLE_LIMIT, DESCRIPTION_BYTES, TAGS_LIMIT = 100, 5000, 500
VIDEO_BYTES = 274_877_906_944
VIDEO_SECONDS = 43_200
CHUNK_MULTIPLE = 262_144
CATEGORIES = frozenset(("1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28", "29"))  # that may be assigned
SESSION_LIVES = 7 * 86_400
PRIVACY = ("public", "unlisted", "private")
UPLOAD_PATH = "/upload/youtube/v3/videos"


async def start_upload(request: Request) -> Response:
    """Opens a session; its address is in Location."""
    account, world = signed_in(request, UPLOAD_UNITS), world_of(request)
    if request.query_params.get("uploadType") != "resumable":
        raise problem(400, "badRequest", "uploadType must be resumable here", domain="global")
    if "snippet" not in request.query_params.get("part", "").split(","):
        raise problem(400, "missingRequiredParameter", "The part parameter must name snippet and status", domain="global")
    metadata = _checked_metadata(world, await read_json(request))
    size = whole(request.headers.get("x-upload-content-length"))
    if size is not None and not 0 < size <= VIDEO_BYTES:
        raise too_large()
    if day_is_full(world, account, UPLOADS_PER_DAY):
        raise problem(400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")
    now = world.clock()
    notify = request.query_params.get("notifySubscribers", "true") != "false"
    upload_id = f"AHB{ids.letters(40)}"
    handle = Handle(
        PLATFORM,
        upload_id,
        account.id,
        "session",
        now,
        {"metadata": metadata, "notify": notify, "size": size, "received": 0},
        None,
        now + SESSION_LIVES,
    )
    world.ledger.keep(handle)
    place = f"https://www.googleapis.com{UPLOAD_PATH}?uploadType=resumable&part=snippet%2Cstatus&upload_id={upload_id}"
    return Response(status_code=200, headers={"Location": place, "X-GUploader-UploadID": upload_id, "Content-Length": "0"})


def _checked_metadata(world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    snippet, status = body.get("snippet"), body.get("status") or {}
    if not isinstance(snippet, dict) or not isinstance(status, dict):
        raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.")
    title, description = snippet.get("title"), snippet.get("description", "")
    if not isinstance(title, str) or not title.strip() or len(title) > TITLE_LIMIT or re.search("[<>]", title):
        raise problem(400, "invalidTitle", "The request metadata specifies an invalid or empty video title.", location="body.snippet.title")
    if not isinstance(description, str) or utf8_bytes(description) > DESCRIPTION_BYTES or re.search("[<>]", description):
        raise problem(
            400, "invalidDescription", "The request metadata specifies an invalid video description.", location="body.snippet.description"
        )
    tags = snippet.get("tags") or []
    if not isinstance(tags, list) or _tags_length(tags) > TAGS_LIMIT:
        raise problem(400, "invalidTags", "The request metadata specifies invalid video keywords.", location="body.snippet.tags")
    if status.get("privacyStatus", "public") not in PRIVACY:
        raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.", location="body.status.privacyStatus")
    _check_choices(snippet, status)
    _check_publish_at(world, status)
    paid = body.get("paidProductPlacementDetails") or {}
    return {"snippet": snippet, "status": status, "paid": paid.get("hasPaidProductPlacement") is True if isinstance(paid, dict) else False}


def _check_choices(snippet: Mapping[str, Any], status: Mapping[str, Any]) -> None:
    if str(snippet.get("categoryId", "22")) not in CATEGORIES:
        raise problem(
            400,
            "invalidCategoryId",
            "The snippet.categoryId property specifies an invalid category ID.",
            location="body.snippet.categoryId",
        )
    for name in ("selfDeclaredMadeForKids", "containsSyntheticMedia", "embeddable"):
        if not isinstance(status.get(name, False), bool):
            raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.", location=f"body.status.{name}")


def _tags_length(tags: list[Any]) -> int:
    """Tags with spaces count their quotation marks, and each comma counts."""
    return sum(len(str(tag)) + (2 if " " in str(tag) else 0) for tag in tags) + max(0, len(tags) - 1)


def _check_publish_at(world: World, status: dict[str, Any]) -> None:
    """A time that has passed publishes at once; a public video cannot be scheduled."""
    if status.get("publishAt") is None:
        return
    message = "The request metadata specifies an invalid scheduled publishing time."
    refusal = problem(400, "invalidPublishAt", message, location="body.status.publishAt")
    try:
        at = datetime.fromisoformat(str(status["publishAt"])).timestamp()
    except ValueError as wrong:
        raise refusal from wrong
    if status.get("privacyStatus") != "private":
        raise refusal
    if at <= world.clock():
        status |= {"privacyStatus": "public", "publishAt": None}


async def put_bytes(request: Request) -> Response:
    """Bytes of the video, or with `bytes */N` a question how many came. Repeats its answer once done."""
    if request.headers.get("content-range", "").startswith("bytes *"):
        return await _put_bytes(request)
    async with world_of(request).alone_with(request.query_params.get("upload_id", "")):
        return await _put_bytes(request)


async def _put_bytes(request: Request) -> Response:
    world = world_of(request)
    handle = world.ledger.handle(PLATFORM, request.query_params.get("upload_id", ""))
    if handle is None or handle.kind != "session":
        raise problem(404, "notFound", "The upload session does not exist", domain="global")
    if (handle.expires_at or 0) < world.clock():
        raise problem(410, "gone", "The upload session has expired", domain="global")
    account = world.ledger.account(handle.account_id)
    if account is None:
        raise problem(401, "authError", "Invalid Credentials", domain="global")
    if handle.body.get("video"):
        return _done(request, world, account, handle)
    first, last, total = _content_range(request, handle)
    if last is None:
        return _resume(handle)
    if first != handle.body["received"]:
        return _resume(handle)
    return await _take(request, world, account, handle, last, total)


def _content_range(request: Request, handle: Handle) -> tuple[int, int | None, int | None]:
    """First and last byte and the total, each as far as it is known."""
    given = request.headers.get("content-range")
    if given is None:
        length = whole(request.headers.get("content-length"), handle.body["size"])
        if not length:
            raise problem(411, "badRequest", "Content-Length or Content-Range is required", domain="global")
        return 0, length - 1, length
    found = re.fullmatch(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", given)
    if found is None:
        raise problem(400, "badRequest", "Failed to parse Content-Range header.", domain="global")
    total = int(found[3]) if found[3] != "*" else handle.body["size"]
    return int(found[1] or 0), int(found[2]) if found[2] else None, total


def _resume(handle: Handle) -> Response:
    received = handle.body["received"]
    return Response(
        status_code=308, headers={**({"Range": f"bytes=0-{received - 1}"} if received else {}), "X-GUploader-UploadID": handle.id}
    )


async def _take(request: Request, world: World, account: Account, handle: Handle, last: int, total: int | None) -> Response:
    received, count = handle.body["received"], last + 1 - handle.body["received"]
    final = total is not None and last + 1 == total
    if count <= 0 or (total is not None and last >= total) or last >= VIDEO_BYTES:
        raise problem(400, "badRequest", "Invalid Content-Range.", domain="global")
    if not final and count % CHUNK_MULTIPLE:
        raise problem(400, "badRequest", f"Chunks must be multiples of {CHUNK_MULTIPLE} bytes", domain="global")
    allow_body(request, count)
    file = world.media.temporary(f"yt{handle.id}")
    got = await _write_at(request, file.open("r+b" if received else "wb"), received)
    # What came before a connection broke is kept, in whole multiples, as Google does.
    kept = received + (got if final and got == count else got // CHUNK_MULTIPLE * CHUNK_MULTIPLE)
    handle = world.ledger.change(handle, received=kept)
    if not final or got < count:
        return _resume(handle)
    return _complete(request, world, account, handle, file)


async def _write_at(request: Request, file: BinaryIO, offset: int) -> int:
    count = 0
    with file as target:
        target.seek(offset)
        target.truncate()
        try:
            async for chunk in request.stream():
                target.write(chunk)
                count += len(chunk)
        except ClientDisconnect:
            return count
    return count


def _complete(request: Request, world: World, account: Account, handle: Handle, file: Path) -> Response:
    medium = world.media.adopt(file, account.id)
    if medium is None or medium.kind != "video":
        raise problem(400, "invalidVideo", "The uploaded file is not a video.", location="body")
    metadata, now = handle.body["metadata"], world.clock()
    video_id = ids.youtube_id()
    ready = world.processed_at(video_id)
    snippet, status = metadata["snippet"], metadata["status"]
    too_long = medium.duration is not None and medium.duration > VIDEO_SECONDS
    extra = {
        "paid_placement": metadata.get("paid", False),
        "notified": handle.body.get("notify", True),
        "snippet": snippet,
        "status": status,
        "ready_at": ready,
        "rejected": "length" if too_long else None,
    }
    post = Post(
        PLATFORM, video_id, account.id, now, "video", snippet.get("description", ""), video_id, snippet["title"], (medium.id,), extra=extra
    )
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        handle = world.ledger.change(handle, video=video_id)
    return _done(request, world, account, handle)


def _done(request: Request, world: World, account: Account, handle: Handle) -> Response:
    post = world.ledger.post(PLATFORM, handle.body["video"])
    if post is None:
        raise problem(404, "videoNotFound", "The video that you are trying to read was deleted")
    return JSONResponse(show_video(request, world, account, post, {"snippet", "status"}))
