"""Substack: a draft to carry over, and the feed that shows when it is out."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, Rejected
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
SUBSTACK = REGISTRY["substack"]
ACCOUNT, NONE = Account("alice.substack.com", "alice.substack.com", "alice.substack.com"), Credentials("none")
FEED = """<?xml version="1.0"?><rss xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>Alice</title>
<item><title>On slow mail</title><link>https://alice.substack.com/p/on-slow-mail</link>
<pubDate>Sat, 21 Nov 2026 12:00:00 GMT</pubDate><slash:comments>4</slash:comments></item>
<item><title>Older &amp; wiser</title><link>https://alice.substack.com/p/older</link><pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate></item>
<item><title>A trap</title><link>javascript:alert(1)</link></item></channel></rss>"""


def test_a_draft_holds_html_words_and_files(shelf: Shelf) -> None:
    post = Post("Some **words** <b>", "article", title="On <slow> mail", media=(shelf.image(alt='A "frame"'), shelf.video()))
    with zipfile.ZipFile(io.BytesIO(exported(post))) as archive:
        assert archive.namelist() == ["draft.html", "draft.txt", "media/1-image.jpg", "media/2-video.mp4"]
        page, words = archive.read("draft.html").decode(), archive.read("draft.txt").decode()
        assert archive.read("media/1-image.jpg") == shelf.image().path.read_bytes()
    assert "<h1>On &lt;slow&gt; mail</h1>" in page
    assert "<strong>words</strong> &lt;b&gt;" in page
    assert 'src="media/1-image.jpg" alt="A &quot;frame&quot;"' in page
    assert words.startswith("On <slow> mail\n\nSome **words** <b>")
    assert exported(post) == exported(post)


def exported(post: Post) -> bytes:
    held = io.BytesIO()
    assert SUBSTACK.export is not None
    SUBSTACK.export(post, held)
    return held.getvalue()


async def test_nobody_is_asked_to_publish(http: httpx2.AsyncClient) -> None:
    with pytest.raises(Rejected) as refused:
        await SUBSTACK.adapter.publish(http, ACCOUNT, NONE, Post("a", "article", title="b"), Notebook())
    assert (refused.value.field, refused.value.rule) == ("platform", "hand_off")


async def test_the_feed_tells_what_is_out() -> None:
    since = datetime(2026, 11, 21, 11, tzinfo=UTC)
    async with _serving(FEED) as http:
        found = await SUBSTACK.adapter.find(http, ACCOUNT, NONE, Post("x", "article", title="On slow mail"), {}, since)
        assert found is not None
        assert found.url == "https://alice.substack.com/p/on-slow-mail"
        assert await SUBSTACK.adapter.find(http, ACCOUNT, NONE, Post("x", "article", title="Older & wiser"), {}, since) is None
        assert await SUBSTACK.adapter.find(http, ACCOUNT, NONE, Post("x", "article", title="A trap"), {}, since) is None
        assert await SUBSTACK.adapter.measure(http, ACCOUNT, NONE, found.remote_id) == {"comments": 4}
        assert await SUBSTACK.adapter.measure(http, ACCOUNT, NONE, "https://alice.substack.com/p/older") == {}


@pytest.mark.parametrize(
    "page", ["<html>no</html", '<!DOCTYPE a [<!ENTITY b "b">]><rss>&b;</rss>', " " * 3000 + '<!ENTITY b "c"><rss/>', ""]
)
async def test_what_is_no_feed_is_refused(page: str) -> None:
    assert SUBSTACK.keys is not None
    async with _serving(page) as http:
        with pytest.raises(OutcomeUnknown):
            await SUBSTACK.adapter.find(http, ACCOUNT, NONE, Post("x", "article", title="y"), {}, datetime.now(UTC))
        with pytest.raises(Rejected) as refused:
            await SUBSTACK.keys.connect(http, {"site": "alice.substack.com"})
    assert (refused.value.field, refused.value.rule) == ("site", "other_site")


async def test_a_publication_is_connected_by_its_address(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, _ = sandbox.accounts("substack")["substack"]
    assert SUBSTACK.keys is not None
    (grant,) = await SUBSTACK.keys.connect(http, {"site": f"https://{account.host}"})
    assert grant.host == account.host


def _serving(page: str) -> httpx2.AsyncClient:
    return make_client(sandbox_url=None, transport=httpx2.MockTransport(lambda _: httpx2.Response(200, text=page)))
