"""TikTok: Content Posting API and Display API v2 at open.tiktokapis.com, uploads at open-upload.tiktokapis.com.

Shapes after developers.tiktok.com (direct post, photo post, media transfer guide, get post
status, video query), read in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.kit.counting import utf16_units
from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.pull import NotOurs, Unreachable, may_pull, pull
from postwright.sandbox.quota import day_is_full, spend
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Refusal, TooLarge, allow_body, base_of, bearer, read_json, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "tiktok"
CAPTION_LIMIT, PHOTO_TITLE_LIMIT, PHOTO_TEXT_LIMIT = 2200, 90, 4000
POSTS_PER_DAY, DRAFTS_PER_DAY = 15, 5
VIDEO_BYTES, PHOTO_BYTES = 4_294_967_296, 20_971_520
CHUNK_MIN, CHUNK_MAX, LAST_CHUNK_MAX = 5_242_880, 67_108_864, 134_217_728
MAX_SECONDS = 600
UPLOAD_LIVES = 3600
PER_MINUTE = {"init": 6, "creator_info": 20, "status": 30, "read": 600}
PRIVACY = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
VIDEO_TYPES = ("video/mp4", "video/webm", "video/quicktime")
PHOTO_TYPES = ("image/jpeg", "image/webp")


def problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, {"data": {}, "error": {"code": code, "message": message, "log_id": _log_id()}}, headers)


def invalid(message: str) -> Refusal:
    return problem(400, "invalid_params", message)


def too_large() -> Refusal:
    return problem(413, "invalid_params", "The request is larger than this endpoint takes")


def malformed(why: str) -> Refusal:
    return invalid(why)


def no_such_path(_: Request) -> Refusal:
    return problem(404, "invalid_params", "Unsupported path")


def _ok(data: dict[str, Any]) -> Response:
    return JSONResponse({"data": data, "error": {"code": "ok", "message": "", "log_id": _log_id()}})


def _log_id() -> str:
    return ids.digits_of(14) + ids.letters(20).upper()


def _account(request: Request, bucket: str) -> Account:
    world = world_of(request)
    found = whose(world, bearer(request), PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, "access_token_invalid", "The access token is invalid or not found in the request.")
    if spend(world, found, bucket, PER_MINUTE[bucket], 60).refused:
        raise problem(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")
    return found


# posting


async def creator_info(request: Request) -> Response:
    account = _account(request, "creator_info")
    return _ok({
        "creator_avatar_url": avatar_url(base_of(request), account), "creator_username": account.handle,
        "creator_nickname": account.display_name, "privacy_level_options": list(PRIVACY), "comment_disabled": False,
        "duet_disabled": False, "stitch_disabled": False, "max_video_post_duration_sec": MAX_SECONDS,
    })  # fmt: skip


async def init_video(request: Request) -> Response:
    account, world = _account(request, "init"), world_of(request)
    body = await read_json(request)
    return await _start_video(world, account, body, _checked_info(world, account, body.get("post_info"), CAPTION_LIMIT))


async def init_inbox_video(request: Request) -> Response:
    """A draft for the creator's inbox: the creator finishes it in the app."""
    account, world = _account(request, "init"), world_of(request)
    _refuse_many_drafts(world, account)
    return await _start_video(world, account, await read_json(request), None)


async def init_photos(request: Request) -> Response:
    account, world = _account(request, "init"), world_of(request)
    body = await read_json(request)
    if body.get("media_type") != "PHOTO" or body.get("post_mode") not in ("DIRECT_POST", "MEDIA_UPLOAD"):
        raise invalid("media_type must be PHOTO and post_mode DIRECT_POST or MEDIA_UPLOAD")
    info = _photo_info(world, account, body)
    source = body.get("source_info")
    urls = source.get("photo_images") if isinstance(source, dict) and source.get("source") == "PULL_FROM_URL" else None
    if not isinstance(urls, list) or not 1 <= len(urls) <= 35:
        raise invalid("source_info needs source PULL_FROM_URL and 1 to 35 photo_images")
    for url in urls:
        _refuse_foreign(world, url)
    handle = _new_publish(world, account, "p_pub_url~v2", {"info": info, "source": "PULL_FROM_URL", "size": 0})
    await _take_photos(world, account, handle, [str(url) for url in urls])
    return _ok({"publish_id": handle.id})


