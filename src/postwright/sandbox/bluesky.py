"""Bluesky: a PDS and its app view at bsky.social, over XRPC.

Shapes after the lexicons com.atproto.* and app.bsky.* (github.com/bluesky-social/atproto), read
in November 2026, and after how its PDS answers (a repeated rkey gives 500).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.kit.counting import graphemes, utf8_bytes
from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url, issue
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.quota import Quota, spend
from postwright.sandbox.records import Account, Handle, Post
from postwright.sandbox.wire import Refusal, allow_body, base_of, bearer, read_json, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM, HOST = "bluesky", "bsky.social"
COLLECTION = "app.bsky.feed.post"
GRAPHEMES, BYTES = 300, 3000
IMAGE_BYTES, VIDEO_BYTES = 1_000_000, 100_000_000
IMAGE_COUNT = 4
POINTS_PER_HOUR, CREATE_POINTS, DELETE_POINTS = 5000, 3, 1
ACCESS_LIVES = 7_200
RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")


def problem(status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, {"error": error, "message": message}, headers)


def invalid(message: str) -> Refusal:
    return problem(400, "InvalidRequest", message)


def too_large() -> Refusal:
    return problem(413, "PayloadTooLarge", "request entity too large")


def malformed(why: str) -> Refusal:
    return invalid(f"Input is not valid: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(501, "MethodNotImplemented", "Method Not Implemented")


def _account(request: Request) -> Account:
    found = whose(world_of(request), bearer(request), PLATFORM)
    if not isinstance(found, BadToken):
        return found
    if found.why == "missing":
        raise problem(401, "AuthMissing", "Authentication Required")
    if found.why == "expired":
        raise problem(400, "ExpiredToken", "Token has expired")
    raise problem(400, "InvalidToken", "Token could not be verified")


def _within(world: World, account: Account, points: int) -> Quota:
    quota = spend(world, account, "points", POINTS_PER_HOUR, 3600, points)
    if quota.refused:
        raise problem(429, "RateLimitExceeded", "Rate Limit Exceeded", quota.headers("ratelimit-"))
    return quota


# sessions


async def create_session(request: Request) -> Response:
    """Signs in with handle or DID and the app password; here that is the account's refresh token."""
    world = world_of(request)
    body = await read_json(request)
    name = str(body.get("identifier", ""))
    account = world.ledger.account(name) or world.ledger.account_named(PLATFORM, name)
    owner = whose(world, str(body.get("password", "")), PLATFORM, "refresh")
    if account is None or isinstance(owner, BadToken) or owner.id != account.id:
        raise problem(401, "AuthenticationRequired", "Invalid identifier or password")
    return _session(world, account)


async def refresh_session(request: Request) -> Response:
    """A new pair for the refresh token, which then no longer works."""
    world, token = world_of(request), bearer(request)
    account = whose(world, token, PLATFORM, "refresh")
    if isinstance(account, BadToken):
        raise problem(
            400, "ExpiredToken" if account.why in ("expired", "revoked") else "InvalidToken", "Token has been revoked or has expired"
        )
    with world.ledger.transaction():
        world.ledger.revoke(str(token), world.clock())
        return _session(world, account)


def _session(world: World, account: Account) -> Response:
    access, refresh = issue(world, account, ACCESS_LIVES)
    return JSONResponse({**_identity(account), "accessJwt": access.token, "refreshJwt": refresh.token})


async def get_session(request: Request) -> Response:
    return JSONResponse(_identity(_account(request)))


def _identity(account: Account) -> dict[str, Any]:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": f"https://{HOST}"}
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": account.id,
        "alsoKnownAs": [f"at://{account.handle}"],
        "service": [service],
    }
    return {
        "did": account.id,
        "handle": account.handle,
        "email": f"hello@{account.handle}",
        "emailConfirmed": True,
        "active": True,
        "didDoc": document,
    }


# the repository


