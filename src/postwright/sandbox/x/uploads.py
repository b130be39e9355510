"""Chunked media upload of API v2."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.records import Account, Handle
from postwright.sandbox.wire import Malformed, allow_body, read_form, read_json, whole
from postwright.sandbox.world import World, world_of
from postwright.sandbox.x.answers import PLATFORM, invalid, signed_in

MEDIA_LIVES = 86_400
APPEND_LIMIT = 5_300_000  # bytes: a segment of 5 MB and its envelope
LIMITS: Mapping[str, int] = {"tweet_image": 5_242_880, "tweet_gif": 15_728_640, "tweet_video": 536_870_912, "amplify_video": 536_870_912}
TYPES: Mapping[str, tuple[str, ...]] = {
    "tweet_image": ("image/jpeg", "image/png", "image/webp"),
    "tweet_gif": ("image/gif",),
    "tweet_video": ("video/mp4", "video/quicktime"),
    "amplify_video": ("video/mp4", "video/quicktime"),
}
VIDEO_SECONDS = (0.5, 140.0)


async def initialize(request: Request) -> Response:
    world, account = world_of(request), signed_in(request)
    body = await read_json(request)
    category = body.get("media_category", "tweet_image")
    total, mime = whole(body.get("total_bytes")), body.get("media_type")
    if category not in LIMITS:
        raise invalid("$.media_category: does not have a value in the enumeration", media_category=category)
    if mime not in TYPES[category]:
        raise invalid("$.media_type: not of the media category", media_type=mime)
    if total is None or not 0 < total <= LIMITS[category]:
        raise invalid(f"$.total_bytes: must be from 1 to {LIMITS[category]}", total_bytes=total)
    handle = _new_upload(world, account, category, total)
    return JSONResponse({"data": _told(world, handle)})


def _new_upload(world: World, account: Account, category: str, total: int) -> Handle:
    now = world.clock()
    media_id = ids.x_id(now)
    handle = Handle(
        PLATFORM, media_id, account.id, "upload", now, {"category": category, "total": total, "segments": 0}, expires_at=now + MEDIA_LIVES
    )
    world.ledger.keep(handle)
    return handle


async def append(request: Request) -> Response:
    world, account = world_of(request), signed_in(request)
    allow_body(request, APPEND_LIMIT * 4 // 3)
    index, data = await _segment(request)
    handle = _upload(world, account, request.path_params["media_id"])
    if index != handle.body["segments"]:
        raise invalid("Segments must come one after the other, from 0.", segment_index=index)
    file = world.media.temporary(f"x{handle.id}")
    if (file.stat().st_size if file.exists() else 0) + len(data) > handle.body["total"]:
        raise invalid("More bytes came than total_bytes announced.", media_id=handle.id)
    with file.open("ab") as target:
        target.write(data)
    world.ledger.change(handle, segments=index + 1)
    return JSONResponse({"data": {"expires_at": int(handle.expires_at or 0)}})


async def _segment(request: Request) -> tuple[int, bytes]:
    form = await read_form(request)
    index = whole(form.fields.get("segment_index"))
    file, encoded = form.files.get("media"), form.fields.get("media")
    if index is None or (file is None and not isinstance(encoded, str)):
        raise invalid("segment_index and media are required", segment_index=index)
    if file is not None:
        return index, await file.read()
    try:
        return index, base64.b64decode(str(encoded), validate=True)
    except binascii.Error as wrong:
        raise Malformed("media is not base64") from wrong


async def finalize(request: Request) -> Response:
    world, account = world_of(request), signed_in(request)
    handle = _upload(world, account, request.path_params["media_id"])
    if handle.body.get("medium") is None:
        file = world.media.temporary(f"x{handle.id}")
        if not file.exists() or file.stat().st_size != handle.body["total"]:
            raise invalid("Not all bytes that total_bytes announced have come.", media_id=handle.id)
        handle = _adopt(world, account, handle)
    return JSONResponse({"data": _told(world, handle)})


def _adopt(world: World, account: Account, handle: Handle) -> Handle:
    category = handle.body["category"]
    medium = world.media.adopt(world.media.temporary(f"x{handle.id}"), account.id)
    if medium is None or medium.mime not in TYPES[category]:
        raise invalid("The type of the media is not supported.", media_id=handle.id)
    later = category != "tweet_image"
    low, high = VIDEO_SECONDS
    bad = medium.kind == "video" and medium.duration is not None and not low <= medium.duration <= high
    ready = world.processed_at(handle.id) if later else world.clock()
    return world.ledger.change(
        handle, ready_at=ready, medium=medium.id, failed="InvalidMedia: Duration must be from 0.5 to 140 s" if bad else None
    )


async def status(request: Request) -> Response:
    world, account = world_of(request), signed_in(request)
    if request.query_params.get("command", "STATUS") != "STATUS":
        raise invalid("command: only STATUS is read here", command=request.query_params.get("command"))
    handle = _upload(world, account, request.query_params.get("media_id", ""))
    return JSONResponse({"data": _told(world, handle)})


async def upload_at_once(request: Request) -> Response:
    """One request for an image: the form's `media` and `media_category`."""
    world, account = world_of(request), signed_in(request)
    allow_body(request, LIMITS["tweet_gif"] + 100_000)
    form = await read_form(request)
    category, file = form.text("media_category") or "tweet_image", form.files.get("media")
    if category not in ("tweet_image", "tweet_gif") or file is None:
        raise invalid("media and a media_category of tweet_image or tweet_gif are required", media_category=category)
    handle = _new_upload(world, account, category, file.size or 0)
    try:
        stored = await world.media.save(_chunks(file), LIMITS[category])
    except FileTooLarge as wrong:
        raise invalid(f"The file is larger than {LIMITS[category]} bytes.", media_category=category) from wrong
    stored.replace(world.media.temporary(f"x{handle.id}"))
    return JSONResponse({"data": _told(world, _adopt(world, account, handle))})


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(262_144):
        yield chunk