async def _take_photos(world: World, account: Account, handle: Handle, urls: list[str]) -> None:
    media: list[str] = []
    for url in urls:
        medium = await _pulled(world, account, url, PHOTO_BYTES)
        if medium is None or medium.mime not in PHOTO_TYPES:
            world.ledger.change(
                handle, ready_at=world.processed_at(handle.id), failed="photo_pull_failed" if medium is None else "file_format_check_failed"
            )
            return
        media.append(medium.id)
    _finish(world, account, handle, "carousel" if len(media) > 1 else "image", media)


def _photo_info(world: World, account: Account, body: Mapping[str, Any]) -> dict[str, Any] | None:
    if body["post_mode"] == "MEDIA_UPLOAD":
        _refuse_many_drafts(world, account)
        return None
    info = _checked_info(world, account, body.get("post_info"), PHOTO_TITLE_LIMIT)
    if utf16_units(str(info.get("description") or "")) > PHOTO_TEXT_LIMIT:
        raise invalid(f"description must have at most {PHOTO_TEXT_LIMIT} UTF-16 runes")
    return info


def _checked_info(world: World, account: Account, info: Any, title_limit: int) -> dict[str, Any]:
    if not isinstance(info, dict):
        raise invalid("post_info is required")
    if info.get("privacy_level") is None:
        raise invalid("privacy_level is required")
    if info["privacy_level"] not in PRIVACY:
        raise problem(403, "privacy_level_option_mismatch", "Privacy level must be one of the options of creator_info")
    if utf16_units(str(info.get("title") or "")) > title_limit:
        raise invalid(f"title must have at most {title_limit} UTF-16 runes")
    if info.get("brand_content_toggle") and info["privacy_level"] == "SELF_ONLY":
        raise invalid("Branded content cannot be private")
    if day_is_full(world, account, POSTS_PER_DAY):
        raise problem(403, "spam_risk_too_many_posts", "The daily post cap from the API is reached for the current user.")
    return info


def _refuse_many_drafts(world: World, account: Account) -> None:
    if world.behaviour.limits and world.ledger.count_handles(account.id, "draft", world.clock() - 86_400) >= DRAFTS_PER_DAY:
        raise problem(403, "spam_risk_too_many_pending_share", "There may be at most 5 pending shares within any 24-hour period.")


async def _start_video(world: World, account: Account, body: Mapping[str, Any], info: dict[str, Any] | None) -> Response:
    source = body.get("source_info")
    prefix = "v_inbox" if info is None else "v_pub"
    match source:
        case {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count}:
            size, chunk, count = _chunking(size, chunk, count)
            upload = {
                "info": info,
                "source": "FILE_UPLOAD",
                "size": size,
                "chunk": chunk,
                "count": count,
                "received": 0,
                "secret": ids.letters(32),
            }
            handle = _new_publish(world, account, f"{prefix}_file~v2-1", upload)
            address = f"https://open-upload.tiktokapis.com/video/?upload_id={handle.id.rsplit('.', 1)[-1]}&upload_token={upload['secret']}"
            return _ok({"publish_id": handle.id, "upload_url": address})
        case {"source": "PULL_FROM_URL", "video_url": str() as url}:
            _refuse_foreign(world, url)
            handle = _new_publish(world, account, f"{prefix}_url~v2-1", {"info": info, "source": "PULL_FROM_URL", "size": 0})
            medium = await _pulled(world, account, url, VIDEO_BYTES)
            _finish_video(world, account, handle, medium, "video_pull_failed")
            return _ok({"publish_id": handle.id})
    raise invalid("source_info needs source FILE_UPLOAD or PULL_FROM_URL with video_url")


