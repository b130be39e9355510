"""Stories of a Page: a photo that was brought unpublished, or a video by start, upload and finish."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph
from postwright.sandbox.facebook.publishing import PLATFORM, enter_page, put_out
from postwright.sandbox.facebook.reels import checked_upload, start_upload
from postwright.sandbox.wire import whole
from postwright.sandbox.world import world_of

SECONDS = (3.0, 60.0)


async def photo_stories(request: Request) -> Response:
    account, form = await enter_page(request)
    world = world_of(request)
    photo = world.ledger.handle(PLATFORM, form.text("photo_id") or "")
    if photo is None or photo.account_id != account.id or photo.kind != "photo":
        raise graph.bad_parameter("photo_id must name an unpublished photo of the Page")
    if photo.body.get("posted"):
        raise graph.problem(400, 100, "Invalid parameter", subcode=1366051, title="These photos were already posted.")
    with world.ledger.transaction():
        post = put_out(world, account, "story", "", (str(photo.body["medium"]),), world.clock(), {"photo": photo.id})
        world.ledger.change(photo, posted=post.remote_id)
    return JSONResponse({"success": True, "post_id": post.remote_id.split("_")[-1]})


async def video_stories(request: Request) -> Response:
    account, form = await enter_page(request)
    world = world_of(request)
    if form.text("upload_phase") == "start":
        return start_upload(request, world, account, "video_story")
    handle = world.ledger.handle(PLATFORM, form.text("video_id") or "")
    if form.text("upload_phase") != "finish" or handle is None or handle.account_id != account.id or handle.kind != "video_story":
        raise graph.bad_parameter("upload_phase must be start or finish, with the video_id of a started story")
    if handle.body.get("posted"):
        return JSONResponse({"success": True, "post_id": str(handle.body["posted"]).split("_")[-1]})
    medium = checked_upload(world, handle, SECONDS)
    with world.ledger.transaction():
        ready = world.processed_at(handle.id)
        post = put_out(world, account, "story", "", (medium.id,), ready, {"video": handle.id})
        world.ledger.change(handle, ready_at=ready, posted=post.remote_id)
    return JSONResponse({"success": True, "post_id": post.remote_id.split("_")[-1]})


async def list_stories(request: Request) -> Response:
    account, form = await enter_page(request)
    world = world_of(request)
    limit = min(100, max(1, whole(form.text("limit"), 25) or 25))
    stories = [post for post in world.ledger.posts_of(account.id, world.clock(), limit=1_000) if post.kind == "story"]
    shown = [
        {
            "post_id": post.remote_id.split("_")[-1], "status": "published", "creation_time": str(int(post.created_at)),
            "media_type": "video" if post.extra.get("video") else "photo", "media_id": post.extra.get("video") or post.extra.get("photo"),
            "url": f"https://www.facebook.com/stories/{account.id}/{post.remote_id.split('_')[-1]}",
        }
        for post in stories[:limit]
    ]  # fmt: skip
    return JSONResponse({"data": shown})
