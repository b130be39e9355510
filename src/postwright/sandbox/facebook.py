"""Facebook Pages: feed, photos, videos, reels and insights at graph.facebook.com and rupload.facebook.com.

Shapes after developers.facebook.com/docs/pages-api, /docs/video-api/guides/reels-publishing and
the insights reference, read in November 2026.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import graph, ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.pull import NotOurs, Unreachable, pull
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Form, allow_body, base_of, bearer, whole
from postwright.sandbox.world import World, world_of

PLATFORM = "facebook"
TEXT_LIMIT = 63_206
PHOTO_BYTES, VIDEO_BYTES = 10_485_760, 1_073_741_824
REEL_SECONDS, REEL_SIDE = (3.0, 90.0), (540, 960)
REELS_PER_DAY = 30
SCHEDULE_SECONDS = (600, 75 * 86_400)
PHOTO_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
METRICS: Mapping[str, str] = {
    "post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks", "post_reactions_like_total": "likes",
}  # fmt: skip
too_large, malformed, no_such_path = graph.too_large, graph.malformed, graph.no_such_path


async def _page(request: Request) -> tuple[Account, Form]:
    """The Page of the token; the address must name it."""
    account, form = await graph.enter(request, PLATFORM)
    if request.path_params["node"] not in (account.id, "me"):
        raise graph.not_found(request.path_params["node"])
    return account, form


# publishing


async def create_post(request: Request) -> Response:
    account, form = await _page(request)
    world = world_of(request)
    message, link = _message(form, "message"), form.text("link")
    photos = _attached_photos(world, account, form)
    if not message and not link and not photos:
        raise graph.bad_parameter("Requires one of the params: message, link, attached_media")
    at = _out_at(world, form)
    kind = "carousel" if len(photos) > 1 else "image" if photos else "link" if link else "text"
    media = tuple(str(photo.body["medium"]) for photo in photos)
    with world.ledger.transaction():
        post = _put_out(world, account, kind, message, media, at, {"link": link} if link else {})
        for photo in photos:
            world.ledger.change(photo, posted=post.remote_id)
    return JSONResponse({"id": post.remote_id})


async def create_photo(request: Request) -> Response:
    allow_body(request, PHOTO_BYTES + 100_000)
    account, form = await _page(request)
    world = world_of(request)
    caption = _message(form, "caption") or _message(form, "message")
    medium = await _photo(world, account, form)
    now = world.clock()
    handle = Handle(PLATFORM, ids.meta_id("12", 15), account.id, "photo", now, {"medium": medium.id}, expires_at=now + 86_400)
    world.ledger.keep(handle)
    if not form.flag("published", True):
        return JSONResponse({"id": handle.id})
    with world.ledger.transaction():
        post = _put_out(world, account, "image", caption, (medium.id,), now, {"photo": handle.id})
        world.ledger.change(handle, posted=post.remote_id)
    return JSONResponse({"id": handle.id, "post_id": post.remote_id})


async def create_video(request: Request) -> Response:
    allow_body(request, VIDEO_BYTES)
    account, form = await _page(request)
    world = world_of(request)
    text = _message(form, "description")
    medium = await _video(world, account, form)
    video_id, now = ids.meta_id("10", 15), world.clock()
    handle = Handle(PLATFORM, video_id, account.id, "video", now, {"medium": medium.id, "uploaded": True}, world.processed_at(video_id))
    with world.ledger.transaction():
        world.ledger.keep(handle)
        post = _put_out(world, account, "video", text, (medium.id,), handle.ready_at or now, {"video": video_id}, form.text("title"))
        world.ledger.change(handle, posted=post.remote_id)
    return JSONResponse({"id": video_id})


async def video_reels(request: Request) -> Response:
    """Reels: start here, bytes to rupload.facebook.com, finish here."""
    account, form = await _page(request)
    world = world_of(request)
    if form.text("upload_phase") == "start":
        return _start_reel(request, world, account)
    handle = world.ledger.handle(PLATFORM, form.text("video_id") or "")
    if form.text("upload_phase") != "finish" or handle is None or handle.account_id != account.id or handle.kind != "reel":
        raise graph.bad_parameter("upload_phase must be start or finish, with the video_id of a started reel")
    if handle.body.get("posted"):
        return JSONResponse({"success": True, "post_id": handle.body["posted"]})
    return _finish_reel(world, account, handle, form)


def _start_reel(request: Request, world: World, account: Account) -> Response:
    now = world.clock()
    if world.behaviour.limits and world.ledger.count_handles(account.id, "reel", now - 86_400) >= REELS_PER_DAY:
        raise graph.problem(400, 32, "(#32) Page request limit reached")
    handle = Handle(PLATFORM, ids.meta_id("10", 15), account.id, "reel", now, {"uploaded": False}, expires_at=now + 86_400)
    world.ledger.keep(handle)
    address = f"https://rupload.facebook.com/video-upload/{request.path_params['version']}/{handle.id}"
    return JSONResponse({"video_id": handle.id, "upload_url": address})


def _finish_reel(world: World, account: Account, handle: Handle, form: Form) -> Response:
    medium = world.media.get(str(handle.body.get("medium")))
    if medium is None:
        raise graph.problem(400, 6000, "There was a problem uploading your video file. Please try again.", subcode=1363019)
    low, high = REEL_SECONDS
    if medium.duration is not None and not low <= medium.duration <= high:
        raise graph.problem(400, 100, "Invalid parameter", subcode=1363128, title="The video must last 3 to 90 s")
    if medium.width and (medium.width < REEL_SIDE[0] or medium.height < REEL_SIDE[1]):
        raise graph.problem(400, 100, "Invalid parameter", subcode=1363129, title="The video must be at least 540 by 960 pixels")
    text = _message(form, "description")
    if form.text("video_state") != "PUBLISHED":
        raise graph.bad_parameter("video_state must be PUBLISHED here")
    with world.ledger.transaction():
        ready = world.processed_at(handle.id)
        post = _put_out(world, account, "reel", text, (medium.id,), ready, {"video": handle.id}, form.text("title"))
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
    if handle is None or handle.account_id != account.id or handle.kind != "reel":
        raise graph.not_found(request.path_params["video_id"])
    if handle.body["uploaded"]:
        return JSONResponse({"success": True})
    if address := request.headers.get("file_url"):
        return _received(world, handle, world.media.adopt(await _fetched(world, address, VIDEO_BYTES), account.id))
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


def _message(form: Form, name: str) -> str:
    text = form.text(name) or ""
    if len(text) > TEXT_LIMIT:
        raise graph.bad_parameter(f"The parameter {name} must have at most {TEXT_LIMIT} characters")
    return text


def _out_at(world: World, form: Form) -> float:
    """When the post comes out: now, or at the platform's own schedule (10 minutes to 75 days ahead)."""
    now = world.clock()
    if form.flag("published", True):
        return now
    at = whole(form.text("scheduled_publish_time"))
    low, high = SCHEDULE_SECONDS
    if at is None or not low <= at - now <= high:
        raise graph.bad_parameter("The specified scheduled publish time is invalid: 10 minutes to 75 days ahead", subcode=1363037)
    return float(at)


