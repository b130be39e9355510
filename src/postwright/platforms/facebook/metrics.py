"""What Facebook tells of a Page's post.

https://developers.facebook.com/docs/graph-api/reference/insights: post_media_view took the place of post_impressions.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.facebook.videos import API
from postwright.platforms.figures import pick, words
from postwright.platforms.meta import caller

_NAMES = {"post_media_view": "views", "post_clicks": "clicks", "post_reactions_by_type_total": "reactions"}
_REACTIONS = {"like": "like", "love": "love", "care": "care", "haha": "haha", "wow": "wow", "sorry": "sad", "anger": "angry"}
_FIELDS = "shares,comments.limit(0).summary(total_count),reactions.limit(0).summary(total_count)"


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Reactions of every kind count as likes, and are told by kind; an empty set of insights is absent, not 0."""
    facebook = caller("Facebook", http, credentials)
    shown = await facebook.call("GET", f"{API}/{remote_id}", params={"fields": _FIELDS})
    insights = await facebook.call("GET", f"{API}/{remote_id}/insights", params={"metric": ",".join(_NAMES), "period": "lifetime"})
    listed = insights.get("data") or []
    told = {_NAMES[entry["name"]]: (entry.get("values") or [{}])[0].get("value") for entry in listed if entry.get("name") in _NAMES}
    by_kind = told.get("reactions") or {}
    return pick(
        views=told.get("views"),
        clicks=told.get("clicks"),
        **{f"reactions_{ours}": by_kind.get(theirs) for theirs, ours in _REACTIONS.items()},
        likes=shown.get("reactions", "summary", "total_count"),
        comments=shown.get("comments", "summary", "total_count"),
        shares=shown.get("shares", "count"),
    )


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Told with the name: see `read_profile`."""
    return (await read_profile(http, account, credentials)).figures


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """https://developers.facebook.com/docs/graph-api/reference/page: page_fans is dead, the field of the Page lives."""
    params = {"fields": "followers_count,username,name,picture"}
    told = await caller("Facebook", http, credentials).call("GET", f"{API}/{account.platform_user_id}", params=params)
    name = words(told.get("name"))
    picture = words(told.get("picture", "data", "url"))
    return Profile(words(told.get("username")) or name, name, picture, pick(followers=told.get("followers_count")))
