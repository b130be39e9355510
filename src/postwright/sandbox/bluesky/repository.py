"""The account's repository: blobs and records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.kit.counting import graphemes, utf8_bytes
from postwright.sandbox import ids
from postwright.sandbox.bluesky.answers import CREATE_POINTS, DELETE_POINTS, PLATFORM, invalid, iso, problem, signed_in, too_large, within
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.records import Account, Handle, Post
from postwright.sandbox.wire import Refusal, allow_body, read_json, whole
from postwright.sandbox.world import World, world_of

COLLECTION = "app.bsky.feed.post"
GRAPHEMES, BYTES = 300, 3000
IMAGE_BYTES, VIDEO_BYTES = 1_000_000, 100_000_000
IMAGE_COUNT = 4
GATES = "app.bsky.feed.threadgate"
LANGUAGES, LABELS = 3, 10
LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*")
RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")


async def upload_blob(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    allow_body(request, VIDEO_BYTES)
    try:
        file = await world.media.save(request.stream(), VIDEO_BYTES)
    except FileTooLarge as wrong:
        raise too_large() from wrong
    return JSONResponse({"blob": keep_blob(world, account, file)})


def keep_blob(world: World, account: Account, file: Path) -> dict[str, Any]:
    """Keeps a file that came in as a blob of the account; how a record names it."""
    link = ids.cid(file.read_bytes(), 0x55)
    medium = world.media.adopt(file, account.id)
    if medium is None:
        raise invalid("The blob is of no kind that this sandbox stores")
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": medium.mime, "size": medium.size}
    world.ledger.keep(Handle(PLATFORM, f"{account.id}/{link}", account.id, "blob", world.clock(), {"medium": medium.id, "blob": blob}))
    return blob


async def create_record(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    allow_body(request, 1_048_576)
    body = await read_json(request)
    if body.get("repo") not in (account.id, account.handle):
        raise invalid("Invalid repo: the repo is not the account's")
    record, rkey = body.get("record"), body.get("rkey")
    if body.get("collection") != COLLECTION or not isinstance(record, dict):
        raise invalid(f"Only records of {COLLECTION} are kept here")
    if rkey is not None and not (isinstance(rkey, str) and RKEY.fullmatch(rkey) and rkey not in (".", "..")):
        raise invalid("Input/rkey must be a valid record key")
    quota = within(world, account, CREATE_POINTS)
    post = _checked_record(world, account, record, rkey or ids.tid(world.clock()))
    if world.ledger.post(PLATFORM, post.remote_id):
        raise problem(500, "InternalServerError", "Internal Server Error")
    with world.ledger.transaction():
        world.ledger.free_deleted(PLATFORM, post.remote_id)
        world.ledger.add_post(post, world.clock())
    commit = {"cid": ids.cid(post.remote_id.encode(), 0x71), "rev": ids.tid(world.clock())}
    answer = {"uri": post.remote_id, "cid": cid_of(post), "commit": commit, "validationStatus": "valid"}
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
    _check_labels(record)
    kind, media = _embedded(world, account, record.get("embed"))
    uri = f"at://{account.id}/{COLLECTION}/{rkey}"
    parent, root = _replied_to(world, record.get("reply"))
    gate = world.ledger.handle(PLATFORM, f"at://{account.id}/{GATES}/{rkey}")
    extra = {"record": dict(record), "rkey": rkey, **({"gate": gate.body["record"]} if gate else {})}
    return Post(PLATFORM, uri, account.id, world.clock(), kind, text, root or uri, None, media, parent, extra=extra)


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


def _check_labels(record: Mapping[str, Any]) -> None:
    langs = record.get("langs", [])
    if (
        not isinstance(langs, list)
        or len(langs) > LANGUAGES
        or not all(isinstance(each, str) and LANGUAGE.fullmatch(each) for each in langs)
    ):
        raise _invalid_record(f"Record/langs must be up to {LANGUAGES} well-formed BCP 47 language tags")
    match record.get("labels"):
        case None:
            return
        case {"$type": "com.atproto.label.defs#selfLabels", "values": list() as values} if len(values) <= LABELS:
            if all(isinstance(each, dict) and isinstance(each.get("val"), str) for each in values):
                return
    raise _invalid_record("Record/labels must be self labels")


async def put_record(request: Request) -> Response:
    """Gates of threads only: who may reply to a post, under the post's own key. Putting one again replaces it."""
    account, world = signed_in(request), world_of(request)
    body = await read_json(request)
    record, rkey = body.get("record"), body.get("rkey")
    if body.get("repo") not in (account.id, account.handle):
        raise invalid("Invalid repo: the repo is not the account's")
    if body.get("collection") != GATES or not isinstance(record, dict) or not isinstance(rkey, str):
        raise invalid(f"Only records of {GATES} are put here")
    if record.get("post") != f"at://{account.id}/{COLLECTION}/{rkey}":
        raise invalid(f"Invalid {GATES} record: Record/post must have the key of the gate")
    allow = record.get("allow")
    if allow is not None and not (isinstance(allow, list) and len(allow) <= 5 and all(_is_rule(each) for each in allow)):
        raise invalid(f"Invalid {GATES} record: Record/allow must be a list of rules")
    within(world, account, CREATE_POINTS)
    uri = f"at://{account.id}/{GATES}/{rkey}"
    world.ledger.keep(Handle(PLATFORM, uri, account.id, "gate", world.clock(), {"record": record}))
    cid = ids.cid(json.dumps(record, sort_keys=True).encode(), 0x71)
    return JSONResponse({"uri": uri, "cid": cid, "validationStatus": "valid"})


