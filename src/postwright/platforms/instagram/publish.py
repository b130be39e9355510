"""Posting to Instagram: containers that Instagram fills by pulling the media, then one call to publish.

https://developers.facebook.com/docs/instagram-platform/content-publishing
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Caller, asking
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.containers import made_at, wait_until_filled
from postwright.platforms.errors import OutcomeUnknown, PlatformError, Rejected
from postwright.platforms.instagram.fields import option_fields, tagged_people
from postwright.platforms.instagram.limits import FACTS
from postwright.platforms.matching import made_since, same_text
from postwright.platforms.meta import caller
from postwright.platforms.options import split_cover
from postwright.platforms.post import Media, Post

API = f"https://graph.instagram.com/{FACTS['version'].value}"


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """A container that an earlier try made is used again while it lives (24 h)."""
    instagram = caller("Instagram", http, credentials)
    await ledger.enter("uploading")
    container = await _live_container(instagram, ledger) or await _create_all(instagram, account, post, ledger)
    await _wait(instagram, container)
    await ledger.enter("sending")
    answer = await instagram.call("POST", f"{API}/{account.platform_user_id}/media_publish", data={"creation_id": container}, sends=True)
    media_id = str(answer.need("id"))
    await ledger.keep(post=media_id)
    await ledger.enter("confirming")
    return await _receipt(instagram, account, media_id)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """The container's status tells for certain whether it was published; the list of media tells as what."""
    instagram = caller("Instagram", http, credentials)
    if media_id := remote_ids.get("post"):
        return await _receipt(instagram, account, str(media_id))
    container = remote_ids.get("container")
    if container is None:
        return None
    with asking("Instagram"):
        if await _status_code(instagram, str(container)) != "PUBLISHED":
            return None
    params = {"fields": "id,caption,permalink,timestamp", "limit": "100"}
    with asking("Instagram"):
        listed = (await instagram.call("GET", f"{API}/{account.platform_user_id}/media", params=params)).need("data")
    alike = ((shown, made_at(shown)) for shown in listed if same_text(post.full_text(), str(shown.get("caption") or "")))
    if (found := made_since(alike, since, "Instagram")) is not None:
        return Receipt(str(found["id"]), str(found.get("permalink") or f"https://www.instagram.com/{account.handle.lstrip('@')}/"))
    raise OutcomeUnknown("Instagram published the post, but does not list it")


async def _live_container(instagram: Caller, ledger: Ledger) -> str | None:
    known = ledger.remote_ids.get("container")
    if known is None:
        return None
    try:
        status = await _status_code(instagram, str(known))
    except Rejected:  # forgotten there
        return None
    if status == "PUBLISHED":
        raise OutcomeUnknown("Instagram says that an earlier try published this post")
    return str(known) if status in ("IN_PROGRESS", "FINISHED") else None


async def _create_all(instagram: Caller, account: Account, post: Post, ledger: Ledger) -> str:
    if not post.media:
        raise Rejected("Instagram needs an image", field="media", rule="needs_image")
    content, cover = split_cover(post)
    fields = {**({"caption": post.full_text()} if post.full_text() else {}), **option_fields(content, cover)}
    if len(content.media) > 1:
        fields |= {"media_type": "CAROUSEL", "children": ",".join(await _create_items(instagram, account, content, ledger))}
    else:
        fields |= _single(content)
    container = await _create(instagram, account, fields)
    await ledger.keep(container=container)
    return container


async def _create_items(instagram: Caller, account: Account, post: Post, ledger: Ledger) -> list[str]:
    items: list[str] = []
    for number, medium in enumerate(post.media):
        name = f"item_{number}"
        item = await _living_item(instagram, ledger.remote_ids.get(name))
        if item is None:
            tags = tagged_people(post, medium) if number == 0 else {}
            item = await _create(instagram, account, {"is_carousel_item": "true", **_source(medium, "VIDEO"), **tags})
            await ledger.keep(**{name: item})
        items.append(item)
    for item in items:
        await _wait(instagram, item)
    return items


async def _living_item(instagram: Caller, known: Any) -> str | None:
    """An item that an earlier try made, while Instagram has it and can use it."""
    if known is None:
        return None
    try:
        return str(known) if await _status_code(instagram, str(known)) in ("IN_PROGRESS", "FINISHED") else None
    except Rejected:  # forgotten there
        return None


async def _create(instagram: Caller, account: Account, fields: Mapping[str, str]) -> str:
    answer = await instagram.call("POST", f"{API}/{account.platform_user_id}/media", data=dict(fields))
    return str(answer.need("id"))


def _single(post: Post) -> dict[str, str]:
    if post.format == "story":
        return {**_source(post.media[0], "STORIES"), "media_type": "STORIES"}
    return _source(post.media[0], "REELS")


def _source(medium: Media, video_type: str) -> dict[str, str]:
    if medium.kind == "video":
        return {"media_type": video_type, "video_url": medium.url}
    return {"image_url": medium.url, **({"alt_text": medium.alt[:1000]} if medium.alt else {})}


async def _wait(instagram: Caller, container: str) -> None:
    await wait_until_filled("Instagram", lambda: _status(instagram, container))


async def _status_code(instagram: Caller, container: str) -> str:
    answer = await instagram.call("GET", f"{API}/{container}", params={"fields": "status_code"})
    return str(answer.need("status_code"))


async def _status(instagram: Caller, container: str) -> str:
    answer = await instagram.call("GET", f"{API}/{container}", params={"fields": "status_code,status"})
    status = str(answer.need("status_code"))
    if status == "ERROR":
        why = str(answer.get("status") or "no reason given")
        rule = "fetch" if "2207052" in why else "processing"
        raise Rejected(f"Instagram could not process the medium: {why[:200]}", field="media", rule=rule, detail=answer.detail)
    return status


async def _receipt(instagram: Caller, account: Account, media_id: str) -> Receipt:
    """The address of the post; the post is out, so not being told it is no failure."""
    try:
        answer = await instagram.call("GET", f"{API}/{media_id}", params={"fields": "permalink"})
        url = str(answer.need("permalink"))
    except PlatformError:
        url = f"https://www.instagram.com/{account.handle.lstrip('@')}/"
    return Receipt(media_id, url)
