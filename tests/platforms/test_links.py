"""The id by which the API knows a post, from the link that a person sees: without it there are no figures, comments and deleting."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from postwright.platforms.account import Account
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

BLUESKY = Account("did:plc:alice", "alice.bsky.social", "bsky.social")
MASTODON = Account("42", "@alice@mastodon.example", "mastodon.example")
FACEBOOK = Account("4200000", "juniper")
KEY = "3l4abcdefgh2x"
LINKS = [
    ("bluesky", BLUESKY, f"https://bsky.app/profile/alice.bsky.social/post/{KEY}", f"at://did:plc:alice/app.bsky.feed.post/{KEY}"),
    ("bluesky", BLUESKY, f"https://bsky.app/profile/did:plc:alice/post/{KEY}?ref=x", f"at://did:plc:alice/app.bsky.feed.post/{KEY}"),
    ("bluesky", BLUESKY, f"https://bsky.app/profile/did:plc:mallory/post/{KEY}", None),
    ("bluesky", BLUESKY, f"https://evil.example/profile/alice.bsky.social/post/{KEY}", None),
    ("bluesky", BLUESKY, "https://bsky.app/profile/alice.bsky.social", None),
    ("mastodon", MASTODON, "https://mastodon.example/@alice/113000000000000001", "113000000000000001"),
    ("mastodon", MASTODON, "https://Mastodon.example/users/alice/statuses/113000000000000001", "113000000000000001"),
    ("mastodon", MASTODON, "https://other.example/@alice@mastodon.example/99", None),
    ("mastodon", MASTODON, "https://other.example/@alice/99", None),
    ("mastodon", MASTODON, "https://mastodon.example/@alice", None),
    ("facebook", FACEBOOK, "https://www.facebook.com/juniper/posts/122101234567890", "4200000_122101234567890"),
    ("facebook", FACEBOOK, "https://www.facebook.com/4200000_122101234567890", "4200000_122101234567890"),
    ("facebook", FACEBOOK, "https://www.facebook.com/permalink.php?story_fbid=122101234567890&id=4200000", "4200000_122101234567890"),
    ("facebook", FACEBOOK, "https://www.facebook.com/reel/987654321012345/", "987654321012345"),
    ("facebook", FACEBOOK, "https://www.facebook.com/juniper/videos/987654321012345", "987654321012345"),
    ("facebook", FACEBOOK, "https://www.facebook.com/juniper/posts/pfbid02abcDEF", None),
    ("facebook", FACEBOOK, "https://www.facebook.com/permalink.php?story_fbid=pfbid02abc&id=4200000", None),
]


@pytest.mark.parametrize(("slug", "account", "link", "known"), LINKS, ids=[link for _, _, link, _ in LINKS])
def test_the_id_in_a_link(slug: str, account: Account, link: str, known: str | None) -> None:
    post_at = REGISTRY[slug].post_at
    assert post_at is not None
    assert post_at(account, link) == known


@pytest.mark.anyio
@pytest.mark.parametrize("slug", ["bluesky", "mastodon", "facebook"])
async def test_the_address_that_publishing_tells_leads_back_to_the_id(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf
) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, Post(uuid4().hex, "post"), Notebook())
    post_at = REGISTRY[slug].post_at
    assert post_at is not None
    assert post_at(account, receipt.url) == receipt.remote_id


@pytest.mark.anyio
@pytest.mark.parametrize("slug", ["instagram", "threads"])
async def test_a_code_that_is_no_id_is_looked_up_in_the_list(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    find_link = REGISTRY[slug].find_link
    assert find_link is not None
    made = [
        await REGISTRY[slug].adapter.publish(http, account, credentials, Post(uuid4().hex, "image", media=(shelf.image(),)), Notebook())
        for _ in range(2)
    ]
    assert [await find_link(http, account, credentials, each.url) for each in made] == [each.remote_id for each in made]
    assert await find_link(http, account, credentials, f"{made[0].url.rstrip('/')}/?igsh=abc") == made[0].remote_id
    assert await find_link(http, account, credentials, "https://www.instagram.com/p/AAAAAAAAAAA/") is None
    assert await find_link(http, account, credentials, "https://www.instagram.com/alice/") is None
