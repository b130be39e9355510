"""Direct posts and drafts: announced, processed, told of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postwright.kit.counting import utf16_units
from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.pull import NotOurs, Unreachable, may_pull, pull
from postwright.sandbox.quota import day_is_full
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.tiktok.answers import PLATFORM, answer, invalid, problem, signed_in
from postwright.sandbox.tiktok.creators import Creator, creator_of
from postwright.sandbox.wire import base_of, read_json, whole
from postwright.sandbox.world import World, world_of

CAPTION_LIMIT, PHOTO_TITLE_LIMIT, PHOTO_TEXT_LIMIT = 2200, 90, 4000
POSTS_PER_DAY, DRAFTS_PER_DAY = 15, 5
VIDEO_BYTES, PHOTO_BYTES = 4_294_967_296, 20_971_520
CHUNK_MIN, CHUNK_MAX = 5_242_880, 67_108_864  # bytes of every chunk but the last
UPLOAD_LIVES = 3600
PRIVACY = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
FLAGS = (
    "disable_comment", "disable_duet", "disable_stitch", "brand_content_toggle", "brand_organic_toggle", "is_aigc", "auto_add_music",
)  # fmt: skip
VIDEO_TYPES = ("video/mp4", "video/webm", "video/quicktime")
PHOTO_TYPES = ("image/jpeg", "image/webp")


async def creator_info(request: Request) -> Response:
    account = signed_in(request, "creator_info")
    creator = creator_of(account)
    creator.check()
    return answer({
        "creator_avatar_url": avatar_url(base_of(request), account), "creator_username": account.handle,
        "creator_nickname": account.display_name, "privacy_level_options": list(PRIVACY), "comment_disabled": creator.comment_disabled,
        "duet_disabled": creator.duet_disabled, "stitch_disabled": creator.stitch_disabled,
        "max_video_post_duration_sec": creator.longest,
    })  # fmt: skip


async def init_video(request: Request) -> Response:
    account, world = signed_in(request, "init"), world_of(request)
    body = await read_json(request)
    return await _start_video(world, account, body, _checked_info(world, account, body.get("post_info"), CAPTION_LIMIT))


async def init_inbox_video(request: Request) -> Response:
    """A draft for the creator's inbox: the creator finishes it in the app."""
    account, world = signed_in(request, "init"), world_of(request)
    _refuse_many_drafts(world, account)
    return await _start_video(world, account, await read_json(request), None)


async def init_photos(request: Request) -> Response:
    account, world = signed_in(request, "init"), world_of(request)
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
    return answer({"publish_id": handle.id})


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
    _hold_to(creator_of(account), info)
    if utf16_units(str(info.get("title") or "")) > title_limit:
        raise invalid(f"title must have at most {title_limit} UTF-16 runes")
    for name in FLAGS:
        if not isinstance(info.get(name, False), bool):
            raise invalid(f"{name} must be a boolean")
    cover = info.get("video_cover_timestamp_ms", 0)
    if isinstance(cover, bool) or not isinstance(cover, int) or cover < 0:
        raise invalid("video_cover_timestamp_ms must be milliseconds")
    if info.get("brand_content_toggle") and info["privacy_level"] == "SELF_ONLY":
        raise invalid("Branded content cannot be private")
    if day_is_full(world, account, POSTS_PER_DAY):
        raise problem(403, "spam_risk_too_many_posts", "The daily post cap from the API is reached for the current user.")
    return info


def _hold_to(creator: Creator, info: dict[str, Any]) -> None:
    """Refuses what the creator or the app may not; what the creator turned off stays off."""
    creator.check()
    if not creator.audited and info["privacy_level"] != "SELF_ONLY":
        code = "unaudited_client_can_only_post_to_private_accounts"
        raise problem(403, code, "Please review our integration guidelines: an unaudited client posts privately only.")
    off = {"comment": creator.comment_disabled, "duet": creator.duet_disabled, "stitch": creator.stitch_disabled}
    info.update({f"disable_{name}": True for name, disabled in off.items() if disabled})


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
            return answer({"publish_id": handle.id, "upload_url": address})
        case {"source": "PULL_FROM_URL", "video_url": str() as url}:
            _refuse_foreign(world, url)
            handle = _new_publish(world, account, f"{prefix}_url~v2-1", {"info": info, "source": "PULL_FROM_URL", "size": 0})
            medium = await _pulled(world, account, url, VIDEO_BYTES)
            finish_video(world, account, handle, medium, "video_pull_failed")
            return answer({"publish_id": handle.id})
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


def finish_video(world: World, account: Account, handle: Handle, medium: Medium | None, otherwise: str) -> None:
    failed = None
    if medium is None:
        failed = otherwise
    elif medium.mime not in VIDEO_TYPES:
        failed = "file_format_check_failed"
    elif medium.duration is not None and medium.duration > creator_of(account).longest:
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
    account, world = signed_in(request, "status"), world_of(request)
    body = await read_json(request)
    handle = world.ledger.handle(PLATFORM, str(body.get("publish_id")))
    if handle is None or handle.account_id != account.id or handle.kind not in ("publish", "draft"):
        raise problem(400, "invalid_publish_id", "The publish_id does not exist")
    return answer(_status(world, handle))


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
