"""Sending a post to a webhook. docs/howto/webhook.md describes the body.

A receiver may act and its answer may be lost. That is no unknown outcome here: each delivery of a post carries the same `webhook-id`,
kept before the first one, and a receiver takes an id once. So every passing fault is Transient, and asking whether a post landed
means delivering it once more under its id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx2

from postwright.kit.http import now_of
from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, asking, too_many
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected
from postwright.platforms.once import about_to_send, begin, may_be_out
from postwright.platforms.post import Media, Post
from postwright.platforms.webhook.signing import receiver_of, signed_headers

_ANSWERED = tuple(range(300, 500))
_PASSING = {408, 409, 425, 429}
_NO_LONGER = {401, 410}  # 410: the receiver asks not to be called again


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """One delivery."""
    receiver_of(credentials)
    await begin(ledger)
    if "webhook_id" not in ledger.remote_ids:
        await ledger.keep(webhook_id=f"msg_{uuid4().hex}", made_at=ledger.now().isoformat(timespec="seconds"))
    await about_to_send(ledger)
    return await _deliver_post(http, account, credentials, post, ledger.remote_ids)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """The delivery once more: a receiver that has its id does nothing, and one that never got it has it now."""
    if not may_be_out(remote_ids) or "webhook_id" not in remote_ids:
        return None
    with asking("The webhook"):
        return await _deliver_post(http, account, credentials, post, remote_ids)


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    """Tells the receiver that the post is withdrawn; what it does about that is its own affair."""
    await _deliver(http, credentials, f"{remote_id}_deleted", _event("post.deleted", now_of(http).isoformat(), {"id": remote_id}))


async def ping(http: httpx2.AsyncClient, credentials: Credentials) -> None:
    """Tries address and secret without a post."""
    await _deliver(http, credentials, f"msg_{uuid4().hex}", _event("ping", now_of(http).isoformat(), {}))


async def _deliver_post(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any]
) -> Receipt:
    webhook_id = str(remote_ids["webhook_id"])
    answer = await _deliver(http, credentials, webhook_id, _event("post.publish", str(remote_ids["made_at"]), _told(webhook_id, post)))
    url = answer.get("url")
    return Receipt(webhook_id, url if isinstance(url, str) and url.startswith("https://") else f"https://{account.host or account.handle}/")


async def _deliver(http: httpx2.AsyncClient, credentials: Credentials, webhook_id: str, body: bytes) -> Answer:
    receiver = receiver_of(credentials)
    headers = signed_headers(receiver.key, webhook_id, int(now_of(http).timestamp()), body)
    caller = Caller("The webhook", http, headers, lambda _: None)
    answer = await caller.call("POST", receiver.address, content=body, accept=_ANSWERED)
    if answer.status >= 300:
        raise _refusal(answer)
    return answer


def _refusal(answer: Answer) -> PlatformError:
    """By the status alone: receivers word their answers as they like."""
    if answer.status == 429:
        return too_many(answer)
    if answer.status in _PASSING:
        return answer.unclear(f"The webhook answered {answer.status}")
    if answer.status in _NO_LONGER:
        return ReauthRequired(f"The webhook refuses us ({answer.status}): connect it again", detail=answer.detail)
    if answer.status < 400:
        return Rejected(
            "The webhook leads elsewhere: connect the address it leads to", field="account", rule="address", detail=answer.detail
        )
    if answer.status in (403, 404, 405):
        return Rejected(f"The webhook does not take posts there ({answer.status})", field="account", rule="address", detail=answer.detail)
    return Rejected(f"The webhook does not take this post ({answer.status})", field="text", rule="invalid", detail=answer.detail)


def _event(kind: str, made_at: str, data: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "timestamp": made_at, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()


def _told(webhook_id: str, post: Post) -> dict[str, Any]:
    return {
        "id": webhook_id,
        "format": post.format,
        "title": post.title,
        "text": post.full_text(),
        "hashtags": list(post.hashtags),
        "media": [_medium(medium) for medium in post.media],
        "options": dict(post.options),
    }


def _medium(medium: Media) -> dict[str, Any]:
    """By address: signed, and good for some hours."""
    return {
        "id": medium.id,
        "kind": medium.kind,
        "mime_type": medium.mime_type,
        "url": medium.url,
        "alt": medium.alt,
        "size": medium.size,
        "width": medium.width,
        "height": medium.height,
        "duration": medium.duration,
    }
