"""The ways in which platforms take media, one by one: phases, chunks, jobs, containers, documents; and what a new try uses again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from PIL import Image

from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, Rejected
from postwright.platforms.offers import Known
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.rules import Fact
from tests.platforms.conftest import Notebook, Sandbox, Shelf

anyio = pytest.mark.anyio


class Seen:
    """The requests of a client, as (method, path)."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.calls: list[tuple[str, str]] = []
        http.event_hooks = {"request": [self._note], "response": []}

    async def _note(self, request: httpx2.Request) -> None:
        self.calls.append((request.method, request.url.path))

    def count(self, method: str, end: str) -> int:
        return sum(1 for verb, path in self.calls if verb == method and path.endswith(end))


def _pdf(shelf: Shelf) -> Media:
    path = shelf.folder / "menu.pdf"
    Image.new("RGB", (400, 560), "white").save(path, "PDF", save_all=True, append_images=[Image.new("RGB", (400, 560), "grey")])
    return Media("menu.pdf", "document", "application/pdf", path.stat().st_size, 0, 0, None, "", path, f"{shelf.base}/menu.pdf")


def _gif(shelf: Shelf) -> Media:
    path = shelf.folder / "loop.gif"
    frames = [Image.new("P", (240, 240), colour) for colour in (3, 90, 170)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=120, loop=0)
    return Media("loop.gif", "image", "image/gif", path.stat().st_size, 240, 240, None, "A loop", path, f"{shelf.base}/loop.gif")


def _words() -> str:
    return f"Bread {uuid4().hex[:8]}"


async def _publish(sandbox: Sandbox, http: httpx2.AsyncClient, slug: str, post: Post, book: Notebook | None = None) -> dict[str, Any]:
    account, credentials = sandbox.accounts(slug)[slug]
    findings = [*REGISTRY[slug].check(post), *check_options(post, REGISTRY[slug], Known(account.profile))]
    assert [finding for finding in findings if finding.level == "error"] == []
    receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, post, book or Notebook())
    return next(shown for shown in sandbox.posts(slug) if shown["remote_id"] == receipt.remote_id)


