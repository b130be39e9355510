"""Photos of a Page, and stories (https://developers.facebook.com/docs/page-stories-api)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from postwright.platforms.account import Account
from postwright.platforms.answers import Caller, asking, read_slice
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown, Rejected
from postwright.platforms.facebook.videos import API, full_id, receipt_of
from postwright.platforms.handles import A_DAY, bring_once
from postwright.platforms.post import Media, Post


async def bring_photo(facebook: Caller, account: Account, medium: Media) -> str:
    fields = {"published": "false", **({"alt_text_custom": medium.alt[:1000]} if medium.alt else {})}
    files = {"source": (medium.path.name, await read_slice(medium.path, 0, medium.size), medium.mime_type)}
    answer = await facebook.call("POST", f"{API}/{account.platform_user_id}/photos", data=fields, files=files)
    return str(answer.need("id"))


async def publish_photo_story(facebook: Caller, account: Account, post: Post, ledger: Ledger) -> Receipt:
    """The photo is brought unpublished; one call makes it a story."""
    if not post.media:
        raise Rejected("A story on Facebook needs an image or a video", field="media", rule="needs_image")
    photo = str(await bring_once(ledger, "photo", A_DAY, partial(bring_photo, facebook, account, post.media[0])))
    await ledger.enter("sending")
    answer = await facebook.call("POST", f"{API}/{account.platform_user_id}/photo_stories", data={"photo_id": photo}, sends=True)
    post_id = full_id(account, str(answer.need("post_id")))
    await ledger.keep(post=post_id)
    return receipt_of(post_id)


async def find_story(facebook: Caller, account: Account, remote_ids: Mapping[str, Any]) -> Receipt | None:
    """The Page's stories name the photo or video that each shows."""
    ours = {str(remote_ids[name]) for name in ("photo", "video") if remote_ids.get(name)}
    if not ours:
        return None
    with asking("Facebook"):
        listed = (await facebook.call("GET", f"{API}/{account.platform_user_id}/stories", params={"limit": "100"})).get("data")
    for shown in listed if isinstance(listed, list) else []:
        if str(shown.get("media_id")) in ours:
            return receipt_of(full_id(account, str(shown["post_id"])), shown.get("url"))
    if not isinstance(listed, list) or len(listed) >= 100:
        raise OutcomeUnknown("Facebook's stories do not tell whether this one is among them")
    return None
