"""YouTube takes a video and may reject it after it has worked on it: until it has said so, the post is not called published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, ReauthRequired, Rejected
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.youtube import processing
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
ACCOUNT = Account("42", "alice", profile={"made_for_kids": "false"})
CREDENTIALS = Credentials("token-of-alice")
NOW = datetime.now(UTC)
YOUTUBE = REGISTRY["youtube"].adapter


class Channel:
    """Takes every video whole, and says of each what `told` says, in turn; the last for ever."""

    def __init__(self, *told: dict[str, Any] | int) -> None:
        self.told, self.sessions, self.taken, self.gone = list(told), 0, 0, False

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            self.sessions += 1
            return httpx2.Response(200, headers={"location": f"https://www.googleapis.com/session/{self.sessions}"})
        if request.method == "PUT" and self.gone and "session/1" in str(request.url):
            return httpx2.Response(404)
        if request.method == "PUT" and request.headers["content-range"].startswith("bytes *"):
            return httpx2.Response(200, json={"id": f"v{self.sessions}", "status": {"uploadStatus": "uploaded"}})
        if request.method == "PUT":
            self.taken += 1
            return httpx2.Response(200, json={"id": f"v{self.sessions}", "status": {"uploadStatus": "uploaded"}})
        now = self.told.pop(0) if len(self.told) > 1 else self.told[0]
        if isinstance(now, int):
            return httpx2.Response(now, json={"error": {"errors": [{"reason": "authError" if now == 401 else "forbidden"}]}})
        return httpx2.Response(200, json={"items": [{"status": now}]})


UPLOADED, PROCESSED = {"uploadStatus": "uploaded"}, {"uploadStatus": "processed"}
REASONS = {
    "duplicate": ({"uploadStatus": "rejected", "rejectionReason": "duplicate"}, "has this video from this channel already"),
    "length": ({"uploadStatus": "rejected", "rejectionReason": "length"}, "only shorter videos"),
    "copyright": ({"uploadStatus": "rejected", "rejectionReason": "copyright"}, "copyright"),
    "termsOfUse": ({"uploadStatus": "rejected", "rejectionReason": "termsOfUse"}, "terms of use"),
    "codec": ({"uploadStatus": "failed", "failureReason": "codec"}, "codec"),
    "rejected": ({"uploadStatus": "rejected", "rejectionReason": "newReasonOf2027"}, "newReasonOf2027"),
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def poll(ask: Any, **_: float) -> Any:
        for _ in range(3):
            if (found := await ask()) is not None:
                return found
        return None

    monkeypatch.setattr(processing, "poll", poll)


def _client(channel: Channel) -> httpx2.AsyncClient:
    return make_client(sandbox_url=None, transport=httpx2.MockTransport(channel))


def _post(shelf: Shelf) -> Post:
    return Post("d", "video", title="Weekly", media=(shelf.video(),))


@pytest.mark.parametrize("rule", REASONS)
async def test_a_video_that_is_rejected_later_fails_with_the_reason_and_can_be_brought_again(rule: str, shelf: Shelf) -> None:
    told, words = REASONS[rule]
    channel, book = Channel(UPLOADED, told), Notebook()
    async with _client(channel) as http:
        with pytest.raises(Rejected, match=words) as refused:
            await YOUTUBE.publish(http, ACCOUNT, CREDENTIALS, _post(shelf), book)
        assert (refused.value.rule, book.phases[-1], book.remote["session"], book.remote["post"]) == (rule, "confirming", None, None)
        channel.told = [PROCESSED]
        assert (await YOUTUBE.publish(http, ACCOUNT, CREDENTIALS, _post(shelf), Notebook(dict(book.remote)))).remote_id == "v2"


@pytest.mark.parametrize("remote", [{"post": "v1"}, {"session": "https://www.googleapis.com/session/1"}])
async def test_a_rejected_video_is_never_found_to_have_landed(remote: dict[str, Any], shelf: Shelf) -> None:
    """The next try learns why from the session that is kept, and brings nothing."""
    channel, book = Channel(REASONS["copyright"][0]), Notebook(remote | {"session": "https://www.googleapis.com/session/1"})
    async with _client(channel) as http:
        assert await YOUTUBE.find(http, ACCOUNT, CREDENTIALS, _post(shelf), remote, NOW) is None
        with pytest.raises(Rejected, match="copyright"):
            await YOUTUBE.publish(http, ACCOUNT, CREDENTIALS, _post(shelf), book)
    assert channel.taken == 0


async def test_a_video_that_takes_long_is_neither_published_nor_brought_again(shelf: Shelf) -> None:
    channel, book = Channel(UPLOADED), Notebook()
    async with _client(channel) as http:
        for ask in (YOUTUBE.publish(http, ACCOUNT, CREDENTIALS, _post(shelf), book), None):
            with pytest.raises(OutcomeUnknown, match="still processing"):
                await (ask or YOUTUBE.find(http, ACCOUNT, CREDENTIALS, _post(shelf), book.remote, NOW))
        channel.told = [PROCESSED]
        found = await YOUTUBE.find(http, ACCOUNT, CREDENTIALS, _post(shelf), book.remote, NOW)
    assert (found and found.remote_id, channel.taken) == ("v1", 1)


@pytest.mark.parametrize(("status", "error"), [(403, OutcomeUnknown), (500, OutcomeUnknown), (401, ReauthRequired)])
async def test_not_being_told_is_no_rejection(status: int, error: type[Exception], shelf: Shelf) -> None:
    """The video is there: a refusal to answer must not be taken for a refusal of it."""
    channel, book = Channel(status), Notebook()
    async with _client(channel) as http:
        with pytest.raises(error):
            await YOUTUBE.publish(http, ACCOUNT, CREDENTIALS, _post(shelf), book)
        with pytest.raises(error):
            await YOUTUBE.find(http, ACCOUNT, CREDENTIALS, _post(shelf), book.remote, NOW)
    assert (book.phases[-1], book.remote["post"]) == ("confirming", "v1")


async def test_the_sandbox_rejects_a_video_that_is_too_long_once_it_is_processed(
    sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("postwright.sandbox.youtube.uploads.VIDEO_SECONDS", 1)
    account, credentials = sandbox.accounts("youtube")["youtube"]
    with pytest.raises(Rejected, match="only shorter videos"):
        await YOUTUBE.publish(http, account, credentials, Post("", "video", title=uuid4().hex, media=(shelf.video(),)), Notebook())


async def test_a_video_that_is_there_is_not_brought_again_once_its_session_is_gone(shelf: Shelf) -> None:
    channel, book = Channel(PROCESSED), Notebook({"post": "v1", "session": "https://www.googleapis.com/session/1"})
    channel.gone = True
    async with _client(channel) as http:
        assert (await YOUTUBE.publish(http, ACCOUNT, CREDENTIALS, _post(shelf), book)).remote_id == "v1"
    assert (channel.sessions, channel.taken) == (0, 0)
