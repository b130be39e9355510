"""LinkedIn: versioned REST API at api.linkedin.com, uploads at www.linkedin.com.

Shapes after learn.microsoft.com/linkedin (posts, images, videos, social metadata, member post
statistics), read in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.quota import spend
from postwright.sandbox.records import Account, Handle, Post
from postwright.sandbox.wire import Refusal, allow_body, base_of, bearer, read_json, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "linkedin"
TEXT_LIMIT = 3000
PER_DAY = 150
VERSION_MONTHS = 12  # a version is served for about a year
PART_SIZE = 4_194_304
UPLOAD_LIVES = 86_400
FILE_LIMITS: Mapping[str, int] = {"image": 36_152_320, "document": 104_857_600, "video": 524_288_000}
TYPES: Mapping[str, tuple[str, ...]] = {
    "image": ("image/jpeg", "image/png", "image/gif"), "document": ("application/pdf",), "video": ("video/mp4",),
}  # fmt: skip
FIGURES: Mapping[str, str] = {
    "IMPRESSION": "views",
    "MEMBERS_REACHED": "reach",
    "RESHARE": "shares",
    "REACTION": "likes",
    "COMMENT": "comments",
}
# "Little text": these mean something unless a backslash stands before them.
TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^}]+)\}|@\[([^\]]+)\]\(urn:li:[^)]+\)")
ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")
CUTS = re.compile(r"[|{}\[\]()<>]")


def problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> Refusal:
    return Refusal(status, {"status": status, "code": code, "message": message, **more}, headers)


def bad_field(path: str, code: str, message: str, status: int = 422) -> Refusal:
    """A refusal that names the field, as LinkedIn's input errors do."""
    details = {"inputErrors": [{"description": message, "input": {"inputPath": {"fieldPath": path}}, "code": code}]}
    whole_message = f"ERROR :: /{path} :: {message}"
    return problem(status, code, whole_message, errorDetailType="com.linkedin.common.error.BadRequest", errorDetails=details)


def too_large() -> Refusal:
    return problem(413, "REQUEST_ENTITY_TOO_LARGE", "Request entity is too large")


