"""A Mastodon server, mastodon.example: statuses, media, accounts, instance.

Shapes after docs.joinmastodon.org and the official OpenAPI description, read in November 2026.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.kit.counting import mastodon_length
from postwright.sandbox import ids
from postwright.sandbox.mastodon_shapes import (
    ALT_LIMIT,
    HOST,
    IMAGE_BYTES,
    IMAGE_PIXELS,
    MEDIA_LIMIT,
    TEXT_LIMIT,
    TYPES,
    VIDEO_BYTES,
    show_account,
    show_instance,
    show_medium,
    show_status,
)
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.quota import Quota, spend
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Form, Refusal, allow_body, base_of, bearer, read_form, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "mastodon"
CALLS, WINDOW = 300, 300
REPEAT_WITHIN = 3600  # an Idempotency-Key is remembered for an hour
VISIBILITIES = ("public", "unlisted", "private", "direct")


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> Refusal:
    return Refusal(status, {"error": message}, headers)


def too_large() -> Refusal:
    return problem(413, "Payload Too Large")


def malformed(why: str) -> Refusal:
    return problem(400, f"Error parsing the request: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "Record not found")


def _signed_in(request: Request) -> Account:
    world = world_of(request)
    found = whose(world, bearer(request), PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, "The access token was revoked" if found.why == "revoked" else "The access token is invalid")
    quota = spend(world, found, "calls", CALLS, WINDOW)
    request.state.rate = _rate(quota)
    if quota.refused:
        raise problem(429, "Too many requests", request.state.rate)
    return found


def _rate(quota: Quota) -> dict[str, str]:
    headers = quota.headers("X-RateLimit-")
    return {**headers, "X-RateLimit-Reset": datetime.fromtimestamp(quota.reset, UTC).isoformat().replace("+00:00", "Z")}


def _answer(request: Request, body: Any, status: int = 200) -> Response:
    return JSONResponse(body, status, getattr(request.state, "rate", {}))


# statuses


async def create_status(request: Request) -> Response:
    account, world = _signed_in(request), world_of(request)
    form = await read_form(request)
    key = request.headers.get("idempotency-key")
    earlier = world.ledger.handle(PLATFORM, f"idem:{account.id}:{key}") if key else None
    if earlier and (earlier.expires_at or 0) > world.clock():
        same = world.ledger.post(PLATFORM, str(earlier.body["status"]))
        if same:
            return _answer(request, _show(request, world, same))
    post = _checked_status(world, account, form)
    now = world.clock()
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        if key:
            repeat = Handle(
                PLATFORM, f"idem:{account.id}:{key}", account.id, "idempotency", now, {"status": post.remote_id}, None, now + REPEAT_WITHIN
            )
            world.ledger.keep(repeat)
    return _answer(request, _show(request, world, post))


def _checked_status(world: World, account: Account, form: Form) -> Post:
    text, spoiler = form.text("status") or "", form.text("spoiler_text") or ""
    attachments = _media_ids(form)
    media = _attached(world, account, attachments)
    if not text.strip() and not media:
        raise problem(422, "Validation failed: Text can't be blank")
    if mastodon_length(text) + mastodon_length(spoiler) > TEXT_LIMIT:
        raise problem(422, f"Validation failed: Text character limit of {TEXT_LIMIT} exceeded")
    visibility = form.text("visibility") or "public"
    if visibility not in VISIBILITIES:
        raise problem(422, "Validation failed: Visibility is not included in the list")
    if form.text("scheduled_at"):
        raise problem(422, "Validation failed: Scheduled at is not offered by this server")
    parent = _replied_to(world, form.text("in_reply_to_id"))
    now = world.clock()
    remote_id = ids.mastodon_id(now)
    extra = {
        "visibility": visibility,
        "spoiler_text": spoiler,
        "sensitive": form.flag("sensitive", bool(spoiler)),
        "language": form.text("language") or "en",
        "attachments": attachments,
    }
    kinds = {medium.kind for medium in media}
    kind = "video" if "video" in kinds else "image" if kinds else "text"
    names = tuple(medium.id for medium in media)
    root, above = (parent.root, parent.remote_id) if parent else (remote_id, None)
    return Post(PLATFORM, remote_id, account.id, now, kind, text, root, None, names, above, extra=extra)


def _media_ids(form: Form) -> list[str]:
    listed = form.lists.get("media_ids[]") or form.fields.get("media_ids") or []
    names = [listed] if isinstance(listed, str) else listed
    if not isinstance(names, list) or len(names) > MEDIA_LIMIT:
        raise problem(422, f"Cannot attach more than {MEDIA_LIMIT} files")
    return [str(name) for name in names]


def _attached(world: World, account: Account, names: list[str]) -> list[Medium]:
    found: list[Medium] = []
    for name in names:
        handle, medium = _attachment(world, account, name)
        if world.clock() < (handle.ready_at or 0):
            raise problem(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        found.append(medium)
    if len(found) > 1 and any(medium.kind == "video" for medium in found):
        raise problem(422, "Cannot attach a video to a post that already contains images")
    return found


def _replied_to(world: World, name: str | None) -> Post | None:
    if not name:
        return None
    parent = world.ledger.post(PLATFORM, name, world.clock())
    if parent is None:
        raise problem(404, "The post you are trying to reply to does not appear to exist.")
    return parent


async def read_status(request: Request) -> Response:
    world = world_of(request)
    _signed_in(request)
    post = world.ledger.post(PLATFORM, request.path_params["status_id"], world.clock())
    if post is None:
        raise problem(404, "Record not found")
    return _answer(request, _show(request, world, post))


async def delete_status(request: Request) -> Response:
    account, world = _signed_in(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["status_id"])
    if post is None or post.account_id != account.id:
        raise problem(404, "Record not found")
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return _answer(request, {**_show(request, world, post), "text": post.text})


async def statuses_of(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    owner = _named(request, request.path_params["account_id"])
    limit = min(40, max(1, whole(query.get("limit"), 20) or 20))
    posts = world.ledger.posts_of(owner.id, world.clock(), limit=1_000)
    if (newer := query.get("min_id") or query.get("since_id") or "").isdigit():
        posts = [post for post in posts if int(post.remote_id) > int(newer)]
    if (older := query.get("max_id", "")).isdigit():
        posts = [post for post in posts if int(post.remote_id) < int(older)]
    if query.get("exclude_replies") in ("true", "1"):
        posts = [post for post in posts if post.parent is None]
    return _answer(request, [_show(request, world, post) for post in posts[:limit]])


# media


async def upload(request: Request) -> Response:
    account, world = _signed_in(request), world_of(request)
    allow_body(request, VIDEO_BYTES + 100_000)
    form = await read_form(request)
    file = form.files.get("file")
    if file is None:
        raise problem(422, "Validation failed: File can't be blank")
    medium = await _stored(world, account, file, _alt(form))
    now = world.clock()
    name = ids.mastodon_id(now)
    ready = world.processed_at(name)
    handle = Handle(PLATFORM, name, account.id, "attachment", now, {"medium": medium.id}, ready)
    world.ledger.keep(handle)
    return _answer(request, show_medium(base_of(request), name, medium, ready=ready <= now), 200 if ready <= now else 202)


def _alt(form: Form) -> str:
    alt = form.text("description") or ""
    if len(alt) > ALT_LIMIT:
        raise problem(422, f"Validation failed: Description is too long (maximum is {ALT_LIMIT} characters)")
    return alt


async def _stored(world: World, account: Account, file: UploadFile, alt: str) -> Medium:
    try:
        stored = await world.media.save(_chunks(file), VIDEO_BYTES)
    except FileTooLarge as wrong:
        raise problem(422, "Validation failed: File size must be less than 99 MB") from wrong
    medium = world.media.adopt(stored, account.id, alt=alt)
    if medium is None or medium.mime not in TYPES:
        raise problem(422, "Validation failed: File content type is invalid, File is invalid")
    if medium.kind == "image" and (medium.size > IMAGE_BYTES or medium.width * medium.height > IMAGE_PIXELS):
        raise problem(422, "Validation failed: File size must be less than 16 MB and 33,177,600 pixels")
    return medium


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(262_144):
        yield chunk


async def read_medium(request: Request) -> Response:
    account, world = _signed_in(request), world_of(request)
    handle, medium = _attachment(world, account, request.path_params["medium_id"])
    ready = world.clock() >= (handle.ready_at or 0)
    return _answer(request, show_medium(base_of(request), handle.id, medium, ready=ready), 200 if ready else 206)


async def change_medium(request: Request) -> Response:
    account, world = _signed_in(request), world_of(request)
    handle, medium = _attachment(world, account, request.path_params["medium_id"])
    world.ledger.describe_medium(medium.id, _alt(await read_form(request)))
    fresh = world.media.get(medium.id) or medium
    return _answer(request, show_medium(base_of(request), handle.id, fresh, ready=world.clock() >= (handle.ready_at or 0)))


def _attachment(world: World, account: Account, name: str) -> tuple[Handle, Medium]:
    handle = world.ledger.handle(PLATFORM, name)
    medium = world.media.get(str(handle.body.get("medium"))) if handle and handle.kind == "attachment" else None
    if handle is None or medium is None or handle.account_id != account.id:
        raise problem(404, "Record not found")
    return handle, medium


# accounts and the server itself


async def verify_credentials(request: Request) -> Response:
    account = _signed_in(request)
    source = {
        "privacy": "public", "sensitive": False, "language": "en", "note": str(account.profile.get("about", "")), "fields": [],
        "follow_requests_count": 0, "hide_collections": None, "discoverable": True, "indexable": True, "attribution_domains": [],
        "quote_policy": "public",
    }  # fmt: skip
    role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
    return _answer(request, {**show_account(world_of(request), base_of(request), account), "source": source, "role": role})


async def read_account(request: Request) -> Response:
    return _answer(request, show_account(world_of(request), base_of(request), _named(request, request.path_params["account_id"])))


async def look_up(request: Request) -> Response:
    name = request.query_params.get("acct", "").removeprefix("@").removesuffix(f"@{HOST}")
    found = world_of(request).ledger.account_named(PLATFORM, f"{name}@{HOST}")
    if found is None:
        raise problem(404, "Record not found")
    return _answer(request, show_account(world_of(request), base_of(request), found))


def _named(request: Request, name: str) -> Account:
    _signed_in(request)
    found = world_of(request).ledger.account(name)
    if found is None or found.platform != PLATFORM:
        raise problem(404, "Record not found")
    return found


async def instance(request: Request) -> Response:
    return JSONResponse(show_instance(base_of(request)))


def _show(request: Request, world: World, post: Post) -> dict[str, Any]:
    owner = world.ledger.account(post.account_id)
    if owner is None:
        raise problem(404, "Record not found")
    return show_status(world, base_of(request), post, owner)


ROUTES = {
    HOST: [
        Route("/api/v1/statuses", create_status, methods=["POST"]),
        Route("/api/v1/statuses/{status_id}", read_status, methods=["GET"]),
        Route("/api/v1/statuses/{status_id}", delete_status, methods=["DELETE"]),
        Route("/api/v2/media", upload, methods=["POST"]),
        Route("/api/v1/media/{medium_id}", read_medium, methods=["GET"]),
        Route("/api/v1/media/{medium_id}", change_medium, methods=["PUT"]),
        Route("/api/v1/accounts/verify_credentials", verify_credentials),
        Route("/api/v1/accounts/lookup", look_up),
        Route("/api/v1/accounts/{account_id}", read_account),
        Route("/api/v1/accounts/{account_id}/statuses", statuses_of),
        Route("/api/v2/instance", instance),
    ]
}