def _put_out(
    world: World, account: Account, kind: str, text: str, media: tuple[str, ...], at: float, extra: dict[str, Any], title: str | None = None
) -> Post:
    remote_id = f"{account.id}_{ids.meta_id('12', 15)}"
    post = Post(PLATFORM, remote_id, account.id, at, kind, text, remote_id, title, media, extra=extra)
    world.ledger.add_post(post, world.clock())
    return post


def _attached_photos(world: World, account: Account, form: Form) -> list[Handle]:
    """The unpublished photos of attached_media[0], attached_media[1], ... or of a JSON list."""
    listed = form.json("attached_media") or []
    indexed = sorted(name for name in form.fields if name.startswith("attached_media["))
    listed = [*listed, *(form.json(name) for name in indexed)] if isinstance(listed, list) else [None]
    found: list[Handle] = []
    for item in listed:
        handle = world.ledger.handle(PLATFORM, str(item.get("media_fbid"))) if isinstance(item, dict) else None
        if handle is None or handle.account_id != account.id or handle.kind != "photo":
            raise graph.bad_parameter("attached_media must name unpublished photos of the Page")
        if handle.body.get("posted"):
            raise graph.problem(
                400,
                100,
                "Invalid parameter",
                subcode=1366051,
                title="Photos were already posted",
                detail="These photos were already posted.",
            )
        found.append(handle)
    return found


async def _photo(world: World, account: Account, form: Form) -> Medium:
    file = await _uploaded(world, form, PHOTO_BYTES, "url")
    medium = world.media.adopt(file, account.id, alt=(form.text("alt_text_custom") or "")[:1000])
    if medium is None or medium.mime not in PHOTO_TYPES:
        raise graph.problem(400, 324, "(#324) Missing or invalid image file", subcode=2069019)
    return medium


async def _video(world: World, account: Account, form: Form) -> Medium:
    medium = world.media.adopt(await _uploaded(world, form, VIDEO_BYTES, "file_url"), account.id)
    if medium is None or medium.kind != "video":
        raise graph.problem(400, 352, "Sorry, this video format is not supported. Please upload a video file.", subcode=1363024)
    return medium


