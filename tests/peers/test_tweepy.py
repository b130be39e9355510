"""tweepy, which speaks X's API v2, against the sandbox and beside our adapter."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.peers.conftest import Sandbox
from tests.platforms.conftest import Notebook

tweepy = pytest.importorskip("tweepy", reason="tweepy is not installed: it is in requirements/dev.txt")


@pytest.fixture
def x(sandbox: Sandbox) -> tuple[tweepy.Client, Account, Credentials]:
    from tests.peers.sessions import session_to

    account, credentials = sandbox.accounts("x")["x"]
    client = tweepy.Client(bearer_token=credentials.access_token)
    client.session = session_to(sandbox.url)
    return client, account, credentials


def test_a_post_is_made_read_listed_and_deleted(x: tuple[tweepy.Client, Account, Credentials]) -> None:
    client, account, _ = x
    words = f"Bread & salt {uuid4().hex[:8]}"
    made = client.create_tweet(text=words, reply_settings="following", user_auth=False).data
    shown = client.get_tweet(made["id"], tweet_fields=["created_at", "public_metrics", "author_id", "conversation_id"]).data
    assert (shown.author_id, str(shown.conversation_id)) == (int(account.platform_user_id), made["id"])
    assert shown.created_at.tzinfo is not None
    assert set(shown.public_metrics) >= {"like_count", "reply_count", "retweet_count", "quote_count"}
    listed = client.get_users_tweets(account.platform_user_id, max_results=5).data
    assert listed[0].id == shown.id
    assert client.delete_tweet(made["id"], user_auth=False).data == {"deleted": True}
    assert client.get_tweet(made["id"]).errors


def test_a_reply_hangs_on_its_post(x: tuple[tweepy.Client, Account, Credentials]) -> None:
    client, _, _ = x
    first = client.create_tweet(text=f"one {uuid4().hex[:8]}", user_auth=False).data["id"]
    second = client.create_tweet(text=f"two {uuid4().hex[:8]}", in_reply_to_tweet_id=first, user_auth=False).data["id"]
    shown = client.get_tweet(second, tweet_fields=["referenced_tweets"]).data
    assert [(each.type, str(each.id)) for each in shown.referenced_tweets] == [("replied_to", first)]


def test_who_i_am(x: tuple[tweepy.Client, Account, Credentials]) -> None:
    client, account, _ = x
    me = client.get_me(user_auth=False, user_fields=["public_metrics", "profile_image_url"]).data
    assert (str(me.id), me.username) == (account.platform_user_id, account.handle)
    assert me.public_metrics["followers_count"] > 0


def test_refusals_are_those_that_tweepy_knows(x: tuple[tweepy.Client, Account, Credentials], sandbox: Sandbox) -> None:
    client, _, _ = x
    words = f"twice {uuid4().hex[:8]}"
    client.create_tweet(text=words, user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text=words, user_auth=False)
    with pytest.raises(tweepy.BadRequest):
        client.create_tweet(text="a" * 281, user_auth=False)
    client.bearer_token = "wrong"
    with pytest.raises(tweepy.Unauthorized):
        client.create_tweet(text="Hello", user_auth=False)


@pytest.mark.anyio
async def test_tweepy_reads_what_our_adapter_posted(x: tuple[tweepy.Client, Account, Credentials], sandbox: Sandbox) -> None:
    client, account, credentials = x
    post = Post(f"Bread {uuid4().hex[:8]} https://example.com/a?b=1&c=2", "post")
    async with make_client(sandbox_url=sandbox.url) as http:
        receipt = await REGISTRY["x"].adapter.publish(http, account, credentials, post, Notebook())
    shown = client.get_tweet(receipt.remote_id, tweet_fields=["entities"]).data
    assert [link["expanded_url"] for link in shown.entities["urls"]] == ["https://example.com/a?b=1&c=2"]
    assert isinstance(http, httpx2.AsyncClient)
