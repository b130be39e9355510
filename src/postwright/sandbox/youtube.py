"""YouTube: Data API v3, resumable upload and Analytics at the googleapis.com hosts.

Shapes after developers.google.com/youtube/v3 (videos, resumable upload protocol, errors) and
/youtube/analytics, read in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.kit.counting import utf8_bytes
from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at, watch_share
from postwright.sandbox.quota import day_is_full, spend
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Refusal, allow_body, base_of, bearer, read_json, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "youtube"
TITLE_LIMIT, DESCRIPTION_BYTES, TAGS_LIMIT = 100, 5000, 500
VIDEO_BYTES = 274_877_906_944
THUMBNAIL_BYTES = 2_097_152
VIDEO_SECONDS = 43_200
UPLOADS_PER_DAY, UNITS_PER_DAY = 100, 10_000
UPLOAD_UNITS, WRITE_UNITS, SEARCH_UNITS = 100, 50, 100
CHUNK_MULTIPLE = 262_144
SESSION_LIVES = 7 * 86_400
PRIVACY = ("public", "unlisted", "private")
UPLOAD_PATH = "/upload/youtube/v3/videos"
ANALYTICS: Mapping[str, str] = {"views": "views", "likes": "likes", "comments": "comments", "shares": "shares"}


def problem(status: int, reason: str, message: str, *, domain: str = "youtube.video", location: str | None = None) -> Refusal:
    """An error as Google's APIs send it."""
    error: dict[str, Any] = {"message": message, "domain": domain, "reason": reason}
    if location:
        error |= {"location": location, "locationType": "other"}
    return Refusal(status, {"error": {"code": status, "message": message, "errors": [error]}})


def too_large() -> Refusal:
    return problem(413, "uploadTooLarge", "Request is too large.", domain="global")


def malformed(why: str) -> Refusal:
    return problem(400, "parseError", f"Parse Error: {why}", domain="global")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "notFound", "Not Found", domain="global")


def _account(request: Request, units: int = 1) -> Account:
    world = world_of(request)
    found = whose(world, bearer(request) or request.query_params.get("access_token"), PLATFORM)
    if isinstance(found, BadToken):
        said = "Request had invalid authentication credentials. Expected OAuth 2 access token."
        refusal = problem(401, "authError", "Invalid Credentials", domain="global", location="Authorization")
        refusal.body["error"] |= {"message": said, "status": "UNAUTHENTICATED"}
        raise refusal
    if spend(world, found, "units", UNITS_PER_DAY, 86_400, units).refused:
        message = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
        raise problem(403, "quotaExceeded", message, domain="youtube.quota")
    return found


# resumable upload


