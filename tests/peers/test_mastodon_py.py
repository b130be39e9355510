"""Mastodon.py against the sandbox: its typed answers read what the sandbox says, and it posts as any client does."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.peers.conftest import Sandbox, Shelf
from tests.platforms.conftest import Notebook

mastodon = pytest.importorskip("mastodon", reason="Mastodon.py is not installed: it is in requirements/dev.txt")


@pytest.fixture
def api(sandbox: Sandbox) -> tuple[Any, Account, Credentials]:
    from tests.peers.sessions import session_to

    account, credentials = sandbox.accounts("mastodon")["mastodon"]
    client = mastodon.Mastodon(
        access_token=credentials.access_token,
        api_base_url="https://mastodon.example",
        session=session_to(sandbox.url),
        ratelimit_method="throw",
    )
    return client, account, credentials


def test_the_server_and_the_account_are_told(api: tuple[Any, Account, Credentials]) -> None:
    client, account, _ = api
    instance = client.instance_v2()
    assert (instance.domain, instance.configuration.statuses.max_characters) == ("mastodon.example", 500)
    me = client.account_verify_credentials()
    assert (str(me.id), me.username) == (account.platform_user_id, account.handle.split("@")[0])


def test_a_status_with_a_described_picture(api: tuple[Any, Account, Credentials], shelf: Shelf) -> None:
    client, account, _ = api
    with shelf.image().path.open("rb") as file:
        medium = _ready(client, client.media_post(file, mime_type="image/jpeg", description="A card"))
    words = f"Bread & <salt> #bread {uuid4().hex[:8]}"
    status = client.status_post(words, media_ids=[medium], visibility="unlisted", spoiler_text="Food", language="en", sensitive=True)
    assert (status.visibility, status.spoiler_text, status.sensitive, status.language) == ("unlisted", "Food", True, "en")
    assert [each.description for each in status.media_attachments] == ["A card"]
    assert [tag.name for tag in status.tags] == ["bread"]
    assert client.account_statuses(account.platform_user_id, limit=1)[0].id == status.id
    client.status_delete(status)
    with pytest.raises(mastodon.MastodonNotFoundError):
        client.status(status.id)


def _ready(client: Any, medium: Any) -> Any:
    """The medium once the server has processed it: until then it has no address."""
    deadline = time.monotonic() + 20
    while not (shown := client.media(medium)).get("url"):
        assert time.monotonic() < deadline, "the medium was never ready"
        time.sleep(0.05)
    return shown


def test_the_same_key_posts_once(api: tuple[Any, Account, Credentials]) -> None:
    client, _, _ = api
    key, words = uuid4().hex, f"once {uuid4().hex[:8]}"
    assert client.status_post(words, idempotency_key=key).id == client.status_post(words, idempotency_key=key).id


def test_replies_stand_in_the_context(api: tuple[Any, Account, Credentials]) -> None:
    client, _, _ = api
    first = client.status_post(f"one {uuid4().hex[:8]}")
    second = client.status_post("two", in_reply_to_id=first)
    third = client.status_post("three", in_reply_to_id=second)
    context = client.status_context(second)
    assert ([each.id for each in context.ancestors], [each.id for each in context.descendants]) == ([first.id], [third.id])


def test_refusals_are_those_that_the_library_knows(api: tuple[Any, Account, Credentials]) -> None:
    client, _, _ = api
    with pytest.raises(mastodon.MastodonAPIError, match="character limit"):
        client.status_post("a" * 501)
    client.access_token = "wrong"
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        client.status_post("Hello")


@pytest.mark.anyio
async def test_the_library_reads_what_our_adapter_posted(api: tuple[Any, Account, Credentials], sandbox: Sandbox) -> None:
    client, account, credentials = api
    parts = (f"one {uuid4().hex[:8]}", "two", "three")
    async with make_client(sandbox_url=sandbox.url) as http:
        receipt = await REGISTRY["mastodon"].adapter.publish(http, account, credentials, Post(parts[0], "thread", parts=parts), Notebook())
    assert [str(each.id) for each in client.status_context(receipt.remote_id).descendants] == list(receipt.part_ids[1:])
