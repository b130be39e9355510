"""How the Bot API is called, and how it words its refusals (https://core.telegram.org/bots/api#making-requests).

The token stands in the address, as Telegram wants it: no address of these calls is ever logged or kept.
"""

from __future__ import annotations

from typing import Any

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.answers import Answer, Caller, too_many
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected

API = "https://api.telegram.org"
_MEDIA = ("file", "photo", "video", "media", "image", "wrong type", "url content")


async def call(http: httpx2.AsyncClient, credentials: Credentials, method: str, *, sends: bool = False, **request: Any) -> Answer:
    """One method of the Bot API."""
    telegram = Caller("Telegram", http, {}, refuse)
    return await telegram.call("POST", f"{API}/bot{credentials.access_token}/{method}", sends=sends, **request)


def refuse(answer: Answer) -> PlatformError | None:
    """{"ok": false, "error_code", "description", "parameters"} as our errors."""
    if answer.get("ok") is not False:
        return None
    said = str(answer.get("description") or "")
    if answer.status == 429:
        wait = answer.get("parameters", "retry_after")
        return too_many(answer, wait if isinstance(wait, int) else None)
    if answer.status in (401, 404):  # a token of no bot: there is no such address
        return ReauthRequired("Telegram no longer accepts this bot's token: connect it again", detail=answer.detail)
    if answer.status == 403:
        return Rejected(f"The bot may not post there: {_short(said)}", field="account", rule="forbidden", detail=answer.detail)
    if answer.status == 413:
        return Rejected("Telegram says that a file is too large", field="media", rule="size", detail=answer.detail)
    return _of_words(answer, said)


def _of_words(answer: Answer, said: str) -> Rejected:
    low = said.lower()
    if "too long" in low:
        return Rejected("Telegram says that the text is too long", field="text", rule="length", detail=answer.detail)
    if "is empty" in low:
        return Rejected("Telegram says that the text is empty", field="text", rule="empty", detail=answer.detail)
    if "chat" in low or "rights" in low:
        return Rejected(
            f"Telegram does not let the bot post there: {_short(said)}", field="account", rule="forbidden", detail=answer.detail
        )
    if any(word in low for word in _MEDIA):
        return Rejected(f"Telegram does not take a medium: {_short(said)}", field="media", rule="media", detail=answer.detail)
    return Rejected(f"Telegram does not take this post: {_short(said)}", field="text", rule="invalid", detail=answer.detail)


def _short(said: str) -> str:
    return said.removeprefix("Bad Request: ").removeprefix("Forbidden: ")[:200]