async def describe_media(request: Request) -> Response:
    world, account = world_of(request), signed_in(request)
    body = await read_json(request)
    handle = _upload(world, account, str(body.get("id", "")))
    metadata = body.get("metadata") or {}
    alt = (metadata.get("alt_text") or {}).get("text", "") if isinstance(metadata, dict) else ""
    if not isinstance(alt, str) or len(alt) > 1000:
        raise invalid("$.metadata.alt_text.text: 1 to 1000 characters", alt_text=alt)
    world.ledger.describe_medium(str(handle.body.get("medium")), alt)
    return JSONResponse({"data": {"id": handle.id, "associated_metadata": {"alt_text": {"text": alt}}}})


def _upload(world: World, account: Account, media_id: str) -> Handle:
    handle = world.ledger.handle(PLATFORM, media_id)
    if handle is None or handle.account_id != account.id or (handle.expires_at or 0) < world.clock():
        raise invalid("media_id: no such upload", media_id=media_id)
    return handle


def state_of(world: World, handle: Handle) -> str:
    if handle.body.get("medium") is None:
        return "pending"
    if handle.ready_at is not None and world.clock() < handle.ready_at:
        return "in_progress"
    return "failed" if handle.body.get("failed") else "succeeded"


def _told(world: World, handle: Handle) -> dict[str, Any]:
    """What X says of an upload; images need no processing and get no processing_info."""
    told: dict[str, Any] = {
        "id": handle.id,
        "media_key": f"{'3' if handle.body['category'] == 'tweet_image' else '13'}_{handle.id}",
        "expires_after_secs": max(0, int((handle.expires_at or 0) - world.clock())),
    }
    medium = world.media.get(str(handle.body.get("medium")))
    if medium is None:
        return told
    told["size"] = medium.size
    if handle.body["category"] == "tweet_image":
        return told
    state = state_of(world, handle)
    info: dict[str, Any] = {"state": state, "progress_percent": 100 if state == "succeeded" else 50}
    if state == "in_progress":
        info["check_after_secs"] = max(1, math.ceil((handle.ready_at or 0) - world.clock()))
    if state == "failed":
        info["error"] = {"code": 1, "name": "InvalidMedia", "message": handle.body["failed"]}
    return told | {"processing_info": info}
