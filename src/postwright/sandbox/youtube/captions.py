"""Caption tracks: one request of two parts, metadata and words."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import allow_body
from postwright.sandbox.world import World, world_of
from postwright.sandbox.youtube.answers import PLATFORM, WRITE_UNITS, problem, signed_in
from postwright.sandbox.youtube.videos import listing

TRACK_BYTES = 104_857_600
TRACK_UNITS = 400


async def insert_captions(request: Request) -> Response:
    account, world = signed_in(request, TRACK_UNITS), world_of(request)
    allow_body(request, TRACK_BYTES)
    snippet, words = _parts(request.headers.get("content-type", ""), await request.body())
    video = _own_video(world, account, str(snippet.get("videoId", "")))
    if not isinstance(snippet.get("language"), str) or not isinstance(snippet.get("name"), str):
        raise problem(400, "contentRequired", "The request must name language and name", domain="youtube.caption")
    if "-->" not in words:
        raise problem(400, "invalidMetadata", "The track contents are not SRT or WebVTT", domain="youtube.caption")
    tracks = [track for track in video.extra.get("captions", []) if track["language"] == snippet["language"]]
    if tracks:
        raise problem(409, "captionExists", "The video already has a caption track with this name and language.", domain="youtube.caption")
    track = {"id": ids.letters(30), "language": snippet["language"], "words": words}
    world.ledger.amend_post(video, captions=[*video.extra.get("captions", []), track])
    return JSONResponse(_show(video, track))


def _parts(kind: str, body: bytes) -> tuple[dict[str, Any], str]:
    """The snippet and the words of a multipart/related body."""
    message = message_from_bytes(b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n" + body, policy=HTTP)
    parts = [part.get_payload(decode=True) for part in message.iter_parts()] if message.is_multipart() else []
    try:
        first, words = parts
        snippet = json.loads(bytes(first))["snippet"]
        return (dict(snippet), bytes(words).decode("utf-8-sig"))
    except (ValueError, TypeError, KeyError) as wrong:
        raise problem(400, "badRequest", "A multipart/related body of snippet and track is required", domain="global") from wrong


def _own_video(world: World, account: Account, name: str) -> Post:
    video = world.ledger.post(PLATFORM, name, world.clock())
    if video is None or video.account_id != account.id:
        raise problem(404, "videoNotFound", "The video could not be found.", domain="youtube.caption", location="videoId")
    return video


async def list_captions(request: Request) -> Response:
    account, world = signed_in(request, WRITE_UNITS), world_of(request)
    video = _own_video(world, account, request.query_params.get("videoId", ""))
    return listing("youtube#captionListResponse", [_show(video, track) for track in video.extra.get("captions", [])])


def _show(video: Post, track: dict[str, Any]) -> dict[str, Any]:
    snippet = {"videoId": video.remote_id, "language": track["language"], "name": "", "trackKind": "standard", "status": "serving"}
    return {"kind": "youtube#caption", "etag": ids.letters(27), "id": track["id"], "snippet": snippet}
