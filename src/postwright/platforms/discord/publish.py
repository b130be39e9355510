"""Posting to Discord: one call brings the files and the message. Nobody is called by an @ in the text.

https://discord.com/developers/docs/resources/message#create-message, /resources/webhook#execute-webhook

A bot's message carries a nonce of ours: Discord takes it once within some minutes, and the channel's list shows it.
A webhook has neither: a send whose answer is lost stays unknown there until a person decides.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, asking
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.discord.answers import Channel, channel_of
from postwright.platforms.discord.limits import FACTS
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.matching import SKEW
from postwright.platforms.once import about_to_send, begin, may_be_out
from postwright.platforms.options import is_on
from postwright.platforms.post import Post

_PAGE = 100
_FLAGS = {"suppress_embeds": 1 << 2, "suppress_notifications": 1 << 12}


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """One message."""
    channel = channel_of(http, account, credentials)
    await begin(ledger)
    nonce = str(ledger.remote_ids.get("nonce") or secrets.token_hex(12))
    await ledger.keep(nonce=nonce)
    await about_to_send(ledger)
    answer = await _send(channel, post, nonce)
    message_id = str(answer.need("id"))
    await ledger.keep(post=message_id)
    return _receipt(account, message_id)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """A bot looks for its nonce among the channel's messages. A webhook sees only messages whose id it knows."""
    if known := remote_ids.get("post"):
        return _receipt(account, str(known))
    channel, nonce = channel_of(http, account, credentials), remote_ids.get("nonce")
    if not channel.by_bot and may_be_out(remote_ids):
        raise OutcomeUnknown("Discord does not let a webhook look at the channel: look there and decide")
    found = await _by_nonce(channel, str(nonce), since - SKEW) if channel.by_bot and nonce else None
    return _receipt(account, found) if found else None


async def _by_nonce(channel: Channel, nonce: str, since: datetime) -> str | None:
    with asking("Discord"):
        listed = (await channel.caller.call("GET", channel.messages, params={"limit": str(_PAGE)})).data
    if not isinstance(listed, list):
        raise OutcomeUnknown("Discord answered without a list of messages")
    for shown in listed:
        if str(shown.get("nonce")) == nonce:
            return str(shown["id"])
    if len(listed) >= _PAGE and _made_at(listed[-1]) >= since.timestamp():
        raise OutcomeUnknown("There are more recent messages at Discord than it lists at once")
    return None


async def _send(channel: Channel, post: Post, nonce: str) -> Answer:
    body = _body(post, nonce if channel.by_bot else None)
    if not post.media:
        return await channel.caller.call("POST", channel.create, json=body, sends=True)
    with ExitStack() as opened:
        files = {
            f"files[{at}]": (_name(at, medium.path.name), opened.enter_context(medium.path.open("rb")), medium.mime_type)
            for at, medium in enumerate(post.media)
        }
        return await channel.caller.call("POST", channel.create, data={"payload_json": json.dumps(body)}, files=files, sends=True)


def _body(post: Post, nonce: str | None) -> dict[str, Any]:
    flags = sum(bit for name, bit in _FLAGS.items() if is_on(post.options.get(name)))
    body: dict[str, Any] = {"content": post.full_text(), "allowed_mentions": {"parse": []}, **({"flags": flags} if flags else {})}
    if nonce:
        body |= {"nonce": nonce, "enforce_nonce": True}
    if post.media:
        body["attachments"] = [
            {"id": at, "filename": _name(at, medium.path.name), "description": medium.alt[: FACTS["alt_text"].number]}
            for at, medium in enumerate(post.media)
        ]
    return body


def _name(at: int, name: str) -> str:
    """Our own names are ids; only the ending tells a reader something."""
    return f"{at + 1}.{name.rsplit('.', 1)[-1]}" if "." in name else f"{at + 1}"


def _made_at(shown: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(shown.get("timestamp"))).timestamp()
    except ValueError:
        return float("inf")  # an unknown time proves nothing


def _receipt(account: Account, message_id: str) -> Receipt:
    guild = str(account.profile.get("guild_id") or "@me")
    return Receipt(message_id, f"https://discord.com/channels/{guild}/{account.platform_user_id}/{message_id}")
