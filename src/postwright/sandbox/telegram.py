"""Telegram's Bot API at api.telegram.org/bot<token>/<method>: messages, photos, videos, albums, the chat.

Shapes after core.telegram.org/bots/api, read in November 2026. The account is a channel; its key is a bot's token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import ids
from postwright.sandbox.engagement import followers_at
from postwright.sandbox.files import FileTooLarge, adopt_upload
from postwright.sandbox.quota import spend
from postwright.sandbox.records import Account, Medium, Post
from postwright.sandbox.wire import Form, Refusal, allow_body, read_form
from postwright.sandbox.world import BadToken, World, whose, world_of

PLATFORM = "telegram"
TEXT_LIMIT, CAPTION_LIMIT, ALBUM = 4096, 1024, (2, 10)
PHOTO_BYTES, VIDEO_BYTES, SIDES, RATIO = 10_485_760, 52_428_800, 10_000, 20
PER_MINUTE = 20
DELETE_WITHIN = 172_800

Method = Callable[[World, Account, Form], Awaitable[Any]]


def problem(status: int, description: str, **parameters: Any) -> Refusal:
    body = {"ok": False, "error_code": status, "description": description}
    return Refusal(status, {**body, **({"parameters": parameters} if parameters else {})})


def bad(description: str) -> Refusal:
    return problem(400, f"Bad Request: {description}")


def too_large() -> Refusal:
    return problem(413, "Request Entity Too Large")


def malformed(why: str) -> Refusal:
    return bad(f"can't parse the request: {why}")


def no_such_path(_: Request) -> Refusal:
    return problem(404, "Not Found")


async def call(request: Request) -> Response:
    """Any method, by GET or POST, as the Bot API takes them."""
    world = world_of(request)
    found = whose(world, request.path_params["token"], PLATFORM)
    if isinstance(found, BadToken):
        raise problem(401, "Unauthorized")
    method = METHODS.get(request.path_params["method"].lower())
    if method is None:
        raise problem(404, "Not Found")
    allow_body(request, ALBUM[1] * VIDEO_BYTES)
    return JSONResponse({"ok": True, "result": await method(world, found, await read_form(request))})


async def get_me(_: World, account: Account, __: Form) -> dict[str, Any]:
    return _bot(account)


async def get_chat(_: World, account: Account, form: Form) -> dict[str, Any]:
    return {**_chat(account, form), "description": account.profile.get("about", ""), "accent_color_id": 3}


async def get_chat_member(_: World, account: Account, form: Form) -> dict[str, Any]:
    _chat(account, form)
    return {"user": _bot(account), "status": "administrator", "can_post_messages": True, "can_delete_messages": True}


async def get_chat_member_count(world: World, account: Account, form: Form) -> int:
    _chat(account, form)
    return followers_at(account, world.clock())


async def send_message(world: World, account: Account, form: Form) -> dict[str, Any]:
    chat, text = _chat(account, form), form.text("text") or ""
    if not text.strip():
        raise bad("message text is empty")
    if _units(text) > TEXT_LIMIT:
        raise bad("message is too long")
    post = _land(world, account, form, "text", text, [])
    return {**_message(account, chat, post, post.remote_id), "text": text}


async def send_photo(world: World, account: Account, form: Form) -> dict[str, Any]:
    return await _send_one(world, account, form, "photo")


async def send_video(world: World, account: Account, form: Form) -> dict[str, Any]:
    return await _send_one(world, account, form, "video")


async def _send_one(world: World, account: Account, form: Form, kind: str) -> dict[str, Any]:
    chat, caption = _chat(account, form), _caption(form.text("caption"))
    medium = await _file(world, account, form, form.text(kind) or f"attach://{kind}", kind)
    post = _land(world, account, form, "image" if kind == "photo" else "video", caption, [medium])
    return {**_message(account, chat, post, post.remote_id), "caption": caption, kind: _shown(medium)}


async def send_media_group(world: World, account: Account, form: Form) -> list[dict[str, Any]]:
    """An album is as many messages as it has media; the ledger keeps it as one post."""
    chat, items = _chat(account, form), form.json("media")
    if not isinstance(items, list) or not ALBUM[0] <= len(items) <= ALBUM[1]:
        raise bad("media group must include 2-10 items")
    caption = _caption(next((str(item["caption"]) for item in items if item.get("caption")), ""))
    media = [await _file(world, account, form, str(item.get("media")), str(item.get("type"))) for item in items]
    names = [str(ids.growing(world.clock())) for _ in media]
    post = _land(world, account, form, "carousel", caption, media, ",".join(names))
    shown = [
        _message(account, chat, post, name) | {item["type"]: _shown(medium)} for name, item, medium in zip(names, items, media, strict=True)
    ]
    shown[0]["caption"] = caption
    return [{**message, "media_group_id": names[0]} for message in shown]


async def delete_messages(world: World, account: Account, form: Form) -> bool:
    """What is not there is skipped. An album goes when its first message goes."""
    _chat(account, form)
    wanted = form.json("message_ids")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100:
        raise bad("message identifiers are not specified")
    gone = {str(one) for one in wanted}
    for post in world.ledger.posts_of(account.id, world.clock(), limit=1_000):
        if post.remote_id.split(",")[0] in gone:
            if world.clock() - post.created_at > DELETE_WITHIN:
                raise bad("message can't be deleted for everyone")
            world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return True


def _land(world: World, account: Account, form: Form, kind: str, text: str, media: list[Medium], name: str | None = None) -> Post:
    quota = spend(world, account, "messages", PER_MINUTE, 60, max(1, len(media)))
    if quota.refused:
        wait = quota.seconds_left(world.clock())
        raise problem(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
    now = world.clock()
    remote_id = name or str(ids.growing(now))
    extra = {flag: form.flag(flag) for flag in ("disable_notification", "protect_content") if form.flag(flag)}
    post = Post(PLATFORM, remote_id, account.id, now, kind, text, remote_id, None, tuple(medium.id for medium in media), extra=extra)
    world.ledger.add_post(post, now)
    return post


async def _file(world: World, account: Account, form: Form, place: str, kind: str) -> Medium:
    """A file of the form, by attach://name or under the name itself."""
    file = form.files.get(place.removeprefix("attach://"))
    if kind not in ("photo", "video") or file is None:
        raise bad("wrong file identifier/HTTP URL specified")
    try:
        medium = await adopt_upload(world, account, file, PHOTO_BYTES if kind == "photo" else VIDEO_BYTES)
    except FileTooLarge as wrong:
        raise too_large() from wrong
    if medium is None or medium.kind != ("image" if kind == "photo" else "video"):
        raise bad("IMAGE_PROCESS_FAILED" if kind == "photo" else "VIDEO_CONTENT_TYPE_INVALID")
    long, short = max(medium.width, medium.height), max(1, min(medium.width, medium.height))
    if kind == "photo" and (medium.width + medium.height > SIDES or long / short > RATIO):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return medium