async def upload_blob(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    allow_body(request, VIDEO_BYTES)
    try:
        file = await world.media.save(request.stream(), VIDEO_BYTES)
    except FileTooLarge as wrong:
        raise too_large() from wrong
    link = ids.cid(file.read_bytes(), 0x55)
    medium = world.media.adopt(file, account.id)
    if medium is None:
        raise invalid("The blob is of no kind that this sandbox stores")
    now = world.clock()
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": medium.mime, "size": medium.size}
    world.ledger.keep(Handle(PLATFORM, f"{account.id}/{link}", account.id, "blob", now, {"medium": medium.id, "blob": blob}))
    return JSONResponse({"blob": blob})


async def create_record(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    allow_body(request, 1_048_576)
    body = await read_json(request)
    if body.get("repo") not in (account.id, account.handle):
        raise invalid("Invalid repo: the repo is not the account's")
    record, rkey = body.get("record"), body.get("rkey")
    if body.get("collection") != COLLECTION or not isinstance(record, dict):
        raise invalid(f"Only records of {COLLECTION} are kept here")
    if rkey is not None and not (isinstance(rkey, str) and RKEY.fullmatch(rkey) and rkey not in (".", "..")):
        raise invalid("Input/rkey must be a valid record key")
    quota = _within(world, account, CREATE_POINTS)
    post = _checked_record(world, account, record, rkey or ids.tid(world.clock()))
    if world.ledger.post(PLATFORM, post.remote_id):
        raise problem(500, "InternalServerError", "Internal Server Error")
    with world.ledger.transaction():
        world.ledger.free_deleted(PLATFORM, post.remote_id)
        world.ledger.add_post(post, world.clock())
    commit = {"cid": ids.cid(post.remote_id.encode(), 0x71), "rev": ids.tid(world.clock())}
    answer = {"uri": post.remote_id, "cid": _cid(post), "commit": commit, "validationStatus": "valid"}
    return JSONResponse(answer, headers=quota.headers("ratelimit-"))


def _checked_record(world: World, account: Account, record: Mapping[str, Any], rkey: str) -> Post:
    text = record.get("text")
    if record.get("$type", COLLECTION) != COLLECTION:
        raise invalid(f"Invalid $type: expected {COLLECTION}, got {record.get('$type')}")
    if not isinstance(text, str):
        raise _invalid_record('must have the property "text"')
    if graphemes(text) > GRAPHEMES:
        raise _invalid_record(f"Record/text must not be longer than {GRAPHEMES} graphemes")
    if utf8_bytes(text) > BYTES:
        raise _invalid_record(f"Record/text must not be longer than {BYTES} characters")
    _check_time(record.get("createdAt"))
    _check_facets(record.get("facets"), utf8_bytes(text))
    kind, media = _embedded(world, account, record.get("embed"))
    uri = f"at://{account.id}/{COLLECTION}/{rkey}"
    parent, root = _replied_to(world, record.get("reply"))
    return Post(
        PLATFORM, uri, account.id, world.clock(), kind, text, root or uri, None, media, parent, extra={"record": dict(record), "rkey": rkey}
    )


def _invalid_record(why: str) -> Refusal:
    return invalid(f"Invalid {COLLECTION} record: {why}")


def _check_time(value: Any) -> None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as wrong:
        raise _invalid_record("Record/createdAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)") from wrong
    if at.tzinfo is None:
        raise _invalid_record("Record/createdAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)")


def _check_facets(facets: Any, length: int) -> None:
    """Facets point into the text by bytes of UTF-8."""
    for facet in facets or []:
        match facet:
            case {"index": {"byteStart": int() as start, "byteEnd": int() as end}, "features": list()} if 0 <= start < end <= length:
                continue
        raise _invalid_record("Record/facets must point into the text by its bytes")


def _embedded(world: World, account: Account, embed: Any) -> tuple[str, tuple[str, ...]]:
    match embed:
        case None:
            return "text", ()
        case {"$type": "app.bsky.embed.images", "images": list() as images}:
            if len(images) > IMAGE_COUNT:
                raise _invalid_record(f"Record/embed/images must not have more than {IMAGE_COUNT} elements")
            return "image", tuple(_blob(world, account, image.get("image"), str(image.get("alt", "")), IMAGE_BYTES) for image in images)
        case {"$type": "app.bsky.embed.video", "video": video}:
            return "video", (_blob(world, account, video, str(embed.get("alt", "")), VIDEO_BYTES),)
        case {"$type": "app.bsky.embed.external", "external": {"uri": str(), "title": str(), "description": str()}}:
            return "link", ()
        case {"$type": "app.bsky.embed.record", "record": {"uri": str()}}:
            return "text", ()
    raise _invalid_record("Record/embed is not one of images, video, external, record")


def _blob(world: World, account: Account, blob: Any, alt: str, limit: int) -> str:
    link = str(blob.get("ref", {}).get("$link")) if isinstance(blob, dict) else ""
    handle = world.ledger.handle(PLATFORM, f"{account.id}/{link}")
    medium = world.media.get(str(handle.body["medium"])) if handle else None
    if handle is None or medium is None:
        raise problem(400, "BlobNotFound", f"Could not find blob: {link}")
    if medium.size > limit:
        raise problem(400, "BlobTooLarge", f"This file is too large. It is {medium.size} bytes but the maximum size is {limit} bytes.")
    if blob.get("mimeType") != medium.mime:
        raise problem(
            400, "InvalidMimeType", f"Referenced MimeType does not match stored blob. Expected: {medium.mime}, Got: {blob.get('mimeType')}"
        )
    world.ledger.describe_medium(medium.id, alt)
    return medium.id


def _replied_to(world: World, reply: Any) -> tuple[str | None, str | None]:
    match reply:
        case None:
            return None, None
        case {"root": {"uri": str(), "cid": str()}, "parent": {"uri": str() as parent, "cid": str()}}:
            found = world.ledger.post(PLATFORM, parent)
            return (found.remote_id, found.root) if found else (parent, None)
    raise _invalid_record('Record/reply must have the properties "root" and "parent"')


async def get_record(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    repo = _repo(world, query.get("repo", ""))
    post = world.ledger.post(PLATFORM, f"at://{repo.id}/{query.get('collection')}/{query.get('rkey')}", world.clock())
    if post is None:
        raise problem(400, "RecordNotFound", f"Could not locate record: at://{repo.id}/{query.get('collection')}/{query.get('rkey')}")
    return JSONResponse(_record(post))


async def list_records(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    repo = _repo(world, query.get("repo", ""))
    limit = min(100, max(1, whole(query.get("limit"), 50) or 50))
    posts = world.ledger.posts_of(repo.id, world.clock(), limit=10_000) if query.get("collection") == COLLECTION else []
    posts = sorted(posts, key=lambda post: post.remote_id, reverse=query.get("reverse") != "true")
    if cursor := query.get("cursor"):
        newest_first = query.get("reverse") != "true"
        posts = [post for post in posts if (_rkey(post) < cursor) == newest_first and _rkey(post) != cursor]
    shown = [_record(post) for post in posts[:limit]]
    return JSONResponse({"records": shown, **({"cursor": _rkey(posts[limit - 1])} if len(posts) > limit else {})})


async def delete_record(request: Request) -> Response:
    account, world = _account(request), world_of(request)
    body = await read_json(request)
    if body.get("repo") not in (account.id, account.handle):
        raise invalid("Invalid repo: the repo is not the account's")
    _within(world, account, DELETE_POINTS)
    world.ledger.delete_post(PLATFORM, f"at://{account.id}/{body.get('collection')}/{body.get('rkey')}", world.clock())
    return JSONResponse({"commit": {"cid": ids.cid(ids.letters(20).encode(), 0x71), "rev": ids.tid(world.clock())}})


def _repo(world: World, name: str) -> Account:
    found = world.ledger.account(name) or world.ledger.account_named(PLATFORM, name)
    if found is None or found.platform != PLATFORM:
        raise invalid(f"Could not find repo: {name}")
    return found


def _rkey(post: Post) -> str:
    return post.remote_id.rsplit("/", 1)[-1]


def _cid(post: Post) -> str:
    """Stands for the hash of the record: real ones hash its DAG-CBOR, this one its sorted JSON."""
    return ids.cid(json.dumps(_value(post), sort_keys=True).encode(), 0x71)


def _value(post: Post) -> dict[str, Any]:
    plain = {"$type": COLLECTION, "text": post.text, "createdAt": _time(post.created_at), "langs": ["en"]}
    return dict(post.extra.get("record", plain))


def _record(post: Post) -> dict[str, Any]:
    return {"uri": post.remote_id, "cid": _cid(post), "value": _value(post)}


# the app view


async def get_posts(request: Request) -> Response:
    world = world_of(request)
    _account(request)
    names = request.query_params.getlist("uris")
    if not 1 <= len(names) <= 25:
        raise invalid("uris must have 1 to 25 elements")
    posts = [post for name in names if (post := world.ledger.post(PLATFORM, name, world.clock()))]
    return JSONResponse({"posts": [_view(request, world, post) for post in posts]})


async def get_author_feed(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    _account(request)
    owner = _repo(world, query.get("actor", ""))
    posts = world.ledger.posts_of(owner.id, world.clock(), limit=min(100, max(1, whole(query.get("limit"), 50) or 50)))
    return JSONResponse({"feed": [{"post": _view(request, world, post)} for post in posts]})


async def get_profile(request: Request) -> Response:
    world = world_of(request)
    _account(request)
    owner = _repo(world, request.query_params.get("actor", ""))
    posts = world.ledger.posts_of(owner.id, world.clock(), limit=10_000)
    counts = {"followersCount": followers_at(owner, world.clock()), "followsCount": 96, "postsCount": len(posts)}
    times = {"createdAt": _time(owner.created_at), "indexedAt": _time(owner.created_at)}
    return JSONResponse({**_author(request, owner), "description": owner.profile.get("about", ""), **counts, **times, "labels": []})


def _author(request: Request, owner: Account) -> dict[str, Any]:
    picture = avatar_url(base_of(request), owner)
    return {"did": owner.id, "handle": owner.handle, "displayName": owner.display_name, "avatar": picture}


def _view(request: Request, world: World, post: Post) -> dict[str, Any]:
    owner = world.ledger.account(post.account_id)
    if owner is None:
        raise invalid("Could not find repo")
    seen = figures(post, owner, world.clock())
    counts = {
        "replyCount": seen["comments"], "repostCount": seen["shares"], "likeCount": seen["likes"], "quoteCount": seen["quotes"],
        "bookmarkCount": seen["saves"],
    }  # fmt: skip
    author = _author(request, owner)
    return {
        "uri": post.remote_id,
        "cid": _cid(post),
        "author": author,
        "record": _value(post),
        **counts,
        "indexedAt": _time(post.created_at),
        "labels": [],
    }


async def resolve_handle(request: Request) -> Response:
    found = world_of(request).ledger.account_named(PLATFORM, request.query_params.get("handle", ""))
    if found is None:
        raise invalid("Unable to resolve handle")
    return JSONResponse({"did": found.id})


async def describe_server(_: Request) -> Response:
    return JSONResponse(
        {"did": f"did:web:{HOST}", "availableUserDomains": [".example"], "inviteCodeRequired": True, "links": {}, "contact": {}}
    )


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


XRPC = [
    Route("/xrpc/com.atproto.server.createSession", create_session, methods=["POST"]),
    Route("/xrpc/com.atproto.server.refreshSession", refresh_session, methods=["POST"]),
    Route("/xrpc/com.atproto.server.getSession", get_session),
    Route("/xrpc/com.atproto.server.describeServer", describe_server),
    Route("/xrpc/com.atproto.identity.resolveHandle", resolve_handle),
    Route("/xrpc/com.atproto.repo.uploadBlob", upload_blob, methods=["POST"]),
    Route("/xrpc/com.atproto.repo.createRecord", create_record, methods=["POST"]),
    Route("/xrpc/com.atproto.repo.deleteRecord", delete_record, methods=["POST"]),
    Route("/xrpc/com.atproto.repo.getRecord", get_record),
    Route("/xrpc/com.atproto.repo.listRecords", list_records),
    Route("/xrpc/app.bsky.feed.getPosts", get_posts),
    Route("/xrpc/app.bsky.feed.getAuthorFeed", get_author_feed),
    Route("/xrpc/app.bsky.actor.getProfile", get_profile),
]
ROUTES = {HOST: XRPC}