def _is_rule(each: Any) -> bool:
    return isinstance(each, dict) and str(each.get("$type", "")).startswith(f"{GATES}#")


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
    repo = owner_of(world, query.get("repo", ""))
    post = world.ledger.post(PLATFORM, f"at://{repo.id}/{query.get('collection')}/{query.get('rkey')}", world.clock())
    if post is None:
        raise problem(400, "RecordNotFound", f"Could not locate record: at://{repo.id}/{query.get('collection')}/{query.get('rkey')}")
    return JSONResponse(_record(post))


async def list_records(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    repo = owner_of(world, query.get("repo", ""))
    limit = min(100, max(1, whole(query.get("limit"), 50) or 50))
    posts = world.ledger.posts_of(repo.id, world.clock(), limit=10_000) if query.get("collection") == COLLECTION else []
    posts = sorted(posts, key=lambda post: post.remote_id, reverse=query.get("reverse") != "true")
    if cursor := query.get("cursor"):
        newest_first = query.get("reverse") != "true"
        posts = [post for post in posts if (_rkey(post) < cursor) == newest_first and _rkey(post) != cursor]
    shown = [_record(post) for post in posts[:limit]]
    return JSONResponse({"records": shown, **({"cursor": _rkey(posts[limit - 1])} if len(posts) > limit else {})})


async def delete_record(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    body = await read_json(request)
    if body.get("repo") not in (account.id, account.handle):
        raise invalid("Invalid repo: the repo is not the account's")
    within(world, account, DELETE_POINTS)
    world.ledger.delete_post(PLATFORM, f"at://{account.id}/{body.get('collection')}/{body.get('rkey')}", world.clock())
    return JSONResponse({"commit": {"cid": ids.cid(ids.letters(20).encode(), 0x71), "rev": ids.tid(world.clock())}})


def owner_of(world: World, name: str) -> Account:
    found = world.ledger.account(name) or world.ledger.account_named(PLATFORM, name)
    if found is None or found.platform != PLATFORM:
        raise invalid(f"Could not find repo: {name}")
    return found


def _rkey(post: Post) -> str:
    return post.remote_id.rsplit("/", 1)[-1]


def cid_of(post: Post) -> str:
    """Stands for the hash of the record: real ones hash its DAG-CBOR, this one its sorted JSON."""
    return ids.cid(json.dumps(value_of(post), sort_keys=True).encode(), 0x71)


def value_of(post: Post) -> dict[str, Any]:
    plain = {"$type": COLLECTION, "text": post.text, "createdAt": iso(post.created_at), "langs": ["en"]}
    return dict(post.extra.get("record", plain))


def _record(post: Post) -> dict[str, Any]:
    return {"uri": post.remote_id, "cid": cid_of(post), "value": value_of(post)}