async def _uploaded(world: World, form: Form, limit: int, url_field: str) -> Path:
    """The file that came with the form, or that its address gives."""
    file, address = form.files.get("source"), form.text(url_field)
    if file is None and not address:
        raise graph.bad_parameter(f"Requires upload file: give source or {url_field}")
    if file is None:
        return await _fetched(world, str(address), limit)
    try:
        return await world.media.save(_chunks(file), limit)
    except FileTooLarge as wrong:
        raise too_large() from wrong


async def _fetched(world: World, address: str, limit: int) -> Path:
    try:
        return await pull(world, address, limit)
    except (NotOurs, Unreachable) as wrong:
        raise graph.problem(
            400, 324, "(#324) Missing or invalid image file", subcode=1609010, title="Could not fetch file from url"
        ) from wrong


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(262_144):
        yield chunk


async def comment(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world = world_of(request)
    parent = _own_post(world, account, request.path_params["node"])
    text = form.text("message") or ""
    if not 0 < len(text) <= 8_000:
        raise graph.bad_parameter("The parameter message is required")
    remote_id = f"{parent.remote_id.split('_')[-1]}_{ids.digits_of(15)}"
    now = world.clock()
    world.ledger.add_post(Post(PLATFORM, remote_id, account.id, now, "comment", text, parent.root, parent=parent.remote_id), now)
    return JSONResponse({"id": remote_id})


async def delete_node(request: Request) -> Response:
    account, _ = await graph.enter(request, PLATFORM)
    world = world_of(request)
    post = _own_post(world, account, request.path_params["node"])
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({"success": True})


# reading


async def read_node(request: Request) -> Response:
    """The Page, a video or a post: Graph has one address for all."""
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    if name in (account.id, "me"):
        return JSONResponse(_show_page(request, world, account, form))
    handle = world.ledger.handle(PLATFORM, name)
    if handle and handle.account_id == account.id and handle.kind in ("video", "reel"):
        return JSONResponse(_show_video(request, world, handle, form))
    if handle and handle.account_id == account.id and handle.kind == "photo":
        values = {"id": handle.id, "page_story_id": handle.body.get("posted"), "post_id": handle.body.get("posted")}
        return JSONResponse(graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "Photo"))
    return JSONResponse(_show_post(world, account, _own_post(world, account, name), form))


async def list_pages(request: Request) -> Response:
    """The Pages of the person; here the one Page, with the token that was given."""
    account, form = await graph.enter(request, PLATFORM)
    page = _show_page(request, world_of(request), account, Form({"fields": "id,name,category"}))
    token = bearer(request) or form.text("access_token")
    return JSONResponse(graph.page_of([{**page, "access_token": token, "tasks": ["CREATE_CONTENT"]}]))


def _show_page(request: Request, world: World, account: Account, form: Form) -> dict[str, Any]:
    followers = followers_at(account, world.clock())
    values = {
        "id": account.id, "name": account.display_name, "username": account.handle, "about": account.profile.get("about"),
        "followers_count": followers, "fan_count": followers, "category": "Brand", "link": f"https://www.facebook.com/{account.id}",
        "picture": {"data": {"url": avatar_url(base_of(request), account), "is_silhouette": False}}, "access_token": None,
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id,name"), "Page")


def _show_video(request: Request, world: World, handle: Handle, form: Form) -> dict[str, Any]:
    uploaded, ready = bool(handle.body["uploaded"]), handle.ready_at is not None and world.clock() >= handle.ready_at
    phase = "complete" if ready else "in_progress" if handle.ready_at is not None else "not_started"
    status = {
        "video_status": "ready" if ready else "processing" if uploaded else "upload_started",
        "uploading_phase": {"status": "complete" if uploaded else "in_progress"},
        "processing_phase": {"status": phase},
        "publishing_phase": {"status": phase, **({"publish_status": "published"} if ready else {})},
    }
    values = {
        "id": handle.id,
        "status": status,
        "post_id": handle.body.get("posted") if ready else None,
        "published": ready,
        "permalink_url": f"/reel/{handle.id}/",
    }
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "Video")


def _own_post(world: World, account: Account, name: str) -> Post:
    """By its id, by its last part, or by the photo or video it shows."""
    handle = world.ledger.handle(PLATFORM, name)
    full = str(handle.body.get("posted")) if handle else name if "_" in name else f"{account.id}_{name}"
    post = world.ledger.post(PLATFORM, full, world.clock())
    if post is None or post.account_id != account.id:
        raise graph.not_found(name)
    return post


