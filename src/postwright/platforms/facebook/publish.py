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

from postwright.platforms.answers import Caller, asking, poll, read_slice, stream_file
from postwright.platforms.base import Account, Credentials, Ledger, Media, Post, Receipt
from postwright.platforms.errors import OutcomeUnknown, PlatformError, Rejected
from postwright.platforms.facebook.limits import FACTS
from postwright.platforms.handles import A_DAY, bring_once
from postwright.platforms.matching import need_words, same_text
from postwright.platforms.meta import caller

VERSION = FACTS["version"].value
API = f"https://graph.facebook.com/{VERSION}"
PATIENCE = 90.0  # seconds to learn under which post a video came out


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """Text and photos by /feed, a reel by start, upload and finish, any other video by /videos."""
    facebook = caller("Facebook", http, credentials)
    await ledger.enter("uploading")
    if not post.of_kind("video"):
        return await _publish_feed(facebook, account, post, ledger)
    if post.format == "reel":
        return await _publish_reel(facebook, account, post, ledger)
    return await _publish_video(facebook, account, post, ledger)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """By what was kept, else by the Page's published posts."""
    facebook = caller("Facebook", http, credentials)
    if post_id := remote_ids.get("post"):
        return _receipt(str(post_id))
    if video := remote_ids.get("video"):
        with asking("Facebook"):
            out = await _post_of(facebook, account, str(video))
        if out is not None:
            return out
    need_words(post.full_text(), "Facebook")
    params = {"fields": "id,message,created_time,permalink_url", "since": str(int(since.timestamp()) - 300), "limit": "100"}
    with asking("Facebook"):
        answer = await facebook.call("GET", f"{API}/{account.platform_user_id}/published_posts", params=params)
    listed = answer.get("data")
    for shown in listed if isinstance(listed, list) else []:
        if _made_at(shown) >= since.timestamp() - 300 and same_text(post.full_text(), str(shown.get("message") or "")):
            return _receipt(str(shown["id"]), shown.get("permalink_url"))
    if not isinstance(listed, list) or len(listed) >= 100 or post.of_kind("video"):
        raise OutcomeUnknown("Facebook's recent posts do not tell whether this one is among them")
    return None


async def _publish_feed(facebook: Caller, account: Account, post: Post, ledger: Ledger) -> Receipt:
    photos = [
        str(await bring_once(ledger, f"media_{number}", A_DAY, partial(_bring_photo, facebook, account, medium)))
        for number, medium in enumerate(post.media)
    ]
    fields = {"message": post.full_text(), **({"link": str(post.options["link"])} if post.options.get("link") and not photos else {})}
    fields |= {f"attached_media[{number}]": json.dumps({"media_fbid": photo}) for number, photo in enumerate(photos)}
    await ledger.enter("sending")
    answer = await facebook.call("POST", f"{API}/{account.platform_user_id}/feed", data=fields, sends=True)
    post_id = str(answer.need("id"))
    await ledger.keep(post=post_id)
    return _receipt(post_id)


async def _bring_photo(facebook: Caller, account: Account, medium: Media) -> str:
    fields = {"published": "false", **({"alt_text_custom": medium.alt[:1000]} if medium.alt else {})}
    files = {"source": (medium.path.name, await read_slice(medium.path, 0, medium.size), medium.mime_type)}
    answer = await facebook.call("POST", f"{API}/{account.platform_user_id}/photos", data=fields, files=files)
    return str(answer.need("id"))


async def _publish_video(facebook: Caller, account: Account, post: Post, ledger: Ledger) -> Receipt:
    """The one call that brings the video also makes it public."""
    medium = post.of_kind("video")[0]
    fields = {"description": post.full_text(), **({"title": post.title} if post.title else {})}
    with medium.path.open("rb") as file:
        await ledger.enter("sending")
        files = {"source": (medium.path.name, file, medium.mime_type)}
        answer = await facebook.call("POST", f"{API}/{account.platform_user_id}/videos", data=fields, files=files, sends=True)
    video = str(answer.need("id"))
    await ledger.keep(video=video)
    return await _confirm_video(facebook, account, video, ledger)


async def _publish_reel(facebook: Caller, account: Account, post: Post, ledger: Ledger) -> Receipt:
    url = f"{API}/{account.platform_user_id}/video_reels"
    video = str(await bring_once(ledger, "video", A_DAY, partial(_bring_reel, facebook, url, post.of_kind("video")[0])))
    fields = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED", "description": post.full_text()}
    await ledger.enter("sending")
    answer = await facebook.call("POST", url, data={**fields, **({"title": post.title} if post.title else {})}, sends=True)
    if answer.get("success") is not True:
        raise answer.unclear("Facebook did not say that the reel is published")
    return await _confirm_video(facebook, account, video, ledger)


async def _bring_reel(facebook: Caller, url: str, medium: Media) -> str:
    """Starts a reel and uploads its bytes; the id of the video, which nobody sees yet."""
    started = await facebook.call("POST", url, data={"upload_phase": "start"})
    token = facebook.headers["Authorization"].removeprefix("Bearer ")
    headers = {"Authorization": f"OAuth {token}", "offset": "0", "file_size": str(medium.size), "Content-Length": str(medium.size)}
    await facebook.call("POST", str(started.need("upload_url")), content=stream_file(medium.path), headers=headers)
    return str(started.need("video_id"))


async def _confirm_video(facebook: Caller, account: Account, video: str, ledger: Ledger) -> Receipt:
    """The post under which the video comes out; until Facebook tells, the video stands for it."""
    await ledger.enter("confirming")
    try:
        receipt = await poll(partial(_post_of, facebook, account, video), within=PATIENCE)
    except Rejected as wrong:
        if wrong.rule == "processing":
            await ledger.keep(video=None)
            raise
        receipt = None
    except PlatformError:
        receipt = None
    receipt = receipt or Receipt(video, f"https://www.facebook.com/{account.platform_user_id}/videos/{video}")
    await ledger.keep(post=receipt.remote_id)
    return receipt


async def _post_of(facebook: Caller, account: Account, video: str) -> Receipt | None:
    """The post under which a video is out; None while it is not."""
    answer = await facebook.call("GET", f"{API}/{video}", params={"fields": "post_id,permalink_url,status"})
    if answer.get("status", "video_status") == "error":
        raise Rejected("Facebook could not process the video", field="media", rule="processing", detail=answer.detail)
    post_id = answer.get("post_id")
    if not post_id:
        return None
    full = str(post_id) if "_" in str(post_id) else f"{account.platform_user_id}_{post_id}"
    return _receipt(full, answer.get("permalink_url"))


def _receipt(post_id: str, path: Any = None) -> Receipt:
    address = str(path) if path else f"/{post_id}"
    return Receipt(post_id, address if address.startswith("https://") else f"https://www.facebook.com{address}")


def _made_at(shown: Mapping[str, Any]) -> float:
    try:
        return datetime.strptime(str(shown.get("created_time")), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC).timestamp()
    except ValueError:
        return 0.0
