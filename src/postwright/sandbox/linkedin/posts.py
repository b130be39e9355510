"""Posts and comments, with LinkedIn's little text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.linkedin.answers import PLATFORM, bad_field, enter, problem, urn_of, urn_of_id
from postwright.sandbox.linkedin.uploads import status_of
from postwright.sandbox.quota import spend
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import read_json, whole
from postwright.sandbox.world import World, world_of

TEXT_LIMIT = 3000
PER_DAY = 150
# "Little text": these mean something unless a backslash stands before them.
TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^}]+)\}|@\[([^\]]+)\]\(urn:li:[^)]+\)")
ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")
CUTS = re.compile(r"[|{}\[\]()<>]")


async def create_post(request: Request) -> Response:
    account, world = enter(request), world_of(request)
    quota = spend(world, account, "create_post", PER_DAY, 86_400)
    if quota.refused:
        wait = {"Retry-After": str(quota.seconds_left(world.clock()))}
        raise problem(429, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls to this resource is reached.", wait)
    post = _checked_post(world, account, await read_json(request))
    world.ledger.add_post(post, world.clock())
    return Response(status_code=201, headers={"x-restli-id": post.remote_id, "Location": f"/rest/posts/{quote(post.remote_id, safe='')}"})


def _checked_post(world: World, account: Account, body: Mapping[str, Any]) -> Post:
    if body.get("author") != urn_of(account):
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
    if body["visibility"] != "PUBLIC" and account.id.startswith("urn:li:organization:"):
        raise bad_field("visibility", "FIELD_INVALID", "posts of organizations are PUBLIC")
    shared = body.get("isReshareDisabledByAuthor", False)
    if not isinstance(shared, bool):
        raise bad_field("isReshareDisabledByAuthor", "FIELD_INVALID", "expected a boolean")
    extra |= {"reshare_disabled": shared, "visibility": body["visibility"], "commentary": body.get("commentary", "")}
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
            if kind == "document" and not media.get("title"):
                raise bad_field("content/media/title", "MISSING_REQUIRED_FIELD", "a document needs a title")
            pages = {"pages": _pages_of(world, urn)} if kind == "document" else {}
            return kind, (medium,), {"title": media.get("title"), **pages}
        case {"article": {"source": str() as source} as article}:
            return "link", (), {"title": article.get("title"), "link": source}
    raise bad_field("content", "FIELD_INVALID", "one of media, multiImage (2 to 20 images) and article is required")


def _pages_of(world: World, urn: str) -> int | None:
    handle = world.ledger.handle(PLATFORM, urn)
    return handle.body.get("pages") if handle else None


def _ready(world: World, account: Account, section: Mapping[str, Any]) -> str:
    """Our id of an uploaded asset, its alternative text kept."""
    urn = str(section.get("id"))
    handle = world.ledger.handle(PLATFORM, urn)
    if handle is None or handle.account_id != account.id:
        raise bad_field("content/media/id", "FIELD_INVALID", f"{urn} is not an asset of the author")
    # A post may name an image that is still processed; video and documents must be ready.
    if status_of(world, handle) not in (("AVAILABLE", "PROCESSING") if handle.kind == "image" else ("AVAILABLE",)):
        raise problem(400, "MEDIA_ASSET_WAITING_UPLOAD", f"Media asset {urn} is not available: {status_of(world, handle)}")
    if alt := section.get("altText"):
        world.ledger.describe_medium(handle.body["medium"], str(alt)[:4086])
    return str(handle.body["medium"])


async def posts_of_author(request: Request) -> Response:
    account, world = enter(request), world_of(request)
    if request.query_params.get("q") != "author":
        raise problem(400, "QUERY_PARAM_INVALID", "only the finder q=author is known")
    if request.query_params.get("author") != urn_of(account):
        raise problem(403, "ACCESS_DENIED", "Not enough permissions to access: partnerApiPostsExternal.FINDER-author")
    count = min(100, max(1, whole(request.query_params.get("count"), 10) or 10))
    start = max(0, whole(request.query_params.get("start"), 0) or 0)
    posts = world.ledger.posts_of(account.id, world.clock(), limit=start + count)[start:]
    elements = [_show(post) for post in posts if post.parent is None]
    return JSONResponse({"paging": {"start": start, "count": count, "links": []}, "elements": elements})


async def read_post(request: Request) -> Response:
    return JSONResponse(_show(own_post(request)))


async def delete_post(request: Request) -> Response:
    account, world = enter(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["urn"])
    if post and post.account_id == account.id:
        world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return Response(status_code=204)


async def comment(request: Request) -> Response:
    account, world, parent = enter(request), world_of(request), own_post(request)
    body = await read_json(request)
    message = body.get("message") or {}
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= 1250:
        raise bad_field("message/text", "FIELD_INVALID", "1 to 1250 characters are required")
    now = world.clock()
    number = ids.linkedin_id(now)
    remote_id = f"urn:li:comment:({parent.remote_id},{number})"
    world.ledger.add_post(Post(PLATFORM, remote_id, account.id, now, "comment", text, parent.root, parent=parent.remote_id), now)
    shown = {"id": number, "commentUrn": remote_id, "actor": urn_of(account), "object": parent.remote_id, "message": {"text": text}}
    return JSONResponse(shown, 201, {"x-restli-id": number})


async def list_comments(request: Request) -> Response:
    account, world, parent = enter(request), world_of(request), own_post(request)
    count = min(100, max(1, whole(request.query_params.get("count"), 10) or 10))
    replies = [post for post in world.ledger.thread(PLATFORM, parent.root) if post.parent == parent.remote_id]
    elements = [
        {
            "id": post.remote_id.rstrip(")").rsplit(",", 1)[-1], "commentUrn": post.remote_id, "actor": urn_of(account),
            "object": parent.remote_id, "message": {"text": post.text, "attributes": []},
        }
        for post in replies[:count]
    ]  # fmt: skip
    return JSONResponse({"paging": {"start": 0, "count": count, "links": []}, "elements": elements})


def own_post(request: Request) -> Post:
    account, world = enter(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["urn"], world.clock())
    if post is None or post.account_id != account.id:
        raise problem(404, "NOT_FOUND", f"Could not find entity {request.path_params['urn']}")
    return post


def _show(post: Post) -> dict[str, Any]:
    at = int(post.created_at * 1000)
    return {
        "id": post.remote_id, "author": urn_of_id(post.account_id), "commentary": post.extra.get("commentary", post.text),
        "visibility": post.extra.get("visibility", "PUBLIC"), "lifecycleState": "PUBLISHED", "createdAt": at, "publishedAt": at,
        "lastModifiedAt": at, "isReshareDisabledByAuthor": post.extra.get("reshare_disabled", False),
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
    }  # fmt: skip
