"""What a video gets once it is out: its thumbnail, its captions, its playlist. The video is out, so none of these can fail the post.

https://developers.google.com/youtube/v3/docs/thumbnails/set, /docs/captions/insert, /docs/playlistItems/insert
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from secrets import token_hex

from postwright.platforms.answers import Caller, read_slice
from postwright.platforms.capabilities import Ledger
from postwright.platforms.errors import PlatformError
from postwright.platforms.options import split_cover
from postwright.platforms.post import Media, Post
from postwright.platforms.youtube.answers import API

STEPS = frozenset(("thumbnail", "captions", "playlist"))
UPLOAD = "https://www.googleapis.com/upload/youtube/v3"


async def dress(youtube: Caller, post: Post, video: str, ledger: Ledger) -> None:
    """Each step once; what YouTube refuses stands in the ledger beside the step's name."""
    cover = split_cover(post)[1]
    steps: dict[str, Callable[[], Awaitable[object]] | None] = {
        "thumbnail": partial(_set_thumbnail, youtube, video, cover) if cover else None,
        "captions": partial(_bring_captions, youtube, video, post) if post.options.get("captions") else None,
        "playlist": partial(_add_to_playlist, youtube, video, str(post.options["playlist_id"]))
        if post.options.get("playlist_id")
        else None,
    }
    for name, step in steps.items():
        if step is not None and ledger.remote_ids.get(name) is None:
            try:
                await step()
                await ledger.keep(**{name: "done"})
            except PlatformError as wrong:
                await ledger.keep(**{name: f"failed: {wrong.message}"})


async def _set_thumbnail(youtube: Caller, video: str, cover: Media) -> None:
    data = await read_slice(cover.path, 0, cover.size)
    params = {"videoId": video, "uploadType": "media"}
    await youtube.call("POST", f"{UPLOAD}/thumbnails/set", params=params, content=data, headers={"Content-Type": cover.mime_type})


async def _bring_captions(youtube: Caller, video: str, post: Post) -> None:
    """Metadata and words in one request of two parts, as Google takes them."""
    snippet = {"videoId": video, "language": str(post.options.get("language") or "en"), "name": "", "isDraft": False}
    boundary = token_hex(16)
    parts = (
        ("application/json; charset=UTF-8", json.dumps({"snippet": snippet})),
        ("text/plain; charset=UTF-8", str(post.options["captions"])),
    )
    body = "".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n{data}\r\n" for kind, data in parts) + f"--{boundary}--\r\n"
    headers = {"Content-Type": f"multipart/related; boundary={boundary}"}
    params = {"part": "snippet", "uploadType": "multipart"}
    await youtube.call("POST", f"{UPLOAD}/captions", params=params, content=body.encode(), headers=headers)


async def _add_to_playlist(youtube: Caller, video: str, playlist: str) -> None:
    snippet = {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": video}}
    await youtube.call("POST", f"{API}/playlistItems", params={"part": "snippet"}, json={"snippet": snippet})
