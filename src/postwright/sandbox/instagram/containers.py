"""Containers: made of what Instagram pulls, processed, dead after a day."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.instagram.answers import PLATFORM, enter_account, fetch_failed
from postwright.sandbox.instagram.options import checked_options
from postwright.sandbox.pull import NotOurs, Unreachable, pull
from postwright.sandbox.records import Account, Handle, Medium
from postwright.sandbox.wire import Form, Refusal
from postwright.sandbox.world import World, world_of

CAPTION_LIMIT, HASHTAGS, MENTIONS = 2200, 30, 20
CONTAINER_LIVES = 86_400
IMAGE_BYTES, VIDEO_BYTES = 8_388_608, 314_572_800
ASPECTS = (0.8, 1.91)
REEL_SECONDS, STORY_SECONDS = (3.0, 900.0), (3.0, 60.0)


async def create_container(request: Request) -> Response:
    account, form = await enter_account(request)
    world = world_of(request)
    kind = form.text("media_type") or ("IMAGE" if form.text("image_url") else "")
    _check_caption(form.text("caption") or "")
    body: dict[str, Any] = {
        "kind": kind,
        "caption": form.text("caption") or "",
        "item": form.flag("is_carousel_item"),
        "ai": form.flag("is_ai_generated"),
        "options": checked_options(form, kind),
    }
    if kind == "CAROUSEL":
        body["media"] = _children(world, account, form)
    elif form.text("image_url") and kind in ("IMAGE", "STORIES"):
        body["media"] = [await _pulled_image(world, account, form, story=kind == "STORIES")]
    elif form.text("video_url") and (kind in ("REELS", "STORIES") or (kind == "VIDEO" and body["item"])):
        body |= await _pulled_video(world, account, form, kind)
    else:
        raise graph.problem(
            400, 100, "(#100) Only photo or video can be accepted as media type: give image_url, or video_url with media_type REELS"
        )
    now = world.clock()
    handle = Handle(PLATFORM, ids.meta_id("17", 17), account.id, "container", now, body, expires_at=now + CONTAINER_LIVES)
    world.ledger.keep(handle)
    world.ledger.change(handle, ready_at=world.processed_at(handle.id))
    return JSONResponse({"id": handle.id})


def _check_caption(caption: str) -> None:
    too_much = (
        len(caption) > CAPTION_LIMIT
        or len(re.findall(r"(?<!\w)#\w+", caption)) > HASHTAGS
        or len(re.findall(r"(?<![\w@])@\w+", caption)) > MENTIONS
    )
    if too_much:
        title = f"The caption must have at most {CAPTION_LIMIT} characters, {HASHTAGS} hashtags and {MENTIONS} @ tags."
        raise graph.problem(400, 100, "Invalid parameter", subcode=2207010, title="Caption too long", detail=title)


def _children(world: World, account: Account, form: Form) -> list[str]:
    names = form.json("children") if (form.text("children") or "").startswith("[") else (form.text("children") or "").split(",")
    names = [str(name) for name in names if name] if isinstance(names, list) else []
    if not 2 <= len(names) <= 10:
        raise graph.problem(
            400, 100, "Invalid parameter", subcode=2207022, title="Carousel Validation Failed", detail="A carousel takes 2 to 10 items."
        )
    found: list[str] = []
    for name in names:
        child = world.ledger.handle(PLATFORM, name)
        if child is None or child.account_id != account.id or not child.body["item"] or status_of(world, child)[0] != "FINISHED":
            raise graph.problem(
                400, 100, "Invalid parameter", subcode=2207022, title="Carousel Validation Failed", detail=f"Item {name} is not ready."
            )
        found.extend(child.body["media"])
    return found


async def _pulled_image(world: World, account: Account, form: Form, *, story: bool) -> str:
    url = str(form.text("image_url"))
    medium = await _pulled(world, account, url, IMAGE_BYTES)
    if medium is None or medium.mime != "image/jpeg":
        raise graph.problem(
            400, 36001, "The image format is not supported", subcode=2207005, title="Image format is not supported", detail="Use JPEG."
        )
    shape = medium.width / medium.height if medium.height else 0
    if not story and not ASPECTS[0] - 0.005 <= shape <= ASPECTS[1] + 0.005:
        detail = f"The aspect ratio {shape:.2f} is outside 4:5 to 1.91:1."
        raise graph.problem(
            400, 36003, "The aspect ratio is not supported.", subcode=2207009, title="Aspect ratio not supported", detail=detail
        )
    world.ledger.describe_medium(medium.id, (form.text("alt_text") or "")[:1000])
    return medium.id


async def _pulled_video(world: World, account: Account, form: Form, kind: str) -> dict[str, Any]:
    """A video's faults show in the container's status, not in the answer."""
    try:
        medium = await _pulled(world, account, str(form.text("video_url")), VIDEO_BYTES)
    except Refusal:
        return {"media": [], "error": "Error: Media download has failed with error code 2207052"}
    if medium is None or medium.mime not in ("video/mp4", "video/quicktime"):
        return {"media": [], "error": "Error: The video format is not supported, error code 2207026"}
    low, high = STORY_SECONDS if kind == "STORIES" else REEL_SECONDS
    if medium.duration is not None and not low <= medium.duration <= high:
        return {"media": [], "error": f"Error: The video must last {low:g} to {high:g} s, error code 2207026"}
    return {"media": [medium.id], **({"cover": await _pulled_cover(world, account, form)} if form.text("cover_url") else {})}


async def _pulled_cover(world: World, account: Account, form: Form) -> str:
    medium = await _pulled(world, account, str(form.text("cover_url")), IMAGE_BYTES)
    if medium is None or medium.mime != "image/jpeg":
        raise graph.problem(400, 36001, "The image format is not supported", subcode=2207005, title="Image format is not supported")
    return medium.id


async def _pulled(world: World, account: Account, url: str, limit: int) -> Medium | None:
    try:
        return world.media.adopt(await pull(world, url, limit), account.id)
    except (NotOurs, Unreachable) as problem:
        raise fetch_failed(url) from problem


def status_of(world: World, handle: Handle) -> tuple[str, str]:
    """status_code and status of a container."""
    if handle.body.get("published"):
        return "PUBLISHED", "Published: Media has been successfully published."
    if world.clock() >= (handle.expires_at or 0):
        return "EXPIRED", "Expired: The container was not published within 24 hours."
    if world.clock() < (handle.ready_at or 0):
        return "IN_PROGRESS", "In Progress: Media is still being processed."
    if handle.body.get("error"):
        return "ERROR", str(handle.body["error"])
    return "FINISHED", "Finished: Media has been uploaded and it is ready to be published."
