"""Mastodon, by raw calls, each answer held against the official OpenAPI description."""

from __future__ import annotations

import gzip
import json
from typing import Any

import jsonschema_rs
import pytest

from tests.conftest import HOW_TO_GET_IT, conformance
from tests.sandbox.conftest import Grant, Sandbox, picture

HOST = "/mastodon.example"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    folder = conformance("mastodon-openapi")
    if folder is None:
        pytest.skip(f"the official Mastodon description is not here: {HOW_TO_GET_IT}")
    with gzip.open(folder / "schema.json.gz") as file:
        document: dict[str, Any] = json.load(file)
    return document


def assert_conforms(description: dict[str, Any], name: str, value: object) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
    errors = list(jsonschema_rs.Draft202012Validator(schema, validate_formats=True).iter_errors(value))
    assert not errors, [(error.instance_path, error.message) for error in errors]


def say(sandbox: Sandbox, account: Grant, key: str | None = None, **fields: Any) -> Any:
    headers = {**account.bearer, **({"Idempotency-Key": key} if key else {})}
    return sandbox.http.post(f"{HOST}/api/v1/statuses", data=fields, headers=headers)


def attach(sandbox: Sandbox, account: Grant, data: bytes, alt: str = "") -> Any:
    return sandbox.http.post(f"{HOST}/api/v2/media", files={"file": ("f", data)}, data={"description": alt}, headers=account.bearer)


def test_answers_conform_to_the_official_description(sandbox: Sandbox, description: dict[str, Any]) -> None:
    account = sandbox.account("mastodon")
    media = attach(sandbox, account, picture(), "A green square")
    assert_conforms(description, "MediaAttachment", media.json())
    sandbox.clock.pass_(2)
    status = say(sandbox, account, status="Hello #world & <friends>", **{"media_ids[]": media.json()["id"]})
    assert_conforms(description, "Status", status.json())
    me = sandbox.http.get(f"{HOST}/api/v1/accounts/verify_credentials", headers=account.bearer)
    assert_conforms(description, "CredentialAccount", me.json())
    assert_conforms(description, "Account", sandbox.http.get(f"{HOST}/api/v1/accounts/{account.id}", headers=account.bearer).json())
    assert_conforms(description, "Instance", sandbox.http.get(f"{HOST}/api/v2/instance").json())
    for status in sandbox.http.get(f"{HOST}/api/v1/accounts/{account.id}/statuses", headers=account.bearer).json():
        assert_conforms(description, "Status", status)
    assert_conforms(description, "Error", say(sandbox, account, status="").json())


def test_a_status_escapes_what_was_written(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    status = say(sandbox, account, status="Hello #world & <friends>\n\nNext", visibility="unlisted").json()
    assert status["content"] == "<p>Hello #world &amp; &lt;friends&gt;</p><p>Next</p>"
    assert status["tags"][0]["name"] == "world"
    assert status["visibility"] == "unlisted"
    assert status["url"].endswith(f"/{status['id']}")


def test_an_idempotency_key_repeats_the_first_answer_for_an_hour(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    first = say(sandbox, account, key="k1", status="Only once").json()["id"]
    assert say(sandbox, account, key="k1", status="Only once").json()["id"] == first
    assert say(sandbox, account, key="k2", status="Only once").json()["id"] != first
    assert say(sandbox, sandbox.account("mastodon"), key="k1", status="Only once").json()["id"] != first
    sandbox.clock.pass_(3601)
    assert say(sandbox, account, key="k1", status="Only once").json()["id"] != first


def test_media_is_processed_before_it_can_be_attached(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    sent = attach(sandbox, account, picture(800, 600, "PNG"), "A green field")
    assert sent.status_code == 202
    assert sent.json()["url"] is None
    media_id = sent.json()["id"]
    asked = sandbox.http.get(f"{HOST}/api/v1/media/{media_id}", headers=account.bearer)
    assert asked.status_code == 206
    early = say(sandbox, account, status="With picture", **{"media_ids[]": media_id})
    assert early.status_code == 422
    assert "not finished processing" in early.json()["error"]
    sandbox.clock.pass_(2)
    asked = sandbox.http.get(f"{HOST}/api/v1/media/{media_id}", headers=account.bearer)
    assert asked.status_code == 200
    assert asked.json()["meta"]["original"]["width"] == 800
    status = say(sandbox, account, status="With picture", **{"media_ids[]": media_id}).json()
    assert status["media_attachments"][0]["id"] == media_id
    assert status["media_attachments"][0]["description"] == "A green field"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 500, 200),
        ("a" * 501, 422),
        ("x" * 477 + "https://example.com/" + "p" * 300, 422),
        ("x" * 476 + " https://example.com/" + "p" * 300, 200),
    ],
)
def test_length_counts_addresses_as_23(sandbox: Sandbox, text: str, status: int) -> None:
    assert say(sandbox, sandbox.account("mastodon"), status=text).status_code == status


def test_what_mastodon_refuses(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    assert attach(sandbox, account, b"#!/bin/sh").status_code == 422
    assert say(sandbox, account, status="x", visibility="everyone").status_code == 422
    assert say(sandbox, account, status="x", **{"media_ids[]": "77"}).status_code == 404
    assert say(sandbox, account, status="x", in_reply_to_id="77").status_code == 404
    unsigned = sandbox.http.post(f"{HOST}/api/v1/statuses", data={"status": "x"})
    assert (unsigned.status_code, unsigned.json()) == (401, {"error": "The access token is invalid"})


def test_threads_lists_and_deletion(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    first = say(sandbox, account, status="One").json()["id"]
    second = say(sandbox, account, status="Two", in_reply_to_id=first).json()
    assert second["in_reply_to_id"] == first
    listed = sandbox.http.get(f"{HOST}/api/v1/accounts/{account.id}/statuses", headers=account.bearer)
    assert [status["id"] for status in listed.json()] == [second["id"], first]
    assert listed.headers["X-RateLimit-Limit"] == "300"
    assert sandbox.http.delete(f"{HOST}/api/v1/statuses/{first}", headers=account.bearer).json()["text"] == "One"
    assert sandbox.http.get(f"{HOST}/api/v1/statuses/{first}", headers=account.bearer).status_code == 404
    stranger = sandbox.account("mastodon")
    assert sandbox.http.delete(f"{HOST}/api/v1/statuses/{second['id']}", headers=stranger.bearer).status_code == 404
    found = sandbox.http.get(f"{HOST}/api/v1/accounts/lookup", params={"acct": account.handle}, headers=account.bearer).json()
    assert found["id"] == account.id


def test_three_hundred_calls_in_five_minutes_are_enough(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    sandbox.clock.pass_(300 - sandbox.clock.now % 300)
    path = f"{HOST}/api/v1/accounts/verify_credentials"
    assert {sandbox.http.get(path, headers=account.bearer).status_code for _ in range(300)} == {200}
    refused = sandbox.http.get(path, headers=account.bearer)
    assert refused.status_code == 429
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    sandbox.clock.pass_(300)
    assert sandbox.http.get(path, headers=account.bearer).status_code == 200
