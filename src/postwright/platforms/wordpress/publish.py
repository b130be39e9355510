"""Posting to WordPress under a slug of our own, by which a lost answer is found.

https://developer.wordpress.org/rest-api/reference/posts/, /reference/media/, /reference/tags/
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, asking, stream_file
from postwright.platforms.article import need_title, new_slug, to_html, with_media
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.handles import bring_once
from postwright.platforms.options import is_on
from postwright.platforms.post import Media, Post
from postwright.platforms.wordpress.answers import api_of, caller

KEPT = timedelta(days=365)  # a site's library keeps what it has
_STATES = "publish,future,draft,pending,private"


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """Media and tags first, then the one call that makes the post public."""
    site, api, title = caller(http, credentials), api_of(account), need_title(post, "WordPress")
    await ledger.enter("uploading")
    brought = [await _bring(site, api, number, medium, ledger) for number, medium in enumerate(post.media)]
    body = _body(post, title, brought) | {"tags": [await _tag(site, api, tag) for tag in post.hashtags]}
    slug = str(ledger.remote_ids.get("slug") or new_slug(title))
    await ledger.keep(slug=slug)
    await ledger.enter("sending")
    answer = await site.call("POST", f"{api}/posts", json={**body, "slug": slug, "status": "publish"}, sends=True)
    receipt = _receipt(answer.need("id"), answer.need("link"))
    await ledger.keep(post=receipt.remote_id, link=receipt.url)
    return receipt


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Asks for the slug that was kept: exact, no searching."""
    if known := remote_ids.get("post"):
        return _receipt(known, remote_ids.get("link"))
    if (slug := remote_ids.get("slug")) is None:
        return None
    params = {"slug": str(slug), "status": _STATES, "context": "edit"}
    with asking("The WordPress site"):
        answer = await caller(http, credentials).call("GET", f"{api_of(account)}/posts", params=params)
    if not isinstance(answer.data, list):
        raise OutcomeUnknown("The WordPress site answered without a list of posts", detail=answer.detail)
    return _receipt(answer.get(0, "id"), answer.get(0, "link")) if answer.data else None


async def _bring(site: Caller, api: str, number: int, medium: Media, ledger: Ledger) -> Mapping[str, Any]:
    handle: Mapping[str, Any] = await bring_once(ledger, f"media_{number}", KEPT, partial(_upload, site, api, medium))
    return handle


async def _upload(site: Caller, api: str, medium: Media) -> Mapping[str, Any]:
    headers = {
        "Content-Type": medium.mime_type,
        "Content-Length": str(medium.size),
        "Content-Disposition": f'attachment; filename="{_name(medium)}"',
    }
    answer = await site.call("POST", f"{api}/media", content=stream_file(medium.path), headers=headers)
    handle = {"id": answer.need("id"), "url": str(answer.need("source_url"))}
    if medium.alt:
        await site.call("POST", f"{api}/media/{handle['id']}", json={"alt_text": medium.alt})
    return handle


def _name(medium: Media) -> str:
    """Only an ending and a name of our own: what a person called the file stays here."""
    return f"{medium.kind}-{''.join(c for c in medium.id if c.isalnum())[:12]}{medium.path.suffix}"


async def _tag(site: Caller, api: str, name: str) -> int:
    """The id of a tag, made where there is none."""
    answer: Answer = await site.call("POST", f"{api}/tags", json={"name": name}, accept=(400,))
    if answer.status < 400:
        return int(answer.need("id"))
    if answer.get("code") == "term_exists":
        return int(answer.need("data", "term_id"))
    raise site.refuse(answer) or answer.unclear("The WordPress site did not take a tag")


def _body(post: Post, title: str, brought: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The first image stands above the article, the others and the videos below it."""
    cover = next((at for at, medium in enumerate(post.media) if medium.kind == "image"), None)
    below = [(medium, str(brought[at]["url"])) for at, medium in enumerate(post.media) if at != cover]
    body: dict[str, Any] = {"title": title, "content": with_media(to_html(post.text), below)}
    if cover is not None:
        body["featured_media"] = brought[cover]["id"]
    if post.options.get("excerpt"):
        body["excerpt"] = str(post.options["excerpt"])
    if is_on(post.options.get("comments_closed")):
        body["comment_status"] = "closed"
    return body


def _receipt(remote_id: Any, link: Any) -> Receipt:
    return Receipt(str(remote_id), str(link))
