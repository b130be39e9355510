"""Posting to a Telegram chat: one call brings the files and makes the post public (https://core.telegram.org/bots/api).

The text goes as it is, without a parse mode: there is nothing to escape, and Telegram finds links, hashtags and mentions itself.
A bot cannot list what it sent, and there is no idempotency: a send whose answer is lost stays unknown until a person decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.once import about_to_send, begin, may_be_out
from postwright.platforms.options import is_on
from postwright.platforms.post import Media, Post
from postwright.platforms.telegram.answers import call


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """One message, or one album."""
    await begin(ledger)
    await about_to_send(ledger)
    answer = await _send(http, account, credentials, post)
    sent = answer.need("result")
    ids = [str(message["message_id"]) for message in (sent if isinstance(sent, list) else [sent]) if message.get("message_id")]
    if not ids:
        raise answer.unclear("Telegram took the post without telling its id")
    await ledger.keep(post=",".join(ids))
    return _receipt(account, ids)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Only what was kept here can tell: Telegram itself cannot be asked."""
    if known := remote_ids.get("post"):
        return _receipt(account, str(known).split(","))
    if not may_be_out(remote_ids):
        return None
    raise OutcomeUnknown("Telegram does not let a bot look at what it sent: look into the chat and decide")


async def _send(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post) -> Answer:
    fields = {"chat_id": account.platform_user_id, **_options(post.options)}
    if not post.media:
        preview = {"link_preview_options": {"is_disabled": True}} if is_on(post.options.get("no_preview")) else {}
        return await call(http, credentials, "sendMessage", sends=True, json={**fields, "text": post.full_text(), **preview})
    with ExitStack() as opened:
        files = {
            f"file{at}": (medium.path.name, opened.enter_context(medium.path.open("rb")), medium.mime_type)
            for at, medium in enumerate(post.media)
        }
        method, data = _one(post) if len(post.media) == 1 else _album(post)
        return await call(http, credentials, method, sends=True, data=_as_form({**fields, **data}), files=files)


def _one(post: Post) -> tuple[str, dict[str, Any]]:
    medium = post.media[0]
    name = "photo" if medium.kind == "image" else "video"
    return f"send{name.capitalize()}", {name: "attach://file0", "caption": post.full_text(), **_shape(medium)}


def _album(post: Post) -> tuple[str, dict[str, Any]]:
    """The first medium carries the caption; Telegram shows it under the album."""
    items = [
        {"type": "photo" if medium.kind == "image" else "video", "media": f"attach://file{at}", **_shape(medium)}
        for at, medium in enumerate(post.media)
    ]
    items[0]["caption"] = post.full_text()
    return "sendMediaGroup", {"media": items}


def _shape(medium: Media) -> dict[str, Any]:
    if medium.kind == "image":
        return {}
    duration = {"duration": round(medium.duration)} if medium.duration else {}
    return {"width": medium.width, "height": medium.height, "supports_streaming": True, **duration}


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: True for name in ("disable_notification", "protect_content") if is_on(options.get(name))}


def _as_form(fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def _receipt(account: Account, ids: list[str]) -> Receipt:
    """An album is several messages: its id is theirs, joined, so that it can be taken down as a whole."""
    chat = account.platform_user_id
    name = str(account.profile.get("username") or "")
    place = name or f"c/{chat.removeprefix('-100').removeprefix('-')}"
    return Receipt(",".join(ids), f"https://t.me/{place}/{ids[0]}", tuple(ids) if len(ids) > 1 else ())
