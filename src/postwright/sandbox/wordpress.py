"""A WordPress site, wordpress.example: posts, media, tags, comments, users.

Shapes after developer.wordpress.org/rest-api/reference, read in November 2026. All accounts of the sandbox are users of the one site.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import ids
from postwright.sandbox.articles import is_dangerous, sources_of, words_of
from postwright.sandbox.engagement import figures
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Refusal, allow_body, base_of, read_json, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM, HOST = "wordpress", "wordpress.example"
FILE_BYTES, TITLE_LIMIT, SLUG_LIMIT = 104_857_600, 65_535, 200
_FILE_NAME = re.compile(r'filename="?([^";]+)"?')


def problem(status: int, code: str, message: str, **data: Any) -> Refusal:
    return Refusal(status, {"code": code, "message": message, "data": {"status": status, **data}})


def too_large() -> Refusal:
    return problem(413, "rest_upload_file_too_big", "The uploaded file exceeds the limit of this site.")


def malformed(_: str) -> Refusal:
    return problem(400, "rest_invalid_json", "Invalid JSON body passed.")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "rest_no_route", "No route was found matching the URL and request method.")


def signed_in(request: Request) -> tuple[World, Account]:
    """Basic authentication by an application password."""
    world = world_of(request)
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    try:
        token = base64.b64decode(packed, validate=True).decode() if scheme.lower() == "basic" else None
    except (binascii.Error, UnicodeDecodeError):
        token = None
    found = whose(world, token, PLATFORM)
    if isinstance(found, BadToken):
        if token is None:
            raise problem(401, "rest_not_logged_in", "You are not currently logged in.")
        raise problem(401, "incorrect_password", "The provided password is an invalid application password.")
    return world, found


async def index(_: Request) -> Response:
    about = {"name": "Sandbox WordPress", "description": "A pretend site. Nothing leaves this machine.", "url": f"https://{HOST}"}
    page = f"https://{HOST}/wp-admin/authorize-application.php"
    ways = {"application-passwords": {"endpoints": {"authorization": page}}}
    return JSONResponse({**about, "home": f"https://{HOST}", "namespaces": ["oembed/1.0", "wp/v2"], "authentication": ways})


async def me(request: Request) -> Response:
    _, account = signed_in(request)
    shown = {"id": int(account.id), "name": account.display_name, "slug": account.handle.split(".")[0]}
    rights = {"publish_posts": True, "upload_files": True, "edit_posts": True}
    more = {"capabilities": rights, "roles": ["author"]} if request.query_params.get("context") == "edit" else {}
    return JSONResponse({**shown, **more})


async def create_post(request: Request) -> Response:
    world, account = signed_in(request)
    allow_body(request, 8_000_000)
    body = await read_json(request)
    title, content = _raw(body.get("title")), _raw(body.get("content"))
    if not (title or content or _raw(body.get("excerpt"))):
        raise problem(400, "empty_content", "Content, title, and excerpt are empty.")
    if len(title.encode()) > TITLE_LIMIT:
        raise problem(400, "db_insert_error", "Could not insert post into the database.")
    if body.get("status", "draft") not in ("publish", "future", "draft", "pending", "private"):
        raise problem(400, "rest_invalid_param", "Invalid parameter(s): status", params={"status": "status is not one of the known ones."})
    media = [*_featured(world, account, body), *_shown(world, account, content)]
    now = world.clock()
    remote_id = ids.mastodon_id(now)
    extra = {
        "slug": _free_slug(world, str(body.get("slug") or title)), "html": content, "excerpt": _raw(body.get("excerpt")),
        "tags": [whole(tag, 0) for tag in body.get("tags") or []], "status": body.get("status", "draft"),
        "comment_status": body.get("comment_status", "open"), "kses": is_dangerous(content),
    }  # fmt: skip
    post = Post(PLATFORM, remote_id, account.id, now, "article", words_of(content), remote_id, title, tuple(media), extra=extra)
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        world.ledger.keep(Handle(PLATFORM, f"slug:{extra['slug']}", account.id, "slug", now, {"post": remote_id}))
    return JSONResponse(_show_post(world, account, post), 201, {"Location": f"https://{HOST}/wp-json/wp/v2/posts/{remote_id}"})


def _raw(value: Any) -> str:
    """A field as text, given plainly or as {"raw": ...}."""
    return str((value.get("raw") if isinstance(value, dict) else value) or "")


def _free_slug(world: World, wanted: str) -> str:
    """A slug that is taken gets a number, as WordPress does."""
    slug = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[:SLUG_LIMIT] or "post"
    number, free = 1, slug
    while world.ledger.handle(PLATFORM, f"slug:{free}"):
        number += 1
        free = f"{slug}-{number}"
    return free


def _featured(world: World, account: Account, body: dict[str, Any]) -> list[str]:
    name = body.get("featured_media")
    return [_attachment(world, account, str(name)).id] if name else []


def _shown(world: World, account: Account, content: str) -> Iterable[str]:
    for address in sources_of(content):
        if address.startswith(f"https://{HOST}/wp-content/uploads/"):
            yield _attachment(world, account, address.rsplit("/", 2)[-2]).id


def _attachment(world: World, account: Account, name: str) -> Medium:
    handle = world.ledger.handle(PLATFORM, f"media:{name}")
    medium = world.media.get(str(handle.body["medium"])) if handle and handle.account_id == account.id else None
    if medium is None:
        raise problem(400, "rest_invalid_featured_media", "Invalid featured media ID.")
    return medium


async def list_posts(request: Request) -> Response:
    """By slug, or the newest."""
    world, account = signed_in(request)
    slug = request.query_params.get("slug")
    if slug is not None:
        handle = world.ledger.handle(PLATFORM, f"slug:{slug}")
        post = world.ledger.post(PLATFORM, str(handle.body["post"]), world.clock()) if handle else None
        found = [post] if post else []
        total = len(found)
    else:
        limit = min(100, max(1, whole(request.query_params.get("per_page"), 10) or 10))
        found = world.ledger.posts_of(account.id, world.clock(), limit=limit)
        total = world.ledger.count_of(account.id, world.clock())[0]
    return JSONResponse([_show_post(world, account, post) for post in found], headers={"X-WP-Total": str(total)})


async def read_post(request: Request) -> Response:
    world, account = signed_in(request)
    return JSONResponse(_show_post(world, account, _own_post(request, world, account)))


async def delete_post(request: Request) -> Response:
    world, account = signed_in(request)
    post = _own_post(request, world, account)
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({**_show_post(world, account, post), "status": "trash"})


def _own_post(request: Request, world: World, account: Account) -> Post:
    post = world.ledger.post(PLATFORM, request.path_params["post"], world.clock())
    if post is None:
        raise problem(404, "rest_post_invalid_id", "Invalid post ID.")
    if post.account_id != account.id:
        raise problem(403, "rest_cannot_delete", "Sorry, you are not allowed to do that to this post.")
    return post


async def upload(request: Request) -> Response:
    """The file is the body; its name stands in Content-Disposition."""
    world, account = signed_in(request)
    allow_body(request, FILE_BYTES)
    name = _FILE_NAME.search(request.headers.get("content-disposition", ""))
    if name is None:
        raise problem(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
    try:
        medium = world.media.adopt(await world.media.save(request.stream(), FILE_BYTES), account.id)
    except FileTooLarge as wrong:
        raise too_large() from wrong
    if medium is None:
        raise problem(500, "rest_upload_unknown_error", "Sorry, you are not allowed to upload this file type.")
    now = world.clock()
    media_id = ids.mastodon_id(now)
    world.ledger.keep(Handle(PLATFORM, f"media:{media_id}", account.id, "media", now, {"medium": medium.id, "name": name[1]}))
    return JSONResponse(_show_medium(request, media_id, name[1], medium), 201)


async def change_medium(request: Request) -> Response:
    world, account = signed_in(request)
    media_id = request.path_params["medium"]
    medium = _attachment(world, account, media_id)
    world.ledger.describe_medium(medium.id, str((await read_json(request)).get("alt_text") or ""))
    return JSONResponse(_show_medium(request, media_id, medium.id, world.media.get(medium.id) or medium))


async def create_tag(request: Request) -> Response:
    world, account = signed_in(request)
    name = str((await read_json(request)).get("name") or "").strip()
    if not name:
        raise problem(400, "rest_missing_callback_param", "Missing parameter(s): name", params=["name"])
    known = world.ledger.handle(PLATFORM, f"tag:{name.casefold()}")
    if known:
        message = "A term with the name provided already exists with this parent."
        raise problem(400, "term_exists", message, term_id=known.body["id"])
    tag_id, now = int(ids.digits_of(9)), world.clock()
    world.ledger.keep(Handle(PLATFORM, f"tag:{name.casefold()}", account.id, "tag", now, {"id": tag_id, "name": name}))
    return JSONResponse({"id": tag_id, "name": name, "slug": name.casefold(), "taxonomy": "post_tag"}, 201)


async def comments(request: Request) -> Response:
    """How many there are stands in a header; what they say is not simulated."""
    world, account = signed_in(request)
    post = world.ledger.post(PLATFORM, request.query_params.get("post", ""), world.clock())
    count = figures(post, account, world.clock())["comments"] if post and post.account_id == account.id else 0
    return JSONResponse([], headers={"X-WP-Total": str(count), "X-WP-TotalPages": str(count)})


def _show_post(world: World, account: Account, post: Post) -> dict[str, Any]:
    at = datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    slug = post.extra.get("slug", post.remote_id)
    return {
        "id": int(post.remote_id), "date": at, "date_gmt": at, "slug": slug, "status": post.extra.get("status", "publish"), "type": "post",
        "link": f"https://{HOST}/{slug}/", "title": {"raw": post.title, "rendered": post.title},
        "content": {"raw": post.extra.get("html", post.text), "rendered": post.extra.get("html", post.text), "protected": False},
        "excerpt": {"rendered": post.extra.get("excerpt", "")}, "author": int(account.id), "tags": post.extra.get("tags", []),
        "comment_status": post.extra.get("comment_status", "open"),
    }  # fmt: skip


def _show_medium(request: Request, media_id: str, name: str, medium: Medium) -> dict[str, Any]:
    return {
        "id": int(media_id), "source_url": f"https://{HOST}/wp-content/uploads/{media_id}/{name}", "alt_text": medium.alt,
        "media_type": "image" if medium.kind == "image" else "file", "mime_type": medium.mime,
        "media_details": {"width": medium.width, "height": medium.height},
        "guid": {"rendered": f"{base_of(request)}/_sandbox/media/{medium.id}"},
    }  # fmt: skip


_V2 = "/wp-json/wp/v2"
ROUTES = {
    HOST: [
        Route("/wp-json/", index),
        Route(f"{_V2}/users/me", me),
        Route(f"{_V2}/posts", create_post, methods=["POST"]),
        Route(f"{_V2}/posts", list_posts, methods=["GET"]),
        Route(_V2 + "/posts/{post}", read_post, methods=["GET"]),
        Route(_V2 + "/posts/{post}", delete_post, methods=["DELETE"]),
        Route(f"{_V2}/media", upload, methods=["POST"]),
        Route(_V2 + "/media/{medium}", change_medium, methods=["POST"]),
        Route(f"{_V2}/tags", create_tag, methods=["POST"]),
        Route(f"{_V2}/comments", comments),
    ]
}
