"""What Instagram tells of a post (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.base import Account, Credentials, Profile
from postwright.platforms.figures import at, pick, words
from postwright.platforms.instagram.publish import API
from postwright.platforms.meta import caller

_NAMES = {"views": "views", "likes": "likes", "comments": "comments", "shares": "shares", "saved": "saves"}


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Instagram leaves out what it has no data for: that is absent here too, not 0."""
    instagram = caller("Instagram", http, credentials)
    answer = await instagram.call("GET", f"{API}/{remote_id}/insights", params={"metric": ",".join(_NAMES)})
    listed = answer.get("data") or []
    told = {entry["name"]: (entry.get("values") or [{}])[0].get("value") for entry in listed if entry.get("name") in _NAMES}
    return pick(**{_NAMES[name]: value for name, value in told.items()})


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
