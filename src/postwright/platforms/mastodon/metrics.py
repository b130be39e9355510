"""What a Mastodon server tells of a status: no views (https://docs.joinmastodon.org/entities/Status/)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.figures import add, pick, words
from postwright.platforms.mastodon.answers import base_of, caller


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    answer = await caller(http, credentials).call("GET", f"{base_of(account)}/api/v1/statuses/{remote_id}")
    return pick(
        likes=answer.get("favourites_count"),
        comments=answer.get("replies_count"),
        shares=add(answer.get("reblogs_count"), answer.get("quotes_count")),
    )


async def read_audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Told with the name: see `read_profile`."""
    return (await read_profile(http, account, credentials)).figures


async def read_profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
    """https://docs.joinmastodon.org/methods/accounts/#get"""
    told = await caller(http, credentials).call("GET", f"{base_of(account)}/api/v1/accounts/{account.platform_user_id}")
    figures = pick(followers=told.get("followers_count"), following=told.get("following_count"), posts=told.get("statuses_count"))
    name = words(told.get("username"))
    handle = f"{name}@{base_of(account).removeprefix('https://')}" if name else None
    return Profile(handle, words(told.get("display_name")) or name, words(told.get("avatar")), figures)
