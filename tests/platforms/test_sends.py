"""The sandbox knows the calls that make posts public: those and no others are struck where a fault names no operation.

A platform that is added to the registry is held to it at once.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from uuid import uuid4

import httpx2
import pytest

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import poll
from postwright.platforms.errors import OutcomeUnknown, Rejected, Transient
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.sandbox.faults import SENDS, is_meant
from tests.platforms.conftest import KEY, WORKSPACE, Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
BY_HAND = {"substack"}
ASKS_AGAIN = {"webhook"}  # under the same id: a receiver takes that once
SENDING = [slug for slug in REGISTRY if slug not in BY_HAND]
SHAPES = [
    *((slug, "default") for slug in SENDING), *((slug, "image") for slug in SENDING if "image" in REGISTRY[slug].rules.accepts),
    *((slug, "video") for slug in SENDING), ("facebook", "reel"), ("facebook", "story"), ("facebook", "photo story"),
    *((slug, "two images") for slug in SENDING if REGISTRY[slug].rules.max_images > 1 and "image" in REGISTRY[slug].rules.accepts),
]  # fmt: skip


@dataclass
class Watch:
    """Every request of a publish that changes something, and whether it is the one that the adapter says sends."""

    book: Notebook
    seen: list[tuple[str, str, bool]]
    sends: int = 0

    async def note(self, request: httpx2.Request) -> None:
        if request.method == "GET":
            return
        host, path, query = request.url.host, request.url.path, request.url.query.decode()
        sends = self.book.phases[-1:] == ["sending"] and self.sends < self.book.phases.count("sending")
        self.sends += sends
        self.seen.append((f"{request.method} /{host}{path}", query, sends))


def _post(slug: str, shape: str, shelf: Shelf) -> Post:
    rules = REGISTRY[slug].rules
    needed = {None: (), "image": (shelf.image(),), "video": (shelf.video(),)}[None if rules.needs == "document" else rules.needs]
    media = {
        "default": needed, "image": (shelf.image(),), "photo story": (shelf.image(),), "video": (shelf.video(),), "reel": (shelf.video(),),
        "story": (shelf.video(),), "two images": (shelf.image(), shelf.image("second.jpg", (1080, 1080))),
    }[shape]  # fmt: skip
    wanted = {"reel": "reel", "story": "story", "photo story": "story"}.get(shape, rules.default_format)
    text = "" if wanted == "story" else f"Gulls on {slug} {uuid4().hex}"
    return Post(text, wanted, title="A title" if rules.title_limit else None, media=media)


def _account(sandbox: Sandbox, slug: str) -> tuple[Account, Credentials]:
    account, credentials = sandbox.accounts(slug)[slug]
    chosen = {"privacy_level": "PUBLIC_TO_EVERYONE"} if slug == "tiktok" else {}
    return replace(account, profile={**account.profile, **chosen}), credentials


def test_every_platform_that_sends_says_how() -> None:
    assert set(SENDS) == set(SENDING)


@pytest.mark.parametrize("slug", sorted(BY_HAND))
async def test_who_is_left_out_sends_nothing(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    with pytest.raises(Rejected) as refused:
        await REGISTRY[slug].adapter.publish(http, account, credentials, Post("Hello", "post", title="Hello"), Notebook())
    assert refused.value.rule == "hand_off"


@pytest.mark.parametrize(("slug", "shape"), SHAPES)
async def test_the_sends_are_those_of_the_adapter(slug: str, shape: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = _account(sandbox, slug)
    watch = Watch(Notebook(), [])
    watching = httpx2.AsyncClient(transport=http._transport, event_hooks={"request": [watch.note]}, timeout=20)
    await REGISTRY[slug].adapter.publish(watching, account, credentials, _post(slug, shape, shelf), watch.book)
    assert watch.sends == 1
    for operation, query, sends in watch.seen:
        assert any(is_meant(operation, query, pattern) for pattern in SENDS[slug]) is sends, operation


@pytest.mark.parametrize("slug", SENDING)
async def test_a_lost_answer_is_the_answer_to_what_landed(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    """Lost after it landed, asked for by platform alone: it is there, and the adapter cannot know."""
    account, credentials = _account(sandbox, slug)
    before = len(sandbox.posts(slug))
    _admin(sandbox, "POST", json={"platform": slug, "kind": "cut_after"})
    try:
        with pytest.raises(_unknown(slug)):
            await REGISTRY[slug].adapter.publish(http, account, credentials, _post(slug, "default", shelf), Notebook())
    finally:
        assert _admin(sandbox, "DELETE").json() == {"removed": 1}
    assert await poll(lambda: _landed(sandbox, slug, before), within=10) == before + 1  # some work on a video first


@pytest.mark.parametrize("slug", SENDING)
async def test_a_fault_of_a_workspace_strikes_its_own_posts_and_nobody_elses(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf
) -> None:
    account, credentials = _account(sandbox, slug)
    adapter = REGISTRY[slug].adapter
    for workspace in (str(uuid4()), WORKSPACE):
        _admin(sandbox, "POST", json={"platform": slug, "kind": "cut_after", "workspace": workspace})
        with pytest.raises(_unknown(slug)) if workspace == WORKSPACE else nullcontext():
            await adapter.publish(http, account, credentials, _post(slug, "default", shelf), Notebook())
        struck = [each["struck"] for each in _admin(sandbox, "GET", params={"workspace": workspace}).json()["faults"]]
        assert struck == [1 if workspace == WORKSPACE else 0]
        assert _admin(sandbox, "DELETE", params={"workspace": str(uuid4())}).json() == {"removed": 0}
        assert _admin(sandbox, "DELETE", params={"workspace": workspace}).json() == {"removed": 1}


def _unknown(slug: str) -> type[Exception]:
    return Transient if slug in ASKS_AGAIN else OutcomeUnknown


async def _landed(sandbox: Sandbox, slug: str, before: int) -> int | None:
    count = len(sandbox.posts(slug))
    return count if count > before else None


def _admin(sandbox: Sandbox, method: str, **request: object) -> httpx2.Response:
    address = f"{sandbox.url}/_sandbox/faults"
    return httpx2.request(method, address, headers={"X-Sandbox-Key": KEY}, trust_env=False, **request)  # type: ignore[arg-type]
