"""What Discord tells of a message: its reactions, and nothing about who saw it. Of a server, to a bot: its members."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.discord.answers import API, bot_caller, channel_of, webhook_address
from postwright.platforms.figures import add, pick


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """A message without reactions comes without the field: absent, not 0."""
    channel = channel_of(http, account, credentials)
    answer = await channel.caller.call("GET", f"{channel.messages}/{remote_id}")
    return pick(likes=add(*(reaction.get("count") for reaction in answer.get("reactions") or [])))


async def audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """Only a bot may ask for the server."""
    guild = account.profile.get("guild_id")
    if not guild or webhook_address(credentials.access_token):
        return {}
    answer = await bot_caller(http, credentials).call("GET", f"{API}/guilds/{guild}", params={"with_counts": "true"})
    return pick(followers=answer.get("approximate_member_count"))
