"""Uploading to YouTube by a resumable session. The video exists once its last byte is there, so the last chunk is the send.

The session's address answers the same again for days, which makes it the proof of what happened.
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, asking, read_slice
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown, Rejected, Transient
from postwright.platforms.matching import DOUBTFUL, made_since, same_text
from postwright.platforms.option_checks import must_be_chosen
from postwright.platforms.options import choice_of, is_on
from postwright.platforms.post import Media, Post
from postwright.platforms.youtube.answers import API, caller
from postwright.platforms.youtube.dress import STEPS, dress
from postwright.platforms.youtube.limits import FACTS, tags_of
from postwright.platforms.youtube.options import OPTIONS
from postwright.platforms.youtube.processing import VideoRejected, confirm, find_processed

UPLOAD = "https://www.googleapis.com/upload/youtube/v3/videos"
CHUNK = 32 * FACTS["chunk_multiple"].number  # 8 MiB
_PAGE = 50  # what YouTube lists at once
_GONE = (404, 410)
_RANGE = re.compile(r"bytes=0-(\d+)")


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """A session that an earlier try opened is continued where it stopped; a video that one brought is not brought again."""
    youtube = caller(http, credentials)
    medium = _video(post)
    await ledger.enter("uploading")
    if video := ledger.remote_ids.get("post"):
        return await _landed(youtube, post, str(video), ledger)
    session = ledger.remote_ids.get("session")
    done = 0
    if session is not None:
        state = await _ask_session(youtube, str(session), medium.size)
        if state.status in (200, 201):
            return await _landed(youtube, post, str(state.need("id")), ledger)
        session, done = (None, 0) if state.status in _GONE else (session, _received(state))
    if session is None:
        session = await _open(youtube, account, post, medium)
        await ledger.keep(session=session)
    brought = await _bring(youtube, str(session), medium, done, ledger)
    return await _landed(youtube, post, str(brought.need("id")), ledger)


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """The session tells; when it is gone, the channel's latest uploads do. What YouTube rejected after that did not land."""
    youtube = caller(http, credentials)
    with asking("YouTube"):
        video = await _uploaded(youtube, post, remote_ids, since)
        return await find_processed(youtube, video) if video is not None else None


async def _uploaded(youtube: Caller, post: Post, remote_ids: Mapping[str, Any], since: datetime) -> str | None:
    """The id of the video that was brought; None when it is proven that none was."""
    if video := remote_ids.get("post"):
        return str(video)
    if (session := remote_ids.get("session")) is None:
        return None
    state = await _ask_session(youtube, str(session), _video(post).size)
    if state.status in (200, 201):
        return str(state.need("id"))
    return None if state.status == 308 else await _among_uploads(youtube, post, since)


async def _open(youtube: Caller, account: Account, post: Post, medium: Media) -> str:
    headers = {"X-Upload-Content-Length": str(medium.size), "X-Upload-Content-Type": medium.mime_type}
    told = is_on(post.options.get("notify_subscribers", True))
    params = {"uploadType": "resumable", "part": "snippet,status,paidProductPlacementDetails", "notifySubscribers": str(told).lower()}
    answer = await youtube.call("POST", UPLOAD, params=params, json=_resource(post, account), headers=headers)
    location = answer.headers.get("location")
    if not location:
        raise Transient("YouTube opened an upload without telling its address", detail=answer.detail)
    return location


async def _bring(youtube: Caller, session: str, medium: Media, done: int, ledger: Ledger) -> Answer:
    while True:
        end = min(medium.size, done + CHUNK)
        data = await read_slice(medium.path, done, end - done)
        sends = end == medium.size
        if sends:
            await ledger.enter("sending")
        headers = {"Content-Type": medium.mime_type, "Content-Range": f"bytes {done}-{end - 1}/{medium.size}"}
        answer = await youtube.call("PUT", session, content=data, headers=headers, accept=(308,), sends=sends)
        if answer.status != 308:
            return answer
        if (received := _received(answer)) <= done:
            raise answer.unclear("YouTube takes no more bytes of the video")
        done = received


