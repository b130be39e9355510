"""Bringing images, documents and videos to LinkedIn: initializeUpload, PUT, and for videos finalize and wait."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from postwright.platforms.answers import Caller, poll, read_slice, stream_file
from postwright.platforms.capabilities import Ledger
from postwright.platforms.errors import Rejected, Transient
from postwright.platforms.handles import A_DAY, bring_on, bring_once, keep_done
from postwright.platforms.linkedin.answers import API
from postwright.platforms.post import Media

PATIENCE = 180.0  # seconds for the processing of a video


async def upload_media(linkedin: Caller, author: str, media: tuple[Media, ...], ledger: Ledger) -> list[str]:
    """URNs of the uploaded media; what an earlier try brought over is used again."""
    urns: list[str] = []
    for number, medium in enumerate(media):
        upload, wait = _WAYS[medium.kind]
        name = f"media_{number}"
        bring = partial(upload, linkedin, author, medium, ledger, name)
        urns.append(str(await bring_once(ledger, name, A_DAY, bring, wait and partial(wait, linkedin))))
    return urns


async def _upload_whole(linkedin: Caller, author: str, medium: Media, _: Ledger, __: str) -> str:
    """An image or a document: one request brings it."""
    answer = await linkedin.call(
        "POST", f"{API}/{medium.kind}s?action=initializeUpload", json={"initializeUploadRequest": {"owner": author}}
    )
    url, urn = str(answer.need("value", "uploadUrl")), str(answer.need("value", medium.kind))
    headers = {"Content-Type": medium.mime_type, "Content-Length": str(medium.size)}
    await linkedin.call("PUT", url, content=stream_file(medium.path), headers=headers)
    return urn


async def _upload_video(linkedin: Caller, author: str, medium: Media, ledger: Ledger, name: str) -> str:
    """Part by part; what an earlier try began goes on behind the last part that LinkedIn took, while its addresses hold."""
    begin, go_on = partial(_begin_video, linkedin, author, medium), partial(_bring_parts, linkedin, medium, ledger, name)
    return str(await bring_on(ledger, name, A_DAY, begin, go_on))


async def _begin_video(linkedin: Caller, author: str, medium: Media) -> dict[str, Any]:
    request = {"owner": author, "fileSizeBytes": medium.size, "uploadCaptions": False, "uploadThumbnail": False}
    answer = await linkedin.call("POST", f"{API}/videos?action=initializeUpload", json={"initializeUploadRequest": request})
    return {
        "urn": str(answer.need("value", "video")),
        "token": answer.get("value", "uploadToken") or "",
        "parts": answer.need("value", "uploadInstructions"),
        "until": answer.get("value", "uploadUrlsExpireAt"),
    }


async def _bring_parts(linkedin: Caller, medium: Media, ledger: Ledger, name: str, begun: dict[str, Any], done: Any) -> str:
    if done is not None:
        _must_hold(begun, ledger.now())
    etags: list[str] = list(done or ())
    for part in begun["parts"][len(etags) :]:
        etags.append(await _put_part(linkedin, medium, part))
        await keep_done(ledger, name, etags)
    finish = {"video": begun["urn"], "uploadToken": begun["token"], "uploadedPartIds": etags}
    await linkedin.call("POST", f"{API}/videos?action=finalizeUpload", json={"finalizeUploadRequest": finish})
    return str(begun["urn"])


def _must_hold(begun: dict[str, Any], now: datetime) -> None:
    """LinkedIn told until when the addresses of the parts hold."""
    until = begun["until"]
    if isinstance(until, int) and datetime.fromtimestamp(until / 1000, UTC) <= now:
        raise Rejected("LinkedIn no longer takes parts of this video", field="media", rule="expired")


async def _put_part(linkedin: Caller, medium: Media, part: dict[str, Any]) -> str:
    first, last = int(part["firstByte"]), int(part["lastByte"])
    data = await read_slice(medium.path, first, last - first + 1)
    # The address of a part is signed: a token beside it is refused.
    headers = {"Content-Type": "application/octet-stream", "Authorization": "", "LinkedIn-Version": "", "X-Restli-Protocol-Version": ""}
    answer = await linkedin.call("PUT", str(part["uploadUrl"]), content=data, headers=headers)
    etag = answer.headers.get("etag")
    if not etag:
        raise Transient("LinkedIn took a part of the video without naming it", detail=answer.detail)
    return etag


async def _wait(linkedin: Caller, urn: str) -> None:
    async def ask() -> bool | None:
        answer = await linkedin.call("GET", f"{API}/{urn.split(':')[2]}s/{urn.replace(':', '%3A')}")
        status = answer.get("status")
        if status == "PROCESSING_FAILED":
            why = answer.get("processingFailureReason") or "no reason given"
            raise Rejected(
                f"LinkedIn could not process the {urn.split(':')[2]}: {why}", field="media", rule="processing", detail=answer.detail
            )
        return True if status == "AVAILABLE" else None

    if not await poll(ask, within=PATIENCE):
        raise Transient(f"LinkedIn is still processing the {urn.split(':')[2]}", retry_after=60)


_WAYS = {"image": (_upload_whole, None), "document": (_upload_whole, _wait), "video": (_upload_video, _wait)}
