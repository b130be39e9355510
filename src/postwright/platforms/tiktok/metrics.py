"""What TikTok tells of a post (https://developers.tiktok.com/doc/tiktok-api-v2-video-query)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.errors import Rejected
from postwright.platforms.figures import at, pick, words
from postwright.platforms.tiktok.answers import API, caller

_OF_CREATOR = "username,display_name,avatar_url,follower_count,following_count,video_count"


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """A private post has no id there, so nothing is told of it."""
    if not remote_id.isdigit():
        return {}
    tiktok = caller(http, credentials)
    url = f"{API}/video/query/?fields=id,view_count,like_count,comment_count,share_count"
    answer = await tiktok.call("POST", url, json={"filters": {"video_ids": [remote_id]}})
    if (refused := tiktok.refuse(answer)) is not None:
        raise refused
    video = answer.get("data", "videos", 0)
    if not isinstance(video, dict):
        raise Rejected("TikTok no longer has this post", field="post", rule="gone", detail=answer.detail)
    return pick(
        views=video.get("view_count"),
        likes=video.get("like_count"),
        comments=video.get("comment_count"),
        shares=video.get("share_count"),
    )


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Told with the name: see `read_profile`."""
    return (await read_profile(http, account, credentials)).figures


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info"""
    tiktok = caller(http, credentials)
    answer = await tiktok.call("GET", f"{API}/user/info/", params={"fields": _OF_CREATOR})
    if (refused := tiktok.refuse(answer)) is not None:
        raise refused
    told = answer.need("data", "user")
    figures = pick(followers=told.get("follower_count"), following=told.get("following_count"), posts=told.get("video_count"))
    return Profile(at(told.get("username")), words(told.get("display_name")), words(told.get("avatar_url")), figures)
