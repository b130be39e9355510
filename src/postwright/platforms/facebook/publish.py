"""Posting to a Facebook Page: photos are brought unpublished first, so the public call stays small.

https://developers.facebook.com/docs/pages-api/posts, /docs/video-api/guides/reels-publishing
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Caller, asking
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.facebook.options import sponsor_fields
from postwright.platforms.facebook.photos import bring_photo, find_story, publish_photo_story
from postwright.platforms.facebook.videos import API, is_unsent, post_of, publish_by_phases, publish_video, receipt_of
from postwright.platforms.handles import A_DAY, bring_once
from postwright.platforms.matching import DOUBTFUL, made_since, need_words, same_text
from postwright.platforms.meta import caller
from postwright.platforms.post import Post


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """Text and photos by /feed; reels and stories of a video by start, upload and finish; any other video by /videos."""
    facebook = caller("Facebook", http, credentials)
    await ledger.enter("uploading")
    if post.format == "story" and not post.of_kind("video"):
        return await publish_photo_story(facebook, account, post, ledger)
    if not post.of_kind("video"):
        return await _publish_feed(facebook, account, post, ledger)
    if post.format in ("reel", "story"):
        return await publish_by_phases(facebook, account, post, ledger)
    return await publish_video(facebook, account, post, ledger)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """By what was kept, else by the Page's published posts."""
    facebook = caller("Facebook", http, credentials)
    if post_id := remote_ids.get("post"):
        return receipt_of(str(post_id))
    if video := remote_ids.get("video"):
        with asking("Facebook"):
            out = await post_of(facebook, account, str(video))
            if out is not None:
                return out
            if post.format in ("reel", "story") and await is_unsent(facebook, str(video)):
                return None
    if post.format == "story":
        return await find_story(facebook, account, remote_ids)
    need_words(post.full_text(), "Facebook")
    params = {"fields": "id,message,created_time,permalink_url", "since": str(int((since - DOUBTFUL).timestamp())), "limit": "100"}
    with asking("Facebook"):
        answer = await facebook.call("GET", f"{API}/{account.platform_user_id}/published_posts", params=params)
    listed = answer.get("data")
    read = listed if isinstance(listed, list) else []
    alike = ((shown, _made_at(shown)) for shown in read if same_text(post.full_text(), str(shown.get("message") or "")))
    if (found := made_since(alike, since, "Facebook")) is not None:
        return receipt_of(str(found["id"]), found.get("permalink_url"))
    if not isinstance(listed, list) or len(listed) >= 100 or post.of_kind("video"):
        raise OutcomeUnknown("Facebook's recent posts do not tell whether this one is among them")
    return None


async def _publish_feed(facebook: Caller, account: Account, post: Post, ledger: Ledger) -> Receipt:
    photos = [
        str(await bring_once(ledger, f"media_{number}", A_DAY, partial(bring_photo, facebook, account, medium)))
        for number, medium in enumerate(post.media)
    ]
    fields = {"message": post.full_text(), **_options(post), **sponsor_fields(post)}
    fields |= {f"attached_media[{number}]": json.dumps({"media_fbid": photo}) for number, photo in enumerate(photos)}
    await ledger.enter("sending")
    answer = await facebook.call("POST", f"{API}/{account.platform_user_id}/feed", data=fields, sends=True)
    post_id = str(answer.need("id"))
    await ledger.keep(post=post_id)
    return receipt_of(post_id)


def _options(post: Post) -> dict[str, str]:
    """A link makes a card only where there are no photos."""
    names = ("place",) if post.media else ("place", "link")
    return {name: str(post.options[name]) for name in names if post.options.get(name)}


def _made_at(shown: Mapping[str, Any]) -> float:
    try:
        return datetime.strptime(str(shown.get("created_time")), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC).timestamp()
    except ValueError:
        return 0.0
