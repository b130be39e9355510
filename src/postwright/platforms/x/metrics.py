"""What X tells of a post and of an account (https://docs.x.com/x-api/fundamentals/metrics)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.errors import Rejected
from postwright.platforms.figures import add, at, pick, words
from postwright.platforms.x.answers import API, caller


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Clicks are told for 30 days after the post only."""
    x = caller(http, credentials)
    answer = await x.call("GET", f"{API}/tweets/{remote_id}", params={"tweet.fields": "public_metrics,non_public_metrics"})
    data = answer.get("data")
    if not isinstance(data, dict):
        raise Rejected("X no longer has this post", field="post", rule="gone", detail=answer.detail)
    public: dict[str, Any] = data.get("public_metrics") or {}
    private: dict[str, Any] = data.get("non_public_metrics") or {}
    return pick(
        impressions=public.get("impression_count"),
        likes=public.get("like_count"),
        comments=public.get("reply_count"),
        shares=add(public.get("retweet_count"), public.get("quote_count")),
        saves=public.get("bookmark_count"),
        clicks=private.get("url_link_clicks"),
    )


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Told with the name: see `read_profile`."""
    return (await read_profile(http, account, credentials)).figures


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """https://docs.x.com/x-api/users/get-my-user"""
    fields = {"user.fields": "public_metrics,profile_image_url"}
    me = (await caller(http, credentials).call("GET", f"{API}/users/me", params=fields)).need("data")
    told = me.get("public_metrics") or {}
    figures = pick(followers=told.get("followers_count"), following=told.get("following_count"), posts=told.get("tweet_count"))
    return Profile(at(me.get("username")), words(me.get("name")), words(me.get("profile_image_url")), figures)
