"""Videos, as the Data API shows them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.engagement import figures
from postwright.sandbox.records import Account, Medium, Post
from postwright.sandbox.wire import allow_body, base_of
from postwright.sandbox.world import World, world_of
from postwright.sandbox.youtube.answers import PLATFORM, WRITE_UNITS, problem, rfc3339, signed_in

THUMBNAIL_BYTES = 2_097_152


async def list_videos(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    names = [name for name in request.query_params.get("id", "").split(",") if name]
    if not 1 <= len(names) <= 50:
        raise problem(400, "missingRequiredParameter", "No filter selected. Expected one of: id", domain="youtube.parameter")
    posts = [post for name in names if (post := world.ledger.post(PLATFORM, name, world.clock())) and _visible(world, account, post)]
    return listing("youtube#videoListResponse", [show_video(request, world, account, post, parts_asked(request)) for post in posts])


def _visible(world: World, account: Account, post: Post) -> bool:
    return post.account_id == account.id or post.extra.get("status", {}).get("privacyStatus") != "private"


async def delete_video(request: Request) -> Response:
    account, world = signed_in(request, WRITE_UNITS), world_of(request)
    post = world.ledger.post(PLATFORM, request.query_params.get("id", ""))
    if post is None:
        raise problem(404, "videoNotFound", "The video that you are trying to delete cannot be found.", location="id")
    if post.account_id != account.id:
        raise problem(403, "forbidden", "The video cannot be deleted with these credentials.")
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return Response(status_code=204)


async def set_thumbnail(request: Request) -> Response:
    account, world = signed_in(request, WRITE_UNITS), world_of(request)
    post = world.ledger.post(PLATFORM, request.query_params.get("videoId", ""))
    if post is None or post.account_id != account.id:
        raise problem(404, "videoNotFound", "The video cannot be found.", domain="youtube.thumbnail", location="videoId")
    allow_body(request, THUMBNAIL_BYTES)
    medium = world.media.adopt(await world.media.save(request.stream(), THUMBNAIL_BYTES), account.id)
    if medium is None or medium.mime not in ("image/jpeg", "image/png"):
        raise problem(400, "invalidImage", "The provided image content is invalid.", domain="youtube.thumbnail")
    world.ledger.amend_post(post, thumbnail=medium.id)
    address = f"{base_of(request)}/_sandbox/media/{medium.id}"
    return listing("youtube#thumbnailSetResponse", [{"default": {"url": address, "width": medium.width, "height": medium.height}}])


def parts_asked(request: Request) -> set[str]:
    return {name for name in request.query_params.get("part", "").split(",") if name}


def listing(kind: str, items: list[dict[str, Any]]) -> Response:
    paging = {"totalResults": len(items), "resultsPerPage": len(items)}
    return JSONResponse({"kind": kind, "etag": ids.letters(27), "items": items, "pageInfo": paging})


def show_video(request: Request, world: World, account: Account, post: Post, parts: set[str]) -> dict[str, Any]:
    now = world.clock()
    seen = figures(post, account, now)
    medium = world.media.get(post.media[0]) if post.media else None
    statistics = {"viewCount": seen["views"], "likeCount": seen["likes"], "favoriteCount": 0, "commentCount": seen["comments"]}
    sections = {
        "snippet": snippet_of(request, account, post),
        "status": _status(post, now),
        "statistics": {name: str(value) for name, value in statistics.items()},
        "paidProductPlacementDetails": {"hasPaidProductPlacement": post.extra.get("paid_placement", False)},
        "contentDetails": {
            "duration": _iso_duration(medium),
            "dimension": "2d",
            "definition": "hd",
            "caption": str(bool(post.extra.get("captions"))).lower(),
        },
        "processingDetails": {"processingStatus": "succeeded" if now >= post.extra.get("ready_at", 0) else "processing"},
    }
    chosen = {name: value for name, value in sections.items() if name in parts}
    return {"kind": "youtube#video", "etag": ids.letters(27), "id": post.remote_id, **chosen}


def snippet_of(request: Request, account: Account, post: Post) -> dict[str, Any]:
    given = post.extra.get("snippet", {})
    thumbnail = {"url": f"{base_of(request)}/_sandbox/avatars/{account.id}.svg", "width": 120, "height": 90}
    return {
        "publishedAt": rfc3339(post.created_at), "channelId": account.id, "title": post.title, "description": post.text,
        "thumbnails": {"default": thumbnail}, "channelTitle": account.display_name,
        **({"tags": given["tags"]} if given.get("tags") else {}),
        "categoryId": str(given.get("categoryId", "22")), "liveBroadcastContent": "none",
        "localized": {"title": post.title, "description": post.text},
    }  # fmt: skip


def _status(post: Post, now: float) -> dict[str, Any]:
    given = post.extra.get("status", {})
    processed = now >= post.extra.get("ready_at", 0)
    rejected = post.extra.get("rejected") if processed else None
    state = "rejected" if rejected else "processed" if processed else "uploaded"
    return {
        "uploadStatus": state, **({"rejectionReason": rejected} if rejected else {}), "privacyStatus": given.get("privacyStatus", "public"),
        **({"publishAt": given["publishAt"]} if given.get("publishAt") else {}), "license": given.get("license", "youtube"),
        "embeddable": given.get("embeddable", True), "publicStatsViewable": given.get("publicStatsViewable", True),
        "madeForKids": given.get("selfDeclaredMadeForKids", False), "selfDeclaredMadeForKids": given.get("selfDeclaredMadeForKids", False),
        "containsSyntheticMedia": given.get("containsSyntheticMedia", False),
    }  # fmt: skip


def _iso_duration(medium: Medium | None) -> str:
    seconds = round((medium.duration if medium else 0) or 0)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"PT{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}{rest}S"