def _caption(text: str | None) -> str:
    if _units(text or "") > CAPTION_LIMIT:
        raise bad("message caption is too long")
    return text or ""


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _chat(account: Account, form: Form) -> dict[str, Any]:
    """The one chat that this bot is in, by its number or its name."""
    named = str(form.fields.get("chat_id") or "")
    if named not in (account.id, f"@{_username(account)}"):
        raise bad("chat not found")
    return {"id": int(account.id), "title": account.display_name, "username": _username(account), "type": "channel"}


def _username(account: Account) -> str:
    return account.handle.replace(".", "_")


def _bot(account: Account) -> dict[str, Any]:
    name = f"{_username(account)}_bot"
    return {"id": int(ids_of(account)), "is_bot": True, "first_name": "Postwright", "username": name, "can_join_groups": True}


def ids_of(account: Account) -> str:
    """The bot's own number: as steady as its channel."""
    return account.id.removeprefix("-100")[::-1].lstrip("0") or "1"


def _message(account: Account, chat: Mapping[str, Any], post: Post, name: str) -> dict[str, Any]:
    return {"message_id": int(name), "sender_chat": chat, "chat": chat, "date": int(post.created_at)}


def _shown(medium: Medium) -> Any:
    size = {
        "file_id": medium.id,
        "file_unique_id": medium.id[:12],
        "width": medium.width,
        "height": medium.height,
        "file_size": medium.size,
    }
    return [size] if medium.kind == "image" else {**size, "duration": int(medium.duration or 0), "mime_type": medium.mime}


METHODS: Mapping[str, Method] = {
    "getme": get_me,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatmembercount": get_chat_member_count,
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "sendvideo": send_video,
    "sendmediagroup": send_media_group,
    "deletemessages": delete_messages,
}
ROUTES = {"api.telegram.org": [Route("/bot{token}/{method}", call, methods=["GET", "POST"])]}
