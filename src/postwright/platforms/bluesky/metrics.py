"""What Bluesky tells of a post: no views (https://docs.bsky.app/docs/api/app-bsky-feed-get-posts)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.bluesky.answers import caller, xrpc
from postwright.platforms.errors import Rejected
from postwright.platforms.figures import add, pick, words


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """The account's server passes the question on to the network's view."""
    answer = await caller(http, credentials).call("GET", xrpc(account, "app.bsky.feed.getPosts"), params={"uris": remote_id})
    shown = answer.get("posts", 0)
    if not isinstance(shown, dict):
        raise Rejected("Bluesky no longer has this post", field="post", rule="gone", detail=answer.detail)
    return pick(
        likes=shown.get("likeCount"),
        comments=shown.get("replyCount"),
        shares=add(shown.get("repostCount"), shown.get("quoteCount")),
        saves=shown.get("bookmarkCount"),
    )


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Told with the name: see `read_profile`."""
    return (await read_profile(http, account, credentials)).figures


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """https://docs.bsky.app/docs/api/app-bsky-actor-get-profile"""
    params = {"actor": account.platform_user_id}
    told = await caller(http, credentials).call("GET", xrpc(account, "app.bsky.actor.getProfile"), params=params)
    figures = pick(followers=told.get("followersCount"), following=told.get("followsCount"), posts=told.get("postsCount"))
    handle = words(told.get("handle"))
    return Profile(handle, words(told.get("displayName")) or handle, words(told.get("avatar")), figures)