def malformed(why: str) -> Refusal:
    return problem(400, "MALFORMED_REQUEST", f"Could not parse the request: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "RESOURCE_NOT_FOUND", "No virtual resource found")


def _signed_in(request: Request) -> Account:
    found = whose(world_of(request), bearer(request), PLATFORM)
    if not isinstance(found, BadToken):
        return found
    code, message = {
        "missing": ("EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"),
        "expired": ("EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
        "revoked": ("REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
    }.get(found.why, ("INVALID_ACCESS_TOKEN", "Invalid access token"))
    raise problem(401, code, message, serviceErrorCode=65600)


def _account(request: Request) -> Account:
    """Checks token and version, and the member's calls of the day."""
    account, world = _signed_in(request), world_of(request)
    version = request.headers.get("linkedin-version")
    if version is None:
        raise problem(400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the LinkedIn-Version header.")
    if not _is_served(version, world.clock()):
        raise problem(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
    return account


def _is_served(version: str, now: float) -> bool:
    if not re.fullmatch(r"20\d{4}(\.\d{2})?", version):
        return False
    today = datetime.fromtimestamp(now, UTC)
    age = (today.year - int(version[:4])) * 12 + today.month - int(version[4:6])
    return 0 <= age <= VERSION_MONTHS and 1 <= int(version[4:6]) <= 12


# posts


async def create_post(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    quota = spend(world, account, "create_post", PER_DAY, 86_400)
    if quota.refused:
        wait = {"Retry-After": str(quota.seconds_left(world.clock()))}
        raise problem(429, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls to this resource is reached.", wait)
    post = _checked_post(world, account, await read_json(request))
    world.ledger.add_post(post, world.clock())
    return Response(status_code=201, headers={"x-restli-id": post.remote_id, "Location": f"/rest/posts/{quote(post.remote_id, safe='')}"})


def _checked_post(world: World, account: Account, body: Mapping[str, Any]) -> Post:
    if body.get("author") != _urn(account):
        raise problem(
            403,
            "ACCESS_DENIED",
            "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]",
        )
    if body.get("lifecycleState") != "PUBLISHED":
        raise bad_field("lifecycleState", "FIELD_INVALID", "only PUBLISHED can be created here")
    if body.get("visibility") not in ("PUBLIC", "CONNECTIONS", "LOGGED_IN"):
        raise bad_field("visibility", "MISSING_FIELD", "field is required but not found and has no default value")
    distribution = body.get("distribution")
    if not isinstance(distribution, dict) or "feedDistribution" not in distribution:
        raise bad_field("distribution/feedDistribution", "MISSING_FIELD", "field is required but not found and has no default value")
    text = _said(body.get("commentary"))
    kind, media, extra = _content(world, account, body.get("content"))
    if not text and kind == "text":
        raise bad_field("commentary", "MISSING_REQUIRED_FIELD", "commentary is required for a post without content")
    now = world.clock()
    prefix = "ugcPost" if kind == "video" else "share"
    remote_id = f"urn:li:{prefix}:{ids.linkedin_id(now)}"
    extra |= {"visibility": body["visibility"], "commentary": body.get("commentary", "")}
    return Post(PLATFORM, remote_id, account.id, now, kind, text, remote_id, extra.pop("title", None), media, extra=extra)


def _said(commentary: Any) -> str:
    """What readers see of little text: escapes resolved, and all after an unescaped reserved character lost."""
    if commentary is None:
        return ""
    if not isinstance(commentary, str):
        raise bad_field("commentary", "FIELD_INVALID", "expected a string")
    kept: list[str] = []
    position = 0
    while position < len(commentary):
        if template := TEMPLATE.match(commentary, position):
            kept.append(f"#{template[1]}" if template[1] else f"@{template[2]}")
            position = template.end()
        elif escape := ESCAPED.match(commentary, position):
            kept.append(escape[1])
            position = escape.end()
        elif CUTS.match(commentary, position):
            break
        else:
            kept.append(commentary[position])
            position += 1
    text = "".join(kept)
    if len(text) > TEXT_LIMIT:
        raise bad_field("commentary", "FIELD_LENGTH_TOO_LONG", f"length exceeds the maximum allowed: {TEXT_LIMIT}", 400)
    return text


def _content(world: World, account: Account, content: Any) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """The kind of a post, its media and what else it holds."""
    match content:
        case None:
            return "text", (), {}
        case {"multiImage": {"images": [_, _, *_] as images}} if len(images) <= 20:
            return "image", tuple(_ready(world, account, image) for image in images), {}
        case {"media": {"id": str() as urn} as media}:
            medium = _ready(world, account, media)
            kind = "video" if ":video:" in urn else "document" if ":document:" in urn else "image"
            return kind, (medium,), {"title": media.get("title")}
        case {"article": {"source": str() as source} as article}:
            return "link", (), {"title": article.get("title"), "link": source}
    raise bad_field("content", "FIELD_INVALID", "one of media, multiImage (2 to 20 images) and article is required")


def _ready(world: World, account: Account, section: Mapping[str, Any]) -> str:
    """Our id of an uploaded asset, its alternative text kept."""
    urn = str(section.get("id"))
    handle = world.ledger.handle(PLATFORM, urn)
    if handle is None or handle.account_id != account.id:
        raise bad_field("content/media/id", "FIELD_INVALID", f"{urn} is not an asset of the author")
    # A post may name an image that is still processed; video and documents must be ready.
    if _status(world, handle) not in (("AVAILABLE", "PROCESSING") if handle.kind == "image" else ("AVAILABLE",)):
        raise problem(400, "MEDIA_ASSET_WAITING_UPLOAD", f"Media asset {urn} is not available: {_status(world, handle)}")
    if alt := section.get("altText"):
        world.ledger.describe_medium(handle.body["medium"], str(alt)[:4086])
    return str(handle.body["medium"])


async def posts_of_author(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    if request.query_params.get("q") != "author":
        raise problem(400, "QUERY_PARAM_INVALID", "only the finder q=author is known")
    if request.query_params.get("author") != _urn(account):
        raise problem(403, "ACCESS_DENIED", "Not enough permissions to access: partnerApiPostsExternal.FINDER-author")
    count = min(100, max(1, whole(request.query_params.get("count"), 10) or 10))
    start = max(0, whole(request.query_params.get("start"), 0) or 0)
    posts = world.ledger.posts_of(account.id, world.clock(), limit=start + count)[start:]
    elements = [_show(post) for post in posts if post.parent is None]
    return JSONResponse({"paging": {"start": start, "count": count, "links": []}, "elements": elements})


async def read_post(request: Request) -> Response:
    return JSONResponse(_show(_own_post(request)))


async def delete_post(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["urn"])
    if post and post.account_id == account.id:
        world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return Response(status_code=204)


async def comment(request: Request) -> Response:
    account, world, parent = _account(request), world_of(request), _own_post(request)
    body = await read_json(request)
    message = body.get("message") or {}
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= 1250:
        raise bad_field("message/text", "FIELD_INVALID", "1 to 1250 characters are required")
    now = world.clock()
    number = ids.linkedin_id(now)
    remote_id = f"urn:li:comment:({parent.remote_id},{number})"
    world.ledger.add_post(Post(PLATFORM, remote_id, account.id, now, "comment", text, parent.root, parent=parent.remote_id), now)
    shown = {"id": number, "commentUrn": remote_id, "actor": _urn(account), "object": parent.remote_id, "message": {"text": text}}
    return JSONResponse(shown, 201, {"x-restli-id": number})


def _own_post(request: Request) -> Post:
    account, world = _account(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["urn"], world.clock())
    if post is None or post.account_id != account.id:
        raise problem(404, "NOT_FOUND", f"Could not find entity {request.path_params['urn']}")
    return post


def _show(post: Post) -> dict[str, Any]:
    at = int(post.created_at * 1000)
    return {
        "id": post.remote_id, "author": f"urn:li:person:{post.account_id}", "commentary": post.extra.get("commentary", post.text),
        "visibility": post.extra.get("visibility", "PUBLIC"), "lifecycleState": "PUBLISHED", "createdAt": at, "publishedAt": at,
        "lastModifiedAt": at, "isReshareDisabledByAuthor": False,
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
    }  # fmt: skip


# figures


async def social_metadata(request: Request) -> Response:
    post, account, world = _own_post(request), _account(request), world_of(request)
    seen = figures(post, account, world.clock())
    likes = {"LIKE": {"reactionType": "LIKE", "count": seen["likes"]}} if seen["likes"] else {}
    comments = {"count": seen["comments"], "topLevelCount": seen["comments"]}
    return JSONResponse(
        {"id": post.remote_id, "entity": post.remote_id, "commentsState": "OPEN", "reactionSummaries": likes, "commentSummary": comments}
    )


async def post_analytics(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    query = request.query_params
    kind, finder = query.get("queryType", ""), query.get("q")
    if kind not in FIGURES or finder not in ("entity", "me") or query.get("aggregation", "TOTAL") != "TOTAL":
        raise problem(400, "PARAM_INVALID", f"q, queryType ({', '.join(FIGURES)}) and aggregation=TOTAL are required")
    if finder == "me":
        posts = world.ledger.posts_of(account.id, world.clock(), limit=10_000)
    else:
        posts = [_named_entity(world, account, query.get("entity", ""))]
    count = sum(figures(post, account, world.clock())[FIGURES[kind]] for post in posts)
    element: dict[str, Any] = {
        "count": count,
        "metricType": {"com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1": kind},
    }
    if finder == "entity":
        element["targetEntity"] = {"share": posts[0].remote_id}
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": [element]})


def _named_entity(world: World, account: Account, text: str) -> Post:
    """The post of (share:urn), (ugc:urn), (ugcPost:urn) or of a plain urn."""
    found = re.search(r"urn:li:(?:share|ugcPost):\d+", text.replace("%3A", ":").replace("%3a", ":"))
    post = world.ledger.post(PLATFORM, found[0], world.clock()) if found else None
    if post is None or post.account_id != account.id:
        raise problem(404, "NOT_FOUND", f"Could not find entity {text}")
    return post


async def followers(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    element = {"memberFollowersCount": followers_at(account, world.clock())}
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": [element]})


async def userinfo(request: Request) -> Response:
    account = _signed_in(request)
    given, _, family = account.display_name.partition(" ")
    picture = avatar_url(base_of(request), account)
    name = {"name": account.display_name, "given_name": given, "family_name": family}
    return JSONResponse({"sub": account.id, **name, "picture": picture, "locale": {"country": "US", "language": "en"}})


# uploads


async def images(request: Request) -> Response:
    return await _start_upload(request, "image")


async def documents(request: Request) -> Response:
    return await _start_upload(request, "document")


async def _start_upload(request: Request, kind: str) -> Response:
    account, world = _account(request), world_of(request)
    _owner_of_upload(account, await read_json(request), request)
    handle = _new_handle(world, account, kind, {})
    until = int((handle.expires_at or 0) * 1000)
    return JSONResponse({"value": {"uploadUrlExpiresAt": until, "uploadUrl": _upload_url(handle), kind: handle.id}})


async def videos(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    body = await read_json(request)
    if request.query_params.get("action") == "finalizeUpload":
        return _finalize_video(world, account, body.get("finalizeUploadRequest"))
    asked = _owner_of_upload(account, body, request)
    size = whole(asked.get("fileSizeBytes"))
    if size is None or not 0 < size <= FILE_LIMITS["video"]:
        raise bad_field("initializeUploadRequest/fileSizeBytes", "FIELD_INVALID", f"must be from 1 to {FILE_LIMITS['video']}")
    handle = _new_handle(world, account, "video", {"size": size, "parts": {}})
    starts = range(0, size, PART_SIZE)
    parts = [
        {"uploadUrl": _upload_url(handle, number), "firstByte": start, "lastByte": min(start + PART_SIZE, size) - 1}
        for number, start in enumerate(starts)
    ]
    until = int((handle.expires_at or 0) * 1000)
    return JSONResponse({"value": {"uploadUrlsExpireAt": until, "video": handle.id, "uploadInstructions": parts, "uploadToken": ""}})


def _owner_of_upload(account: Account, body: Mapping[str, Any], request: Request) -> Mapping[str, Any]:
    asked = body.get("initializeUploadRequest")
    if request.query_params.get("action") != "initializeUpload" or not isinstance(asked, dict):
        raise problem(400, "ACTION_INVALID", "action=initializeUpload with an initializeUploadRequest is required")
    if asked.get("owner") != _urn(account):
        raise problem(403, "ACCESS_DENIED", "the owner is not the member")
    return asked


def _new_handle(world: World, account: Account, kind: str, body: dict[str, Any]) -> Handle:
    now = world.clock()
    handle = Handle(
        PLATFORM,
        f"urn:li:{kind}:{ids.letters(20)}",
        account.id,
        kind,
        now,
        {**body, "secret": ids.letters(24)},
        expires_at=now + UPLOAD_LIVES,
    )
    world.ledger.keep(handle)
    return handle


def _upload_url(handle: Handle, part: int = 0) -> str:
    name = handle.id.rsplit(":", 1)[-1]
    return f"https://www.linkedin.com/dms-uploads/{handle.kind}/{name}/{part}?app=0&sync={handle.body['secret']}"


async def put_file(request: Request) -> Response:
    """The bytes of an image, a document or one part of a video."""
    world, kind = world_of(request), request.path_params["kind"]
    handle = world.ledger.handle(PLATFORM, f"urn:li:{kind}:{request.path_params['name']}")
    if handle is None or request.query_params.get("sync") != handle.body["secret"] or (handle.expires_at or 0) < world.clock():
        raise problem(403, "ACCESS_DENIED", "The upload URL is not valid or has expired")
    if kind == "video":
        return await _put_part(request, world, handle)
    if _signed_in(request).id != handle.account_id:
        raise problem(403, "ACCESS_DENIED", "The upload URL belongs to another member")
    allow_body(request, FILE_LIMITS[kind])
    try:
        file = await world.media.save(request.stream(), FILE_LIMITS[kind])
    except FileTooLarge as wrong:
        raise too_large() from wrong
    medium = world.media.adopt(file, handle.account_id)
    ok = medium is not None and medium.mime in TYPES[kind]
    world.ledger.change(handle, ready_at=world.processed_at(handle.id) if ok else 0, medium=medium.id if medium else None, failed=not ok)
    return Response(status_code=201)


async def _put_part(request: Request, world: World, handle: Handle) -> Response:
    if request.headers.get("authorization"):
        raise problem(400, "BAD_REQUEST", "Part uploads must not carry an Authorization header")
    number, size = request.path_params["part"], int(handle.body["size"])
    expected = min(PART_SIZE, size - number * PART_SIZE)
    if expected <= 0:
        raise problem(404, "NOT_FOUND", "no such part")
    allow_body(request, PART_SIZE)
    file = await world.media.save(request.stream(), PART_SIZE)
    if file.stat().st_size != expected:
        file.unlink()
        raise problem(400, "BAD_REQUEST", f"Part {number} must have {expected} bytes")
    file.replace(world.media.temporary(f"li{request.path_params['name']}p{number}"))
    etag = ids.letters(32)
    current = world.ledger.handle(PLATFORM, handle.id) or handle
    world.ledger.change(current, parts={**current.body["parts"], str(number): etag})
    return Response(status_code=200, headers={"etag": etag})


def _finalize_video(world: World, account: Account, asked: Any) -> Response:
    handle = world.ledger.handle(PLATFORM, str(asked.get("video"))) if isinstance(asked, dict) else None
    if handle is None or handle.account_id != account.id or handle.kind != "video":
        raise bad_field("finalizeUploadRequest/video", "FIELD_INVALID", "no such video")
    if handle.body.get("medium"):
        return Response(status_code=200)
    parts = handle.body["parts"]
    count = -(-int(handle.body["size"]) // PART_SIZE)
    if asked.get("uploadedPartIds") != [parts.get(str(number)) for number in range(count)]:
        raise bad_field("finalizeUploadRequest/uploadedPartIds", "FIELD_INVALID", "must be the ETags of all parts, in order")
    name = handle.id.rsplit(":", 1)[-1]
    target = world.media.temporary()
    with target.open("wb") as joined:
        for number in range(count):
            part = world.media.temporary(f"li{name}p{number}")
            joined.write(part.read_bytes())
            part.unlink()
    medium = world.media.adopt(target, account.id)
    ok = medium is not None and medium.mime in TYPES["video"]
    world.ledger.change(handle, ready_at=world.processed_at(handle.id), medium=medium.id if medium else None, failed=not ok)
    return Response(status_code=200)


async def asset_status(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    handle = world.ledger.handle(PLATFORM, request.path_params["urn"])
    if handle is None or handle.account_id != account.id:
        raise problem(404, "NOT_FOUND", f"Could not find entity {request.path_params['urn']}")
    return JSONResponse({"id": handle.id, "owner": _urn(account), "status": _status(world, handle)})


def _status(world: World, handle: Handle) -> str:
    if handle.ready_at is None:
        return "WAITING_UPLOAD"
    if handle.body.get("failed"):
        return "PROCESSING_FAILED"
    return "PROCESSING" if world.clock() < handle.ready_at else "AVAILABLE"


def _urn(account: Account) -> str:
    return f"urn:li:person:{account.id}"


ROUTES = {
    "api.linkedin.com": [
        Route("/v2/userinfo", userinfo),
        Route("/rest/posts", create_post, methods=["POST"]),
        Route("/rest/posts", posts_of_author, methods=["GET"]),
        Route("/rest/posts/{urn}", read_post, methods=["GET"]),
        Route("/rest/posts/{urn}", delete_post, methods=["DELETE"]),
        Route("/rest/images", images, methods=["POST"]),
        Route("/rest/images/{urn}", asset_status),
        Route("/rest/documents", documents, methods=["POST"]),
        Route("/rest/documents/{urn}", asset_status),
        Route("/rest/videos", videos, methods=["POST"]),
        Route("/rest/videos/{urn}", asset_status),
        Route("/rest/socialActions/{urn}/comments", comment, methods=["POST"]),
        Route("/rest/socialMetadata/{urn}", social_metadata),
        Route("/rest/memberCreatorPostAnalytics", post_analytics),
        Route("/rest/memberFollowersCount", followers),
    ],
    "www.linkedin.com": [Route("/dms-uploads/{kind}/{name}/{part:int}", put_file, methods=["PUT", "POST"])],
}
