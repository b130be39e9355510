"""Taking a message down (https://discord.com/developers/docs/resources/message#delete-message)."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.discord.answers import UNKNOWN_MESSAGE, channel_of, refuse


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    channel = channel_of(http, account, credentials)
    answer = await channel.caller.call("DELETE", f"{channel.messages}/{remote_id}", accept=(404,))
    if answer.status == 404 and answer.get("code") != UNKNOWN_MESSAGE:
        raise refuse(answer) or answer.unclear("Discord did not tell whether the message is gone")
