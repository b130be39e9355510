"""What Threads tells of a post and an account (https://developers.facebook.com/docs/threads/insights)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.figures import add, pick, words
from postwright.platforms.threads.answers import API, caller

_OF_POST = ("views", "likes", "replies", "reposts", "quotes", "shares")


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """What Threads has no data for it leaves out: that is absent here too, not 0."""
    answer = await caller(http, credentials).call("GET", f"{API}/{remote_id}/insights", params={"metric": ",".join(_OF_POST)})
    told = _values(answer.get("data"))
    return pick(
        views=told.get("views"),
        likes=told.get("likes"),
        comments=told.get("replies"),
        shares=add(told.get("reposts"), told.get("quotes"), told.get("shares")),
    )


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """https://developers.facebook.com/docs/threads/threads-profiles"""
    params = {"fields": "id,username,name,threads_profile_picture_url"}
    told = await caller(http, credentials).call("GET", f"{API}/{account.platform_user_id}", params=params)
    name = words(told.get("username"))
    return Profile(name, words(told.get("name")) or name, words(told.get("threads_profile_picture_url")))


async def audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Followers, as Threads tells them of accounts with 100 or more."""
    url = f"{API}/{account.platform_user_id}/threads_insights"
    told = _values((await caller(http, credentials).call("GET", url, params={"metric": "followers_count"})).get("data"))
    return pick(followers=told.get("followers_count"))


def _values(listed: Any) -> dict[str, Any]:
    """Figures by name; Threads tells some as `values`, some as `total_value`."""
    return {
        str(entry.get("name")): (entry.get("total_value") or (entry.get("values") or [{}])[0]).get("value")
        for entry in listed or []
        if isinstance(entry, dict)
    }
