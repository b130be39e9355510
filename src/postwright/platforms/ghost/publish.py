"""Posting to Ghost under a slug of our own, by which a lost answer is found.

https://docs.ghost.org/admin-api/posts/creating-a-post (source=html), /admin-api/images/uploading-an-image
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.article import need_title, new_slug, to_html, video_figure, with_media
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.ghost.answers import api_of, caller, refuse
from postwright.platforms.ghost.limits import FACTS
from postwright.platforms.handles import bring_once
from postwright.platforms.post import Media, Post

KEPT = timedelta(days=365)  # a site keeps the files it has


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """Media first, then the one call that makes the post public."""
    api, title = api_of(account), need_title(post, "Ghost")
    await ledger.enter("uploading")
    urls = [
        str(await bring_once(ledger, f"media_{number}", KEPT, partial(_upload, http, credentials, api, medium)))
        for number, medium in enumerate(post.media)
    ]
    slug = str(ledger.remote_ids.get("slug") or new_slug(title))
    await ledger.keep(slug=slug)
    body = {"posts": [{**_body(post, title, urls), "slug": slug, "status": "published"}]}
    await ledger.enter("sending")
    answer = await caller(http, credentials).call("POST", f"{api}/posts/", params={"source": "html"}, json=body, sends=True)
    receipt = Receipt(str(answer.need("posts", 0, "id")), str(answer.need("posts", 0, "url")))
    await ledger.keep(post=receipt.remote_id, link=receipt.url)
    return receipt


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Asks for the slug that was kept: exact, no searching."""
    if known := remote_ids.get("post"):
        return Receipt(str(known), str(remote_ids.get("link")))
    if (slug := remote_ids.get("slug")) is None:
        return None
    with asking("The Ghost site"):
        answer = await caller(http, credentials).call("GET", f"{api_of(account)}/posts/slug/{slug}/", accept=(404,))
        if answer.status == 404:
            if answer.get("errors", 0, "type") == "NotFoundError":
                return None
            raise refuse(answer) or answer.unclear("The Ghost site did not tell whether the post is there")
        return Receipt(str(answer.need("posts", 0, "id")), str(answer.need("posts", 0, "url")))


async def _upload(http: httpx2.AsyncClient, credentials: Credentials, api: str, medium: Media) -> str:
    """Images and videos have endpoints of their own."""
    kind, purpose = ("images", {"purpose": "image"}) if medium.kind == "image" else ("media", {})
    name = f"{medium.kind}-{''.join(c for c in medium.id if c.isalnum())[:12]}{medium.path.suffix}"
    with medium.path.open("rb") as file:
        files = {"file": (name, file, medium.mime_type)}
        answer = await caller(http, credentials).call("POST", f"{api}/{kind}/upload/", data={**purpose, "ref": name}, files=files)
    return str(answer.need(kind, 0, "url"))


def _body(post: Post, title: str, urls: list[str]) -> dict[str, Any]:
    """The first image stands above the article, the others and the videos below it."""
    cover = next((at for at, medium in enumerate(post.media) if medium.kind == "image"), None)
    below = [(medium, urls[at]) for at, medium in enumerate(post.media) if at != cover]
    body: dict[str, Any] = {"title": title, "html": with_media(to_html(post.text), below, _video_card)}
    if cover is not None:
        alt = post.media[cover].alt[: FACTS["alt_text"].number]
        body |= {"feature_image": urls[cover], **({"feature_image_alt": alt} if alt else {})}
    if post.hashtags:
        body["tags"] = [{"name": tag} for tag in post.hashtags]
    if post.options.get("excerpt"):
        body["custom_excerpt"] = str(post.options["excerpt"])
    if post.options.get("visibility"):
        body["visibility"] = str(post.options["visibility"])
    return body


def _video_card(medium: Media, url: str) -> str:
    """Ghost drops tags it has no card for, unless they stand in an HTML card."""
    return f"<!--kg-card-begin: html-->{video_figure(medium, url)}<!--kg-card-end: html-->"
