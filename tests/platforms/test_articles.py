"""Articles: Markdown to safe HTML, and the two sites that take them under a slug of ours."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.article import new_slug, to_html
from postwright.platforms.errors import ReauthRequired, Rejected
from postwright.platforms.ghost.answers import sign
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
SITES = ("wordpress", "ghost")
TEXT = (
    "## Why\n\nA *slow* start, and **why** it helps:\n\n- one\n- two\n\nSee https://example.com/a?b=c&d=e or [here](https://example.com)."
)


def _article(**changes: object) -> Post:
    return replace(Post(f"{TEXT} {uuid4().hex}", "article", title="On slow mail"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
        '<img src=x onerror="alert(1)">',
        "[x](vbscript:a)",
        'https://example.com/"onmouseover="alert(1)',
        "<https://example.com/%22%20onclick=alert(1)>",
        "```html\n<script>alert(1)</script>\n```",
    ],
)
def test_nothing_in_an_article_runs(text: str) -> None:
    body = to_html(text).replace("&quot;", "").replace("&lt;", "")
    assert "<script" not in body
    assert "<img" not in body
    assert not any(f'="{scheme}' in body for scheme in ("javascript:", "vbscript:", "data:"))
    assert 'onmouseover="' not in body
    assert 'onclick="' not in body


def test_markdown_reads_as_it_was_meant() -> None:
    body = to_html(TEXT)
    assert "<h2>Why</h2>" in body
    assert "<em>slow</em>" in body
    assert '<a href="https://example.com/a?b=c&amp;d=e">https://example.com/a?b=c&amp;d=e</a>' in body
    assert body.count("<a ") == 2
    assert to_html("one\ntwo") == "<p>one<br />\ntwo</p>"
    assert "<a" not in to_html("`https://example.com`")
    assert to_html("Two:\n\n• one\n• two").count("<li>") == 2


def test_slugs_are_readable_and_never_the_same() -> None:
    assert new_slug("Größe & Maß: 3 Tips!").startswith("groe-ma-3-tips-")
    assert new_slug("漢字").startswith("post-")
    assert new_slug("a") != new_slug("a")
    assert len(new_slug("word " * 100)) < 80


@pytest.mark.parametrize("slug", SITES)
async def test_an_article_arrives_with_title_tags_cover_and_excerpt(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf
) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    media = (shelf.image(alt="A frame"), shelf.video(), shelf.image("second.jpg", (1080, 1080), alt="Another"))
    post = _article(hashtags=("launch", "Slow"), options={"excerpt": "In short"}, media=media)
    assert [*REGISTRY[slug].check(post), *check_options(post, REGISTRY[slug])] == []
    receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, post, Notebook())
    shown = sandbox.posts(slug)[0]
    assert (shown["remote_id"], shown["title"], shown["extra"]["excerpt"]) == (receipt.remote_id, "On slow mail", "In short")
    assert next(medium["alt"] for medium in shown["media"] if medium["kind"] == "image") == "A frame"
    assert len(shown["media"]) == 3
    assert len(shown["extra"]["tags"]) == 2
    assert "<h2>Why</h2>" in shown["extra"]["html"]
    assert shown["extra"]["status"] in ("publish", "published")
    assert receipt.url == f"https://{account.host}/{shown['extra']['slug']}/"


@pytest.mark.parametrize("slug", SITES)
async def test_a_second_article_of_the_same_title_is_another(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    adapter = REGISTRY[slug].adapter
    first = await adapter.publish(http, account, credentials, _article(hashtags=("launch",)), Notebook())
    second = await adapter.publish(http, account, credentials, _article(hashtags=("launch",)), Notebook())
    assert first.url != second.url


@pytest.mark.parametrize("slug", [*SITES, "substack"])
def test_an_article_needs_a_title(slug: str) -> None:
    for title in (None, "  "):
        assert [(f.field, f.rule) for f in REGISTRY[slug].check(_article(title=title))] == [("title", "required")]


@pytest.mark.parametrize("slug", SITES)
async def test_deleting_twice_is_fine(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, _article(), Notebook())
    delete = REGISTRY[slug].delete
    assert delete is not None
    await delete(http, account, credentials, receipt.remote_id)
    await delete(http, account, credentials, receipt.remote_id)
    assert receipt.remote_id not in {post["remote_id"] for post in sandbox.posts(slug)}


async def test_connecting_wordpress_names_what_is_wrong(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("wordpress")["wordpress"]
    name, _, password = credentials.access_token.partition(":")
    keys = REGISTRY["wordpress"].keys
    assert keys is not None
    fit = {"site": "https://wordpress.example/", "username": name, "password": password}
    (grant,) = await keys.connect(http, fit)
    assert (grant.platform_user_id, grant.host, grant.access_token) == (account.platform_user_id, account.host, credentials.access_token)
    for changes, field in (
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"username": ""}, "username"),
        ({"site": "ghost.example"}, "site"),
        ({"site": "http://wordpress.example"}, "site"),
    ):
        with pytest.raises(Rejected) as refused:
            await keys.connect(http, {**fit, **changes})
        assert refused.value.field == field


async def test_connecting_ghost_names_what_is_wrong(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("ghost")["ghost"]
    keys = REGISTRY["ghost"].keys
    assert keys is not None
    (grant,) = await keys.connect(http, {"site": "ghost.example", "key": credentials.access_token})
    assert (grant.host, grant.access_token) == (account.host, credentials.access_token)
    for given, field in (
        ({"site": "ghost.example", "key": "abc"}, "key"),
        ({"site": "ghost.example", "key": f"{credentials.access_token[:24]}:{'0' * 64}"}, "key"),
        ({"site": "wordpress.example", "key": credentials.access_token}, "site"),
        ({"site": "ghost.example:8080", "key": credentials.access_token}, "site"),
    ):
        with pytest.raises(Rejected) as refused:
            await keys.connect(http, given)
        assert refused.value.field == field


async def test_a_long_description_of_the_cover_is_cut_as_ghost_takes_it(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("ghost")["ghost"]
    post = _article(media=(shelf.image(alt="a" * 500),))
    await REGISTRY["ghost"].adapter.publish(http, account, credentials, post, Notebook())
    assert sandbox.posts("ghost")[0]["media"][0]["alt"] == "a" * 191


async def test_ghost_counts_its_members(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("ghost")["ghost"]
    audience = REGISTRY["ghost"].audience
    assert audience is not None
    assert (await audience(http, account, credentials))["followers"] > 100


def test_ghost_keys_that_are_not_whole_ask_to_connect_again() -> None:
    for key in ("", "abc", "abc:", "abc:xyz", ":00"):
        with pytest.raises(ReauthRequired):
            sign(Credentials(key), 0)


async def test_a_site_below_a_path_is_reached_there() -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(201, json={"id": 7, "link": "https://example.com/blog/on-slow-mail/"})

    account = Account("1", "example.com/blog", "example.com", {"path": "/blog"})
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answer)) as http:
        receipt = await REGISTRY["wordpress"].adapter.publish(http, account, Credentials("alice:pass"), _article(), Notebook())
    assert seen == ["https://example.com/blog/wp-json/wp/v2/posts"]
    assert receipt.url == "https://example.com/blog/on-slow-mail/"
