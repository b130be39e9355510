"""What may be done once a post is out, over the registry: comment on it once, take it down, count the followers."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, Rejected, Transient
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
EIGHT = ("youtube", "tiktok", "instagram", "x", "linkedin", "facebook", "bluesky", "mastodon")
COUNTED = [
    slug for slug, platform in REGISTRY.items() if platform.audience and slug not in ("discord", "wordpress")
]  # a channel tells its members only to a bot; of an author WordPress tells the articles (tests/platforms/test_contract.py)
READS_FIRST = ("bluesky", "mastodon", "threads")  # the post, or a container, before anything is written
COMMENTABLE = [slug for slug, platform in REGISTRY.items() if platform.comment]
DELETABLE = [slug for slug, platform in REGISTRY.items() if platform.delete]


async def _out(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, slug: str) -> tuple[Account, Credentials, str]:
    account, credentials = sandbox.accounts(slug)[slug]
    needs = REGISTRY[slug].rules.needs
    media = () if needs is None else (shelf.video(),) if needs == "video" else (shelf.image(),)
    post = Post(f"Bread {uuid4().hex[:8]}", REGISTRY[slug].rules.default_format, title="Bread", media=media)
    receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, post, Notebook())
    return account, credentials, receipt.remote_id


def test_only_tiktok_lets_no_program_comment_or_delete() -> None:
    assert set(EIGHT) - set(COMMENTABLE) == set(EIGHT) - set(DELETABLE) == {"tiktok"}
    assert all((platform.comment is None) == (platform.find_comment is None) for platform in REGISTRY.values())
    for slug in set(REGISTRY) - set(COMMENTABLE):
        post = Post("a", REGISTRY[slug].rules.default_format, options={"first_comment": "b"})
        (finding,) = [each for each in check_options(post, REGISTRY[slug]) if each.field == "options.first_comment"]
        assert (finding.rule, finding.level) == ("first_comment", "warning")


@pytest.mark.parametrize("slug", COMMENTABLE)
async def test_a_comment_is_found_by_its_words_and_only_then(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    platform, (account, credentials, remote_id) = REGISTRY[slug], await _out(sandbox, http, shelf, slug)
    assert platform.comment
    assert platform.find_comment
    words = f"The recipe & all: https://example.com/r?a=1 {uuid4().hex[:8]}"
    assert await platform.find_comment(http, account, credentials, remote_id, words) is None
    made = await platform.comment(http, account, credentials, remote_id, words)
    assert await platform.find_comment(http, account, credentials, remote_id, words) == made
    assert await platform.find_comment(http, account, credentials, remote_id, f"{words} and more") is None
    shown = next(shown for shown in sandbox.posts(slug) if shown["remote_id"] == remote_id)
    assert [part["text"] for part in shown["parts"] if part["remote_id"] != remote_id] == [words]


@pytest.mark.parametrize("slug", DELETABLE)
async def test_a_post_is_taken_down_and_taking_it_down_again_is_fine(
    slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf
) -> None:
    platform, (account, credentials, remote_id) = REGISTRY[slug], await _out(sandbox, http, shelf, slug)
    assert platform.delete
    await platform.delete(http, account, credentials, remote_id)
    assert remote_id not in [shown["remote_id"] for shown in sandbox.posts(slug)]
    await platform.delete(http, account, credentials, remote_id)


@pytest.mark.parametrize("slug", COUNTED)
async def test_accounts_tell_their_followers(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    platform, (account, credentials) = REGISTRY[slug], sandbox.accounts(slug)[slug]
    assert platform.audience
    told = await platform.audience(http, account, credentials)
    assert set(told) <= {"followers", "following", "posts", "views"}
    assert told["followers"] >= 180


@pytest.mark.parametrize("slug", COMMENTABLE)
async def test_a_comment_without_an_answer_may_be_there(slug: str) -> None:
    """Where something is read or prepared first, silence there proves that nothing was sent."""

    def silent(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("slow", request=request)

    comment, find = REGISTRY[slug].comment, REGISTRY[slug].find_comment
    assert comment
    assert find
    account = Account("42", "alice@mastodon.example", "mastodon.example")
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(silent)) as http:
        with pytest.raises(Transient if slug in READS_FIRST else OutcomeUnknown):
            await comment(http, account, Credentials("t"), "7", "Hello")
        with pytest.raises(OutcomeUnknown):
            await find(http, account, Credentials("t"), "7", "Hello")


async def test_a_comment_that_is_too_long_names_the_comment(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials, remote_id = await _out(sandbox, http, shelf, "x")
    comment = REGISTRY["x"].comment
    assert comment
    with pytest.raises(Rejected) as refused:
        await comment(http, account, credentials, remote_id, "a" * 281)
    assert (refused.value.field, refused.value.rule) == ("options.first_comment", "length")


async def test_a_video_for_kids_takes_no_comment(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("youtube")["youtube"]
    post = Post("Bread", "video", title="Bread", media=(shelf.video(),), options={"made_for_kids": "true"})
    receipt = await REGISTRY["youtube"].adapter.publish(http, account, credentials, post, Notebook())
    comment = REGISTRY["youtube"].comment
    assert comment
    with pytest.raises(Rejected) as refused:
        await comment(http, account, credentials, receipt.remote_id, "Hello")
    assert refused.value.rule == "comments_off"
