"""What the Bot API tells: nothing of a post (views are for clients only), of a chat how many are in it."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.figures import pick
from postwright.platforms.telegram.answers import call


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """No figure at all, so nobody is asked."""
    return {}


async def audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    answer = await call(http, credentials, "getChatMemberCount", json={"chat_id": account.platform_user_id})
    return pick(followers=answer.get("result"))
