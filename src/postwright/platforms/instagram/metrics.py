"""What Instagram tells of a post (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.figures import at, pick, scaled, words
from postwright.platforms.instagram.publish import API
from postwright.platforms.meta import caller

_ALWAYS = ("views", "reach", "shares", "total_interactions")
_OF_POSTS = ("likes", "comments", "saved")
_OF_REELS = ("ig_reels_avg_watch_time", "ig_reels_video_view_total_time")  # milliseconds
# By the kind of post; Instagram refuses the whole question for one figure that its kind does not have.
_ASKED = {"STORY": (*_ALWAYS, "replies"), "REELS": (*_ALWAYS, *_OF_POSTS, *_OF_REELS)}


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Instagram leaves out what it has no data for: that is absent here too, not 0."""
    instagram = caller("Instagram", http, credentials)
    kind = (await instagram.call("GET", f"{API}/{remote_id}", params={"fields": "media_product_type"})).get("media_product_type")
    asked = ",".join(_ASKED.get(str(kind), (*_ALWAYS, *_OF_POSTS)))
    listed = (await instagram.call("GET", f"{API}/{remote_id}/insights", params={"metric": asked})).get("data") or []
    told = {entry.get("name"): (entry.get("values") or [{}])[0].get("value") for entry in listed}
    return pick(
        views=told.get("views"),
        reach=told.get("reach"),
        interactions=told.get("total_interactions"),
        likes=told.get("likes"),
        comments=told.get("replies" if kind == "STORY" else "comments"),
        shares=told.get("shares"),
        saves=told.get("saved"),
        watch_time_seconds=scaled(told.get("ig_reels_video_view_total_time"), 0.001),
        average_watch_seconds=scaled(told.get("ig_reels_avg_watch_time"), 0.001),
    )


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Told with the name: see `read_profile`."""
    return (await read_profile(http, account, credentials)).figures


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """https://developers.facebook.com/docs/instagram-platform/reference/me"""
    params = {"fields": "followers_count,follows_count,media_count,username,name,profile_picture_url"}
    told = await caller("Instagram", http, credentials).call("GET", f"{API}/{account.platform_user_id}", params=params)
    figures = pick(followers=told.get("followers_count"), following=told.get("follows_count"), posts=told.get("media_count"))
    name = words(told.get("username"))
    return Profile(at(name), words(told.get("name")) or name, words(told.get("profile_picture_url")), figures)
