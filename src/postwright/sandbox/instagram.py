"""Instagram with Instagram login: containers, publishing and insights at graph.instagram.com.

Shapes after developers.facebook.com/docs/instagram-platform (content publishing, error codes,
insights), read in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import graph, ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at, watch_share
from postwright.sandbox.pull import NotOurs, Unreachable, pull
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Form, Refusal, base_of
from postwright.sandbox.world import World, world_of

PLATFORM = "instagram"
CAPTION_LIMIT, HASHTAGS, MENTIONS = 2200, 30, 20
PER_DAY = 100
CONTAINER_LIVES = 86_400
IMAGE_BYTES, VIDEO_BYTES = 8_388_608, 314_572_800
ASPECTS = (0.8, 1.91)
REEL_SECONDS, STORY_SECONDS = (3.0, 900.0), (3.0, 60.0)
KINDS = {"IMAGE": "image", "CAROUSEL": "carousel", "REELS": "reel", "STORIES": "story"}
METRICS: Mapping[str, str] = {
    "views": "views", "reach": "reach", "likes": "likes", "comments": "comments", "saved": "saves", "shares": "shares",
}  # fmt: skip
REEL_METRICS = ("ig_reels_avg_watch_time", "ig_reels_video_view_total_time")
too_large, malformed, no_such_path = graph.too_large, graph.malformed, graph.no_such_path


def fetch_failed(url: str) -> Refusal:
    title = "Media download has failed. The media URI doesn't meet our requirements."
    detail = f"The media could not be fetched from this URI: {url}"
    return graph.problem(400, 9004, "Only photo or video can be accepted as media type.", subcode=2207052, title=title, detail=detail)


def _not_mine(account: Account, name: str) -> bool:
    return name not in (account.id, "me")


# containers


async def create_container(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    if _not_mine(account, request.path_params["node"]):
        raise graph.not_found(request.path_params["node"])
    world = world_of(request)
    kind = form.text("media_type") or ("IMAGE" if form.text("image_url") else "")
    _check_caption(form.text("caption") or "")
    body: dict[str, Any] = {
        "kind": kind,
        "caption": form.text("caption") or "",
        "item": form.flag("is_carousel_item"),
        "ai": form.flag("is_ai_generated"),
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
        if child is None or child.account_id != account.id or not child.body["item"] or _status(world, child)[0] != "FINISHED":
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
    return {"media": [medium.id]}


async def _pulled(world: World, account: Account, url: str, limit: int) -> Medium | None:
    try:
        return world.media.adopt(await pull(world, url, limit), account.id)
    except (NotOurs, Unreachable) as problem:
        raise fetch_failed(url) from problem


def _status(world: World, handle: Handle) -> tuple[str, str]:
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


async def publish(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    if _not_mine(account, request.path_params["node"]):
        raise graph.not_found(request.path_params["node"])
    world = world_of(request)
    handle = world.ledger.handle(PLATFORM, form.text("creation_id") or "")
    if handle is None or handle.account_id != account.id or handle.body["item"]:
        raise graph.problem(400, 24, "The requested resource does not exist", subcode=2207006, title="Media Not Found")
    code, said = _status(world, handle)
    if code == "IN_PROGRESS":
        raise graph.problem(
            400,
            9007,
            "Media ID is not available",
            subcode=2207027,
            title="Media is not ready",
            detail="The media is not ready for publishing.",
        )
    if code != "FINISHED":
        raise graph.problem(400, 24, "The requested resource does not exist", subcode=2207008, title="Media builder expired", detail=said)
    if world.behaviour.limits and _used(world, account) >= PER_DAY:
        raise graph.problem(
            400, 9, "Application request limit reached", subcode=2207042, title="You reached maximum number of posts that is allowed."
        )
    return JSONResponse({"id": _post_container(world, account, handle)})


def _post_container(world: World, account: Account, handle: Handle) -> str:
    remote_id, now, body = ids.meta_id("18", 17), world.clock(), handle.body
    extra = {"shortcode": ids.letters(11), "container": handle.id, "ai": body["ai"]}
    post = Post(
        PLATFORM, remote_id, account.id, now, KINDS[body["kind"]], body["caption"], remote_id, media=tuple(body["media"]), extra=extra
    )
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        world.ledger.change(handle, published=remote_id)
    return remote_id


def _used(world: World, account: Account) -> int:
    return world.ledger.sent_since(account.id, world.clock() - 86_400)


async def publishing_limit(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    names = graph.asked_fields(form.text("fields"), "quota_usage")
    shown = {"quota_usage": _used(world_of(request), account), "config": {"quota_total": PER_DAY, "quota_duration": 86_400}}
    return JSONResponse({"data": [{name: shown[name] for name in names if name in shown}]})


# reading


async def read_node(request: Request) -> Response:
    """The account, a container or a post: Graph has one address for all."""
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    if not _not_mine(account, name):
        return JSONResponse(_show_account(request, world, account, form))
    handle = world.ledger.handle(PLATFORM, name)
    if handle and handle.account_id == account.id:
        code, said = _status(world, handle)
        names = graph.asked_fields(form.text("fields"), "id")
        return JSONResponse(graph.choose({"id": handle.id, "status_code": code, "status": said}, names, "IGMediaContainer"))
    return JSONResponse(_show_post(world, account, _own_post(world, account, name), form))


def _show_account(request: Request, world: World, account: Account, form: Form) -> dict[str, Any]:
    values = {
        "id": account.id, "user_id": account.id, "username": account.handle, "name": account.display_name, "account_type": "BUSINESS",
        "biography": account.profile.get("about", ""), "profile_picture_url": avatar_url(base_of(request), account),
        "followers_count": followers_at(account, world.clock()), "follows_count": 210,
        "media_count": world.ledger.count_of(account.id, world.clock())[0],
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "IGUser")


def _own_post(world: World, account: Account, name: str) -> Post:
    post = world.ledger.post(PLATFORM, name, world.clock())
    if post is None or post.account_id != account.id:
        raise graph.not_found(name)
    return post


def _show_post(world: World, account: Account, post: Post, form: Form) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    code = post.extra.get("shortcode", post.remote_id[-11:])
    types = {"reel": ("VIDEO", "REELS"), "carousel": ("CAROUSEL_ALBUM", "FEED"), "story": ("IMAGE", "STORY")}
    media_type, product = types.get(post.kind, ("IMAGE", "FEED"))
    values = {
        "id": post.remote_id, "caption": post.text or None, "media_type": media_type, "media_product_type": product, "shortcode": code,
        "permalink": f"https://www.instagram.com/{'reel' if post.kind == 'reel' else 'p'}/{code}/", "timestamp": graph.when(post),
        "username": account.handle, "like_count": seen["likes"], "comments_count": seen["comments"], "is_comment_enabled": True,
        "media_url": None, "thumbnail_url": None, "owner": {"id": account.id}, "text": post.text,
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "IGMedia")


async def list_media(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    if _not_mine(account, request.path_params["node"]):
        raise graph.not_found(request.path_params["node"])
    world = world_of(request)
    limit = min(100, max(1, int(text) if (text := form.text("limit") or "").isdigit() else 25))
    posts = [post for post in world.ledger.posts_of(account.id, world.clock(), limit=limit) if post.parent is None and post.kind != "story"]
    return JSONResponse(graph.page_of([_show_post(world, account, post, form) for post in posts]))


async def insights(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    if not _not_mine(account, name):
        return JSONResponse(_account_insights(world, account, form))
    post = _own_post(world, account, name)
    known = (*METRICS, "total_interactions", *(REEL_METRICS if post.kind == "reel" else ()))
    asked = _asked_metrics(form, known)
    values = _values(world, account, post)
    # What has no data yet is left out, as Instagram does: an empty set, not 0.
    data = [
        graph.insight(post.remote_id, metric, values[metric], metric.replace("_", " ").capitalize()) for metric in asked if values["views"]
    ]
    return JSONResponse({"data": data})


def _asked_metrics(form: Form, known: tuple[str, ...]) -> list[str]:
    asked = [name for name in (form.text("metric") or "").split(",") if name]
    for place, name in enumerate(asked):
        if name not in known:
            raise graph.bad_parameter(f"metric[{place}] must be one of the following values: {', '.join(known)}")
    if not asked:
        raise graph.bad_parameter("The parameter metric is required")
    return asked


def _values(world: World, account: Account, post: Post) -> dict[str, int]:
    seen = figures(post, account, world.clock())
    values = {name: seen[ours] for name, ours in METRICS.items()}
    values["total_interactions"] = sum(seen[name] for name in ("likes", "comments", "saves", "shares"))
    if post.kind == "reel":
        medium = world.media.get(post.media[0]) if post.media else None
        mean = int(1000 * watch_share(post) * (medium.duration or 15.0 if medium else 15.0))
        values |= {"ig_reels_avg_watch_time": mean, "ig_reels_video_view_total_time": mean * seen["views"]}
    return values


def _account_insights(world: World, account: Account, form: Form) -> dict[str, Any]:
    asked = _asked_metrics(form, ("reach", "views", "follower_count"))
    now = world.clock()
    posts = world.ledger.posts_of(account.id, now, since=now - 28 * 86_400, limit=1_000)
    sums = {
        name: sum(figures(post, account, now)[name] - figures(post, account, now - 86_400)[name] for post in posts)
        for name in ("reach", "views")
    }
    sums["follower_count"] = followers_at(account, now) - followers_at(account, now - 86_400)
    return {"data": [{**graph.insight(account.id, name, sums[name], name), "period": "day"} for name in asked]}


async def comment(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world = world_of(request)
    parent = _own_post(world, account, request.path_params["node"])
    text = form.text("message") or ""
    if not 0 < len(text) <= 300:
        raise graph.bad_parameter("The parameter message is required, up to 300 characters")
    remote_id = ids.meta_id("17", 17)
    now = world.clock()
    world.ledger.add_post(Post(PLATFORM, remote_id, account.id, now, "comment", text, parent.root, parent=parent.remote_id), now)
    return JSONResponse({"id": remote_id})


async def delete_node(request: Request) -> Response:
    account, _ = await graph.enter(request, PLATFORM)
    world = world_of(request)
    post = _own_post(world, account, request.path_params["node"])
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({"success": True})


ROUTES = {
    "graph.instagram.com": [
        Route("/{version}/{node}/media", create_container, methods=["POST"]),
        Route("/{version}/{node}/media", list_media, methods=["GET"]),
        Route("/{version}/{node}/media_publish", publish, methods=["POST"]),
        Route("/{version}/{node}/content_publishing_limit", publishing_limit),
        Route("/{version}/{node}/insights", insights),
        Route("/{version}/{node}/comments", comment, methods=["POST"]),
        Route("/{version}/{node}", read_node, methods=["GET"]),
        Route("/{version}/{node}", delete_node, methods=["DELETE"]),
    ]
}
