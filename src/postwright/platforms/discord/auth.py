"""Connecting a channel: by the address of its webhook, or by a bot's token and the channel's id.

A webhook is one click and enough to post; a bot can also prove whether a message landed, and count members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.answers import Caller
from postwright.platforms.auth import Grant, KeyField
from postwright.platforms.discord.answers import API, bot_caller, refuse, webhook_address
from postwright.platforms.errors import ReauthRequired, Rejected

_FIELDS = (
    KeyField(
        "key",
        "Webhook address or bot token",
        "Channel settings > Integrations > Webhooks > Copy URL; or the token of a bot",
        secret=True,
        example="https://discord.com/api/webhooks/123456789012345678/AbC...",
    ),
    KeyField("channel", "Channel id", "For a bot only: right-click the channel > Copy Channel ID", example="123456789012345678"),
)


@dataclass(frozen=True, slots=True)
class DiscordKeys:
    """A webhook's address, or a bot's token and a channel."""

    fields: tuple[KeyField, ...] = _FIELDS

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        key, channel = given.get("key", "").strip(), given.get("channel", "").strip()
        if "://" in key:
            return [await _webhook(http, key)]
        if not key or any(mark in key for mark in "/ \n"):
            raise Rejected("Give the address of a webhook or a bot's token", field="key", rule="key_form")
        if not channel.isdigit():
            raise Rejected("A bot needs the id of the channel: a number", field="channel", rule="key_form")
        return [await _bot(http, key, channel)]


async def _webhook(http: httpx2.AsyncClient, key: str) -> Grant:
    address = webhook_address(key)
    if address is None:
        raise Rejected("This is not the address of a webhook at discord.com", field="key", rule="key_form")
    try:
        told = await Caller("Discord", http, {}, refuse).call("GET", address)
    except ReauthRequired as wrong:
        raise Rejected("Discord does not know this webhook", field="key", rule="known_key", detail=wrong.detail) from wrong
    name = str(told.get("name") or "Webhook")
    return Grant(str(told.need("channel_id")), name, name, address, profile={"guild_id": told.get("guild_id"), "kind": "webhook"})


async def _bot(http: httpx2.AsyncClient, token: str, channel: str) -> Grant:
    try:
        told = await bot_caller(http, Credentials(token)).call("GET", f"{API}/channels/{channel}")
    except ReauthRequired as wrong:
        raise Rejected("Discord does not know this token", field="key", rule="known_key", detail=wrong.detail) from wrong
    except Rejected as wrong:
        raise Rejected("The bot does not see this channel", field="channel", rule="known_channel", detail=wrong.detail) from wrong
    name = f"#{told.get('name') or channel}"
    return Grant(str(told.need("id")), name, name, token, profile={"guild_id": told.get("guild_id"), "kind": "bot"})


DISCORD_KEYS = DiscordKeys()