@anyio
async def test_a_reel_on_facebook_goes_by_start_upload_and_finish(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    seen = Seen(http)
    shown = await _publish(sandbox, http, "facebook", Post(_words(), "reel", title="Bread", media=(shelf.video(),)))
    assert (shown["kind"], shown["title"]) == ("reel", "Bread")
    assert seen.count("POST", "/video_reels") == 2
    assert sum("/video-upload/" in path for _, path in seen.calls) == 1
    assert seen.count("POST", "/videos") == 0


@anyio
async def test_another_video_on_facebook_is_no_reel(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    assert (await _publish(sandbox, http, "facebook", Post(_words(), "video", media=(shelf.video(),))))["kind"] == "video"


@anyio
@pytest.mark.parametrize("kind", ["image", "video"])
async def test_a_story_on_facebook_and_what_is_known_of_it(kind: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    medium = shelf.image() if kind == "image" else shelf.video()
    post, book, since = Post("", "story", media=(medium,)), Notebook(), datetime.now(UTC)
    shown = await _publish(sandbox, http, "facebook", post, book)
    assert (shown["kind"], [each["kind"] for each in shown["media"]]) == ("story", [kind])
    account, credentials = sandbox.accounts("facebook")["facebook"]
    before_the_answer = {name: value for name, value in book.remote.items() if name != "post"}
    found = await REGISTRY["facebook"].adapter.find(http, account, credentials, post, before_the_answer, since)
    assert found is not None
    assert found.remote_id == shown["remote_id"]


@anyio
@pytest.mark.parametrize("kind", ["reel", "story"])
async def test_a_video_that_was_brought_and_not_finished_is_proven_absent(
    kind: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf
) -> None:
    account, credentials = sandbox.accounts("facebook")["facebook"]
    post, book, since = Post(_words(), kind, media=(shelf.video(),)), Notebook(lose_lease_at="sending"), datetime.now(UTC)
    with pytest.raises(RuntimeError):
        await REGISTRY["facebook"].adapter.publish(http, account, credentials, post, book)
    assert book.remote["video"]
    assert await REGISTRY["facebook"].adapter.find(http, account, credentials, post, book.remote, since) is None


@anyio
@pytest.mark.parametrize("kind", ["image", "video"])
async def test_a_story_on_instagram(kind: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    medium = shelf.image("tall.jpg", (1080, 1920)) if kind == "image" else shelf.video()
    shown = await _publish(sandbox, http, "instagram", Post("", "story", media=(medium,), options={"user_tags": ["dan"]}))
    assert (shown["kind"], shown["extra"]["user_tags"]) == ("story", ["dan"])


@anyio
async def test_a_carousel_on_instagram_mixes_images_and_a_video(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    post = Post(_words(), "carousel", media=(shelf.image(), shelf.video(), shelf.image("second.jpg", (1080, 1080))))
    shown = await _publish(sandbox, http, "instagram", post)
    assert (shown["kind"], [each["kind"] for each in shown["media"]]) == ("carousel", ["image", "video", "image"])


@anyio
async def test_a_reel_on_instagram_with_a_cover_of_its_own(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    cover = shelf.image("cover.jpg", (1080, 1920))
    post = Post(_words(), "reel", media=(cover, shelf.video()), options={"cover": cover.id})
    shown = await _publish(sandbox, http, "instagram", post)
    assert (shown["kind"], [each["kind"] for each in shown["media"]]) == ("reel", ["video"])
    assert shown["extra"]["cover"]


@anyio
async def test_a_document_on_linkedin(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    seen, post = Seen(http), Post(_words(), "document", media=(_pdf(shelf),), options={"document_title": "The menu"})
    shown = await _publish(sandbox, http, "linkedin", post)
    assert (shown["kind"], shown["title"], [each["mime"] for each in shown["media"]]) == ("document", "The menu", ["application/pdf"])
    assert seen.count("POST", "/rest/documents") == 1


@anyio
async def test_several_images_on_linkedin_keep_their_words(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    post = Post(_words(), "carousel", media=tuple(shelf.image(f"l{n}.jpg", (600, 600), alt=f"Loaf {n}") for n in range(3)))
    shown = await _publish(sandbox, http, "linkedin", post)
    assert [each["alt"] for each in shown["media"]] == ["Loaf 0", "Loaf 1", "Loaf 2"]


@anyio
async def test_a_gif_on_x_is_processed_before_it_is_used(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    seen = Seen(http)
    shown = await _publish(sandbox, http, "x", Post(_words(), "image", media=(_gif(shelf),)))
    assert [(each["mime"], each["alt"]) for each in shown["media"]] == [("image/gif", "A loop")]
    assert seen.count("GET", "/2/media/upload") >= 1


@anyio
async def test_mastodon_takes_a_medium_and_is_asked_until_it_is_ready(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    seen = Seen(http)
    await _publish(sandbox, http, "mastodon", Post(_words(), "video", media=(shelf.video(),)))
    assert seen.count("POST", "/api/v2/media") == 1
    assert sum(method == "GET" and "/api/v1/media/" in path for method, path in seen.calls) >= 2


@anyio
async def test_a_video_on_bluesky_goes_through_its_service(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    seen, book = Seen(http), Notebook()
    await _publish(sandbox, http, "bluesky", Post(_words(), "video", media=(shelf.video(),)), book)
    assert seen.count("POST", "/xrpc/app.bsky.video.uploadVideo") == 1
    assert seen.count("GET", "/xrpc/app.bsky.video.getJobStatus") >= 1
    again = Seen(http)
    job = {name: value for name, value in book.remote.items() if name.startswith("video_job")}
    await _publish(sandbox, http, "bluesky", Post(_words(), "video", media=(shelf.video(),)), Notebook(job))
    assert again.count("POST", "app.bsky.video.uploadVideo") == 0


@anyio
async def test_photos_on_tiktok_are_pulled_in_order(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    photos = tuple(shelf.image(f"t{n}.jpg", (720 + n, 1280)) for n in range(3))
    shown = await _publish(sandbox, http, "tiktok", Post(_words(), "photo", title="Three", media=photos))
    assert [each["width"] for each in shown["media"]] == [720, 721, 722]
    assert (shown["kind"], shown["title"]) == ("carousel", "Three")


@anyio
async def test_a_container_that_instagram_no_longer_has_is_made_again(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    """Of an earlier try, thrown away after a day: brought again, posted once."""
    post, before = Post(_words(), "feed", media=(shelf.image(),)), len(sandbox.posts("instagram"))
    await _publish(sandbox, http, "instagram", post, Notebook({"container": "17000000000000000"}))
    assert len(sandbox.posts("instagram")) == before + 1


@anyio
async def test_a_container_that_was_published_is_never_made_again(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    post, book = Post(_words(), "feed", media=(shelf.image(),)), Notebook()
    await _publish(sandbox, http, "instagram", post, book)
    account, credentials = sandbox.accounts("instagram")["instagram"]
    with pytest.raises(OutcomeUnknown):
        await REGISTRY["instagram"].adapter.publish(http, account, credentials, post, Notebook({"container": book.remote["container"]}))


@anyio
async def test_a_company_page_on_linkedin_speaks_for_itself(http: httpx2.AsyncClient, shelf: Shelf) -> None:
    """The author is the page, and everyone may see it, whatever a member chose."""
    said: list[dict[str, Any]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        said.append(json.loads(request.content))
        return httpx2.Response(201, headers={"x-restli-id": "urn:li:share:7"})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        page = Account("urn:li:organization:42", "Juniper")
        post = Post("Hello", "post", options={"visibility": "CONNECTIONS"})
        await REGISTRY["linkedin"].adapter.publish(client, page, Credentials("t"), post, Notebook())
    assert [(each["author"], each["visibility"]) for each in said] == [("urn:li:organization:42", "PUBLIC")]


@pytest.mark.parametrize("slug", REGISTRY)
def test_every_fact_is_dated_and_sourced(slug: str) -> None:
    facts: dict[str, Fact] = import_module(f"postwright.platforms.{slug}.limits").FACTS
    assert facts
    for name, fact in facts.items():
        assert fact.source.startswith("https://"), name
        assert date(2026, 11, 1) <= fact.checked_on <= datetime.now(UTC).date() + timedelta(days=1), name


def test_the_version_of_linkedin_is_changed_long_before_it_dies() -> None:
    version = import_module("postwright.platforms.linkedin.limits").FACTS["version"]
    assert version.sunset is not None
    assert version.sunset - version.checked_on > timedelta(days=180)


@anyio
async def test_a_sunset_version_names_the_version_to_change(
    sandbox: Sandbox, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LinkedIn answers 426; the message names the version that Postwright speaks."""
    monkeypatch.setattr("postwright.platforms.linkedin.answers.VERSION", "202401")
    account, credentials = sandbox.accounts("linkedin")["linkedin"]
    with pytest.raises(Rejected) as refused:
        await REGISTRY["linkedin"].adapter.publish(http, account, credentials, Post(_words(), "post"), Notebook())
    assert (refused.value.field, refused.value.rule) == ("platform", "api_version")
    assert "202401" in refused.value.message
