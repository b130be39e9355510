"""Posting to Mastodon. Its Idempotency-Key makes a repeated send within an hour harmless.

https://docs.joinmastodon.org/methods/statuses/, /methods/media/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Caller, asking, poll
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.chain import find_parts, send_parts
from postwright.platforms.errors import OutcomeUnknown, Transient
from postwright.platforms.handles import A_DAY, bring_once
from postwright.platforms.mastodon.answers import base_of, caller
from postwright.platforms.mastodon.server import rules_for
from postwright.platforms.matching import DOUBTFUL, made_since, need_words, same_text, without_html
from postwright.platforms.options import is_on
from postwright.platforms.post import Media, Post

PATIENCE = 180.0  # seconds for the processing of a medium
_ELSEWHERE = re.compile(r"(@\w+)@[\w.-]+\w")  # a mention of somebody on another server, shown as @name alone


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """One status, or a chain of replies; the key of the attempt is kept before the first send."""
    mastodon, base = caller(http, credentials), base_of(account)
    await ledger.enter("uploading")
    media_ids = [await _bring(mastodon, account, number, medium, ledger) for number, medium in enumerate(post.media)]
    key = str(ledger.remote_ids.get("idempotency_key") or uuid4())
    await ledger.keep(idempotency_key=key)
    told: dict[str, str] = {}

    async def send(number: int, text: str, parent: str | None) -> str:
        body = _body(text, parent, media_ids if number == 0 else [], post.options)
        answer = await mastodon.call(
            "POST", f"{base}/api/v1/statuses", json=body, headers={"Idempotency-Key": f"{key}-{number}"}, sends=True
        )
        told.update(_addresses(base, [answer.data]))
        return str(answer.need("id"))

    async def probe(number: int, text: str, since: datetime, others: Collection[str]) -> str | None:
        listed = await _recent(mastodon, base, account)
        told.update(_addresses(base, listed))
        return _pick(listed, text, others, since=since)

    ids = await send_parts(post.pieces(), ledger, send, probe)
    return _receipt(account, base, ids, told)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Looks through the account's recent statuses. A thread is found when all of its parts are."""
    mastodon, base = caller(http, credentials), base_of(account)
    told: dict[str, str] = {}

    async def recent() -> list[Any]:
        listed = await _recent(mastodon, base, account)
        told.update(_addresses(base, listed))
        return listed

    ids = await find_parts(post.pieces(), remote_ids, recent, partial(_pick, since=since))
    return _receipt(account, base, ids, told) if ids else None


async def _recent(mastodon: Caller, base: str, account: Account) -> list[Any]:
    url = f"{base}/api/v1/accounts/{account.platform_user_id}/statuses"
    with asking("The Mastodon server"):
        answer = await mastodon.call("GET", url, params={"limit": "40", "exclude_reblogs": "true"})
    if not isinstance(answer.data, list):
        raise OutcomeUnknown("The Mastodon server answered without a list of posts", detail=answer.detail)
    return answer.data


def _pick(listed: list[Any], text: str, others: Collection[str], *, since: datetime) -> str | None:
    need_words(text, "the Mastodon server")
    alike = ((str(shown["id"]), _made_at(shown)) for shown in listed if str(shown["id"]) not in others and is_same(text, shown))
    if (found := made_since(alike, since, "The Mastodon server")) is not None:
        return found
    if sum(_made_at(shown) >= (since - DOUBTFUL).timestamp() for shown in listed) >= 40:
        raise OutcomeUnknown("There are more recent posts than the Mastodon server lists at once")
    return None


def is_same(text: str, shown: Mapping[str, Any]) -> bool:
    """Whether a status as the server shows it has this text."""
    return same_text(_ELSEWHERE.sub(r"\1", text), _ELSEWHERE.sub(r"\1", without_html(str(shown.get("content", "")))))


async def _bring(mastodon: Caller, account: Account, number: int, medium: Media, ledger: Ledger) -> str:
    base, longest = base_of(account), rules_for("", account.profile).alt_limit
    upload, wait = partial(_upload, mastodon, base, medium, longest), partial(_wait, mastodon, base)
    return str(await bring_once(ledger, f"media_{number}", A_DAY, upload, wait))


async def _upload(mastodon: Caller, base: str, medium: Media, longest: int | None) -> str:
    told = {"description": medium.alt[:longest]} if medium.alt else {}
    with medium.path.open("rb") as file:
        files = {"file": (medium.path.name, file, medium.mime_type)}
        return str((await mastodon.call("POST", f"{base}/api/v2/media", files=files, data=told)).need("id"))


async def _wait(mastodon: Caller, base: str, media_id: str) -> None:
    async def ask() -> bool | None:
        answer = await mastodon.call("GET", f"{base}/api/v1/media/{media_id}")
        return True if answer.status == 200 else None

    if not await poll(ask, within=PATIENCE):
        raise Transient("The Mastodon server is still processing a medium", retry_after=60)


def _body(text: str, parent: str | None, media_ids: list[str], options: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"status": text, "visibility": options.get("visibility") or "public"}
    body.update({name: str(options[name]) for name in ("language", "spoiler_text") if options.get(name)})
    if is_on(options.get("sensitive")):
        body["sensitive"] = True
    if media_ids:
        body["media_ids"] = media_ids
    if parent:
        body["in_reply_to_id"] = parent
    return body


def _made_at(shown: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(shown.get("created_at"))).astimezone(UTC).timestamp()
    except ValueError:
        return 0.0


def _addresses(base: str, listed: list[Any]) -> dict[str, str]:
    """Where statuses stand, by id, as the server itself says; it speaks for its own pages only."""
    told = [each for each in listed if isinstance(each, dict) and each.get("id") and str(each.get("url") or "").startswith(f"{base}/")]
    return {str(each["id"]): str(each["url"]) for each in told}


def _receipt(account: Account, base: str, ids: list[str], told: Mapping[str, str]) -> Receipt:
    """By the name that we know only where the server did not say the address: an account may be called otherwise by now."""
    name = account.handle.lstrip("@").split("@")[0]
    return Receipt(ids[0], told.get(ids[0]) or f"{base}/@{name}/{ids[0]}", tuple(ids) if len(ids) > 1 else ())
