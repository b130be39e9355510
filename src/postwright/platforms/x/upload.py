"""Bringing media to X: initialize, append, finalize, wait (https://docs.x.com/x-api/media/quickstart/media-upload-chunked)."""

from __future__ import annotations

from functools import partial

from postwright.platforms.answers import Answer, Caller, poll, read_slice
from postwright.platforms.base import Ledger, Media
from postwright.platforms.errors import Rejected, Transient
from postwright.platforms.handles import A_DAY, bring_once
from postwright.platforms.x.answers import API

CHUNK = 4 * 1024 * 1024
PATIENCE = 180.0  # seconds for the processing of a video


async def upload_media(caller: Caller, media: tuple[Media, ...], ledger: Ledger) -> list[str]:
    """Ids of the uploaded media; those that an earlier try brought over are used again while they live (24 h)."""
    ids: list[str] = []
    for number, medium in enumerate(media):
        wait = None if _category(medium) == "tweet_image" else partial(_wait, caller)
        ids.append(str(await bring_once(ledger, f"media_{number}", A_DAY, partial(_upload, caller, medium), wait)))
    return ids


async def _upload(caller: Caller, medium: Media) -> str:
    started = await caller.call(
        "POST",
        f"{API}/media/upload/initialize",
        json={"media_type": medium.mime_type, "media_category": _category(medium), "total_bytes": medium.size},
    )
    media_id = str(started.need("data", "id"))
    for segment, start in enumerate(range(0, medium.size, CHUNK)):
        chunk = await read_slice(medium.path, start, CHUNK)
        files = {"media": ("chunk", chunk, "application/octet-stream")}
        await caller.call("POST", f"{API}/media/upload/{media_id}/append", data={"segment_index": str(segment)}, files=files)
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
