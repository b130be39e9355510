"""A Ghost site, ghost.example: posts, images, media and the site, under the Admin API.

Shapes after docs.ghost.org/admin-api, read in November 2026. Each account of the sandbox is a custom integration of the one site; its
number is the key's id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import ids
from postwright.sandbox.articles import sources_of, words_of
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.files import FileTooLarge, adopt_upload
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Refusal, allow_body, read_form, read_json, whole
from postwright.sandbox.world import World, world_of

PLATFORM, HOST = "ghost", "ghost.example"
TITLE_LIMIT, EXCERPT_LIMIT, SLUG_LIMIT, ALT_LIMIT, FILE_BYTES = 255, 300, 191, 191, 104_857_600
TOKEN_LIVES = 300
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")


def problem(status: int, kind: str, message: str, context: str | None = None, code: str | None = None, field: str | None = None) -> Refusal:
    error = {"message": message, "context": context, "type": kind, "details": None, "property": field, "help": None, "code": code}
    return Refusal(status, {"errors": [{**error, "id": ids.letters(24), "ghostErrorCode": None}]})


def invalid(field: str, context: str) -> Refusal:
    return problem(422, "ValidationError", "Validation error, cannot save post.", context, None, field)


def too_large() -> Refusal:
    return problem(413, "RequestEntityTooLargeError", "Request was too big.")


def malformed(why: str) -> Refusal:
    return problem(400, "BadRequestError", f"The request could not be understood: {why}.")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "NotFoundError", "Resource not found error, cannot read.", "Resource not found")


def signed_in(request: Request) -> tuple[World, Account]:
    """A JWT, HS256, signed by the secret of the key whose id it names."""
    world = world_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Ghost" or token.count(".") != 2:
        raise problem(403, "NoPermissionError", "Authorization failed", "Unable to determine the authenticated user or integration.")
    head, claims = _segment(token.split(".")[0]), _segment(token.split(".")[1])
    account = world.ledger.account(key_id(token))
    key = world.ledger.live_token(account.id, "access", world.clock()) if account and account.platform == PLATFORM else None
    if account is None or key is None:
        raise problem(401, "UnauthorizedError", "Unknown Admin API Key", None, "UNKNOWN_ADMIN_API_KEY")
    if head.get("alg") != "HS256" or not _is_signed(token, key.token):
        raise problem(401, "UnauthorizedError", "Invalid token: invalid signature", None, "INVALID_JWT")
    lasts = (whole(claims.get("exp"), 0) or 0) - (whole(claims.get("iat"), 0) or 0)
    if claims.get("aud") != "/admin/" or not 0 < lasts <= TOKEN_LIVES:
        raise problem(401, "UnauthorizedError", "Invalid token: jwt audience or age is wrong", None, "INVALID_JWT")
    return world, account


def key_id(token: str) -> str:
    """Which key a JWT says it is signed by."""
    return str(_segment(token.split(".")[0]).get("kid"))


def _segment(text: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return value if isinstance(value, dict) else {}


def _is_signed(token: str, key: str) -> bool:
    signed, _, given = token.rpartition(".")
    wanted = hmac.digest(bytes.fromhex(key.partition(":")[2]), signed.encode(), hashlib.sha256)
    return hmac.compare_digest(base64.urlsafe_b64encode(wanted).rstrip(b"=").decode(), given)


async def site(_: Request) -> Response:
    about = {"title": "Sandbox Ghost", "description": "A pretend site. Nothing leaves this machine.", "url": f"https://{HOST}/"}
    return JSONResponse({"site": {**about, "version": "5.130", "logo": None, "locale": "en"}})


async def create_post(request: Request) -> Response:
    world, account = signed_in(request)
    allow_body(request, 8_000_000)
    given = _given(await read_json(request))
    title, body = str(given.get("title") or ""), str(given.get("html") or "") if request.query_params.get("source") == "html" else ""
    _check(given, title)
    media = _media(world, account, given, body)
    now = world.clock()
    remote_id = secrets.token_hex(12)
    extra = {
        "slug": _free_slug(world, str(given.get("slug") or title)), "html": body, "excerpt": given.get("custom_excerpt"),
        "tags": [str(tag.get("name")) for tag in given.get("tags") or [] if isinstance(tag, dict)], "uuid": ids.letters(32),
        "status": given.get("status", "draft"), "visibility": given.get("visibility", "public"),
    }  # fmt: skip
    post = Post(PLATFORM, remote_id, account.id, now, "article", words_of(body), remote_id, title, tuple(media), extra=extra)
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        world.ledger.keep(Handle(PLATFORM, f"slug:{extra['slug']}", account.id, "slug", now, {"post": remote_id}))
    return JSONResponse({"posts": [_show(world, account, post)]}, 201, {"Location": f"https://{HOST}/ghost/api/admin/posts/{remote_id}/"})


def _given(body: dict[str, Any]) -> dict[str, Any]:
    posts = body.get("posts")
    if not isinstance(posts, list) or len(posts) != 1 or not isinstance(posts[0], dict):
        raise problem(400, "BadRequestError", "No root key ('posts') provided.")
    return posts[0]


def _check(given: dict[str, Any], title: str) -> None:
    if not title.strip():
        raise invalid("title", "Value in [posts.title] cannot be blank.")
    if len(title) > TITLE_LIMIT:
        raise invalid("title", f"Value in [posts.title] exceeds maximum length of {TITLE_LIMIT} characters.")
    if len(str(given.get("custom_excerpt") or "")) > EXCERPT_LIMIT:
        raise invalid("custom_excerpt", f"Value in [posts.custom_excerpt] exceeds maximum length of {EXCERPT_LIMIT} characters.")
    if len(str(given.get("feature_image_alt") or "")) > ALT_LIMIT:
        raise invalid("feature_image_alt", f"Value in [posts_meta.feature_image_alt] exceeds maximum length of {ALT_LIMIT} characters.")
    if given.get("status", "draft") not in ("draft", "published", "scheduled", "sent"):
        raise invalid("status", "Value in [posts.status] must be one of the known ones.")
    if given.get("visibility", "public") not in ("public", "members", "paid", "tiers"):
        raise invalid("visibility", "Value in [posts.visibility] must be one of the known ones.")


def _free_slug(world: World, wanted: str) -> str:
    """A slug that is taken gets a number, as Ghost does."""
    slug = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[:SLUG_LIMIT] or "untitled"
    number, free = 1, slug
    while world.ledger.handle(PLATFORM, f"slug:{free}"):
        number += 1
        free = f"{slug}-{number}"
    return free


def _media(world: World, account: Account, given: dict[str, Any], body: str) -> Iterable[str]:
    for address in [str(given.get("feature_image") or ""), *sources_of(body)]:
        handle = world.ledger.handle(PLATFORM, f"file:{address}") if address else None
        if handle and handle.account_id == account.id:
            yield str(handle.body["medium"])
            if address == given.get("feature_image") and given.get("feature_image_alt"):
                world.ledger.describe_medium(str(handle.body["medium"]), str(given["feature_image_alt"]))


async def list_posts(request: Request) -> Response:
    world, account = signed_in(request)
    limit = min(100, max(1, whole(request.query_params.get("limit"), 15) or 15))
    posts = world.ledger.posts_of(account.id, world.clock(), limit=limit)
    total = world.ledger.count_of(account.id, world.clock())[0]
    page = {"page": 1, "limit": limit, "pages": -(-total // limit), "total": total, "next": None, "prev": None}
    return JSONResponse({"posts": [_show(world, account, post) for post in posts], "meta": {"pagination": page}})


async def read_by_slug(request: Request) -> Response:
    world, account = signed_in(request)
    handle = world.ledger.handle(PLATFORM, f"slug:{request.path_params['slug']}")
    return JSONResponse({"posts": [_show(world, account, _found(world, account, str(handle.body["post"]) if handle else ""))]})


async def read_post(request: Request) -> Response:
    world, account = signed_in(request)
    post = _found(world, account, request.path_params["post"])
    asked = request.query_params.get("include", "").split(",")
    seen = figures(post, account, world.clock())
    told = {"count.clicks": ("clicks", seen["clicks"]), "count.positive_feedback": ("positive_feedback", seen["likes"])}
    count = {told[name][0]: told[name][1] for name in asked if name in told}
    return JSONResponse({"posts": [{**_show(world, account, post), **({"count": count} if count else {})}]})


async def delete_post(request: Request) -> Response:
    world, account = signed_in(request)
    post = _found(world, account, request.path_params["post"])
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return Response(status_code=204)


def _found(world: World, account: Account, name: str) -> Post:
    post = world.ledger.post(PLATFORM, name, world.clock())
    if post is None or post.account_id != account.id:
        raise problem(404, "NotFoundError", "Resource not found error, cannot read post.", "Post not found.")
    return post


async def list_members(request: Request) -> Response:
    """How many there are; who they are is not simulated."""
    world, account = signed_in(request)
    page = {"page": 1, "limit": 1, "pages": 1, "total": followers_at(account, world.clock()), "next": None, "prev": None}
    return JSONResponse({"members": [], "meta": {"pagination": page}})


async def upload_image(request: Request) -> Response:
    return await _upload(request, "images")


async def upload_media(request: Request) -> Response:
    return await _upload(request, "media")


async def _upload(request: Request, kind: str) -> Response:
    world, account = signed_in(request)
    allow_body(request, FILE_BYTES)
    form = await read_form(request)
    file = form.files.get("file")
    if file is None:
        raise problem(422, "ValidationError", "Please select a file to upload.")
    try:
        medium = await adopt_upload(world, account, file, FILE_BYTES)
    except FileTooLarge as wrong:
        raise too_large() from wrong
    if medium is None or not _fits(medium, kind):
        raise problem(415, "UnsupportedMediaTypeError", "Please select a valid file.")
    name = re.sub(r"[^\w.-]", "-", file.filename or "file")
    address = f"https://{HOST}/content/{kind}/{datetime.fromtimestamp(world.clock(), UTC):%Y/%m}/{medium.id[:8]}-{name}"
    world.ledger.keep(Handle(PLATFORM, f"file:{address}", account.id, "file", world.clock(), {"medium": medium.id}))
    return JSONResponse({kind: [{"url": address, "ref": form.text("ref")}]}, 201)


def _fits(medium: Medium, kind: str) -> bool:
    return medium.mime in IMAGES if kind == "images" else medium.mime in ("video/mp4", "video/webm")


def _show(world: World, account: Account, post: Post) -> dict[str, Any]:
    at = datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    slug = post.extra.get("slug", post.remote_id)
    return {
        "id": post.remote_id, "uuid": post.extra.get("uuid"), "title": post.title, "slug": slug, "url": f"https://{HOST}/{slug}/",
        "html": post.extra.get("html", post.text), "status": post.extra.get("status", "published"), "published_at": at, "created_at": at,
        "updated_at": at, "visibility": post.extra.get("visibility", "public"), "custom_excerpt": post.extra.get("excerpt"),
        "tags": [{"name": name} for name in post.extra.get("tags", [])],
    }  # fmt: skip


_API = "/ghost/api/admin"
ROUTES = {
    HOST: [
        Route(f"{_API}/site/", site),
        Route(f"{_API}/posts/", create_post, methods=["POST"]),
        Route(f"{_API}/posts/", list_posts, methods=["GET"]),
        Route(_API + "/posts/slug/{slug}/", read_by_slug),
        Route(_API + "/posts/{post}/", read_post, methods=["GET"]),
        Route(_API + "/posts/{post}/", delete_post, methods=["DELETE"]),
        Route(f"{_API}/members/", list_members),
        Route(f"{_API}/images/upload/", upload_image, methods=["POST"]),
        Route(f"{_API}/media/upload/", upload_media, methods=["POST"]),
    ]
}
