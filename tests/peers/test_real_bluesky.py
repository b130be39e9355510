"""Our adapter against a real Bluesky server (PDS): the one that POSTWRIGHT_PDS names, else the one that scripts/peers.sh installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import Rejected
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Shelf

pytestmark = [pytest.mark.anyio, pytest.mark.real]
BLUESKY = REGISTRY["bluesky"]
HERE = Path(__file__).parent / "pds"


@pytest.fixture(scope="module")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that speaks nothing but Bluesky's own code."""
    if given := os.environ.get("POSTWRIGHT_PDS"):
        yield given.rstrip("/")
        return
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / ".installed").exists():
        pytest.skip("no real Bluesky server here: it needs Node 20 and `sh scripts/peers.sh`; or set POSTWRIGHT_PDS to an address")
    own = {**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("pds"))}
    with subprocess.Popen([node, "serve.mjs"], cwd=HERE, env=own, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


class ToServer(httpx2.AsyncHTTPTransport):
    """Whatever host the adapter names, the one server answers."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self.server = httpx2.URL(server)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = self.server.copy_with(raw_path=request.url.raw_path)
        request.headers["host"] = self.server.netloc.decode()
        return await super().handle_async_request(request)


@pytest.fixture
async def http(pds: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(sandbox_url=None, transport=ToServer(pds)) as client:
        yield client


@pytest.fixture
async def alice(http: httpx2.AsyncClient) -> tuple[Account, Credentials]:
    """A fresh account of the server."""
    handle = f"alice-{uuid4().hex[:8]}.test"
    body = {"handle": handle, "email": f"{handle}@example.com", "password": uuid4().hex}
    answer = await http.post("https://pds.example/xrpc/com.atproto.server.createAccount", json=body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    return Account(made["did"], handle, "pds.example"), Credentials(made["accessJwt"], made["refreshJwt"])


async def test_a_post_lands_once_and_is_found(http: httpx2.AsyncClient, alice: tuple[Account, Credentials], shelf: Shelf) -> None:
    account, credentials = alice
    options = {"langs": ["en"], "labels": ["nudity"], "who_may_reply": "mentioned"}
    post, book, since = (
        Post("Bread & #salt https://example.com 🎉", "image", media=(shelf.image(),), options=options),
        Notebook(),
        datetime.now(UTC),
    )
    receipt = await BLUESKY.adapter.publish(http, account, credentials, post, book)
    kept = {name: value for name, value in book.remote.items() if not name.startswith("part_")}
    found = await BLUESKY.adapter.find(http, account, credentials, post, kept, since)
    assert found is not None
    assert found.remote_id == receipt.remote_id
    again = await BLUESKY.adapter.publish(http, account, credentials, post, Notebook(dict(book.remote)))
    assert again.remote_id == receipt.remote_id
    listed = await http.get(
        "https://pds.example/xrpc/com.atproto.repo.listRecords",
        params={"repo": account.platform_user_id, "collection": "app.bsky.feed.post"},
    )
    assert [record["uri"] for record in listed.json()["records"]] == [receipt.remote_id]


async def test_a_thread_a_comment_and_taking_it_down(http: httpx2.AsyncClient, alice: tuple[Account, Credentials]) -> None:
    account, credentials = alice
    post = Post("one", "thread", parts=("one", "two", "three"))
    receipt = await BLUESKY.adapter.publish(http, account, credentials, post, Notebook())
    assert len(receipt.part_ids) == 3
    assert BLUESKY.comment
    assert BLUESKY.find_comment
    assert BLUESKY.delete
    assert await BLUESKY.find_comment(http, account, credentials, receipt.remote_id, "The recipe") is None
    made = await BLUESKY.comment(http, account, credentials, receipt.remote_id, "The recipe")
    assert await BLUESKY.find_comment(http, account, credentials, receipt.remote_id, "The recipe") == made
    await BLUESKY.delete(http, account, credentials, receipt.remote_id)
    await BLUESKY.delete(http, account, credentials, receipt.remote_id)
    assert (
        await BLUESKY.adapter.find(http, account, credentials, Post("one", "post"), {"part_0": receipt.remote_id}, datetime.now(UTC))
        is None
    )


async def test_a_text_that_is_too_long_is_refused(http: httpx2.AsyncClient, alice: tuple[Account, Credentials]) -> None:
    account, credentials = alice
    with pytest.raises(Rejected) as refused:
        await BLUESKY.adapter.publish(http, account, credentials, Post("a" * 301, "post"), Notebook())
    assert (refused.value.field, refused.value.rule) == ("text", "length")
