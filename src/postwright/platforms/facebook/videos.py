"""Videos, reels and stories of a Page (https://developers.facebook.com/docs/video-api/guides/reels-publishing, /docs/page-stories-api)."""

from __future__ import annotations

from functools import partial
from typing import Any

from postwright.platforms.account import Account
from postwright.platforms.answers import Caller, poll, stream_file
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import PlatformError, Rejected
from postwright.platforms.facebook.limits import FACTS
from postwright.platforms.facebook.options import sponsor_fields
from postwright.platforms.handles import A_DAY, bring_on, bring_once
from postwright.platforms.post import Media, Post

VERSION = FACTS["version"].value
API = f"https://graph.facebook.com/{VERSION}"
PATIENCE = 90.0  # seconds to learn under which post a video came out


async def publish_video(facebook: Caller, account: Account, post: Post, ledger: Ledger) -> Receipt:
    """The one call that brings the video also makes it public."""
    medium = post.of_kind("video")[0]
    fields = {"description": post.full_text(), **({"title": post.title} if post.title else {}), **sponsor_fields(post)}
    if ledger.remote_ids.get("video") is not None:  # an earlier try's video would answer for this one
        await ledger.keep(video=None)
    with medium.path.open("rb") as file:
        await ledger.enter("sending")
        files = {"source": (medium.path.name, file, medium.mime_type)}
        answer = await facebook.call("POST", f"{API}/{account.platform_user_id}/videos", data=fields, files=files, sends=True)
    video = str(answer.need("id"))
    await ledger.keep(video=video)
    return await confirm_video(facebook, account, video, ledger)


async def publish_by_phases(facebook: Caller, account: Account, post: Post, ledger: Ledger) -> Receipt:
    """A reel or a story: started, brought, and by the last call made public."""
    url = f"{API}/{account.platform_user_id}/{'video_stories' if post.format == 'story' else 'video_reels'}"
    video = str(await bring_once(ledger, "video", A_DAY, partial(_bring, facebook, url, post.of_kind("video")[0], ledger)))
    fields = {"video_id": video}
    if post.format != "story":
        fields |= {"video_state": "PUBLISHED", "description": post.full_text(), **({"title": post.title} if post.title else {})}
    await ledger.enter("sending")
    answer = await facebook.call("POST", url, params={"upload_phase": "finish"}, data=fields, sends=True)
    if answer.get("success") is not True:
        raise answer.unclear(f"Facebook did not say that the {post.format} is published")
    return await confirm_video(facebook, account, video, ledger)


async def _bring(facebook: Caller, url: str, medium: Media, ledger: Ledger) -> str:
    """Starts a reel or story and uploads its bytes, or what is missing of them; the id of the video, which nobody sees yet."""
    return str(await bring_on(ledger, "video", A_DAY, partial(_start, facebook, url), partial(_send_bytes, facebook, medium)))


async def _start(facebook: Caller, url: str) -> dict[str, str]:
    started = await facebook.call("POST", url, data={"upload_phase": "start"})
    return {"id": str(started.need("video_id")), "url": str(started.need("upload_url"))}


async def _send_bytes(facebook: Caller, medium: Media, begun: dict[str, str], before: Any) -> str:
    """Of an upload that was broken off Facebook tells how much of it is there."""
    done = 0 if before is None else await _received(facebook, begun["id"], medium.size)
    if done < medium.size:
        token = facebook.headers["Authorization"].removeprefix("Bearer ")
        sizes = {"offset": str(done), "file_size": str(medium.size), "Content-Length": str(medium.size - done)}
        content = stream_file(medium.path, done, medium.size)
        await facebook.call("POST", begun["url"], content=content, headers={"Authorization": f"OAuth {token}", **sizes})
    return begun["id"]


async def _received(facebook: Caller, video: str, size: int) -> int:
    """Bytes of a video that are there. The documentation spells the field in two ways."""
    phase = (await facebook.call("GET", f"{API}/{video}", params={"fields": "status"})).get("status", "uploading_phase") or {}
    if phase.get("status") == "complete":
        return size
    return int(phase.get("bytes_transfered") or phase.get("bytes_transferred") or 0)


async def confirm_video(facebook: Caller, account: Account, video: str, ledger: Ledger) -> Receipt:
    """The post under which the video comes out; until Facebook tells, the video stands for it."""
    await ledger.enter("confirming")
    try:
        receipt = await poll(partial(post_of, facebook, account, video), within=PATIENCE)
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


async def post_of(facebook: Caller, account: Account, video: str) -> Receipt | None:
    """The post under which a video is out; None while it is not."""
    answer = await facebook.call("GET", f"{API}/{video}", params={"fields": "post_id,permalink_url,status"})
    if answer.get("status", "video_status") == "error":
        raise Rejected("Facebook could not process the video", field="media", rule="processing", detail=answer.detail)
    post_id = answer.get("post_id")
    if not post_id:
        return None
    return receipt_of(full_id(account, str(post_id)), answer.get("permalink_url"))


async def is_unsent(facebook: Caller, video: str) -> bool:
    """Whether a reel or story was brought and never told to come out: Facebook says so of its phases."""
    answer = await facebook.call("GET", f"{API}/{video}", params={"fields": "status"})
    return str(answer.get("status", "publishing_phase", "status")) == "not_started"


def full_id(account: Account, post_id: str) -> str:
    """A post's id begins with its Page's."""
    return post_id if "_" in post_id else f"{account.platform_user_id}_{post_id}"


def receipt_of(post_id: str, path: Any = None) -> Receipt:
    address = str(path) if path else f"/{post_id}"
    return Receipt(post_id, address if address.startswith("https://") else f"https://www.facebook.com{address}")