def _chunking(*asked: Any) -> tuple[int, int, int]:
    """video_size, chunk_size and total_chunk_count, by the rules of the media transfer guide."""
    size, chunk, count = (whole(value, 0) or 0 for value in asked)
    if not 0 < size <= VIDEO_BYTES:
        raise invalid("video_size is invalid")
    fits = chunk == size if size < CHUNK_MIN else CHUNK_MIN <= chunk <= CHUNK_MAX and chunk <= size
    if not fits:
        raise invalid("chunk_size is invalid")
    if count != max(1, size // chunk) or count > 1000:
        raise invalid("The total chunk count is invalid")
    return size, chunk, count


def _new_publish(world: World, account: Account, prefix: str, body: dict[str, Any]) -> Handle:
    now = world.clock()
    kind = "draft" if body["info"] is None else "publish"
    handle = Handle(PLATFORM, f"{prefix}.{ids.tiktok_id(now)}", account.id, kind, now, body, expires_at=now + UPLOAD_LIVES)
    world.ledger.keep(handle)
    if "secret" in body:
        pointer = Handle(PLATFORM, f"upload:{handle.id.rsplit('.', 1)[-1]}", account.id, "pointer", now, {"publish_id": handle.id})
        world.ledger.keep(pointer)
    return handle


def _refuse_foreign(world: World, url: Any) -> None:
    if not isinstance(url, str) or not may_pull(url, world.behaviour.web):
        raise problem(403, "url_ownership_unverified", "Please review our URL ownership verification rules")


async def _pulled(world: World, account: Account, url: str, limit: int) -> Medium | None:
    try:
        return world.media.adopt(await pull(world, url, limit), account.id)
    except (NotOurs, Unreachable):
        return None


async def put_chunk(request: Request) -> Response:
    """The bytes of a video, chunk after chunk: 206 while more must come, then 201."""
    async with world_of(request).alone_with(f"tiktok:{request.query_params.get('upload_id')}"):
        return await _put_chunk(request)


async def _put_chunk(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    pointer = world.ledger.handle(PLATFORM, f"upload:{query.get('upload_id')}")
    handle = world.ledger.handle(PLATFORM, pointer.body["publish_id"]) if pointer else None
    if handle is None or query.get("upload_token") != handle.body["secret"]:
        raise problem(403, "invalid_params", "The upload_url is not valid")
    if (handle.expires_at or 0) < world.clock():
        raise problem(403, "invalid_params", "The upload_url has expired")
    first, last, total = _content_range(request)
    received, size = handle.body["received"], handle.body["size"]
    if total != size or first != received or last >= size:
        raise problem(416, "invalid_params", f"Content-Range does not continue at {received} of {size}")
    if last + 1 < size and last + 1 - first != handle.body["chunk"]:
        raise problem(400, "invalid_params", "Every chunk but the last must have chunk_size bytes")
    await _append(request, world, handle, last + 1 - first)
    return _chunk_taken(world, handle, last + 1)


def _content_range(request: Request) -> tuple[int, int, int]:
    found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", request.headers.get("content-range", ""))
    if found is None or int(found[2]) < int(found[1]):
        raise problem(416, "invalid_params", "Content-Range is required: bytes first-last/total")
    return int(found[1]), int(found[2]), int(found[3])


async def _append(request: Request, world: World, handle: Handle, count: int) -> None:
    if count > LAST_CHUNK_MAX:
        raise TooLarge
    allow_body(request, count)
    try:
        chunk = await world.media.save(request.stream(), count)
    except FileTooLarge as wrong:
        raise TooLarge from wrong
    if chunk.stat().st_size != count:
        chunk.unlink()
        raise problem(400, "invalid_params", "The body does not have as many bytes as Content-Range says")
    with world.media.temporary(_file_name(handle)).open("r+b" if handle.body["received"] else "wb") as target, chunk.open("rb") as source:
        target.seek(handle.body["received"])
        while block := source.read(1_048_576):
            target.write(block)
    chunk.unlink()


def _chunk_taken(world: World, handle: Handle, received: int) -> Response:
    size = handle.body["size"]
    handle = world.ledger.change(handle, received=received)
    if received < size:
        return Response(status_code=206, headers={"Content-Range": f"bytes 0-{received - 1}/{size}"})
    account = world.ledger.account(handle.account_id)
    if account:
        medium = world.media.adopt(world.media.temporary(_file_name(handle)), account.id)
        _finish_video(world, account, handle, medium, "file_format_check_failed")
    return Response(status_code=201, headers={"Content-Range": f"bytes 0-{received - 1}/{size}"})


def _file_name(handle: Handle) -> str:
    return f"tt{handle.id.rsplit('.', 1)[-1]}"


def _finish_video(world: World, account: Account, handle: Handle, medium: Medium | None, otherwise: str) -> None:
    failed = None
    if medium is None:
        failed = otherwise
    elif medium.mime not in VIDEO_TYPES:
        failed = "file_format_check_failed"
    elif medium.duration is not None and medium.duration > MAX_SECONDS:
        failed = "duration_check_failed"
    if medium is None or failed:
        world.ledger.change(handle, ready_at=world.processed_at(handle.id), failed=failed)
        return
    _finish(world, account, handle, "video", [medium.id])


def _finish(world: World, account: Account, handle: Handle, kind: str, media: list[str]) -> None:
    """All bytes are there: the post comes out when processing ends."""
    ready, info = world.processed_at(handle.id), handle.body["info"]
    with world.ledger.transaction():
        if info is None:
            world.ledger.change(handle, ready_at=ready, media=media)
            return
        remote_id = ids.tiktok_id(world.clock())
        photo = kind != "video"
        text = str(info.get("description" if photo else "title") or "")
        title = str(info.get("title") or "") if photo else None
        extra = {"publish_id": handle.id, **{name: value for name, value in info.items() if name not in ("title", "description")}}
        post = Post(PLATFORM, remote_id, account.id, ready, kind, text, remote_id, title, tuple(media), extra=extra)
        world.ledger.add_post(post, world.clock())
        world.ledger.change(handle, ready_at=ready, post=remote_id)


async def fetch_status(request: Request) -> Response:
    account, world = _account(request, "status"), world_of(request)
    body = await read_json(request)
    handle = world.ledger.handle(PLATFORM, str(body.get("publish_id")))
    if handle is None or handle.account_id != account.id or handle.kind not in ("publish", "draft"):
        raise problem(400, "invalid_publish_id", "The publish_id does not exist")
    return _ok(_status(world, handle))


def _status(world: World, handle: Handle) -> dict[str, Any]:
    pulled = handle.body["source"] == "PULL_FROM_URL"
    told: dict[str, Any] = {"fail_reason": "", "publicaly_available_post_id": []}
    told |= {"downloaded_bytes": handle.body["size"]} if pulled else {"uploaded_bytes": handle.body.get("received", 0)}
    if handle.ready_at is None or world.clock() < handle.ready_at:
        return told | {"status": "PROCESSING_DOWNLOAD" if pulled else "PROCESSING_UPLOAD"}
    if handle.body.get("failed"):
        return told | {"status": "FAILED", "fail_reason": handle.body["failed"]}
    if handle.body["info"] is None:
        return told | {"status": "SEND_TO_USER_INBOX"}
    public = handle.body["info"]["privacy_level"] == "PUBLIC_TO_EVERYONE"
    return told | {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [int(handle.body["post"])] if public else []}


# reading


async def user_info(request: Request) -> Response:
    account, world = _account(request, "read"), world_of(request)
    posts = world.ledger.posts_of(account.id, world.clock(), limit=10_000)
    values: dict[str, Any] = {
        "open_id": account.id, "union_id": account.id, "display_name": account.display_name, "username": account.handle,
        "avatar_url": avatar_url(base_of(request), account), "bio_description": account.profile.get("about", ""),
        "profile_deep_link": f"https://www.tiktok.com/@{account.handle}", "is_verified": False,
        "follower_count": followers_at(account, world.clock()), "following_count": 60, "video_count": len(posts),
        "likes_count": sum(figures(post, account, world.clock())["likes"] for post in posts),
    }  # fmt: skip
    return _ok({"user": {name: values[name] for name in _asked(request, values)}})


async def query_videos(request: Request) -> Response:
    account, world = _account(request, "read"), world_of(request)
    body = await read_json(request)
    filters = body.get("filters")
    names = filters.get("video_ids") if isinstance(filters, dict) else None
    if not isinstance(names, list) or len(names) > 20:
        raise invalid("filters.video_ids is required, up to 20")
    posts = [world.ledger.post(PLATFORM, str(name), world.clock()) for name in names]
    shown = [_show(request, world, account, post) for post in posts if post and post.account_id == account.id]
    return _ok({"videos": shown})


async def list_videos(request: Request) -> Response:
    account, world = _account(request, "read"), world_of(request)
    body = await read_json(request)
    count = min(20, max(1, whole(body.get("max_count"), 10) or 10))
    cursor = whole(body.get("cursor"))
    until = (cursor - 1) / 1000 if cursor else None
    posts = world.ledger.posts_of(account.id, world.clock(), until=until, limit=count + 1)
    more, posts = len(posts) > count, posts[:count]
    last = int(posts[-1].created_at * 1000) if posts else int(world.clock() * 1000)
    return _ok({"videos": [_show(request, world, account, post) for post in posts], "cursor": last, "has_more": more})


def _show(request: Request, world: World, account: Account, post: Post) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    medium = world.media.get(post.media[0]) if post.media else None
    values: dict[str, Any] = {
        "id": post.remote_id, "title": post.title if post.title is not None else post.text, "video_description": post.text,
        "create_time": int(post.created_at), "share_url": f"https://www.tiktok.com/@{account.handle}/video/{post.remote_id}",
        "cover_image_url": "", "embed_link": "", "embed_html": "", "duration": int(medium.duration or 0) if medium else 0,
        "width": medium.width if medium else 0, "height": medium.height if medium else 0, "view_count": seen["views"],
        "like_count": seen["likes"], "comment_count": seen["comments"], "share_count": seen["shares"],
    }  # fmt: skip
    return {name: values[name] for name in _asked(request, values)}


def _asked(request: Request, known: Mapping[str, Any]) -> list[str]:
    names = [name for name in request.query_params.get("fields", "").split(",") if name]
    if not names or any(name not in known for name in names):
        raise invalid(f"fields is required, of: {', '.join(known)}")
    return names


ROUTES = {
    "open.tiktokapis.com": [
        Route("/v2/post/publish/creator_info/query/", creator_info, methods=["POST"]),
        Route("/v2/post/publish/video/init/", init_video, methods=["POST"]),
        Route("/v2/post/publish/inbox/video/init/", init_inbox_video, methods=["POST"]),
        Route("/v2/post/publish/content/init/", init_photos, methods=["POST"]),
        Route("/v2/post/publish/status/fetch/", fetch_status, methods=["POST"]),
        Route("/v2/user/info/", user_info),
        Route("/v2/video/query/", query_videos, methods=["POST"]),
        Route("/v2/video/list/", list_videos, methods=["POST"]),
    ],
    "open-upload.tiktokapis.com": [Route("/video/", put_chunk, methods=["PUT"])],
}
