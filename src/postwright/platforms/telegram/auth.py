"""Connecting a chat: a bot's token from @BotFather, and the chat in which the bot may post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.auth import Grant, KeyField
from postwright.platforms.errors import ReauthRequired, Rejected
from postwright.platforms.telegram.answers import call

_FIELDS = (
    KeyField("token", "Bot token", "What @BotFather gave you", secret=True, example="123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"),
    KeyField("chat", "Chat", "The channel's @name, or the number of a private chat", example="@mychannel"),
)


@dataclass(frozen=True, slots=True)
class TelegramKeys:
    """A bot's token and a chat."""

    fields: tuple[KeyField, ...] = _FIELDS

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        """The chat, once the bot is known and may post in it."""
        token, chat = given.get("token", "").strip(), _chat_name(given.get("chat", ""))
        if not token or any(mark in token for mark in "/?# "):
            raise Rejected("This is not a bot's token", field="token", rule="key_form")
        credentials = Credentials(token)
        bot = await _bot(http, credentials)
        told = await _chat(http, credentials, chat)
        await _check_rights(http, credentials, told, bot)
        title = str(told.get("title") or told.get("first_name") or told["id"])
        name = told.get("username")
        profile = {"username": name, "bot": bot.get("username"), "type": told.get("type")}
        return [Grant(str(told["id"]), f"@{name}" if name else title, title, token, profile=profile)]


def _chat_name(typed: str) -> str:
    name = typed.strip().removeprefix("https://t.me/").strip("/")
    if not name:
        raise Rejected("Name the chat", field="chat", rule="required")
    return name if name.startswith("@") or name.lstrip("-").isdigit() else f"@{name}"


async def _bot(http: httpx2.AsyncClient, credentials: Credentials) -> Mapping[str, Any]:
    try:
        bot: Mapping[str, Any] = (await call(http, credentials, "getMe")).need("result")
    except ReauthRequired as wrong:
        raise Rejected("Telegram does not know this token", field="token", rule="known_key", detail=wrong.detail) from wrong
    return bot


async def _chat(http: httpx2.AsyncClient, credentials: Credentials, chat: str) -> Mapping[str, Any]:
    try:
        told: Mapping[str, Any] = (await call(http, credentials, "getChat", json={"chat_id": chat})).need("result")
    except Rejected as wrong:
        message = "The bot does not see this chat: add the bot to it first"
        raise Rejected(message, field="chat", rule="known_channel", detail=wrong.detail) from wrong
    return told


async def _check_rights(http: httpx2.AsyncClient, credentials: Credentials, chat: Mapping[str, Any], bot: Mapping[str, Any]) -> None:
    """In a channel only an administrator with the right to post may post."""
    if chat.get("type") != "channel":
        return
    asked = {"chat_id": chat["id"], "user_id": bot.get("id")}
    member = (await call(http, credentials, "getChatMember", json=asked)).need("result")
    if member.get("status") != "creator" and not member.get("can_post_messages"):
        raise Rejected("Make the bot an administrator that may post messages", field="chat", rule="may_publish")


TELEGRAM_KEYS = TelegramKeys()
