"""Posting to TikTok: ask the creator's options, announce, bring the bytes in order, wait for the outcome.

A video is public once its last chunk is there, so that chunk is the send; photos are pulled by
TikTok, so there the announcement is.
https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2

from postwright.kit.text import UTF16_COUNTER
from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, asking, poll, stream_file
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import OutcomeUnknown, PlatformError, QuotaExhausted, Rejected
from postwright.platforms.handles import is_alive
from postwright.platforms.option_checks import must_be_chosen
from postwright.platforms.options import choice_of, is_on, milliseconds_of
from postwright.platforms.pacer import Pacer
from postwright.platforms.post import Media, Post
from postwright.platforms.tiktok.answers import API, caller, rejection
from postwright.platforms.tiktok.limits import FACTS
from postwright.platforms.tiktok.options import OPTIONS

PATIENCE = 240.0  # seconds for TikTok to process and moderate
CHUNK = 16 * 1024 * 1024
_OF_VIDEOS = ("disable_duet", "disable_stitch", "is_aigc", "video_cover_timestamp_ms")
_STATUS = Pacer(FACTS["status_per_minute"].number)
_CREATOR = Pacer(FACTS["creator_info_per_minute"].number)
_SLOWED = 10.0  # seconds before a status is asked for again, after TikTok found that it was asked too often
_MINUTE = 60.0  # what TikTok counts calls by
ADDRESS_LIVES = timedelta(minutes=55)  # an upload address holds for an hour


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """A publish_id that an earlier try got is continued; only one that failed, or can get no more bytes, is replaced."""
    tiktok = caller(http, credentials)
    await ledger.enter("uploading")
    status = await _known_status(tiktok, account, ledger)
    if status is None or (_lacks_bytes(status, post) and not is_alive(ledger, "upload_url", ADDRESS_LIVES)):
        await _start(tiktok, account, post, ledger)
    elif _lacks_bytes(status, post):
        await _bring(tiktok, _video(post), ledger, _uploaded(status))
    await ledger.enter("confirming")
    return await _confirm(tiktok, account, _name(account, ledger.remote_ids), str(ledger.remote_ids["publish_id"]))


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """By publish_id, which TikTok keeps: nothing was posted without one, except when the announcement itself was lost."""
    if remote_ids.get("announcing"):  # whatever id there is belongs to an earlier try
        raise OutcomeUnknown("TikTok may have taken the photos, and did not tell under which id")
    publish_id = remote_ids.get("publish_id")
    if publish_id is None:
        return None
    with asking("TikTok"):
        status = await _status(caller(http, credentials), account, str(publish_id))
    if status.get("data", "status") == "PUBLISH_COMPLETE":
        return _receipt(_name(account, remote_ids), str(publish_id), status)
    if status.get("data", "status") == "FAILED" or _lacks_bytes(status, post):
        return None
    raise OutcomeUnknown("TikTok is still processing the post", detail=status.detail)


async def _known_status(tiktok: Caller, account: Account, ledger: Ledger) -> Answer | None:
    publish_id = ledger.remote_ids.get("publish_id")
    if publish_id is None:
        return None
    status = await _status(tiktok, account, str(publish_id))
    return None if status.get("data", "status") == "FAILED" else status


def _lacks_bytes(status: Answer, post: Post) -> bool:
    """Whether TikTok waits for more of the video. It says PROCESSING_UPLOAD also once it has all and works on it."""
    return status.get("data", "status") == "PROCESSING_UPLOAD" and _uploaded(status) < sum(medium.size for medium in post.of_kind("video"))


def _uploaded(status: Answer) -> int:
    return int(status.get("data", "uploaded_bytes") or 0)


async def _start(tiktok: Caller, account: Account, post: Post, ledger: Ledger) -> None:
    info, called = await _post_info(tiktok, account, post)
    if not post.of_kind("video"):
        await _start_photos(tiktok, post, info, called, ledger)
        return
    medium = _video(post)
    size, count = _chunks(medium.size)
    source = {"source": "FILE_UPLOAD", "video_size": medium.size, "chunk_size": size, "total_chunk_count": count}
    body = {"post_info": {**info, "title": post.full_text()}, "source_info": source}
    answer = await _ask(tiktok, f"{API}/post/publish/video/init/", body)
    address = {"upload_url": answer.need("data", "upload_url"), "upload_url_at": ledger.now().isoformat()}
    await ledger.keep(publish_id=answer.need("data", "publish_id"), **called, **address)
    await _bring(tiktok, medium, ledger, 0)


async def _start_photos(tiktok: Caller, post: Post, info: Mapping[str, Any], called: Mapping[str, str], ledger: Ledger) -> None:
    images = post.of_kind("image")
    if not images:
        raise Rejected("TikTok needs a video or photos", field="media", rule="needs_video")
    shown = {name: value for name, value in info.items() if name not in _OF_VIDEOS}
    shown["auto_add_music"] = is_on(post.options.get("auto_add_music"))
    title = post.title or ""
    body = {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": {**shown, "title": title[: UTF16_COUNTER.cut(title, FACTS["photo_title"].number)], "description": post.full_text()},
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": [medium.url for medium in images]},
    }
    await ledger.keep(publish_id=None, announcing=True, **called)  # an earlier try's id would answer for this one
    await ledger.enter("sending")
    try:
        answer = await _ask(tiktok, f"{API}/post/publish/content/init/", body, sends=True)
        publish_id = answer.need("data", "publish_id")
    except OutcomeUnknown:
        raise
    except PlatformError:
        await ledger.keep(announcing=False)
        raise
    await ledger.keep(publish_id=publish_id, announcing=False)


async def _post_info(tiktok: Caller, account: Account, post: Post) -> tuple[dict[str, Any], dict[str, str]]:
    """Who may see the post is chosen by a person, and TikTok must offer it: there is no default. So is the music agreed to.
    Beside it what the creator is called now."""
    must_be_chosen(OPTIONS, "TikTok", post, account.profile)
    await _CREATOR.turn(account.platform_user_id)
    creator = await _ask(tiktok, f"{API}/post/publish/creator_info/query/", {})
    offered = creator.need("data", "privacy_level_options")
    level = choice_of("privacy_level", post, account.profile)
    if level not in offered:
        words = f"Choose who may see the TikTok post; TikTok offers {', '.join(map(str, offered)) or 'nothing'}"
        raise Rejected(words, field="options.privacy_level", rule="privacy_level", detail=creator.detail)
    _check_length(post, creator)
    info: dict[str, Any] = {"privacy_level": level}
    for name in ("comment", "duet", "stitch"):
        info[f"disable_{name}"] = creator.get("data", f"{name}_disabled") is True or not is_on(post.options.get(f"allow_{name}"))
    info.update({name: is_on(post.options.get(name)) for name in ("brand_content_toggle", "brand_organic_toggle", "is_aigc")})
    cover = milliseconds_of(post.options.get("cover_at"))
    name = creator.get("data", "creator_username")
    called = {"creator": name} if isinstance(name, str) and name else {}
    return (info if cover is None else {**info, "video_cover_timestamp_ms": cover}), called


def _check_length(post: Post, creator: Answer) -> None:
    longest = creator.get("data", "max_video_post_duration_sec")
    for medium in post.of_kind("video"):
        if isinstance(longest, int) and medium.duration is not None and medium.duration > longest:
            words = f"TikTok takes videos of up to {longest} s from this account"
            source = FACTS["creator_info_per_minute"].source
            raise Rejected(words, field="media", rule="duration", limit=longest, actual=medium.duration, source=source)


async def _bring(tiktok: Caller, medium: Media, ledger: Ledger, done: int) -> None:
    """The chunks in order, from the one that holds byte `done`; the last one is the send."""
    size, count = _chunks(medium.size)
    url = str(ledger.remote_ids["upload_url"])
    for number in range(min(done // size, count - 1), count):
        first = number * size
        last = medium.size - 1 if number == count - 1 else first + size - 1
        sends = number == count - 1
        if sends:
            await ledger.enter("sending")
        headers = {
            "Content-Type": medium.mime_type,
            "Content-Range": f"bytes {first}-{last}/{medium.size}",
            "Content-Length": str(last - first + 1),
            "Authorization": "",  # the address is signed
        }
        await tiktok.call("PUT", url, content=stream_file(medium.path, first, last + 1), headers=headers, sends=sends)


def _chunks(size: int) -> tuple[int, int]:
    """Chunk size and count: a small video whole, else equal chunks of which the last takes what is over."""
    if size <= FACTS["chunk_most"].number:
        return size, 1
    return CHUNK, size // CHUNK


def _name(account: Account, remote_ids: Mapping[str, Any]) -> str:
    """What TikTok called the creator when the post began, else what we know."""
    return str(remote_ids.get("creator") or account.handle).lstrip("@")


async def _confirm(tiktok: Caller, account: Account, name: str, publish_id: str) -> Receipt:
    async def ask() -> Receipt | None:
        with asking("TikTok"):
            try:
                status = await _status(tiktok, account, publish_id)
            except QuotaExhausted as slow:
                if (slow.wait or 0) > _MINUTE:
                    raise
                await asyncio.sleep(_SLOWED)
                return None
        if status.get("data", "status") == "FAILED":
            raise rejection(str(status.get("data", "fail_reason") or "unknown"), status)
        return _receipt(name, publish_id, status) if status.get("data", "status") == "PUBLISH_COMPLETE" else None

    receipt = await poll(ask, within=PATIENCE, first=1.0, longest=6.0)
    if receipt is None:
        raise OutcomeUnknown("TikTok is still processing the post")
    return receipt


async def _status(tiktok: Caller, account: Account, publish_id: str) -> Answer:
    await _STATUS.turn(account.platform_user_id)
    return await _ask(tiktok, f"{API}/post/publish/status/fetch/", {"publish_id": publish_id})


async def _ask(tiktok: Caller, url: str, body: Mapping[str, Any], *, sends: bool = False) -> Answer:
    """TikTok may refuse with status 200 and an error object."""
    answer = await tiktok.call("POST", url, json=dict(body), headers={"Content-Type": "application/json; charset=UTF-8"}, sends=sends)
    refused = tiktok.refuse(answer)
    if refused is not None:
        raise refused
    return answer


def _video(post: Post) -> Media:
    return post.of_kind("video")[0]


def _receipt(name: str, publish_id: str, status: Answer) -> Receipt:
    """TikTok tells the id of public posts only, once they are moderated."""
    post_ids = status.get("data", "publicaly_available_post_id")
    if isinstance(post_ids, list) and post_ids:
        return Receipt(str(post_ids[0]), f"https://www.tiktok.com/@{name}/video/{post_ids[0]}")
    return Receipt(publish_id, f"https://www.tiktok.com/@{name}")