def _show_post(world: World, account: Account, post: Post, form: Form) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    created = datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    number = post.remote_id.split("_")[-1]
    values = {
        "id": post.remote_id, "message": post.text or None, "created_time": created, "updated_time": created, "is_published": True,
        "permalink_url": f"https://www.facebook.com/{account.id}/posts/{number}", "from": {"name": account.display_name, "id": account.id},
        "status_type": "added_photos" if post.media else "mobile_status_update", "full_picture": None,
        "shares": {"count": seen["shares"]} if seen["shares"] else None,
        "reactions": {"data": [], "summary": {"total_count": seen["likes"], "viewer_reaction": "NONE"}},
        "likes": {"data": [], "summary": {"total_count": seen["likes"], "can_like": True, "has_liked": False}},
        "comments": {"data": [], "summary": {"order": "ranked", "total_count": seen["comments"], "can_comment": True}},
        "insights": None, "attachments": None,
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id,message,created_time"), "Post")


async def list_posts(request: Request) -> Response:
    account, form = await _page(request)
    world = world_of(request)
    limit = min(100, max(1, whole(form.text("limit"), 25) or 25))
    posts = world.ledger.posts_of(account.id, world.clock(), since=float(whole(form.text("since"), 0) or 0), limit=limit)
    return JSONResponse(graph.page_of([_show_post(world, account, post, form) for post in posts if post.parent is None]))


async def insights(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    asked = [metric for metric in (form.text("metric") or "").split(",") if metric]
    if not asked:
        raise graph.problem(400, 3001, "(#3001) No metric was specified to be fetched.", subcode=1504028)
    if name in (account.id, "me"):
        return JSONResponse(_page_insights(world, account, asked))
    post = _own_post(world, account, name)
    values = _post_values(world, account, post)
    _refuse_dead(asked, values)
    data = [graph.insight(post.remote_id, metric, values[metric], metric.replace("_", " ").capitalize()) for metric in asked]
    return JSONResponse({"data": data if values["post_media_view"] else []})


def _post_values(world: World, account: Account, post: Post) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    values: dict[str, Any] = {name: seen[ours] for name, ours in METRICS.items()}
    love = seen["likes"] // 6
    by_type = {"like": seen["likes"] - love, **({"love": love} if love else {})} if seen["likes"] else {}
    activity = {name: count for name, count in (("like", seen["likes"]), ("comment", seen["comments"]), ("share", seen["shares"])) if count}
    values |= {"post_reactions_by_type_total": by_type, "post_activity_by_action_type": activity}
    if post.kind in ("video", "reel"):
        values |= {"post_video_views": seen["views"]}
    return values


def _page_insights(world: World, account: Account, asked: list[str]) -> dict[str, Any]:
    now = world.clock()
    posts = world.ledger.posts_of(account.id, now, since=now - 28 * 86_400, limit=1_000)
    today = sum(figures(post, account, now)["views"] - figures(post, account, now - 86_400)["views"] for post in posts)
    gained = followers_at(account, now) - followers_at(account, now - 86_400)
    values = {"page_media_view": today, "page_follows": followers_at(account, now), "page_daily_follows_unique": gained}
    _refuse_dead(asked, values)
    return {"data": [{**graph.insight(account.id, name, values[name], name), "period": "day"} for name in asked]}


def _refuse_dead(asked: list[str], values: Mapping[str, Any]) -> None:
    """Metrics that Meta removed (page_impressions*, page_fans*, post_impressions*) are errors, not zeros."""
    if any(name not in values for name in asked):
        raise graph.bad_parameter("The value must be a valid insights metric")


ROUTES = {
    "graph.facebook.com": [
        Route("/{version}/me/accounts", list_pages),
        Route("/{version}/{node}/feed", create_post, methods=["POST"]),
        Route("/{version}/{node}/feed", list_posts, methods=["GET"]),
        Route("/{version}/{node}/posts", list_posts, methods=["GET"]),
        Route("/{version}/{node}/published_posts", list_posts, methods=["GET"]),
        Route("/{version}/{node}/photos", create_photo, methods=["POST"]),
        Route("/{version}/{node}/videos", create_video, methods=["POST"]),
        Route("/{version}/{node}/video_reels", video_reels, methods=["POST"]),
        Route("/{version}/{node}/comments", comment, methods=["POST"]),
        Route("/{version}/{node}/insights", insights),
        Route("/{version}/{node}", read_node, methods=["GET"]),
        Route("/{version}/{node}", delete_node, methods=["DELETE"]),
    ],
    "rupload.facebook.com": [Route("/video-upload/{version}/{video_id}", upload_reel, methods=["POST"])],
}
