"""X: API v2 posts, users and chunked media upload at api.x.com.

Shapes after docs.x.com (posts, media/upload, problem+json), read in November 2026.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import math
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.kit.counting import weighted_length
from postwright.kit.entities import extract_urls
from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.quota import Quota, spend
from postwright.sandbox.records import Account, Handle, Post
from postwright.sandbox.wire import Malformed, Refusal, allow_body, base_of, bearer, read_form, read_json, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "x"
TEXT_LIMIT = 280
POSTS_PER_WINDOW, WINDOW = 100, 900
READS_PER_WINDOW = 900
DUPLICATE_WITHIN = 86_400
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


def problem(
    status: int, title: str, detail: str, kind: str = "about:blank", headers: Mapping[str, str] | None = None, **more: Any
) -> Refusal:
    """An error as X words it: problem+json."""
    return Refusal(status, {"title": title, "detail": detail, "type": kind, "status": status, **more}, headers, "application/problem+json")


def invalid(message: str, **parameters: Any) -> Refusal:
    """The 400 for a parameter that X does not take."""
    errors = [{"parameters": {name: [str(value)] for name, value in parameters.items()}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return problem(400, "Invalid Request", detail, "https://api.twitter.com/2/problems/invalid-request", errors=errors)


def too_large() -> Refusal:
    return problem(413, "Payload Too Large", "The request is larger than this endpoint takes.")


def malformed(why: str) -> Refusal:
    return invalid(f"Requests with bodies must be valid: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "Not Found", "Not Found")


def _account(request: Request) -> Account:
    found = whose(world_of(request), bearer(request), PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, "Unauthorized", "Unauthorized")
    return found


def _reader(request: Request) -> Account:
    account = _account(request)
    _within(spend(world_of(request), account, f"read:{request.scope['endpoint'].__name__}", READS_PER_WINDOW, WINDOW))
    return account


def _within(quota: Quota) -> Quota:
    if quota.refused:
        raise problem(429, "Too Many Requests", "Too Many Requests", headers=quota.headers())
    return quota


# posts


async def create_post(request: Request) -> Response:
    world, account = world_of(request), _account(request)
    quota = _within(spend(world, account, "create_post", POSTS_PER_WINDOW, WINDOW))
    body = await read_json(request)
    post = _checked_post(world, account, body)
    with world.ledger.transaction():
        world.ledger.add_post(post, world.clock())
    data = {"id": post.remote_id, "text": _told_text(post, account)[0], "edit_history_tweet_ids": [post.remote_id]}
    return JSONResponse({"data": data}, 201, quota.headers())


def _checked_post(world: World, account: Account, body: Mapping[str, Any]) -> Post:
    text, media = body.get("text", ""), _attached(world, account, body)
    if not isinstance(text, str):
        raise invalid("$.text: expected a string", text=text)
    if not text.strip() and not media:
        raise invalid("$.text: the request must have text or media", text=text)
    if weighted_length(text) > TEXT_LIMIT:
        more = "For more information on how Twitter determines text length see https://github.com/twitter/twitter-text."
        raise problem(400, "Bad Request", f"Your Tweet text is too long. {more}")
    parent, root = _replied_to(world, body)
    _refuse_duplicate(world, account, text)
    now = world.clock()
    remote_id = ids.x_id(now)
    extra = {name: body[name] for name in ("made_with_ai", "paid_partnership", "quote_tweet_id") if name in body}
    kind = "video" if any(kind == "video" for _, kind in media) else "image" if media else "text"
    return Post(
        PLATFORM, remote_id, account.id, now, kind, text, root or remote_id, None, tuple(medium for medium, _ in media), parent, extra=extra
    )


def _attached(world: World, account: Account, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The media of a post as (our id, kind); refuses what is foreign, unready or too many."""
    section = body.get("media") or {}
    names = section.get("media_ids", []) if isinstance(section, dict) else None
    if not isinstance(names, list) or len(names) > 4:
        raise invalid("$.media.media_ids: 1 to 4 ids are required", media_ids=names)
    found: list[tuple[str, str]] = []
    for name in names:
        handle = world.ledger.handle(PLATFORM, str(name))
        medium = world.media.get(str(handle.body.get("medium"))) if handle and _state(world, handle) == "succeeded" else None
        if handle is None or medium is None or handle.account_id != account.id or (handle.expires_at or 0) < world.clock():
            raise invalid("Your media IDs are invalid.", media_ids=name)
        found.append((medium.id, "image" if medium.mime != "image/gif" and medium.kind == "image" else "video"))
    if len(found) > 1 and any(kind == "video" for _, kind in found):
        raise invalid("A post takes up to 4 photos or 1 animated GIF or 1 video.", media_ids=names)
    return found


