"""The sandbox copy of a post shows it as its platform would: words, pictures, labels, warnings, the first comment."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from postwright.db.instance import sandbox_key, sandbox_port
from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook
from tests.web.conftest import ARTIFACTS, Open, Site

COLOURS = ("#7a4b2a", "#c9a36a", "#33524a", "#8d3b3b", "#2f4f7f")


def _images(folder: Path, count: int) -> tuple[Media, ...]:
    made = []
    for number in range(count):
        path = folder / f"loaf{number}.jpg"
        Image.new("RGB", (900, 900), COLOURS[number]).save(path)
        made.append(Media(path.name, "image", "image/jpeg", path.stat().st_size, 900, 900, None, f"Loaf {number + 1}", path, ""))
    return tuple(made)


def _publish(site: Site, workspace: str, slug: str, post: Post, comment: str | None = None) -> str:
    """Publishes by our adapter to the sandbox of the running site; the path of the copy."""
    origin = f"http://127.0.0.1:{sandbox_port(site.home)}"

    async def send() -> str:
        async with make_client(sandbox_url=origin) as http:
            answer = await http.post(
                f"{origin}/_sandbox/accounts",
                json={"workspace": workspace, "platforms": [slug]},
                headers={"X-Sandbox-Key": sandbox_key(site.home)},
            )
            told = answer.json()["accounts"][0]
            account = Account(told["platform_user_id"], told["handle"], told["host"], told["profile"])
            credentials = Credentials(told["access_token"], told["refresh_token"])
            receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, post, Notebook())
            if comment and (write := REGISTRY[slug].comment):
                await write(http, account, credentials, receipt.remote_id, comment)
            return f"/sandbox/{slug}/{receipt.remote_id}"

    with ThreadPoolExecutor(1) as beside:  # the browser has the loop of this thread
        return beside.submit(lambda: asyncio.run(send())).result(60)


def _workspace(open_page: Open, slug: str) -> str:
    """The demonstration's workspace, with an account on the platform."""
    page = open_page()
    asked = """async (slug) => (await fetch("/api/v1/accounts/sandbox", {method: "POST", headers: {"content-type": "application/json",
        ...JSON.parse(document.body.getAttribute("hx-headers"))}, body: JSON.stringify({platforms: [slug]})})).status"""
    assert page.evaluate(asked, slug) in (200, 201)
    return str(page.request.get("/api/v1/workspaces").json()["items"][0]["id"])


SHOWN = {  # platform: format, images, options, comment; what a reader sees
    "x": ("image", 3, {"reply_settings": "following", "made_with_ai": True}, None, ["Replies: Accounts you follow", "Made with AI"]),
    "linkedin": ("carousel", 3, {"visibility": "CONNECTIONS"}, "The recipe is here.", ["Connections only", "The recipe is here."]),
    "facebook": ("carousel", 5, {"place": "12345"}, "Come by on Saturday.", ["Place 12345", "Come by on Saturday."]),
    "bluesky": (
        "image",
        2,
        {"labels": ["graphic-media"], "who_may_reply": "nobody", "langs": ["en"]},
        None,
        ["Replies off", "Graphic media"],
    ),
    "mastodon": ("image", 1, {"visibility": "unlisted", "spoiler_text": "Food"}, None, ["Quiet public", "Food"]),
}


@pytest.mark.parametrize(("slug", "width"), [*((slug, 1440) for slug in SHOWN), ("facebook", 390)])
def test_a_copy_shows_what_readers_see(slug: str, width: int, site: Site, open_page: Open, tmp_path: Path) -> None:
    kind, count, options, comment, told = SHOWN[slug]
    words = f"Bread takes a night. The rest is patience. {slug} at {width}"
    post = Post(words, kind, media=_images(tmp_path, count), options=options)
    page = open_page(_publish(site, _workspace(open_page, slug), slug, post, comment), width=width)
    for text in told:
        assert page.get_by_text(text).first.is_visible()
    for warning in page.locator(".copy-warning > summary").all():
        assert page.get_by_text(words, exact=True).first.is_visible() == (slug != "mastodon")
        assert not page.locator(".copy-media").is_visible()
        warning.click()
    assert page.get_by_text(words, exact=True).first.is_visible()
    assert page.locator(".copy-media img").count() == count
    assert [each.get_attribute("alt") for each in page.locator(".copy-media img").all()] == [f"Loaf {n + 1}" for n in range(count)]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"copy-{slug}-{width}.png", full_page=True)
