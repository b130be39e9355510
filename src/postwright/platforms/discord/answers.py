"""How Discord is called, by a bot or under a webhook's address, and how it words its refusals.

https://discord.com/developers/docs/reference, /topics/opcodes-and-status-codes#json, /topics/rate-limits
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, too_many, version_ended
from postwright.platforms.discord.limits import FACTS
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected

API = f"https://discord.com/api/{FACTS['version'].value}"
UNKNOWN_MESSAGE = 10008
_WEBHOOK = re.compile(r"https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(?P<id>\d+)/(?P<token>[\w.-]+)/?")
_NO_SUCH_VERSION = 50041
_DEAD_KEYS = {10015, 50025, 50027}  # unknown webhook, invalid OAuth2 token, invalid webhook token


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go, and who sends them. The address of a webhook is a secret: it holds the token."""

    caller: Caller
    messages: str  # address of the messages
    create: str  # address that takes a new one
    by_bot: bool


def channel_of(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Channel:
    """A webhook when the key is the address of one, else a bot."""
    if base := webhook_address(credentials.access_token):
        return Channel(Caller("Discord", http, {}, refuse), f"{base}/messages", f"{base}?wait=true", False)
    messages = f"{API}/channels/{account.platform_user_id}/messages"
    return Channel(bot_caller(http, credentials), messages, messages, True)


def bot_caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    return Caller("Discord", http, {"Authorization": f"Bot {credentials.access_token}"}, refuse)


def webhook_address(key: str) -> str | None:
    """The address of a webhook at the one host that we call, whichever of Discord's was copied."""
    found = _WEBHOOK.fullmatch(key.strip())
    return f"{API}/webhooks/{found['id']}/{found['token']}" if found else None


def refuse(answer: Answer) -> PlatformError | None:
    """{"code", "message", "errors"} as our errors."""
    code, said = answer.get("code"), str(answer.get("message") or "")
    if answer.status == 429:
        wait = answer.get("retry_after")
        return too_many(answer, wait if isinstance(wait, int | float) else None)
    if code is None or not said:
        return None
    if answer.status == 401 or code in _DEAD_KEYS:
        return ReauthRequired("Discord no longer accepts this webhook or bot: connect it again", detail=answer.detail)
    if answer.status == 403 or code == 10003:
        return Rejected(f"Discord does not let us post there: {said[:200]}", field="account", rule="forbidden", detail=answer.detail)
    if answer.status == 413 or code == 40005:
        return Rejected("Discord says that a file is too large", field="media", rule="size", detail=answer.detail)
    if code == _NO_SUCH_VERSION:
        return version_ended(answer)
    return _of_form(answer, said)


def _of_form(answer: Answer, said: str) -> Rejected:
    """Which field of the form is wrong stands under its name in `errors`."""
    errors = answer.get("errors") or {}
    if "content" in errors and "LENGTH" in json.dumps(errors["content"]):
        return Rejected("Discord says that the text is too long", field="text", rule="length", detail=answer.detail)
    if answer.get("code") == 50006:
        return Rejected("Discord says that the message is empty", field="text", rule="empty", detail=answer.detail)
    if "attachments" in errors or "files" in errors:
        return Rejected("Discord does not take a medium", field="media", rule="media", detail=answer.detail)
    return Rejected(f"Discord does not take this post: {said[:200]}", field="text", rule="invalid", detail=answer.detail)
