"""Posting to X, and finding out whether a post landed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Caller, asking
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.chain import find_parts, send_parts
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.matching import DOUBTFUL, links_of, made_since, need_words, plain_link, without_links, without_short_links
from postwright.platforms.options import is_on
from postwright.platforms.post import Post
from postwright.platforms.x.answers import API, caller
from postwright.platforms.x.upload import upload_media

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

    async def probe(number: int, text: str, since: datetime, others: Collection[str]) -> str | None:
        return _pick(await _recent(x, account, since), text, others, since=since)

    ids = await send_parts(post.pieces(), ledger, send, probe)
    return _receipt(account, ids)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Looks through the account's recent posts. A thread is found when all of its parts are."""
    x = caller(http, credentials)
    ids = await find_parts(post.pieces(), remote_ids, lambda: _recent(x, account, since), partial(_pick, since=since))
    return _receipt(account, ids) if ids else None


async def _recent(x: Caller, account: Account, since: datetime) -> list[Any]:
    start = (since - DOUBTFUL).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = {"max_results": "100", "tweet.fields": "created_at,text,entities", "start_time": start}
    with asking("X"):
        answer = await x.call("GET", f"{API}/users/{account.platform_user_id}/tweets", params=params)
        listed: list[Any] = answer.get("data") or ([] if answer.need("meta", "result_count") == 0 else answer.need("data"))
    return listed


def _pick(listed: list[Any], text: str, others: Collection[str], *, since: datetime) -> str | None:
    """X lists every link as t.co, with one more for the media; so words and links are compared apart.

    The same words with other links are no proof either way.
    """
    need_words(text, "X")
    free = (shown for shown in listed if str(shown["id"]) not in others)
    alike = [shown for shown in free if without_short_links(str(shown.get("text", ""))) == without_links(text)]
    same = [shown for shown in alike if _links(shown) == links_of(text)]
    if (found := made_since(((str(shown["id"]), _made_at(shown)) for shown in same), since, "X")) is not None:
        return found
    if len(same) < len(alike):
        raise OutcomeUnknown("X has a post with the same words and other links")
    if len(listed) >= 100:
        raise OutcomeUnknown("There are more recent posts at X than it lists at once")
    return None


def _made_at(shown: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(shown.get("created_at"))).timestamp()
    except ValueError:
        return 0.0


def _links(shown: Mapping[str, Any]) -> list[str]:
    """Where the links of a listed post lead; those to its own media left out."""
    links = (shown.get("entities") or {}).get("urls") or []
    return [
        plain_link(str(link.get("expanded_url")))
        for link in sorted(links, key=lambda link: int(link.get("start") or 0))
        if not (link.get("media_key") or str(link.get("display_url") or "").startswith("pic."))
    ]


def _body(text: str, parent: str | None, media_ids: list[str], options: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"text": text} if text else {}
    if media_ids:
        body["media"] = {"media_ids": media_ids}
    if parent:
        body["reply"] = {"in_reply_to_tweet_id": parent}
    body.update({name: True for name in _DISCLOSURES if is_on(options.get(name))})
    if parent:
        return body
    if (who := options.get("reply_settings")) and who != "everyone":
        body["reply_settings"] = who
    if options.get("community_id"):
        body["community_id"] = str(options["community_id"])
    return body


def _receipt(account: Account, ids: list[str]) -> Receipt:
    """X tells no address. It finds a post by its id, whatever name stands before it."""
    return Receipt(ids[0], f"https://x.com/{account.handle.lstrip('@')}/status/{ids[0]}", tuple(ids) if len(ids) > 1 else ())