async def _ask_session(youtube: Caller, session: str, size: int) -> Answer:
    return await youtube.call("PUT", session, headers={"Content-Range": f"bytes */{size}", "Content-Length": "0"}, accept=(308, *_GONE))


def _received(answer: Answer) -> int:
    """Bytes that YouTube has: none when it names no range."""
    found = _RANGE.match(answer.headers.get("range", ""))
    return int(found[1]) + 1 if found else 0


async def _among_uploads(youtube: Caller, post: Post, since: datetime) -> str | None:
    channel = await youtube.call("GET", f"{API}/channels", params={"part": "contentDetails", "mine": "true"})
    playlist = channel.need("items", 0, "contentDetails", "relatedPlaylists", "uploads")
    listed = await youtube.call("GET", f"{API}/playlistItems", params={"part": "snippet", "playlistId": playlist, "maxResults": str(_PAGE)})
    items = listed.get("items")
    if not isinstance(items, list):
        raise OutcomeUnknown("YouTube answered without a list of uploads", detail=listed.detail)
    snippets: list[Mapping[str, Any]] = [item.get("snippet") or {} for item in items]
    alike = ((shown, _made_at(shown)) for shown in snippets if _is_same(post, shown))
    if (found := made_since(alike, since, "YouTube")) is not None:
        return str((found.get("resourceId") or {}).get("videoId"))
    if sum(_made_at(shown) >= (since - DOUBTFUL).timestamp() for shown in snippets) >= _PAGE:
        raise OutcomeUnknown("There are more recent uploads at YouTube than it lists at once")
    return None


def _is_same(post: Post, shown: Mapping[str, Any]) -> bool:
    return shown.get("title") == _title(post) and same_text(post.full_text(), str(shown.get("description") or ""))


def _made_at(snippet: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(snippet.get("publishedAt"))).timestamp()
    except ValueError:
        return 0.0


def _resource(post: Post, account: Account) -> dict[str, Any]:
    """Whether it is for kids is said by a person, for the post or for the account: there is no default."""
    must_be_chosen(OPTIONS, "YouTube", post, account.profile)
    options = post.options
    status: dict[str, Any] = {
        "privacyStatus": options.get("privacy") or "public",
        "selfDeclaredMadeForKids": is_on(choice_of("made_for_kids", post, account.profile)),
        "containsSyntheticMedia": is_on(options.get("contains_synthetic_media")),
        "embeddable": is_on(options.get("embeddable", True)),
    }
    snippet: dict[str, Any] = {
        "title": _title(post),
        "description": post.full_text(),
        "categoryId": str(options.get("category_id") or "22"),
    }
    if tags := tags_of(post):
        snippet["tags"] = list(tags)
    if options.get("language"):
        snippet["defaultLanguage"] = options["language"]
    paid = {"hasPaidProductPlacement": is_on(options.get("paid_placement"))}
    return {"snippet": snippet, "status": status, "paidProductPlacementDetails": paid}


def _title(post: Post) -> str:
    return (post.title or "").strip()


def _video(post: Post) -> Media:
    videos = post.of_kind("video")
    if not videos:
        raise Rejected("YouTube needs a video", field="media", rule="needs_video")
    return videos[0]


async def _landed(youtube: Caller, post: Post, video: str, ledger: Ledger) -> Receipt:
    """The video is there. Whether YouTube keeps it, it says once the video is processed; one that is rejected may be brought again."""
    await ledger.keep(post=video)
    await ledger.enter("confirming")
    await dress(youtube, post, video, ledger)
    try:
        return await confirm(youtube, video)
    except VideoRejected:
        await ledger.keep(session=None, post=None, **dict.fromkeys(STEPS & ledger.remote_ids.keys()))
        raise