async def start_upload(request: Request) -> Response:
    """Opens a session; its address is in Location."""
    account, world = _account(request, UPLOAD_UNITS), world_of(request)
    if request.query_params.get("uploadType") != "resumable":
        raise problem(400, "badRequest", "uploadType must be resumable here", domain="global")
    if "snippet" not in request.query_params.get("part", "").split(","):
        raise problem(400, "missingRequiredParameter", "The part parameter must name snippet and status", domain="global")
    metadata = _checked_metadata(world, await read_json(request))
    size = whole(request.headers.get("x-upload-content-length"))
    if size is not None and not 0 < size <= VIDEO_BYTES:
        raise too_large()
    if day_is_full(world, account, UPLOADS_PER_DAY):
        raise problem(400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")
    now = world.clock()
    upload_id = f"AHB{ids.letters(40)}"
    handle = Handle(
        PLATFORM, upload_id, account.id, "session", now, {"metadata": metadata, "size": size, "received": 0}, None, now + SESSION_LIVES
    )
    world.ledger.keep(handle)
    place = f"https://www.googleapis.com{UPLOAD_PATH}?uploadType=resumable&part=snippet%2Cstatus&upload_id={upload_id}"
    return Response(status_code=200, headers={"Location": place, "X-GUploader-UploadID": upload_id, "Content-Length": "0"})


def _checked_metadata(world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    snippet, status = body.get("snippet"), body.get("status") or {}
    if not isinstance(snippet, dict) or not isinstance(status, dict):
        raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.")
    title, description = snippet.get("title"), snippet.get("description", "")
    if not isinstance(title, str) or not title.strip() or len(title) > TITLE_LIMIT or re.search("[<>]", title):
        raise problem(400, "invalidTitle", "The request metadata specifies an invalid or empty video title.", location="body.snippet.title")
    if not isinstance(description, str) or utf8_bytes(description) > DESCRIPTION_BYTES or re.search("[<>]", description):
        raise problem(
            400, "invalidDescription", "The request metadata specifies an invalid video description.", location="body.snippet.description"
        )
    tags = snippet.get("tags") or []
    if not isinstance(tags, list) or _tags_length(tags) > TAGS_LIMIT:
        raise problem(400, "invalidTags", "The request metadata specifies invalid video keywords.", location="body.snippet.tags")
    if status.get("privacyStatus", "public") not in PRIVACY:
        raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.", location="body.status.privacyStatus")
    _check_publish_at(world, status)
    return {"snippet": snippet, "status": status}


def _tags_length(tags: list[Any]) -> int:
    """Tags with spaces count their quotation marks, and each comma counts."""
    return sum(len(str(tag)) + (2 if " " in str(tag) else 0) for tag in tags) + max(0, len(tags) - 1)


def _check_publish_at(world: World, status: dict[str, Any]) -> None:
    """A time that has passed publishes at once; a public video cannot be scheduled."""
    if status.get("publishAt") is None:
        return
    message = "The request metadata specifies an invalid scheduled publishing time."
    refusal = problem(400, "invalidPublishAt", message, location="body.status.publishAt")
    try:
        at = datetime.fromisoformat(str(status["publishAt"])).timestamp()
    except ValueError as wrong:
        raise refusal from wrong
    if status.get("privacyStatus") != "private":
        raise refusal
    if at <= world.clock():
        status |= {"privacyStatus": "public", "publishAt": None}


async def put_bytes(request: Request) -> Response:
    """Bytes of the video, or with `bytes */N` a question how many came. Repeats its answer once done."""
    if request.headers.get("content-range", "").startswith("bytes *"):
        return await _put_bytes(request)
    async with world_of(request).alone_with(request.query_params.get("upload_id", "")):
        return await _put_bytes(request)


async def _put_bytes(request: Request) -> Response:
    world = world_of(request)
    handle = world.ledger.handle(PLATFORM, request.query_params.get("upload_id", ""))
    if handle is None or handle.kind != "session":
        raise problem(404, "notFound", "The upload session does not exist", domain="global")
    if (handle.expires_at or 0) < world.clock():
        raise problem(410, "gone", "The upload session has expired", domain="global")
    account = world.ledger.account(handle.account_id)
    if account is None:
        raise problem(401, "authError", "Invalid Credentials", domain="global")
    if handle.body.get("video"):
        return _done(request, world, account, handle)
    first, last, total = _content_range(request, handle)
    if last is None:
        return _resume(handle)
    if first != handle.body["received"]:
        return _resume(handle)
    return await _take(request, world, account, handle, last, total)


def _content_range(request: Request, handle: Handle) -> tuple[int, int | None, int | None]:
    """First and last byte and the total, each as far as it is known."""
    given = request.headers.get("content-range")
    if given is None:
        length = whole(request.headers.get("content-length"), handle.body["size"])
        if not length:
            raise problem(411, "badRequest", "Content-Length or Content-Range is required", domain="global")
        return 0, length - 1, length
    found = re.fullmatch(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", given)
    if found is None:
        raise problem(400, "badRequest", "Failed to parse Content-Range header.", domain="global")
    total = int(found[3]) if found[3] != "*" else handle.body["size"]
    return int(found[1] or 0), int(found[2]) if found[2] else None, total


def _resume(handle: Handle) -> Response:
    received = handle.body["received"]
    return Response(
        status_code=308, headers={**({"Range": f"bytes=0-{received - 1}"} if received else {}), "X-GUploader-UploadID": handle.id}
    )


async def _take(request: Request, world: World, account: Account, handle: Handle, last: int, total: int | None) -> Response:
    received, count = handle.body["received"], last + 1 - handle.body["received"]
    final = total is not None and last + 1 == total
    if count <= 0 or (total is not None and last >= total) or last >= VIDEO_BYTES:
        raise problem(400, "badRequest", "Invalid Content-Range.", domain="global")
    if not final and count % CHUNK_MULTIPLE:
        raise problem(400, "badRequest", f"Chunks must be multiples of {CHUNK_MULTIPLE} bytes", domain="global")
    allow_body(request, count)
    file = world.media.temporary(f"yt{handle.id}")
    got = await _write_at(request, file.open("r+b" if received else "wb"), received)
    # What came before a connection broke is kept, in whole multiples, as Google does.
    kept = received + (got if final and got == count else got // CHUNK_MULTIPLE * CHUNK_MULTIPLE)
    handle = world.ledger.change(handle, received=kept)
    if not final or got < count:
        return _resume(handle)
    return _complete(request, world, account, handle, file)


async def _write_at(request: Request, file: BinaryIO, offset: int) -> int:
    count = 0
    with file as target:
        target.seek(offset)
        target.truncate()
        try:
            async for chunk in request.stream():
                target.write(chunk)
                count += len(chunk)
        except ClientDisconnect:
            return count
    return count


def _complete(request: Request, world: World, account: Account, handle: Handle, file: Path) -> Response:
    medium = world.media.adopt(file, account.id)
    if medium is None or medium.kind != "video":
        raise problem(400, "invalidVideo", "The uploaded file is not a video.", location="body")
    metadata, now = handle.body["metadata"], world.clock()
    video_id = ids.youtube_id()
    ready = world.processed_at(video_id)
    snippet, status = metadata["snippet"], metadata["status"]
    too_long = medium.duration is not None and medium.duration > VIDEO_SECONDS
    extra = {"snippet": snippet, "status": status, "ready_at": ready, "rejected": "length" if too_long else None}
    post = Post(
        PLATFORM, video_id, account.id, now, "video", snippet.get("description", ""), video_id, snippet["title"], (medium.id,), extra=extra
    )
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        handle = world.ledger.change(handle, video=video_id)
    return _done(request, world, account, handle)


def _done(request: Request, world: World, account: Account, handle: Handle) -> Response:
    post = world.ledger.post(PLATFORM, handle.body["video"])
    if post is None:
        raise problem(404, "videoNotFound", "The video that you are trying to read was deleted")
    return JSONResponse(_show(request, world, account, post, {"snippet", "status"}))


# videos


async def list_videos(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    names = [name for name in request.query_params.get("id", "").split(",") if name]
    if not 1 <= len(names) <= 50:
        raise problem(400, "missingRequiredParameter", "No filter selected. Expected one of: id", domain="youtube.parameter")
    posts = [post for name in names if (post := world.ledger.post(PLATFORM, name, world.clock())) and _visible(world, account, post)]
    return _listing("youtube#videoListResponse", [_show(request, world, account, post, _parts(request)) for post in posts])


def _visible(world: World, account: Account, post: Post) -> bool:
    return post.account_id == account.id or post.extra.get("status", {}).get("privacyStatus") != "private"


async def delete_video(request: Request) -> Response:
    account, world = _account(request, WRITE_UNITS), world_of(request)
    post = world.ledger.post(PLATFORM, request.query_params.get("id", ""))
    if post is None:
        raise problem(404, "videoNotFound", "The video that you are trying to delete cannot be found.", location="id")
    if post.account_id != account.id:
        raise problem(403, "forbidden", "The video cannot be deleted with these credentials.")
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return Response(status_code=204)


async def set_thumbnail(request: Request) -> Response:
    account, world = _account(request, WRITE_UNITS), world_of(request)
    post = world.ledger.post(PLATFORM, request.query_params.get("videoId", ""))
    if post is None or post.account_id != account.id:
        raise problem(404, "videoNotFound", "The video cannot be found.", domain="youtube.thumbnail", location="videoId")
    allow_body(request, THUMBNAIL_BYTES)
    medium = world.media.adopt(await world.media.save(request.stream(), THUMBNAIL_BYTES), account.id)
    if medium is None or medium.mime not in ("image/jpeg", "image/png"):
        raise problem(400, "invalidImage", "The provided image content is invalid.", domain="youtube.thumbnail")
    address = f"{base_of(request)}/_sandbox/media/{medium.id}"
    return _listing("youtube#thumbnailSetResponse", [{"default": {"url": address, "width": medium.width, "height": medium.height}}])


async def list_channels(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    if request.query_params.get("mine") != "true" and request.query_params.get("id") != account.id:
        return _listing("youtube#channelListResponse", [])
    now = world.clock()
    posts = world.ledger.posts_of(account.id, now, limit=10_000)
    views = sum(figures(post, account, now)["views"] for post in posts)
    picture = {"url": avatar_url(base_of(request), account), "width": 88, "height": 88}
    sections = {
        "snippet": {
            "title": account.display_name, "description": account.profile.get("about", ""), "customUrl": account.handle,
            "publishedAt": _time(account.created_at), "thumbnails": {"default": picture},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": _uploads(account)}},
        "statistics": {
            "viewCount": str(views), "subscriberCount": str(followers_at(account, now)), "hiddenSubscriberCount": False,
            "videoCount": str(len(posts)),
        },
        "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed"},
    }  # fmt: skip
    chosen = {name: value for name, value in sections.items() if name in _parts(request)}
    return _listing("youtube#channelListResponse", [{"kind": "youtube#channel", "etag": ids.letters(27), "id": account.id, **chosen}])


async def list_uploads(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    if request.query_params.get("playlistId") != _uploads(account):
        raise problem(404, "playlistNotFound", "The playlist cannot be found.", domain="youtube.playlistItem", location="playlistId")
    limit = min(50, max(1, whole(request.query_params.get("maxResults"), 5) or 5))
    posts = world.ledger.posts_of(account.id, world.clock(), limit=limit)
    items = [
        {
            "kind": "youtube#playlistItem", "etag": ids.letters(27), "id": f"PL{post.remote_id}",
            "snippet": {**_snippet(request, account, post), "resourceId": {"kind": "youtube#video", "videoId": post.remote_id}},
            "contentDetails": {"videoId": post.remote_id, "videoPublishedAt": _time(post.created_at)},
        }
        for post in posts
    ]  # fmt: skip
    return _listing("youtube#playlistItemListResponse", items)


async def search(request: Request) -> Response:
    account, world = _account(request, SEARCH_UNITS), world_of(request)
    if request.query_params.get("forMine") != "true":
        raise problem(400, "invalidSearchFilter", "Only forMine=true is answered here", domain="youtube.search")
    since = request.query_params.get("publishedAfter")
    try:
        earliest = datetime.fromisoformat(since).timestamp() if since else 0.0
    except ValueError as wrong:
        raise problem(400, "invalidParameter", "publishedAfter must be an RFC 3339 time", domain="youtube.parameter") from wrong
    posts = world.ledger.posts_of(account.id, world.clock(), since=earliest, limit=50)
    items = [
        {
            "kind": "youtube#searchResult", "etag": ids.letters(27), "id": {"kind": "youtube#video", "videoId": post.remote_id},
            "snippet": _snippet(request, account, post),
        }
        for post in posts
    ]  # fmt: skip
    return _listing("youtube#searchListResponse", items)


async def reports(request: Request) -> Response:
    """Analytics of one video (filters=video==ID) or of the channel."""
    account, world = _account(request), world_of(request)
    query, now = request.query_params, world.clock()
    if query.get("ids") not in ("channel==MINE", f"channel=={account.id}"):
        raise problem(403, "forbidden", "Forbidden", domain="global")
    named = re.search(r"video==([\w-]+)", query.get("filters", ""))
    posts = world.ledger.posts_of(account.id, now, limit=10_000)
    posts = [post for post in posts if named is None or post.remote_id == named[1]]
    values = _analytics(world, account, posts, now)
    names = [name for name in query.get("metrics", "").split(",") if name]
    if not names or any(name not in values for name in names):
        raise problem(
            400, "badRequest", f"Unknown identifier given in field parameters.metrics; known: {', '.join(values)}", domain="global"
        )
    headers = [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in names]
    row = [[values[name] for name in names]] if posts and values["views"] else []
    return JSONResponse({"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers, "rows": row})


def _analytics(world: World, account: Account, posts: list[Post], now: float) -> dict[str, int]:
    seen = [(post, figures(post, account, now)) for post in posts]
    values = {name: sum(figure[ours] for _, figure in seen) for name, ours in ANALYTICS.items()}
    lengths = {post.remote_id: _duration(world, post) for post in posts}
    seconds = sum(figure["views"] * watch_share(post) * lengths[post.remote_id] for post, figure in seen)
    values["estimatedMinutesWatched"] = int(seconds / 60)
    values["averageViewDuration"] = int(seconds / values["views"]) if values["views"] else 0
    values["subscribersGained"] = sum(figure["likes"] // 9 for _, figure in seen)
    return values


def _duration(world: World, post: Post) -> float:
    medium = world.media.get(post.media[0]) if post.media else None
    return (medium.duration if medium else None) or 60.0


def _parts(request: Request) -> set[str]:
    return {name for name in request.query_params.get("part", "").split(",") if name}


def _listing(kind: str, items: list[dict[str, Any]]) -> Response:
    paging = {"totalResults": len(items), "resultsPerPage": len(items)}
    return JSONResponse({"kind": kind, "etag": ids.letters(27), "items": items, "pageInfo": paging})


def _uploads(account: Account) -> str:
    return f"UU{account.id[2:]}"


def _show(request: Request, world: World, account: Account, post: Post, parts: set[str]) -> dict[str, Any]:
    now = world.clock()
    seen = figures(post, account, now)
    medium = world.media.get(post.media[0]) if post.media else None
    statistics = {"viewCount": seen["views"], "likeCount": seen["likes"], "favoriteCount": 0, "commentCount": seen["comments"]}
    sections = {
        "snippet": _snippet(request, account, post),
        "status": _status(post, now),
        "statistics": {name: str(value) for name, value in statistics.items()},
        "contentDetails": {"duration": _iso_duration(medium), "dimension": "2d", "definition": "hd", "caption": "false"},
        "processingDetails": {"processingStatus": "succeeded" if now >= post.extra.get("ready_at", 0) else "processing"},
    }
    chosen = {name: value for name, value in sections.items() if name in parts}
    return {"kind": "youtube#video", "etag": ids.letters(27), "id": post.remote_id, **chosen}


def _snippet(request: Request, account: Account, post: Post) -> dict[str, Any]:
    given = post.extra.get("snippet", {})
    thumbnail = {"url": f"{base_of(request)}/_sandbox/avatars/{account.id}.svg", "width": 120, "height": 90}
    return {
        "publishedAt": _time(post.created_at), "channelId": account.id, "title": post.title, "description": post.text,
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


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


DATA_API = [
    Route("/youtube/v3/videos", list_videos, methods=["GET"]),
    Route("/youtube/v3/videos", delete_video, methods=["DELETE"]),
    Route("/youtube/v3/channels", list_channels),
    Route("/youtube/v3/playlistItems", list_uploads),
    Route("/youtube/v3/search", search),
    Route(UPLOAD_PATH, start_upload, methods=["POST"]),
    Route(UPLOAD_PATH, put_bytes, methods=["PUT"]),
    Route("/upload/youtube/v3/thumbnails/set", set_thumbnail, methods=["POST"]),
]
ROUTES = {
    "www.googleapis.com": DATA_API,
    "youtube.googleapis.com": DATA_API,
    "youtubeanalytics.googleapis.com": [Route("/v2/reports", reports)],
}
