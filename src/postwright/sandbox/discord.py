"""Discord at discord.com/api/v10: a channel's messages, by a bot or under the address of a webhook.

Shapes after discord.com/developers/docs (resources/message, resources/webhook, topics/rate-limits), read in November 2026. The
account is a channel. Its key is a bot's token; the webhook of the channel has the channel's own number and the same token.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import ids
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.files import FileTooLarge, adopt_upload
from postwright.sandbox.quota import Quota, spend
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Form, Malformed, Refusal, allow_body, base_of, read_form, read_json, whole
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "discord"
TEXT_LIMIT, ATTACHMENTS, ALT_LIMIT, NONCE_LIMIT = 2000, 10, 1024, 25
FILE_BYTES, REQUEST_BYTES = 10_485_760, 26_214_400
MESSAGES, WINDOW = 5, 5  # messages in seconds
NONCE_LIVES = 300


def problem(status: int, code: int, message: str, **errors: Any) -> Refusal:
    return Refusal(status, {"message": message, "code": code, **({"errors": errors} if errors else {})})


def invalid(field: str, code: str, message: str) -> Refusal:
    return problem(400, 50035, "Invalid Form Body", **{field: {"_errors": [{"code": code, "message": message}]}})


def too_large() -> Refusal:
    return problem(413, 40005, "Request entity too large")


def malformed(_: str) -> Refusal:
    return problem(400, 50109, "The request body contains invalid JSON.")


def no_such_path(_: Request) -> Refusal:
    return problem(404, 0, "404: Not Found")


def by_bot(request: Request) -> tuple[World, Account]:
    """The channel in the address, which the bot must be in."""
    world = world_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = whose(world, token if scheme == "Bot" else None, PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, 0, "401: Unauthorized")
    if request.path_params.get("channel", found.id) != found.id:
        raise problem(404, 10003, "Unknown Channel")
    return world, found


def by_webhook(request: Request) -> tuple[World, Account]:
    world = world_of(request)
    found = whose(world, request.path_params["token"], PLATFORM)
    if world.ledger.account(request.path_params["webhook"]) is None:
        raise problem(404, 10015, "Unknown Webhook")
    if isinstance(found, BadToken) or found.id != request.path_params["webhook"]:
        raise problem(401, 50027, "Invalid Webhook Token")
    return world, found


async def create_message(request: Request) -> Response:
    world, account = by_bot(request)
    return await _create(request, world, account, is_bot=True)


async def execute_webhook(request: Request) -> Response:
    """Without `wait` nothing is told of the message, as Discord does."""
    world, account = by_webhook(request)
    answer = await _create(request, world, account, is_bot=False)
    return answer if request.query_params.get("wait") == "true" else Response(status_code=204)


async def _create(request: Request, world: World, account: Account, *, is_bot: bool) -> Response:
    allow_body(request, REQUEST_BYTES)
    body, form = await _read(request)
    nonce = str(body.get("nonce") or "") if is_bot else ""
    if len(nonce) > NONCE_LIMIT:
        raise invalid("nonce", "NONCE_TYPE_TOO_LONG", f"Must be {NONCE_LIMIT} or fewer in length.")
    if nonce and body.get("enforce_nonce") and (earlier := _said_before(world, account, nonce)):
        return JSONResponse(_show(request, world, account, earlier))
    text = str(body.get("content") or "")
    if len(text) > TEXT_LIMIT:
        raise invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {TEXT_LIMIT} or fewer in length.")
    media = await _media(world, account, form, body.get("attachments") or [])
    if not text.strip() and not media:
        raise problem(400, 50006, "Cannot send an empty message")
    quota = spend(world, account, "messages", MESSAGES, WINDOW)
    if quota.refused:
        raise _too_many(quota, world.clock())
    post = _land(world, account, text, media, nonce, body)
    return JSONResponse(_show(request, world, account, post), headers=quota.headers("X-RateLimit-"))


async def _read(request: Request) -> tuple[dict[str, Any], Form | None]:
    """JSON, or a form whose `payload_json` it is."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return await read_json(request), None
    form = await read_form(request)
    try:
        body = json.loads(form.text("payload_json") or "{}")
    except ValueError as problem_:
        raise Malformed("payload_json is not JSON") from problem_
    return body if isinstance(body, dict) else {}, form


async def _media(world: World, account: Account, form: Form | None, told: list[dict[str, Any]]) -> list[Medium]:
    files = {name: file for name, file in form.files.items() if name.startswith("files[")} if form else {}
    if len(files) > ATTACHMENTS:
        raise invalid("attachments", "BASE_TYPE_BAD_LENGTH", f"Must be between 0 and {ATTACHMENTS} in length.")
    alts = {f"files[{each.get('id')}]": str(each.get("description") or "") for each in told if isinstance(each, dict)}
    found: list[Medium] = []
    for name, file in sorted(files.items(), key=lambda pair: whole(pair[0][6:-1], 0) or 0):
        if len(alts.get(name, "")) > ALT_LIMIT:
            raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {ALT_LIMIT} or fewer in length.")
        try:
            medium = await adopt_upload(world, account, file, FILE_BYTES, alts.get(name, ""))
        except FileTooLarge as wrong:
            raise too_large() from wrong
        if medium is None:
            raise invalid("attachments", "ATTACHMENT_NOT_FOUND", "The sandbox keeps images and videos only.")
        found.append(medium)
    return found


