"""Taking a message down (https://core.telegram.org/bots/api#deletemessages): 48 hours long, in channels as long as the bot may."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import Rejected
from postwright.platforms.telegram.answers import call


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    """Telegram skips what is gone already."""
    ids = [int(one) for one in remote_id.split(",")]
    try:
        await call(http, credentials, "deleteMessages", json={"chat_id": account.platform_user_id, "message_ids": ids})
    except Rejected as refused:
        if "not found" in (refused.detail or "") and "message" in (refused.detail or ""):
            return
        if "can't be deleted" in (refused.detail or ""):
            message = "Telegram lets a bot delete for 48 hours only: delete it in the chat"
            raise Rejected(message, field="post", rule="too_old", detail=refused.detail) from refused
        raise