def _replied_to(world: World, body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    reply = body.get("reply") or {}
    parent_id = reply.get("in_reply_to_tweet_id") if isinstance(reply, dict) else None
    if parent_id is None:
        return None, None
    parent = world.ledger.post(PLATFORM, str(parent_id), world.clock())
    if parent is None:
        raise problem(403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you.")
    return parent.remote_id, parent.root


def _refuse_duplicate(world: World, account: Account, text: str) -> None:
    now = world.clock()
    if text and world.ledger.said(account.id, text, since=now - DUPLICATE_WITHIN):
        raise problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")


async def read_post(request: Request) -> Response:
    account, world = _reader(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["post_id"], world.clock())
    if post is None:
        return JSONResponse({"errors": [_missing(request.path_params["post_id"])]})
    return JSONResponse({"data": _show(world, post, account, _fields(request))})


async def read_posts(request: Request) -> Response:
    account, world = _reader(request), world_of(request)
    names = [name for name in request.query_params.get("ids", "").split(",") if name]
    if not 1 <= len(names) <= 100:
        raise invalid("The number of values in the `ids` query parameter list must be from 1 to 100", ids=names)
    posts = {name: world.ledger.post(PLATFORM, name, world.clock()) for name in names}
    body: dict[str, Any] = {"data": [_show(world, post, account, _fields(request)) for post in posts.values() if post]}
    if missing := [_missing(name) for name, post in posts.items() if post is None]:
        body["errors"] = missing
    return JSONResponse(body)


async def posts_of_user(request: Request) -> Response:
    account, world = _reader(request), world_of(request)
    owner = world.ledger.account(request.path_params["user_id"])
    if owner is None or owner.platform != PLATFORM:
        return JSONResponse({"errors": [_missing(request.path_params["user_id"], "user")]})
    limit = whole(request.query_params.get("max_results"), 10) or 10
    if not 5 <= limit <= 100:
        raise invalid("The `max_results` query parameter value must be from 5 to 100", max_results=limit)
    since, until = (_moment(request, name) for name in ("start_time", "end_time"))
    posts = world.ledger.posts_of(owner.id, world.clock(), since=since or 0, until=until, limit=limit)
    if (newer := request.query_params.get("since_id", "")).isdigit():
        posts = [post for post in posts if int(post.remote_id) > int(newer)]
    meta: dict[str, Any] = {"result_count": len(posts)}
    if not posts:
        return JSONResponse({"meta": meta})
    meta |= {"newest_id": posts[0].remote_id, "oldest_id": posts[-1].remote_id}
    return JSONResponse({"data": [_show(world, post, account, _fields(request)) for post in posts], "meta": meta})


async def delete_post(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["post_id"])
    if post and post.account_id != account.id:
        raise problem(403, "Forbidden", "You are not authorized to delete this Tweet.")
    if post:
        world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({"data": {"deleted": True}})


def _missing(name: str, kind: str = "tweet") -> dict[str, str]:
    return {
        "value": name, "detail": f"Could not find {kind} with ids: [{name}].", "title": "Not Found Error", "resource_type": kind,
        "parameter": "ids", "resource_id": name, "type": "https://api.twitter.com/2/problems/resource-not-found",
    }  # fmt: skip


def _fields(request: Request) -> set[str]:
    return {name for name in request.query_params.get("tweet.fields", "").split(",") if name}


def _show(world: World, post: Post, reader: Account, fields: set[str]) -> dict[str, Any]:
    owner = world.ledger.account(post.account_id) or reader
    text, links = _told_text(post, owner)
    shown: dict[str, Any] = {"id": post.remote_id, "text": text, "edit_history_tweet_ids": [post.remote_id]}
    optional = {
        **({"entities": {"urls": links}} if links else {}),
        "created_at": datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "author_id": post.account_id,
        "conversation_id": post.root,
        **({"in_reply_to_user_id": post.account_id} if post.parent else {}),
        **({"referenced_tweets": [{"type": "replied_to", "id": post.parent}]} if post.parent else {}),
        **({"attachments": {"media_keys": [f"3_{name}" for name in post.media]}} if post.media else {}),
        **_metrics(world, post, reader, owner),
    }
    return shown | {name: value for name, value in optional.items() if name in fields}


def _told_text(post: Post, owner: Account) -> tuple[str, list[dict[str, Any]]]:
    """The text as X tells it, HTML escaped, every link as t.co and one more for the media; and where these lead."""
    text, at, links = "", 0, []
    for url in extract_urls(post.text):
        text += html.escape(post.text[at : url.start], quote=False)
        links.append(_link(post, len(text), url.value))
        text, at = text + links[-1]["url"], url.end
    text += html.escape(post.text[at:], quote=False)
    if post.media:
        text += " " if text else ""
        address = f"https://x.com/{owner.handle}/status/{post.remote_id}/{'video' if post.kind == 'video' else 'photo'}/1"
        links.append(_link(post, len(text), address) | {"display_url": "pic.x.com/sandbox", "media_key": f"3_{post.media[0]}"})
        text += links[-1]["url"]
    return text, links


def _link(post: Post, start: int, address: str) -> dict[str, Any]:
    url = f"https://t.co/{hashlib.sha256(f'{post.remote_id}/{start}'.encode()).hexdigest()[:10]}"
    full = address if "://" in address else f"http://{address}"
    return {"start": start, "end": start + len(url), "url": url, "expanded_url": full, "display_url": full.partition("://")[2]}


def _metrics(world: World, post: Post, reader: Account, owner: Account) -> dict[str, Any]:
    seen = figures(post, owner, world.clock())
    public = {
        "retweet_count": seen["shares"], "reply_count": seen["comments"], "like_count": seen["likes"],
        "quote_count": seen["quotes"], "bookmark_count": seen["saves"], "impression_count": seen["views"],
    }  # fmt: skip
    private = {"impression_count": seen["views"], "url_link_clicks": seen["clicks"], "user_profile_clicks": seen["clicks"] // 3}
    fresh = world.clock() - post.created_at <= 30 * 86_400  # private figures are told for 30 days
    own = reader.id == owner.id and fresh
    return {"public_metrics": public, **({"non_public_metrics": private, "organic_metrics": {**public, **private}} if own else {})}


def _moment(request: Request, name: str) -> float | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as wrong:
        raise invalid(f"Invalid '{name}': '{text}'. It must be a valid RFC 3339 time", **{name: text}) from wrong


# users


async def me(request: Request) -> Response:
    account, world = _reader(request), world_of(request)
    fields = request.query_params.get("user.fields", "").split(",")
    base = base_of(request)
    optional = {
        "created_at": datetime.fromtimestamp(account.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "description": account.profile.get("about", ""),
        "profile_image_url": avatar_url(base, account),
        "verified": False,
        "public_metrics": {
            "followers_count": followers_at(account, world.clock()), "following_count": 120, "listed_count": 3,
            "tweet_count": world.ledger.count_of(account.id, world.clock())[0],
        },
    }  # fmt: skip
    chosen = {name: value for name, value in optional.items() if name in fields}
    return JSONResponse({"data": {"id": account.id, "name": account.display_name, "username": account.handle, **chosen}})


# media


async def initialize(request: Request) -> Response:
    world, account = world_of(request), _account(request)
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
    world, account = world_of(request), _account(request)
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
    world, account = world_of(request), _account(request)
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
    world, account = world_of(request), _account(request)
    if request.query_params.get("command", "STATUS") != "STATUS":
        raise invalid("command: only STATUS is read here", command=request.query_params.get("command"))
    handle = _upload(world, account, request.query_params.get("media_id", ""))
    return JSONResponse({"data": _told(world, handle)})


async def upload_at_once(request: Request) -> Response:
    """One request for an image: the form's `media` and `media_category`."""
    world, account = world_of(request), _account(request)
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
    world, account = world_of(request), _account(request)
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


def _state(world: World, handle: Handle) -> str:
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
    state = _state(world, handle)
    info: dict[str, Any] = {"state": state, "progress_percent": 100 if state == "succeeded" else 50}
    if state == "in_progress":
        info["check_after_secs"] = max(1, math.ceil((handle.ready_at or 0) - world.clock()))
    if state == "failed":
        info["error"] = {"code": 1, "name": "InvalidMedia", "message": handle.body["failed"]}
    return told | {"processing_info": info}


ROUTES = {
    "api.x.com": [
        Route("/2/tweets", create_post, methods=["POST"]),
        Route("/2/tweets", read_posts, methods=["GET"]),
        Route("/2/tweets/{post_id}", read_post, methods=["GET"]),
        Route("/2/tweets/{post_id}", delete_post, methods=["DELETE"]),
        Route("/2/users/me", me),
        Route("/2/users/{user_id}/tweets", posts_of_user),
        Route("/2/media/upload", status, methods=["GET"]),
        Route("/2/media/upload", upload_at_once, methods=["POST"]),
        Route("/2/media/upload/initialize", initialize, methods=["POST"]),
        Route("/2/media/upload/{media_id}/append", append, methods=["POST"]),
        Route("/2/media/upload/{media_id}/finalize", finalize, methods=["POST"]),
        Route("/2/media/metadata", describe_media, methods=["POST"]),
    ]
}
