"""Feed, photos and videos of a Page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.pull import NotOurs, Unreachable, pull
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Form, allow_body, whole
from postwright.sandbox.world import World, world_of

PLATFORM = "facebook"
TEXT_LIMIT = 63_206
PHOTO_BYTES, VIDEO_BYTES = 10_485_760, 1_073_741_824
SCHEDULE_SECONDS = (600, 75 * 86_400)
PHOTO_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
too_large, malformed, no_such_path = graph.too_large, graph.malformed, graph.no_such_path


async def enter_page(request: Request) -> tuple[Account, Form]:
    """The Page of the token; the address must name it."""
    account, form = await graph.enter(request, PLATFORM)
    if request.path_params["node"] not in (account.id, "me"):
        raise graph.not_found(request.path_params["node"])
    return account, form


async def create_post(request: Request) -> Response:
    account, form = await enter_page(request)
    world = world_of(request)
    message, link = message_of(form, "message"), form.text("link")
    photos = _attached_photos(world, account, form)
    if not message and not link and not photos:
        raise graph.bad_parameter("Requires one of the params: message, link, attached_media")
    at = _out_at(world, form)
    kind = "carousel" if len(photos) > 1 else "image" if photos else "link" if link else "text"
    media = tuple(str(photo.body["medium"]) for photo in photos)
    with world.ledger.transaction():
        post = put_out(world, account, kind, message, media, at, {**({"link": link} if link else {}), **_place(form), **_sponsor(form)})
        for photo in photos:
            world.ledger.change(photo, posted=post.remote_id)
    return JSONResponse({"id": post.remote_id})


def _place(form: Form) -> dict[str, str]:
    place = form.text("place")
    if place is not None and not place.isdigit():
        raise graph.bad_parameter("Param place must be a valid Page ID with a location")
    return {"place": place} if place else {}


def _sponsor(form: Form) -> dict[str, Any]:
    """Branded content: the partner's Page, and whether it may boost the post."""
    sponsor = form.text("sponsor_id")
    if sponsor is not None and not sponsor.isdigit():
        raise graph.bad_parameter("Param sponsor_id must be a valid Page ID")
    return {"sponsor_id": sponsor, "direct_share_status": form.text("direct_share_status") == "1"} if sponsor else {}


async def create_photo(request: Request) -> Response:
    allow_body(request, PHOTO_BYTES + 100_000)
    account, form = await enter_page(request)
    world = world_of(request)
    caption = message_of(form, "caption") or message_of(form, "message")
    medium = await _photo(world, account, form)
    now = world.clock()
    handle = Handle(PLATFORM, ids.meta_id("12", 15), account.id, "photo", now, {"medium": medium.id}, expires_at=now + 86_400)
    world.ledger.keep(handle)
    if not form.flag("published", True):
        return JSONResponse({"id": handle.id})
    with world.ledger.transaction():
        post = put_out(world, account, "image", caption, (medium.id,), now, {"photo": handle.id})
        world.ledger.change(handle, posted=post.remote_id)
    return JSONResponse({"id": handle.id, "post_id": post.remote_id})


async def create_video(request: Request) -> Response:
    allow_body(request, VIDEO_BYTES)
    account, form = await enter_page(request)
    world = world_of(request)
    text = message_of(form, "description")
    medium = await _video(world, account, form)
    video_id, now = ids.meta_id("10", 15), world.clock()
    handle = Handle(PLATFORM, video_id, account.id, "video", now, {"medium": medium.id, "uploaded": True}, world.processed_at(video_id))
    with world.ledger.transaction():
        world.ledger.keep(handle)
        post = put_out(
            world, account, "video", text, (medium.id,), handle.ready_at or now, {"video": video_id, **_sponsor(form)}, form.text("title")
        )
        world.ledger.change(handle, posted=post.remote_id)
    return JSONResponse({"id": video_id})


def message_of(form: Form, name: str) -> str:
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


def put_out(
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
        return await fetched(world, str(address), limit)
    try:
        return await world.media.save(_chunks(file), limit)
    except FileTooLarge as wrong:
        raise too_large() from wrong


async def fetched(world: World, address: str, limit: int) -> Path:
    try:
        return await pull(world, address, limit)
    except (NotOurs, Unreachable) as wrong:
        raise graph.problem(
            400, 324, "(#324) Missing or invalid image file", subcode=1609010, title="Could not fetch file from url"
        ) from wrong


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(262_144):
        yield chunk
