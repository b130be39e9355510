"""Posting to X, and finding out whether a post landed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2

from postwright.platforms.answers import Caller, asking
from postwright.platforms.base import Account, Credentials, Ledger, Post, Receipt
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.matching import same_text, without_links
from postwright.platforms.threads import SKEW, send_parts
from postwright.platforms.x.answers import API, caller
from postwright.platforms.x.upload import upload_media

# X shows links as t.co in its lists, so the words alone are compared there; texts of links only are never matched.
_DISCLOSURES = ("made_with_ai", "paid_partnership")


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """One post, or a chain of replies. Idempotency does not exist at X: each part goes out once."""
    x = caller(http, credentials)
    await ledger.enter("uploading")
    media_ids = await upload_media(x, post.media, ledger)

    async def send(number: int, text: str, parent: str | None) -> str:
        body = _body(text, parent, media_ids if number == 0 else [], post.options)
        answer = await x.call("POST", f"{API}/tweets", json=body, sends=True)
        return str(answer.need("data", "id"))

    async def probe(number: int, text: str, since: datetime) -> str | None:
        return await _find_text(x, account, text, since)

    ids = await send_parts(post.pieces(), ledger, send, probe)
    return _receipt(account, ids)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Looks through the account's recent posts. A thread is found when all of its parts are."""
    x = caller(http, credentials)
    ids: list[str] = []
    for number, text in enumerate(post.pieces()):
        part = remote_ids.get(f"part_{number}") or await _find_text(x, account, text, since - SKEW)
        if part is None:
            return None
        ids.append(str(part))
    return _receipt(account, ids)


async def _find_text(x: Caller, account: Account, text: str, since: datetime) -> str | None:
    start = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = {"max_results": "100", "tweet.fields": "created_at,text,entities", "start_time": start}
    with asking("X"):
        answer = await x.call("GET", f"{API}/users/{account.platform_user_id}/tweets", params=params)
        listed = answer.get("data") or ([] if answer.need("meta", "result_count") == 0 else answer.need("data"))
    for shown in listed:
        if _is_ours(text, shown):
            return str(shown["id"])
    if len(listed) >= 100:
        raise OutcomeUnknown("There are more recent posts at X than it lists at once")
    return None


def _is_ours(text: str, shown: Mapping[str, Any]) -> bool:
    theirs = str(shown.get("text", ""))
    for link in (shown.get("entities") or {}).get("urls") or []:
        theirs = theirs.replace(str(link.get("url")), str(link.get("expanded_url")))
    return same_text(text, theirs) or same_text(text, without_links(theirs))


def _body(text: str, parent: str | None, media_ids: list[str], options: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"text": text}
    if media_ids:
        body["media"] = {"media_ids": media_ids}
    if parent:
        body["reply"] = {"in_reply_to_tweet_id": parent}
    body.update({name: True for name in _DISCLOSURES if options.get(name)})
    if options.get("reply_settings") and not parent:
        body["reply_settings"] = options["reply_settings"]
    return body


def _receipt(account: Account, ids: list[str]) -> Receipt:
    return Receipt(ids[0], f"https://x.com/{account.handle.lstrip('@')}/status/{ids[0]}", tuple(ids) if len(ids) > 1 else ())