def _land(world: World, account: Account, text: str, media: list[Medium], nonce: str, body: dict[str, Any]) -> Post:
    now = world.clock()
    remote_id = ids.discord_id(now)
    kind = "text" if not media else "video" if any(medium.kind == "video" for medium in media) else "image"
    extra = {"nonce": nonce or None, "allowed_mentions": body.get("allowed_mentions"), "flags": body.get("flags", 0)}
    post = Post(PLATFORM, remote_id, account.id, now, kind, text, remote_id, None, tuple(medium.id for medium in media), extra=extra)
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        if nonce:
            kept = {"message": remote_id}
            world.ledger.keep(Handle(PLATFORM, f"nonce:{account.id}:{nonce}", account.id, "nonce", now, kept, None, now + NONCE_LIVES))
    return post


def _said_before(world: World, account: Account, nonce: str) -> Post | None:
    """The message that this nonce made within the last minutes."""
    handle = world.ledger.handle(PLATFORM, f"nonce:{account.id}:{nonce}")
    if handle is None or world.clock() >= (handle.expires_at or 0):
        return None
    return world.ledger.post(PLATFORM, str(handle.body["message"]))


def _too_many(quota: Quota, now: float) -> Refusal:
    wait = max(0.1, quota.reset - now)
    headers = {**quota.headers("X-RateLimit-"), "Retry-After": str(int(wait) + 1), "X-RateLimit-Reset-After": f"{wait:.3f}"}
    return Refusal(429, {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": False}, headers)


async def list_messages(request: Request) -> Response:
    world, account = by_bot(request)
    limit = min(100, max(1, whole(request.query_params.get("limit"), 50) or 50))
    posts = world.ledger.posts_of(account.id, world.clock(), limit=limit)
    return JSONResponse([_show(request, world, account, post) for post in posts])


async def read_message(request: Request) -> Response:
    world, account = _anyone(request)
    return JSONResponse(_show(request, world, account, _message(request, world, account)))


async def delete_message(request: Request) -> Response:
    world, account = _anyone(request)
    world.ledger.delete_post(PLATFORM, _message(request, world, account).remote_id, world.clock())
    return Response(status_code=204)


def _anyone(request: Request) -> tuple[World, Account]:
    return by_webhook(request) if "webhook" in request.path_params else by_bot(request)


def _message(request: Request, world: World, account: Account) -> Post:
    post = world.ledger.post(PLATFORM, request.path_params["message"], world.clock())
    if post is None or post.account_id != account.id:
        raise problem(404, 10008, "Unknown Message")
    return post


async def read_channel(request: Request) -> Response:
    _, account = by_bot(request)
    return JSONResponse({"id": account.id, "type": 0, "guild_id": _guild(account), "name": account.handle.split(".")[0], "nsfw": False})


async def read_webhook(request: Request) -> Response:
    _, account = by_webhook(request)
    shown = {"id": account.id, "type": 1, "channel_id": account.id, "guild_id": _guild(account), "name": account.display_name}
    return JSONResponse({**shown, "token": request.path_params["token"], "avatar": None, "application_id": None})


async def read_guild(request: Request) -> Response:
    world, account = by_bot(request)
    if request.path_params["guild"] != _guild(account):
        raise problem(404, 10004, "Unknown Guild")
    shown: dict[str, Any] = {"id": _guild(account), "name": account.display_name}
    if request.query_params.get("with_counts") == "true":
        shown["approximate_member_count"] = followers_at(account, world.clock())
    return JSONResponse(shown)


def _guild(account: Account) -> str:
    """The server of a channel: as steady as its channel."""
    return str(int(account.id) - 7)


def _show(request: Request, world: World, account: Account, post: Post) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    reactions = [{"count": seen["likes"], "me": False, "emoji": {"id": None, "name": "👍"}}] if seen["likes"] else None
    media = [medium for name in post.media if (medium := world.media.get(name))]
    return {
        "id": post.remote_id, "channel_id": account.id, "type": 0, "content": post.text, "tts": False, "mention_everyone": False,
        "timestamp": datetime.fromtimestamp(post.created_at, UTC).isoformat(), "edited_timestamp": None, "mentions": [], "embeds": [],
        "flags": post.extra.get("flags", 0), "author": {"id": account.id, "username": account.handle, "bot": True},
        "attachments": [_attachment(request, medium) for medium in media],
        **({"nonce": post.extra["nonce"]} if post.extra.get("nonce") else {}), **({"reactions": reactions} if reactions else {}),
    }  # fmt: skip


def _attachment(request: Request, medium: Medium) -> dict[str, Any]:
    address = f"{base_of(request)}/_sandbox/media/{medium.id}"
    size = {"size": medium.size, "width": medium.width, "height": medium.height}
    return {"id": medium.id, "filename": medium.id, "content_type": medium.mime, "description": medium.alt, "url": address, **size}


_HOOK = "/api/v10/webhooks/{webhook}/{token}"
ROUTES = {
    "discord.com": [
        Route("/api/v10/channels/{channel}/messages", create_message, methods=["POST"]),
        Route("/api/v10/channels/{channel}/messages", list_messages, methods=["GET"]),
        Route("/api/v10/channels/{channel}/messages/{message}", read_message, methods=["GET"]),
        Route("/api/v10/channels/{channel}/messages/{message}", delete_message, methods=["DELETE"]),
        Route("/api/v10/channels/{channel}", read_channel),
        Route("/api/v10/guilds/{guild}", read_guild),
        Route(_HOOK, execute_webhook, methods=["POST"]),
        Route(_HOOK, read_webhook, methods=["GET"]),
        Route(_HOOK + "/messages/{message}", read_message, methods=["GET"]),
        Route(_HOOK + "/messages/{message}", delete_message, methods=["DELETE"]),
    ]
}
