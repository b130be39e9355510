"""Bringing media to X: initialize, append, finalize, wait (https://docs.x.com/x-api/media/quickstart/media-upload-chunked)."""

from __future__ import annotations

from functools import partial

from postwright.platforms.answers import Answer, Caller, poll, read_slice
from postwright.platforms.capabilities import Ledger
from postwright.platforms.errors import Rejected, Transient
from postwright.platforms.handles import A_DAY, bring_on, bring_once, keep_done
from postwright.platforms.post import Media
from postwright.platforms.x.answers import API

CHUNK = 4 * 1024 * 1024
PATIENCE = 180.0  # seconds for the processing of a video


async def upload_media(caller: Caller, media: tuple[Media, ...], ledger: Ledger) -> list[str]:
    """Ids of the uploaded media; those that an earlier try brought over are used again while they live (24 h)."""
    ids: list[str] = []
    for number, medium in enumerate(media):
        wait = None if _category(medium) == "tweet_image" else partial(_wait, caller)
        ids.append(
            str(await bring_once(ledger, f"media_{number}", A_DAY, partial(_upload, caller, medium, ledger, f"media_{number}"), wait))
        )
    return ids


async def _upload(caller: Caller, medium: Media, ledger: Ledger, name: str) -> str:
    """Segment by segment; what an earlier try began goes on behind the last segment that X took."""
    if medium.size <= CHUNK:
        return await _bring(caller, medium, ledger, name, await _begin(caller, medium), None)
    return str(await bring_on(ledger, name, A_DAY, partial(_begin, caller, medium), partial(_bring, caller, medium, ledger, name)))


async def _begin(caller: Caller, medium: Media) -> str:
    asked = {"media_type": medium.mime_type, "media_category": _category(medium), "total_bytes": medium.size}
    return str((await caller.call("POST", f"{API}/media/upload/initialize", json=asked)).need("data", "id"))


async def _bring(caller: Caller, medium: Media, ledger: Ledger, name: str, media_id: str, done: int | None) -> str:
    starts = range(0, medium.size, CHUNK)
    for segment in range(done or 0, len(starts)):
        chunk = await read_slice(medium.path, starts[segment], CHUNK)
        files = {"media": ("chunk", chunk, "application/octet-stream")}
        await caller.call("POST", f"{API}/media/upload/{media_id}/append", data={"segment_index": str(segment)}, files=files)
        if len(starts) > 1:
            await keep_done(ledger, name, segment + 1)
    await caller.call("POST", f"{API}/media/upload/{media_id}/finalize")
    await _describe(caller, media_id, medium)
    return media_id


async def _wait(caller: Caller, media_id: str) -> None:
    async def ask() -> bool | None:
        return _is_ready(await caller.call("GET", f"{API}/media/upload", params={"command": "STATUS", "media_id": media_id})) or None

    if not await poll(ask, within=PATIENCE):
        raise Transient("X is still processing the video", retry_after=60)


def _is_ready(answer: Answer) -> bool:
    state = answer.get("data", "processing_info", "state")
    if state == "failed":
        why = answer.get("data", "processing_info", "error", "message") or "no reason given"
        raise Rejected(f"X could not process the medium: {why}", field="media", rule="processing", detail=answer.detail)
    return state in (None, "succeeded")


async def _describe(caller: Caller, media_id: str, medium: Media) -> None:
    if medium.alt and medium.kind == "image":
        await caller.call("POST", f"{API}/media/metadata", json={"id": media_id, "metadata": {"alt_text": {"text": medium.alt[:1000]}}})


def _category(medium: Media) -> str:
    if medium.kind == "video":
        return "tweet_video"
    return "tweet_gif" if medium.mime_type == "image/gif" else "tweet_image"
