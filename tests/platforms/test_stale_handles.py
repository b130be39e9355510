"""A handle that an earlier try left never answers for a later one: taken for proof, it would put the post out twice or lose it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, QuotaExhausted
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Shelf

pytestmark = pytest.mark.anyio
ACCOUNT = Account("42", "alice", profile={"privacy_level": "PUBLIC_TO_EVERYONE", "music_consent": True, "made_for_kids": "false"})
CREDENTIALS = Credentials("token-of-alice")
NOW = datetime.now(UTC)
OK = {"error": {"code": "ok"}}


def _client(answer: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.AsyncClient:
    return make_client(sandbox_url=None, transport=httpx2.MockTransport(answer))


class TikTok:
    """Has one publish_id, `A`, of which it says FAILED; announcing photos goes as `announced` says."""

    def __init__(self, announced: Callable[[httpx2.Request], httpx2.Response]) -> None:
        self.announced, self.landed = announced, 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("creator_info/query/"):
            return httpx2.Response(200, json={"data": {"privacy_level_options": ["PUBLIC_TO_EVERYONE"]}, **OK})
        if request.url.path.endswith("status/fetch/"):
            assert json.loads(request.content)["publish_id"] == "A"
            return httpx2.Response(200, json={"data": {"status": "FAILED", "fail_reason": "photo_pull_failed"}, **OK})
        self.landed += 1
        return self.announced(request)


async def test_photos_whose_announcement_was_lost_are_not_announced_again_by_the_word_on_an_earlier_one(shelf: Shelf) -> None:
    """TikTok says that the try before failed. That is no proof about this one, which may have landed."""

    def lost(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("the answer was lost", request=request)

    tiktok, adapter = TikTok(lost), REGISTRY["tiktok"].adapter
    post, book = Post("Hello", "photo", media=(shelf.image(),)), Notebook({"publish_id": "A", "announcing": False})
    async with _client(tiktok) as http:
        with pytest.raises(OutcomeUnknown):
            await adapter.publish(http, ACCOUNT, CREDENTIALS, post, book)
        for _ in range(2):
            with pytest.raises(OutcomeUnknown, match="may have taken"):
                await adapter.find(http, ACCOUNT, CREDENTIALS, post, book.remote, NOW)
    assert (tiktok.landed, book.remote["publish_id"]) == (1, None)


async def test_an_announcement_that_was_refused_leaves_no_doubt(shelf: Shelf) -> None:
    tiktok = TikTok(lambda _: httpx2.Response(429, json={"error": {"code": "rate_limit_exceeded"}}))
    post, book = Post("Hello", "photo", media=(shelf.image(),)), Notebook()
    async with _client(tiktok) as http:
        with pytest.raises(QuotaExhausted):
            await REGISTRY["tiktok"].adapter.publish(http, ACCOUNT, CREDENTIALS, post, book)
        assert await REGISTRY["tiktok"].adapter.find(http, ACCOUNT, CREDENTIALS, post, book.remote, NOW) is None


async def test_a_video_on_facebook_is_not_looked_up_by_an_earlier_one(shelf: Shelf) -> None:
    """The earlier video came out under a post of its own, or failed: it says nothing about the one whose answer was lost."""
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            raise httpx2.ReadError("the answer was lost", request=request)
        asked.append(request.url.path)
        return httpx2.Response(200, json={"data": []} if "published_posts" in request.url.path else {"post_id": "42_1"})

    adapter, post, book = REGISTRY["facebook"].adapter, Post("Hello", "video", media=(shelf.video(),)), Notebook({"video": "7"})
    async with _client(answer) as http:
        with pytest.raises(OutcomeUnknown):
            await adapter.publish(http, ACCOUNT, CREDENTIALS, post, book)
        with pytest.raises(OutcomeUnknown):
            await adapter.find(http, ACCOUNT, CREDENTIALS, post, book.remote, NOW)
    assert [path.rsplit("/", 1)[-1] for path in asked] == ["published_posts"]


def _uploads(*listed: dict[str, Any]) -> Callable[[httpx2.Request], httpx2.Response]:
    """A YouTube that forgot the session and lists these uploads."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "PUT":
            return httpx2.Response(404, json={"error": {"errors": [{"reason": "notFound"}]}})
        if request.url.path.endswith("/channels"):
            return httpx2.Response(200, json={"items": [{"contentDetails": {"relatedPlaylists": {"uploads": "UU"}}}]})
        if request.url.path.endswith("/videos"):
            return httpx2.Response(200, json={"items": [{"status": {"uploadStatus": "processed"}}]})
        return httpx2.Response(200, json={"items": [{"snippet": each} for each in listed]})

    return answer


def _upload(title: str, at: datetime) -> dict[str, Any]:
    return {"title": title, "description": "d", "publishedAt": at.isoformat(), "resourceId": {"videoId": "v7"}}


async def _look(shelf: Shelf, *listed: dict[str, Any]) -> Any:
    post, remote = Post("d", "video", title="Weekly", media=(shelf.video(),)), {"session": "https://www.googleapis.com/upload/x"}
    async with _client(_uploads(*listed)) as http:
        return await REGISTRY["youtube"].adapter.find(http, ACCOUNT, CREDENTIALS, post, remote, NOW)


async def test_an_upload_of_the_day_before_is_not_taken_for_ours_at_youtube(shelf: Shelf) -> None:
    """Of a weekly with the same words: taking it for ours would lose the post."""
    assert await _look(shelf, _upload("Weekly", NOW - timedelta(hours=23))) is None
    with pytest.raises(OutcomeUnknown, match="a little older"):
        await _look(shelf, _upload("Weekly", NOW - timedelta(minutes=50)))
    assert (await _look(shelf, _upload("Weekly", NOW - timedelta(minutes=4)))).remote_id == "v7"


async def test_a_full_page_of_uploads_proves_nothing_at_youtube(shelf: Shelf) -> None:
    newer = [_upload(f"Another {number}", NOW + timedelta(minutes=number)) for number in range(50)]
    with pytest.raises(OutcomeUnknown, match="than it lists at once"):
        await _look(shelf, *newer)
    assert await _look(shelf, *newer[:49]) is None
    older = [_upload(f"Another {number}", NOW - timedelta(days=number + 1)) for number in range(50)]
    assert await _look(shelf, *older) is None
