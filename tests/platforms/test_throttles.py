"""What each adapter makes of its own platform's words for "no more for now", which the sandbox says when it is asked to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from postwright.platforms.errors import PlatformError, QuotaExhausted, Rejected, Transient, Unpaid
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import KEY, Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
ALL = [slug for slug in REGISTRY if slug != "substack"]
HOUR, DAY = 3600, 86_400
# Seconds that an adapter waits when a platform says 200: Meta counts minutes; TikTok and YouTube tell none.
WAITS = {"instagram": 240, "facebook": 240, "threads": 240, "tiktok": 60, "youtube": 60}


@pytest.fixture
def breaks(sandbox: Sandbox) -> Iterator[Any]:
    def break_next(slug: str, kind: str, **more: Any) -> None:
        answer = _admin(sandbox, "POST", {"platform": slug, "kind": kind, **more})
        assert answer.status_code == 201, answer.text

    yield break_next
    _admin(sandbox, "DELETE")


def _admin(sandbox: Sandbox, method: str, body: dict[str, Any] | None = None) -> httpx2.Response:
    return httpx2.request(method, f"{sandbox.url}/_sandbox/faults", json=body, headers={"X-Sandbox-Key": KEY}, trust_env=False)


async def _refused(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, slug: str) -> PlatformError:
    """The error of a post that the platform does not take; nothing is out."""
    before = len(sandbox.posts(slug))
    account, credentials = sandbox.accounts(slug)[slug]
    with pytest.raises(PlatformError) as caught:
        await REGISTRY[slug].adapter.publish(http, account, credentials, post_of(slug, shelf), Notebook())
    assert len(sandbox.posts(slug)) == before
    return caught.value


def post_of(slug: str, shelf: Shelf) -> Post:
    rules = REGISTRY[slug].rules
    media: tuple[Media, ...] = (shelf.video(),) if rules.needs == "video" else (shelf.image(),) if rules.needs else ()
    return Post(f"Hello {uuid4().hex}", rules.default_format, title="A title" if rules.title_limit else None, media=media)


@pytest.mark.parametrize("slug", ALL)
async def test_too_many_calls_wait_as_long_as_the_platform_says(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any
) -> None:
    breaks(slug, "429", seconds=200)
    error = await _refused(sandbox, http, shelf, slug)
    assert isinstance(error, QuotaExhausted | Transient), error
    waits = error.wait if isinstance(error, QuotaExhausted) else error.retry_after
    assert waits == pytest.approx(WAITS.get(slug, 200), abs=4)


@pytest.mark.parametrize("slug", sorted(WAITS))
async def test_a_gateway_before_a_platform_may_ask_for_less(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any
) -> None:
    breaks(slug, "429", seconds=2)
    error = await _refused(sandbox, http, shelf, slug)
    assert isinstance(error, QuotaExhausted)
    assert error.wait == 2


@pytest.mark.parametrize("slug", ALL)
async def test_too_many_calls_without_a_time_are_still_no_refusal_of_the_post(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any
) -> None:
    breaks(slug, "429_bare")
    assert isinstance(await _refused(sandbox, http, shelf, slug), QuotaExhausted | Transient)


@pytest.mark.parametrize(
    ("slug", "least", "most"),
    [("x", 1_795, 1_802), ("linkedin", 0, DAY), ("instagram", DAY, DAY), ("threads", DAY, DAY),
     ("tiktok", DAY, DAY), ("youtube", 0, DAY)],
)  # fmt: skip
async def test_a_day_that_is_used_up_waits_for_the_next(
    slug: str, least: float, most: float, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any
) -> None:
    breaks(slug, "quota", seconds=1_800)
    error = await _refused(sandbox, http, shelf, slug)
    assert isinstance(error, QuotaExhausted), error
    assert error.wait is not None
    assert least <= error.wait <= most


async def test_what_x_wants_paid_is_for_who_runs_the_server(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any) -> None:
    breaks("x", "unpaid")
    error = await _refused(sandbox, http, shelf, "x")
    assert isinstance(error, Unpaid)
    assert "Whoever runs the server has to buy more at X" in error.message
    assert error.wait == HOUR


@pytest.mark.parametrize("slug", ["x", "linkedin", "facebook"])
async def test_a_duplicate_is_refused_in_the_platform_s_words(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any
) -> None:
    breaks(slug, "duplicate")
    error = await _refused(sandbox, http, shelf, slug)
    assert isinstance(error, Rejected)
    assert (error.field, error.rule) == ("text", "duplicate")


@pytest.mark.parametrize(("slug", "kind"), [("mastodon", "quota"), ("telegram", "unpaid")])
async def test_no_platform_is_made_to_say_what_it_never_says(slug: str, kind: str, sandbox: Sandbox) -> None:
    assert _admin(sandbox, "POST", {"platform": slug, "kind": kind}).status_code == 422
