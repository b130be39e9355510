"""Telegram's Bot API, by raw calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Grant, Sandbox, movie, picture


def call(sandbox: Sandbox, account: Grant, method: str, **more: Any) -> Any:
    return sandbox.http.post(f"/api.telegram.org/bot{account.token}/{method}", **more)


def say(sandbox: Sandbox, account: Grant, text: str) -> Any:
    return call(sandbox, account, "sendMessage", json={"chat_id": account.id, "text": text})


def test_methods_answer_ok_and_a_result(sandbox: Sandbox) -> None:
    account = sandbox.account("telegram")
    me = sandbox.http.get(f"/api.telegram.org/bot{account.token}/getMe").json()
    assert (me["ok"], me["result"]["is_bot"]) == (True, True)
    chat = call(sandbox, account, "getChat", json={"chat_id": int(account.id)}).json()["result"]
    assert (chat["id"], chat["type"]) == (int(account.id), "channel")
    message = say(sandbox, account, "Hello *there*").json()["result"]
    assert sandbox.shown("telegram", str(message["message_id"]))["text"] == "Hello *there*"


@pytest.mark.parametrize(
    ("text", "said"),
    [("🎉" * 2048, None), ("🎉" * 2048 + "a", "Bad Request: message is too long"), (" ", "Bad Request: message text is empty")],
)
def test_length_is_counted_in_utf16(sandbox: Sandbox, text: str, said: str | None) -> None:
    answer = say(sandbox, sandbox.account("telegram"), text).json()
    assert (answer["ok"], answer.get("description")) == (said is None, said)


def test_a_photo_a_video_and_an_album(sandbox: Sandbox) -> None:
    account = sandbox.account("telegram")
    one = call(
        sandbox, account, "sendPhoto", data={"chat_id": account.id, "caption": "c", "photo": "attach://f"}, files={"f": ("f", picture())}
    )
    assert one.json()["result"]["photo"][0]["width"] == 1080
    film = call(sandbox, account, "sendVideo", data={"chat_id": account.id}, files={"video": ("v", movie(8))})
    assert film.json()["result"]["video"]["duration"] == 8
    media = [{"type": "photo", "media": "attach://a", "caption": "Both"}, {"type": "video", "media": "attach://b"}]
    files = {"a": ("a", picture()), "b": ("b", movie())}
    album = call(sandbox, account, "sendMediaGroup", data={"chat_id": account.id, "media": json.dumps(media)}, files=files).json()["result"]
    names = ",".join(str(message["message_id"]) for message in album)
    assert sandbox.shown("telegram", names)["text"] == "Both"
    assert call(sandbox, account, "deleteMessages", json={"chat_id": account.id, "message_ids": [album[0]["message_id"]]}).json()["result"]
    assert sandbox.admin("GET", f"/posts/telegram/{names}").status_code == 404


@pytest.mark.parametrize(
    ("method", "fields", "data", "said"),
    [
        ("sendPhoto", {"caption": "c" * 1025}, picture(), "message caption is too long"),
        ("sendPhoto", {}, b"#!/bin/sh", "IMAGE_PROCESS_FAILED"),
        ("sendPhoto", {}, picture(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        ("sendPhoto", {"chat_id": "1"}, picture(), "chat not found"),
        ("sendVideo", {}, picture(), "VIDEO_CONTENT_TYPE_INVALID"),
    ],
)
def test_what_telegram_refuses(sandbox: Sandbox, method: str, fields: dict[str, str], data: bytes, said: str) -> None:
    account = sandbox.account("telegram")
    name = method.removeprefix("send").lower()
    refused = call(sandbox, account, method, data={"chat_id": account.id, **fields}, files={name: ("f", data)})
    assert (refused.status_code, refused.json()["description"]) == (400, f"Bad Request: {said}")


def test_a_strange_token_and_a_strange_method(sandbox: Sandbox) -> None:
    account = sandbox.account("telegram")
    assert sandbox.http.get("/api.telegram.org/bot1:no/getMe").json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert call(sandbox, account, "getEverything").json()["error_code"] == 404
    assert sandbox.http.get("/api.telegram.org/elsewhere").json()["description"] == "Not Found"


def test_twenty_messages_a_minute(sandbox: Sandbox) -> None:
    account = sandbox.account("telegram")
    sandbox.clock.pass_(60 - sandbox.clock.now % 60)
    assert {say(sandbox, account, str(number)).status_code for number in range(20)} == {200}
    refused = say(sandbox, account, "one more")
    assert refused.status_code == 429
    wait = refused.json()["parameters"]["retry_after"]
    assert 0 < wait <= 60
    sandbox.clock.pass_(wait)
    assert say(sandbox, account, "again").status_code == 200


def test_two_days_later_nothing_is_deleted(sandbox: Sandbox) -> None:
    account = sandbox.account("telegram")
    name = say(sandbox, account, "Old").json()["result"]["message_id"]
    sandbox.clock.pass_(172_801)
    refused = call(sandbox, account, "deleteMessages", json={"chat_id": account.id, "message_ids": [name]})
    assert "can't be deleted" in refused.json()["description"]
    assert call(sandbox, account, "deleteMessages", json={"chat_id": account.id, "message_ids": [1]}).json()["result"] is True
