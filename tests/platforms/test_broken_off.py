"""A publisher that is killed at each step at which it keeps a handle: the next try goes on there, and one post lands."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.x import upload as x_upload
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


class Killed(BaseException):
    """What SIGKILL is to a coroutine."""


class Brittle(Notebook):
    """Is killed at the nth write: just before it is on disk, or just after."""

    def __init__(self, remote: dict[str, Any], nth: int, *, written: bool) -> None:
        super().__init__(remote)
        self.left, self.written = nth, written

    def _write(self) -> None:
        self.left -= 1
        if self.left == 0 and not self.written:
            raise Killed
        super()._write()
        if self.left == 0:
            raise Killed


def _carousel(shelf: Shelf) -> tuple[Media, ...]:
    return tuple(shelf.image(f"b{number}.jpg", (1080, 1080)) for number in range(3))


POSTS: dict[str, tuple[str, str, Callable[[Shelf], tuple[Media, ...]]]] = {
    "photos on TikTok": ("tiktok", "photo", _carousel),
    "a video on TikTok": ("tiktok", "video", lambda shelf: (shelf.video(),)),
    "a reel on Facebook": ("facebook", "reel", lambda shelf: (shelf.video(),)),
    "a video on LinkedIn": ("linkedin", "video", lambda shelf: (shelf.video(),)),
    "a video on X": ("x", "video", lambda shelf: (shelf.video(),)),
    "a carousel on Instagram": ("instagram", "carousel", _carousel),
    "a carousel on Threads": ("threads", "carousel", _carousel),
    "a video on YouTube": ("youtube", "video", lambda shelf: (shelf.video(),)),
}


@pytest.fixture
async def counted(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, shelf: Shelf
) -> AsyncIterator[tuple[httpx2.AsyncClient, Counter[str]]]:
    """A client, and how often it asked for what; uploads in four pieces."""
    piece = shelf.video().size // 4 + 1
    monkeypatch.setattr(x_upload, "CHUNK", piece)
    monkeypatch.setattr("postwright.sandbox.linkedin.uploads.PART_SIZE", piece)
    calls: Counter[str] = Counter()
    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: sleep(min(seconds, 0.05)))  # pauses between questions need not be real

    async def note(request: httpx2.Request) -> None:
        path = request.url.path.rstrip("/")
        calls[f"{request.method} {request.url.params.get('action') or path.rsplit('/', 1)[-1]}"] += 1

    async with make_client(sandbox_url=sandbox.url) as http:
        http.event_hooks["request"].append(note)
        yield http, calls


async def _go_on(http: httpx2.AsyncClient, slug: str, who: tuple[Account, Credentials], post: Post, book: Notebook) -> Receipt | None:
    """What the engine does with a try that was broken off: asks where something may have left, sends where that is proven absent.
    None: a person must look."""
    adapter = REGISTRY[slug].adapter
    if {"sending", "confirming"} & set(book.phases):
        for _ in range(20):
            try:
                found = await adapter.find(http, *who, post, book.remote, datetime.now(UTC))
                break
            except OutcomeUnknown:
                await asyncio.sleep(0.05)
        else:
            return None
        if found is not None:
            return found
    return await adapter.publish(http, *who, post, Notebook(dict(book.remote)))


@pytest.mark.parametrize("written", [False, True], ids=["before it is kept", "after it is kept"])
@pytest.mark.parametrize("kind", POSTS)
async def test_one_lands_wherever_the_publisher_is_killed(
    kind: str, written: bool, sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf
) -> None:
    slug, form, media = POSTS[kind]
    who, asked_a_person, nth = sandbox.accounts(slug)[slug], 0, 0
    while True:
        nth += 1
        words = f"Bread {uuid4().hex}"
        post, book = Post(words, form, title=words, media=media(shelf)), Brittle({}, nth, written=written)
        try:
            await REGISTRY[slug].adapter.publish(counted[0], *who, post, book)
        except Killed:
            receipt = await _go_on(counted[0], slug, who, post, book)
        else:
            break
        if receipt is None and not _landed(sandbox, slug, words):  # a person looks, and says: send it again
            await REGISTRY[slug].adapter.publish(counted[0], *who, post, Notebook(dict(book.remote)))
        assert len(_landed(sandbox, slug, words)) == 1, f"killed at write {nth}"
        asked_a_person += receipt is None
    assert nth > 3
    assert kind == "photos on TikTok" or not asked_a_person, "only TikTok has no list, and no id before the announcement"


def _landed(sandbox: Sandbox, slug: str, words: str) -> list[str]:
    return [shown["remote_id"] for shown in sandbox.posts(slug) if words in (shown["text"], shown["title"])]


async def _break_off(http: httpx2.AsyncClient, slug: str, sandbox: Sandbox, post: Post, at: str) -> dict[str, Any]:
    """Publishes until a handle of that name was kept; what is on disk then."""

    class UntilKept(Notebook):
        async def keep(self, **remote_ids: Any) -> None:
            await super().keep(**remote_ids)
            if at in remote_ids:
                raise Killed

    book = UntilKept()
    with pytest.raises(Killed):
        await REGISTRY[slug].adapter.publish(http, *sandbox.accounts(slug)[slug], post, book)
    return book.remote


CAROUSELS = {"instagram": "POST media", "threads": "POST threads"}


@pytest.mark.parametrize("slug", CAROUSELS)
async def test_a_carousel_that_was_broken_off_makes_only_the_items_that_are_missing(
    slug: str, sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf
) -> None:
    http, calls = counted
    post = Post(uuid4().hex, "carousel", media=_carousel(shelf))
    kept = await _break_off(http, slug, sandbox, post, "item_1")
    await REGISTRY[slug].adapter.publish(http, *sandbox.accounts(slug)[slug], post, Notebook(kept))
    assert calls[CAROUSELS[slug]] == 4, "three items and the carousel"


@pytest.mark.parametrize("slug", CAROUSELS)
async def test_items_that_the_platform_no_longer_has_are_made_again(
    slug: str, sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf
) -> None:
    http, calls = counted
    post, before = Post(uuid4().hex, "carousel", media=_carousel(shelf)), len(sandbox.posts(slug))
    await REGISTRY[slug].adapter.publish(http, *sandbox.accounts(slug)[slug], post, Notebook({"item_0": "17000000000000000"}))
    assert (calls[CAROUSELS[slug]], len(sandbox.posts(slug))) == (4, before + 1)


async def test_an_upload_to_x_goes_on_behind_the_last_segment(
    sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf
) -> None:
    http, calls = counted
    post = Post(uuid4().hex, "video", media=(shelf.video(),))
    kept = await _break_off(http, "x", sandbox, post, "media_0_upload_done")
    await REGISTRY["x"].adapter.publish(http, *sandbox.accounts("x")["x"], post, Notebook(kept))
    assert (calls["POST initialize"], calls["POST append"]) == (1, 4)


async def test_an_upload_to_linkedin_goes_on_behind_the_last_part(
    sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf
) -> None:
    http, calls = counted
    post = Post(uuid4().hex, "video", media=(shelf.video(),))
    kept = await _break_off(http, "linkedin", sandbox, post, "media_0_upload_done")
    await REGISTRY["linkedin"].adapter.publish(http, *sandbox.accounts("linkedin")["linkedin"], post, Notebook(kept))
    assert (calls["POST initializeUpload"], sum(calls[f"PUT {number}"] for number in range(4))) == (1, 4)


async def test_addresses_of_linkedin_that_have_expired_are_not_used(
    sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf
) -> None:
    http, calls = counted
    post = Post(uuid4().hex, "video", media=(shelf.video(),))
    kept = await _break_off(http, "linkedin", sandbox, post, "media_0_upload_done")
    kept["media_0_upload"]["until"] = int(datetime.now(UTC).timestamp() * 1000) - 1
    await REGISTRY["linkedin"].adapter.publish(http, *sandbox.accounts("linkedin")["linkedin"], post, Notebook(kept))
    assert (calls["POST initializeUpload"], sum(calls[f"PUT {number}"] for number in range(4))) == (2, 5)


GONE = {
    "x": {"media_0_upload": "1", "media_0_upload_done": 2},
    "linkedin": {"media_0_upload": {"urn": "urn:li:video:gone", "token": "", "parts": [], "until": None}, "media_0_upload_done": ["e"]},
    "facebook": {"video_upload": {"id": "1", "url": "https://rupload.facebook.com/video-upload/v25.0/1"}},
}


@pytest.mark.parametrize("slug", GONE)
async def test_an_upload_that_the_platform_threw_away_is_begun_anew(
    slug: str, sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf
) -> None:
    book = Notebook(GONE[slug] | {f"{name}_at": datetime.now(UTC).isoformat() for name in GONE[slug] if name.endswith("_upload")})
    post = Post(uuid4().hex, "reel" if slug == "facebook" else "video", media=(shelf.video(),))
    receipt = await REGISTRY[slug].adapter.publish(counted[0], *sandbox.accounts(slug)[slug], post, book)
    assert sandbox.posts(slug)[0]["remote_id"] == receipt.remote_id


async def test_a_reel_on_facebook_goes_on_at_the_byte_that_is_missing(
    sandbox: Sandbox, counted: tuple[httpx2.AsyncClient, Counter[str]], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    http, calls = counted
    video = shelf.video()
    half, brought = video.size // 2, list[str]()

    async def note(request: httpx2.Request) -> None:
        if "video-upload" in request.url.path:
            brought.append(request.headers["offset"])

    http.event_hooks["request"].append(note)
    post = Post(uuid4().hex, "reel", media=(video,))
    kept = await _break_off(http, "facebook", sandbox, post, "video_upload")
    who = sandbox.accounts("facebook")["facebook"]
    headers = {"Authorization": f"OAuth {who[1].access_token}", "offset": "0", "file_size": str(video.size)}
    await http.post(kept["video_upload"]["url"], content=video.path.read_bytes()[:half], headers=headers)  # the connection broke here
    await REGISTRY["facebook"].adapter.publish(http, *who, post, Notebook(kept))
    assert (brought, sum(calls[f"POST {end}"] for end in ("video_reels",))) == (["0", str(half)], 2)
