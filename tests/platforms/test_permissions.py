"""A permission that was taken back: the pretend platforms refuse as theirs do, and the person is told which one to give again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from postwright.platforms.errors import Rejected
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf
from tests.platforms.test_throttles import breaks, post_of

__all__ = ["breaks"]
pytestmark = pytest.mark.anyio
# The first call of a publishing, and the scope that it needs.
FIRST = {
    "x": "tweet.write", "linkedin": "w_member_social", "instagram": "instagram_business_content_publish", "facebook": "pages_manage_posts",
    "threads": "threads_content_publish", "tiktok": "video.publish", "youtube": "youtube.upload", "mastodon": "write:statuses",
}  # fmt: skip
SENDS = {
    "x": "POST */2/tweets", "linkedin": "POST */rest/posts", "instagram": "POST */media", "facebook": "POST */feed",
    "threads": "POST */threads", "youtube": "POST */upload/*", "mastodon": "POST */statuses",
}  # fmt: skip


@pytest.fixture
def whole_again(sandbox: Sandbox) -> Iterator[None]:
    """Who asks for an account after that gets a token that may do all again."""
    yield
    for slug in FIRST:
        sandbox.accounts(slug)


@pytest.mark.parametrize("slug", FIRST)
@pytest.mark.usefixtures("whole_again")
async def test_a_missing_permission_is_named_and_is_no_lost_sign_in(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any
) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    before = len(sandbox.posts(slug))
    breaks(slug, "lost_scope", **({"operation": SENDS[slug]} if slug in SENDS else {"operation": "POST */video/init/"}))
    with pytest.raises(Rejected) as caught:
        await REGISTRY[slug].adapter.publish(http, account, credentials, post_of(slug, shelf), Notebook())
    assert (caught.value.field, caught.value.rule) == ("account", "forbidden")
    assert FIRST[slug] in caught.value.message
    assert "connect the account again" in caught.value.message
    assert len(sandbox.posts(slug)) == before
    again, renewed = sandbox.accounts(slug)[slug]
    assert renewed.access_token != credentials.access_token
    await REGISTRY[slug].adapter.publish(http, again, renewed, post_of(slug, shelf), Notebook())
    assert len(sandbox.posts(slug)) == before + 1


async def test_tiktok_is_asked_for_no_permission_to_leave_drafts(sandbox: Sandbox) -> None:
    """Postwright publishes; nothing of it leaves drafts in a creator's inbox."""
    oauth = REGISTRY["tiktok"].oauth
    assert oauth is not None
    assert "video.upload" not in oauth.scopes
    assert set(oauth.scopes) == set(REGISTRY["tiktok"].face.scope_words)
    _, credentials = sandbox.accounts("tiktok")["tiktok"]
    url = f"{sandbox.url}/open.tiktokapis.com/v2/post/publish/inbox/video/init/"
    answer = httpx2.post(url, json={}, headers={"Authorization": f"Bearer {credentials.access_token}"}, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "scope_not_authorized")


@pytest.mark.usefixtures("whole_again")
async def test_figures_that_a_permission_covers_are_absent_without_it(
    sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, breaks: Any
) -> None:
    account, credentials = sandbox.accounts("linkedin")["linkedin"]
    receipt = await REGISTRY["linkedin"].adapter.publish(http, account, credentials, post_of("linkedin", shelf), Notebook())
    breaks("linkedin", "lost_scope", operation="GET */memberCreatorPostAnalytics")
    assert await REGISTRY["linkedin"].adapter.measure(http, account, credentials, receipt.remote_id) == {}
