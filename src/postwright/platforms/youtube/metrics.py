"""What YouTube tells of a video: the Data API for counts, the Analytics API for shares, time watched and subscribers gained.

https://developers.google.com/youtube/v3/docs/videos#statistics, https://developers.google.com/youtube/analytics/metrics
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from functools import partial
from typing import Any

import httpx2

from postwright.kit.http import now_of
from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.answers import Caller
from postwright.platforms.errors import PlatformError, Rejected
from postwright.platforms.figures import pick, scaled, words
from postwright.platforms.youtube.answers import API, caller

ANALYTICS = "https://youtubeanalytics.googleapis.com/v2/reports"
_ASKED = ("shares", "estimatedMinutesWatched", "averageViewDuration", "subscribersGained")


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Counts that the channel hides are absent."""
    youtube = caller(http, credentials)
    answer = await youtube.call("GET", f"{API}/videos", params={"part": "statistics,snippet", "id": remote_id})
    video = answer.get("items", 0)
    if not isinstance(video, dict):
        raise Rejected("YouTube no longer has this video", field="post", rule="gone", detail=answer.detail)
    told: dict[str, Any] = video.get("statistics") or {}
    since = str((video.get("snippet") or {}).get("publishedAt") or "")[:10]
    studied = await _analytics(youtube, remote_id, since) if since else {}
    return pick(
        views=told.get("viewCount"),
        likes=told.get("likeCount"),
        comments=told.get("commentCount"),
        shares=studied.get("shares"),
        watch_time_seconds=scaled(studied.get("estimatedMinutesWatched"), 60),
        average_watch_seconds=studied.get("averageViewDuration"),
        followers_gained=studied.get("subscribersGained"),
    )


async def _analytics(youtube: Caller, video: str, since: str) -> Mapping[str, Any]:
    """Analytics is two days behind and needs its own permission: without it there is just no figure."""
    today = now_of(youtube.http).astimezone(UTC).date().isoformat()
    params = {"ids": "channel==MINE", "startDate": since, "endDate": today, "metrics": ",".join(_ASKED), "filters": f"video=={video}"}
    try:
        row = (await youtube.call("GET", ANALYTICS, params=params)).get("rows", 0)
    except PlatformError:
        return {}
    return dict(zip(_ASKED, row, strict=False)) if isinstance(row, list) else {}


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Told with the name: see `read_profile`."""
    return (await read_profile(http, account, credentials)).figures


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """Subscribers that the channel hides are absent (https://developers.google.com/youtube/v3/docs/channels#statistics)."""
    params = {"part": "snippet,statistics", "id": account.platform_user_id}
    answer = await caller(http, credentials).call("GET", f"{API}/channels", params=params)
    told, shown = answer.need("items", 0, "statistics"), partial(answer.get, "items", 0, "snippet")
    hidden = told.get("hiddenSubscriberCount") is True
    figures = pick(followers=None if hidden else told.get("subscriberCount"), posts=told.get("videoCount"), views=told.get("viewCount"))
    title = words(shown("title"))
    return Profile(words(shown("customUrl")) or title, title, words(shown("thumbnails", "default", "url")), figures)
