"""Reels: started and finished at graph.facebook.com, brought to rupload.facebook.com."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.facebook.publishing import PLATFORM, VIDEO_BYTES, enter_page, fetched, message_of, put_out
from postwright.sandbox.records import Account, Handle, Medium
from postwright.sandbox.wire import Form, allow_body, whole
from postwright.sandbox.world import World, world_of

REEL_SECONDS, REEL_SIDE = (3.0, 90.0), (540, 960)
REELS_PER_DAY = 30


async def video_reels(request: Request) -> Response:
    """Reels: start here, bytes to rupload.facebook.com, finish here."""
    account, form = await enter_page(request)
    world = world_of(request)
    if form.text("upload_phase") == "start":
        if world.behaviour.limits and world.ledger.count_handles(account.id, "reel", world.clock() - 86_400) >= REELS_PER_DAY:
            raise graph.problem(400, 32, "(#32) Page request limit reached")
        return start_upload(request, world, account, "reel")
    handle = world.ledger.handle(PLATFORM, form.text("video_id") or "")
    if form.text("upload_phase") != "finish" or handle is None or handle.account_id != account.id or handle.kind != "reel":
        raise graph.bad_parameter("upload_phase must be start or finish, with the video_id of a started reel")
    if handle.body.get("posted"):
        return JSONResponse({"success": True, "post_id": handle.body["posted"]})
    return _finish_reel(world, account, handle, form)


def start_upload(request: Request, world: World, account: Account, kind: str) -> Response:
    """A video to be brought to rupload.facebook.com."""
    now = world.clock()
    handle = Handle(PLATFORM, ids.meta_id("10", 15), account.id, kind, now, {"uploaded": False}, expires_at=now + 86_400)
    world.ledger.keep(handle)
    address = f"https://rupload.facebook.com/video-upload/{request.path_params['version']}/{handle.id}"
    return JSONResponse({"video_id": handle.id, "upload_url": address})


def checked_upload(world: World, handle: Handle, seconds: tuple[float, float]) -> Medium:
    """The video that was brought, of a length and size that reels and stories take."""
    medium = world.media.get(str(handle.body.get("medium")))
    if medium is None:
        raise graph.problem(400, 6000, "There was a problem uploading your video file. Please try again.", subcode=1363019)
    low, high = seconds
    if medium.duration is not None and not low <= medium.duration <= high:
        raise graph.problem(400, 100, "Invalid parameter", subcode=1363128, title=f"The video must last {low:g} to {high:g} s")
    if medium.width and (medium.width < REEL_SIDE[0] or medium.height < REEL_SIDE[1]):
        raise graph.problem(400, 100, "Invalid parameter", subcode=1363129, title="The video must be at least 540 by 960 pixels")
    return medium


def _finish_reel(world: World, account: Account, handle: Handle, form: Form) -> Response:
    medium = checked_upload(world, handle, REEL_SECONDS)
    text = message_of(form, "description")
    if form.text("video_state") != "PUBLISHED":
        raise graph.bad_parameter("video_state must be PUBLISHED here")
    with world.ledger.transaction():
        ready = world.processed_at(handle.id)
        post = put_out(world, account, "reel", text, (medium.id,), ready, {"video": handle.id}, form.text("title"))
        world.ledger.change(handle, ready_at=ready, posted=post.remote_id)
    return JSONResponse({"success": True, "post_id": post.remote_id})


async def upload_reel(request: Request) -> Response:
    """The bytes of a reel, from `offset`; or a `file_url` to pull them from."""
    async with world_of(request).alone_with(f"reel:{request.path_params['video_id']}"):
        return await _upload_reel(request)


async def _upload_reel(request: Request) -> Response:
    graph.check_version(request)
    account = graph.signed_in(request, Form({}), PLATFORM)
    world = world_of(request)
    handle = world.ledger.handle(PLATFORM, request.path_params["video_id"])
    if handle is None or handle.account_id != account.id or handle.kind not in ("reel", "video_story"):
        raise graph.not_found(request.path_params["video_id"])
    if handle.body["uploaded"]:
        return JSONResponse({"success": True})
    if address := request.headers.get("file_url"):
        return _received(world, handle, world.media.adopt(await fetched(world, address, VIDEO_BYTES), account.id))
    return await _receive(request, world, handle)


async def _receive(request: Request, world: World, handle: Handle) -> Response:
    size, offset = whole(request.headers.get("file_size")), whole(request.headers.get("offset"), 0)
    if size is None or not 0 < size <= VIDEO_BYTES:
        raise graph.bad_parameter(f"file_size must be from 1 to {VIDEO_BYTES}")
    file = world.media.temporary(f"fb{handle.id}")
    have = file.stat().st_size if file.exists() else 0
    if offset != have:
        raise graph.problem(400, 100, "OffsetInvalidError: Request starting offset is invalid", detail=str(have))
    allow_body(request, size - have)
    with file.open("ab") as target:
        async for chunk in request.stream():
            target.write(chunk)
    if file.stat().st_size < size:
        raise graph.problem(400, 100, "PartialRequestError: Partial request (did not match length of file)")
    return _received(world, handle, world.media.adopt(file, handle.account_id))


def _received(world: World, handle: Handle, medium: Medium | None) -> Response:
    if medium is None or medium.kind != "video":
        raise graph.problem(400, 352, "Sorry, this video format is not supported. Please upload a video file.", subcode=1363024)
    world.ledger.change(handle, medium=medium.id, uploaded=True)
    return JSONResponse({"success": True})
