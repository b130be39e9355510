"""Discord, by raw calls: as a bot and under a webhook's address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Grant, Sandbox, picture

BASE = "/discord.com/api/v10"


def bot(account: Grant) -> dict[str, str]:
    return {"Authorization": f"Bot {account.token}"}


def say(sandbox: Sandbox, account: Grant, **body: Any) -> Any:
    return sandbox.http.post(f"{BASE}/channels/{account.id}/messages", json=body, headers=bot(account))


def test_a_bot_writes_reads_and_deletes(sandbox: Sandbox) -> None:
    account = sandbox.account("discord")
    made = say(sandbox, account, content="Hello", nonce="n-1", enforce_nonce=True).json()
    place = f"{BASE}/channels/{account.id}/messages/{made['id']}"
    assert sandbox.http.get(place, headers=bot(account)).json()["content"] == "Hello"
    listed = sandbox.http.get(f"{BASE}/channels/{account.id}/messages", headers=bot(account)).json()
    assert [(message["id"], message["nonce"]) for message in listed] == [(made["id"], "n-1")]
    assert sandbox.http.delete(place, headers=bot(account)).status_code == 204
    assert sandbox.http.get(place, headers=bot(account)).json()["code"] == 10008


def test_a_nonce_is_remembered_for_minutes(sandbox: Sandbox) -> None:
    account = sandbox.account("discord")
    first = say(sandbox, account, content="Once", nonce="k", enforce_nonce=True).json()["id"]
    assert say(sandbox, account, content="Once", nonce="k", enforce_nonce=True).json()["id"] == first
    sandbox.clock.pass_(301)
    assert say(sandbox, account, content="Once", nonce="k", enforce_nonce=True).json()["id"] != first


def test_a_webhook_tells_of_its_message_when_asked_to_wait(sandbox: Sandbox) -> None:
    account = sandbox.account("discord")
    place = f"{BASE}/webhooks/{account.id}/{account.token}"
    assert sandbox.http.post(place, json={"content": "Quiet"}).status_code == 204
    made = sandbox.http.post(place, params={"wait": "true"}, json={"content": "Loud"}).json()
    assert sandbox.http.get(f"{place}/messages/{made['id']}").json()["content"] == "Loud"
    assert sandbox.http.get(place).json()["channel_id"] == account.id
    assert sandbox.http.post(f"{BASE}/webhooks/{account.id}/wrong", json={"content": "x"}).json()["code"] == 50027
    assert sandbox.http.post(f"{BASE}/webhooks/1/wrong", json={"content": "x"}).json()["code"] == 10015


def test_files_come_beside_the_body(sandbox: Sandbox) -> None:
    account = sandbox.account("discord")
    body = {"content": "Two", "attachments": [{"id": 0, "description": "First"}, {"id": 1, "description": "Second"}]}
    files = {"files[0]": ("a.jpg", picture()), "files[1]": ("b.png", picture(kind="PNG"))}
    place = f"{BASE}/channels/{account.id}/messages"
    made = sandbox.http.post(place, data={"payload_json": json.dumps(body)}, files=files, headers=bot(account)).json()
    assert [each["description"] for each in made["attachments"]] == ["First", "Second"]
    assert [medium["alt"] for medium in sandbox.shown("discord", made["id"])["media"]] == ["First", "Second"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({"content": "a" * 2000}, 200, None), ({"content": "a" * 2001}, 400, 50035), ({"content": " "}, 400, 50006),
     ({"content": "a", "nonce": "n" * 26}, 400, 50035)],
)  # fmt: skip
def test_what_discord_refuses(sandbox: Sandbox, body: dict[str, str], status: int, code: int | None) -> None:
    answer = say(sandbox, sandbox.account("discord"), **body)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_strangers_are_refused(sandbox: Sandbox) -> None:
    account, other = sandbox.account("discord"), sandbox.account("discord")
    refused = sandbox.http.post(f"{BASE}/channels/{account.id}/messages", json={"content": "x"}, headers=account.bearer)
    assert (refused.status_code, refused.json()["code"]) == (401, 0)
    assert sandbox.http.get(f"{BASE}/channels/{account.id}", headers=bot(other)).json()["code"] == 10003
    assert sandbox.http.get("/discord.com/api/v9/nothing").json() == {"message": "404: Not Found", "code": 0}


def test_five_messages_in_five_seconds(sandbox: Sandbox) -> None:
    account = sandbox.account("discord")
    sandbox.clock.pass_(5 - sandbox.clock.now % 5)
    assert {say(sandbox, account, content=str(number)).status_code for number in range(5)} == {200}
    refused = say(sandbox, account, content="one more")
    assert (refused.status_code, refused.json()["global"]) == (429, False)
    assert 0 < refused.json()["retry_after"] <= 5
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    sandbox.clock.pass_(5)
    assert say(sandbox, account, content="again").status_code == 200
