"""Containers: made, filled by pulling the media, published once within 24 hours."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.pull import NotOurs, Unreachable, pull
from postwright.sandbox.quota import day_is_full
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.threads.answers import PLATFORM, enter, invalid, own_node
from postwright.sandbox.wire import Form
from postwright.sandbox.world import World

TEXT_LIMIT, CAROUSEL, PER_DAY, REPLIES_PER_DAY = 500, (2, 20), 250, 1_000
CONTAINER_LIVES = 86_400
IMAGE_BYTES, VIDEO_BYTES, VIDEO_SECONDS = 8_388_608, 1_073_741_824, 300.0
IMAGES, VIDEOS = ("image/jpeg", "image/png"), ("video/mp4", "video/quicktime")
CONTROLS = ("everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only", "followers_only")


async def create_container(request: Request) -> Response:
    world, account, form = await enter(request)
    own_node(request, account)
    text, kind = form.text("text") or "", form.text("media_type") or ""
    if length(text) > TEXT_LIMIT:
        raise invalid(f"Param text must be at most {TEXT_LIMIT} characters long.", 2207010)
    if (control := form.text("reply_control")) and control not in CONTROLS:
        raise graph.bad_parameter(f"Param reply_control must be one of {{{', '.join(CONTROLS)}}}")
    parent = _parent(world, form)
    body: dict[str, Any] = {
        "kind": kind, "text": text, "item": form.flag("is_carousel_item"), "parent": parent.remote_id if parent else None,
        "root": parent.root if parent else None, "topic_tag": form.text("topic_tag"), "reply_control": control,
    }  # fmt: skip
    body |= await _filled(world, account, form, kind)
    now = world.clock()
    handle = Handle(PLATFORM, ids.meta_id("17", 17), account.id, "container", now, body, now, now + CONTAINER_LIVES)
    world.ledger.keep(handle)
    if kind != "TEXT":
        world.ledger.change(handle, ready_at=world.processed_at(handle.id))
    return JSONResponse({"id": handle.id})


def length(text: str) -> int:
    """Characters, and of a picture the bytes that it takes."""
    return sum(len(character.encode()) if ord(character) >= 0x1F000 or 0x2300 <= ord(character) <= 0x27BF else 1 for character in text)


def _parent(world: World, form: Form) -> Post | None:
    name = form.text("reply_to_id")
    if not name:
        return None
    parent = world.ledger.post(PLATFORM, name, world.clock())
    if parent is None:
        raise graph.not_found(name)
    return parent


async def _filled(world: World, account: Account, form: Form, kind: str) -> dict[str, Any]:
    if kind == "TEXT":
        if not (form.text("text") or "").strip():
            raise graph.bad_parameter("The parameter text is required")
        return {"media": []}
    if kind == "CAROUSEL":
        return {"media": _children(world, account, form)}
    url = form.text(f"{kind.lower()}_url")
    if kind not in ("IMAGE", "VIDEO") or not url:
        raise graph.bad_parameter("Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}, with image_url or video_url")
    return await _pulled(world, account, url, kind, (form.text("alt_text") or "")[:1000])


def _children(world: World, account: Account, form: Form) -> list[str]:
    names = [name for name in (form.text("children") or "").split(",") if name]
    if not CAROUSEL[0] <= len(names) <= CAROUSEL[1]:
        raise invalid(f"A carousel takes {CAROUSEL[0]} to {CAROUSEL[1]} items.", 2207028)
    found: list[str] = []
    for name in names:
        child = world.ledger.handle(PLATFORM, name)
        if child is None or child.account_id != account.id or not child.body["item"] or status(world, child)[0] != "FINISHED":
            raise invalid(f"Item {name} of the carousel is not ready.", 2207022)
        found.extend(child.body["media"])
    return found


async def _pulled(world: World, account: Account, url: str, kind: str, alt: str) -> dict[str, Any]:
    """What is wrong with a medium shows in the container's status, not in the answer."""
    try:
        file = await pull(world, url, IMAGE_BYTES if kind == "IMAGE" else VIDEO_BYTES)
    except (NotOurs, Unreachable):
        return {"media": [], "error": f"FAILED_DOWNLOADING_{kind}"}
    medium = world.media.adopt(file, account.id, alt=alt)
    if medium is None or medium.mime not in (IMAGES if kind == "IMAGE" else VIDEOS):
        return {"media": [], "error": f"FAILED_PROCESSING_{kind}"}
    return {"media": [medium.id], **_wrong_length(medium)}


def _wrong_length(medium: Medium) -> dict[str, str]:
    return {"error": "INVALID_DURATION"} if medium.duration is not None and medium.duration > VIDEO_SECONDS else {}


def status(world: World, handle: Handle) -> tuple[str, str | None]:
    """status and error_message of a container."""
    if handle.body.get("published"):
        return "PUBLISHED", None
    if world.clock() >= (handle.expires_at or 0):
        return "EXPIRED", None
    if world.clock() < (handle.ready_at or 0):
        return "IN_PROGRESS", None
    return ("ERROR", str(handle.body["error"])) if handle.body.get("error") else ("FINISHED", None)


async def publish(request: Request) -> Response:
    world, account, form = await enter(request)
    own_node(request, account)
    handle = world.ledger.handle(PLATFORM, form.text("creation_id") or "")
    if handle is None or handle.account_id != account.id or handle.body["item"]:
        raise graph.problem(400, 24, "The requested resource does not exist", subcode=4279009, title="Media Not Found")
    code, _ = status(world, handle)
    if code == "IN_PROGRESS":
        raise graph.problem(400, 9007, "Media ID is not available", subcode=2207027, title="The media is not ready for publishing.")
    if code != "FINISHED":
        raise graph.problem(400, 24, "The requested resource does not exist", subcode=2207008, title=f"The container is {code}.")
    is_reply = handle.body["parent"] is not None
    if day_is_full(world, account, REPLIES_PER_DAY if is_reply else PER_DAY, replies=is_reply):
        raise graph.problem(400, 9, "Application request limit reached", subcode=2207042, title="You reached the limit of posts of today.")
    return JSONResponse({"id": _land(world, account, handle)})


def _land(world: World, account: Account, handle: Handle) -> str:
    remote_id, now, body = ids.meta_id("18", 17), world.clock(), handle.body
    kinds = {"TEXT": "text", "IMAGE": "image", "VIDEO": "video", "CAROUSEL": "carousel"}
    extra = {"shortcode": ids.letters(11), "container": handle.id, "topic_tag": body["topic_tag"], "reply_control": body["reply_control"]}
    post = Post(
        PLATFORM, remote_id, account.id, now, kinds[body["kind"]], body["text"], body["root"] or remote_id, None, tuple(body["media"]),
        body["parent"], extra=extra,
    )  # fmt: skip
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        world.ledger.change(handle, published=remote_id)
    return remote_id
