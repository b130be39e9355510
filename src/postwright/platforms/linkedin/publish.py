"""Posting to LinkedIn, and finding out whether a post landed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.linkedin.answers import API, caller, urn_of
from postwright.platforms.linkedin.limits import FACTS
from postwright.platforms.linkedin.text import from_little_text, to_little_text
from postwright.platforms.linkedin.upload import upload_media
from postwright.platforms.matching import DOUBTFUL, made_since, need_words, same_text
from postwright.platforms.options import is_on
from postwright.platforms.post import Post


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """Media first, then the one call that makes the post public. LinkedIn knows no idempotency."""
    linkedin, author = caller(http, credentials), urn_of(account)
    await ledger.enter("uploading")
    urns = await upload_media(linkedin, author, post.media, ledger)
    body = _body(author, post, urns)
    await ledger.enter("sending")
    answer = await linkedin.call("POST", f"{API}/posts", json=body, sends=True)
    urn = answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id")
    if not urn:
        raise answer.unclear("LinkedIn took the post without telling its id")
    await ledger.keep(post=urn)
    return _receipt(urn)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Looks through the author's recent posts; most member tokens may not, and then nothing is proven."""
    if urn := remote_ids.get("post"):
        return _receipt(str(urn))
    need_words(post.full_text(), "LinkedIn")
    params = {"q": "author", "author": urn_of(account), "count": "100", "sortBy": "LAST_MODIFIED"}
    with asking("LinkedIn"):
        answer = await caller(http, credentials).call("GET", f"{API}/posts", params=params, headers={"X-RestLi-Method": "FINDER"})
    listed = answer.get("elements")
    if not isinstance(listed, list):
        raise OutcomeUnknown("LinkedIn answered without a list of posts", detail=answer.detail)
    alike = [shown for shown in listed if same_text(post.full_text(), from_little_text(str(shown.get("commentary", ""))))]
    found = made_since(((str(shown["id"]), _made_at(shown)) for shown in alike), since, "LinkedIn")
    if found is not None:
        return _receipt(found)
    if sum(_made_at(shown) >= (since - DOUBTFUL).timestamp() for shown in listed) >= 100:
        raise OutcomeUnknown("There are more recent posts at LinkedIn than it lists at once")
    return None


def _made_at(shown: Mapping[str, Any]) -> float:
    return float(shown.get("createdAt") or shown.get("publishedAt") or 0) / 1000


def _body(author: str, post: Post, urns: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "author": author,
        "commentary": to_little_text(post.full_text()),
        "visibility": _visibility(author, post),
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": is_on(post.options.get("reshare_disabled")),
    }
    if content := _content(post, urns):
        body["content"] = content
    return body


def _content(post: Post, urns: list[str]) -> dict[str, Any] | None:
    if len(urns) > 1:
        return {"multiImage": {"images": [{"id": urn, **_alt(medium.alt)} for urn, medium in zip(urns, post.media, strict=True)]}}
    if not urns:
        return _link_card(post)
    title = {"title": title} if (title := _title(post)) else {}
    return {"media": {"id": urns[0], **_alt(post.media[0].alt if post.media[0].kind == "image" else ""), **title}}


def _visibility(author: str, post: Post) -> str:
    """A page has no connections: what it says is for everyone."""
    return "PUBLIC" if author.startswith("urn:li:organization:") else str(post.options.get("visibility") or "PUBLIC")


def _title(post: Post) -> str | None:
    """The title that a video or a document bears; LinkedIn asks one of a document."""
    medium = post.media[0]
    if medium.kind == "document":
        return str(post.options.get("document_title") or post.title or PurePath(medium.name or medium.path).stem or "Document")
    return post.title if medium.kind == "video" else None


def _link_card(post: Post) -> dict[str, Any] | None:
    link = post.options.get("link")
    title = str(post.options.get("link_title") or post.title or link)
    return {"article": {"source": str(link), "title": title}} if link else None


def _alt(text: str) -> dict[str, str]:
    return {"altText": text[: FACTS["alt_text"].number]} if text else {}


def _receipt(urn: str) -> Receipt:
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}/")
