"""atproto, the AT protocol's Python library, against the sandbox: its models read every answer strictly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.peers.conftest import Sandbox, Shelf, rewritten
from tests.platforms.conftest import Notebook

# The library hands bytes to httpx in a way that httpx has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
atproto = pytest.importorskip("atproto", reason="atproto is not installed: it is in requirements/dev.txt")


@pytest.fixture
def bluesky(sandbox: Sandbox) -> Iterator[tuple[Any, Account, Credentials]]:
    import httpx

    class ToSandbox(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.url = httpx.URL(rewritten(str(request.url), sandbox.url))
            return super().handle_request(request)

    account, credentials = sandbox.accounts("bluesky")["bluesky"]
    client = atproto.Client(base_url="https://bsky.social", request=atproto.Request(transport=ToSandbox()))
    client.login(account.handle, credentials.refresh_token)
    yield client, *sandbox.accounts("bluesky")["bluesky"]
    client.request.close()


def test_a_post_with_facets_is_made_read_and_deleted(bluesky: tuple[Any, Account, Credentials]) -> None:
    client, account, _ = bluesky
    mark = uuid4().hex[:8]
    text = (
        atproto.client_utils.TextBuilder()
        .text("Möwen ")
        .link("here", "https://example.com/a")
        .text(" ")
        .tag("#bread", "bread")
        .text(f" {mark}")
    )
    made = client.send_post(text, langs=["de"])
    (shown,) = client.get_posts([made.uri]).posts
    assert (shown.author.did, shown.record.langs, len(shown.record.facets)) == (account.platform_user_id, ["de"], 2)
    assert client.get_author_feed(account.handle, limit=1).feed[0].post.uri == made.uri
    assert client.delete_post(made.uri)
    assert client.get_posts([made.uri]).posts == []


def test_images_a_video_and_a_reply(bluesky: tuple[Any, Account, Credentials], shelf: Shelf) -> None:
    client, _, _ = bluesky
    first = client.send_images(f"Two {uuid4().hex[:8]}", [shelf.image().path.read_bytes()] * 2, image_alts=["One", "Two"])
    assert client.send_video(f"Film {uuid4().hex[:8]}", shelf.video().path.read_bytes(), video_alt="A film").uri
    reference = atproto.models.create_strong_ref(first)
    reply = client.send_post("And more", reply_to=atproto.models.AppBskyFeedPost.ReplyRef(parent=reference, root=reference))
    (shown,) = client.get_posts([reply.uri]).posts
    assert shown.record.reply.parent.uri == first.uri


def test_who_i_am(bluesky: tuple[Any, Account, Credentials]) -> None:
    client, account, _ = bluesky
    profile = client.get_profile(account.handle)
    assert (profile.did, profile.handle) == (account.platform_user_id, account.handle)
    assert profile.followers_count > 0
    assert client.resolve_handle(account.handle).did == account.platform_user_id


def test_refusals_are_those_that_the_library_knows(bluesky: tuple[Any, Account, Credentials]) -> None:
    client, _, _ = bluesky
    from atproto_client.exceptions import BadRequestError

    with pytest.raises(BadRequestError, match="graphemes"):
        client.send_post("a" * 301)


@pytest.mark.anyio
async def test_the_library_reads_what_our_adapter_posted(bluesky: tuple[Any, Account, Credentials], sandbox: Sandbox, shelf: Shelf) -> None:
    client, account, credentials = bluesky
    options = {"langs": ["en", "de"], "labels": ["nudity"], "who_may_reply": "nobody"}
    post = Post(f"Bread #bread https://example.com {uuid4().hex[:8]}", "image", media=(shelf.image(),), options=options)
    async with make_client(sandbox_url=sandbox.url) as http:
        receipt = await REGISTRY["bluesky"].adapter.publish(http, account, credentials, post, Notebook())
    (shown,) = client.get_posts([receipt.remote_id]).posts
    assert shown.record.langs == ["en", "de"]
    assert [label.val for label in shown.record.labels.values] == ["nudity"]
    assert [image.alt for image in shown.record.embed.images] == ["A card"]
