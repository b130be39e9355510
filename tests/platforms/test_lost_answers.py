"""What a platform's lists and statuses prove about a post whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import OutcomeUnknown, PlatformError
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
ACCOUNT = Account("42", "alice", "mastodon.example", {"privacy_level": "PUBLIC_TO_EVERYONE"})
CREDENTIALS = Credentials("token-of-alice")
NOW = datetime.now(UTC)


def _client(answer: Callable[[httpx2.Request], Any]) -> httpx2.AsyncClient:
    def respond(request: httpx2.Request) -> httpx2.Response:
        told = answer(request)
        return told if isinstance(told, httpx2.Response) else httpx2.Response(200, json=told)

    return make_client(sandbox_url=None, transport=httpx2.MockTransport(respond))


async def _find(slug: str, post: Post, told: Any, remote: Mapping[str, Any] | None = None) -> Receipt | None:
    async with _client(told if callable(told) else lambda _: told) as http:
        return await REGISTRY[slug].adapter.find(http, ACCOUNT, CREDENTIALS, post, remote or {}, NOW)


def _tweet(text: str, *links: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": [{"id": "7", "created_at": NOW.isoformat(), "text": text, "entities": {"urls": list(links)}}],
        "meta": {"result_count": 1},
    }


PHOTO = {
    "start": 30, "url": "https://t.co/cccccccccc", "expanded_url": "https://twitter.com/alice/status/7/photo/1",
    "display_url": "pic.twitter.com/cccc", "media_key": "3_7",
}  # fmt: skip
SHOP = {"start": 6, "url": "https://t.co/aaaaaaaaaa", "expanded_url": "http://Example.com/shop/", "display_url": "example.com/shop"}


async def test_x_lists_links_shortened_and_the_photo_as_one_more() -> None:
    listed = _tweet("Buy at https://t.co/aaaaaaaaaa &amp; smile https://t.co/cccccccccc", SHOP, PHOTO)
    found = await _find("x", Post("Buy at example.com/shop & smile", "image"), listed)
    assert found is not None
    assert found.remote_id == "7"
    assert await _find("x", Post("Buy at example.com/shop & weep", "image"), listed) is None


async def test_the_same_words_with_another_link_prove_nothing_at_x() -> None:
    with pytest.raises(OutcomeUnknown, match="other links"):
        await _find("x", Post("Read https://example.com/2", "post"), _tweet("Read https://t.co/aaaaaaaaaa", SHOP))


STATUS = {"id": "7", "created_at": NOW.isoformat(), "content": "<p></p>"}
SILENT = {"x": _tweet("https://t.co/cccccccccc", PHOTO), "mastodon": [STATUS], "linkedin": {"elements": []}, "facebook": {"data": []}}


@pytest.mark.parametrize("slug", SILENT)
async def test_a_post_without_words_cannot_be_told_from_others(slug: str, shelf: Shelf) -> None:
    with pytest.raises(OutcomeUnknown, match="without text"):
        await _find(slug, Post("", "image", media=(shelf.image(),)), SILENT[slug])


async def test_mastodon_shows_a_mention_without_its_server() -> None:
    mention = '<span class="h-card"><a href="https://far.example/@bob" class="u-url mention">@<span>bob</span></a></span>'
    listed = [{**STATUS, "content": f"<p>Thanks {mention}!</p>"}]
    found = await _find("mastodon", Post("Thanks @bob@far.example!", "post"), listed)
    assert found is not None
    assert found.remote_id == "7"
    assert await _find("mastodon", Post("Thanks @eve@far.example!", "post"), listed) is None


@pytest.mark.parametrize("slug", ["x", "mastodon"])
async def test_a_thread_is_looked_up_in_one_list(slug: str) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> Any:
        asked.append(request.url.path)
        if slug == "x":
            return {"data": [{"id": word, "created_at": NOW.isoformat(), "text": word} for word in "54321"], "meta": {"result_count": 5}}
        return [{"id": word, "created_at": NOW.isoformat(), "content": f"<p>{word}</p>"} for word in "54321"]

    found = await _find(slug, Post("1", "thread", parts=tuple("12345")), answer)
    assert found is not None
    assert found.part_ids == tuple("12345")
    assert len(asked) == 1


async def test_a_duplicate_refused_after_a_doubtful_send_may_be_that_send() -> None:
    def answer(request: httpx2.Request) -> Any:
        if request.method == "GET":  # the list lags behind
            return {"meta": {"result_count": 0}}
        return httpx2.Response(403, json={"detail": "You are not allowed to create a Tweet with duplicate content."})

    book = Notebook({"sending_part": 0, "sending_at": NOW.isoformat()})
    async with _client(answer) as http:
        with pytest.raises(OutcomeUnknown, match="may be this post"):
            await REGISTRY["x"].adapter.publish(http, ACCOUNT, CREDENTIALS, Post("Hello", "post"), book)


def _upload_status(status: str, received: int) -> dict[str, Any]:
    ids = [7] if status == "PUBLISH_COMPLETE" else []
    return {"data": {"status": status, "uploaded_bytes": received, "publicaly_available_post_id": ids}, "error": {"code": "ok"}}


async def test_tiktok_works_on_a_video_that_it_has_whole(shelf: Shelf) -> None:
    """PROCESSING_UPLOAD with all bytes there is no absence, and the last chunk, which is the send, does not go out again."""
    video = shelf.video()
    post, remote = Post("Hello", "video", media=(video,)), {"publish_id": "v1", "upload_url": "https://open-upload.tiktokapis.com/upload"}
    with pytest.raises(OutcomeUnknown, match="still processing"):
        await _find("tiktok", post, _upload_status("PROCESSING_UPLOAD", video.size), remote)
    assert await _find("tiktok", post, _upload_status("PROCESSING_UPLOAD", video.size - 1), remote) is None

    told = [_upload_status("PUBLISH_COMPLETE", video.size), _upload_status("PROCESSING_UPLOAD", video.size)]
    book = Notebook(remote | {"upload_url_at": NOW.isoformat()})
    async with _client(lambda request: told.pop() if request.method == "POST" else httpx2.Response(416)) as http:
        receipt = await REGISTRY["tiktok"].adapter.publish(http, ACCOUNT, CREDENTIALS, post, book)
    assert (receipt.remote_id, "sending" in book.phases) == ("7", False)


async def test_youtube_titles_alone_prove_nothing(shelf: Shelf) -> None:
    def answer(request: httpx2.Request) -> Any:
        if request.method == "PUT":
            return httpx2.Response(404)
        if request.url.path.endswith("/channels"):
            return {"items": [{"contentDetails": {"relatedPlaylists": {"uploads": "UU1"}}}]}
        if request.url.path.endswith("/videos"):
            return {"items": [{"status": {"uploadStatus": "processed"}}]}
        snippet = {"title": "Daily", "description": "Of Monday", "publishedAt": NOW.isoformat(), "resourceId": {"videoId": "v7"}}
        return {"items": [{"snippet": snippet}]}

    remote = {"session": "https://www.googleapis.com/session"}
    assert await _find("youtube", Post("Of Tuesday", "video", title="Daily", media=(shelf.video(),)), answer, remote) is None
    found = await _find("youtube", Post("Of Monday", "video", title="Daily", media=(shelf.video(),)), answer, remote)
    assert found is not None
    assert found.remote_id == "v7"


async def test_facebook_knows_a_silent_video_by_its_id(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("facebook")["facebook"]
    adapter, post, book = REGISTRY["facebook"].adapter, Post("", "video", media=(shelf.video(),)), Notebook()
    receipt = await adapter.publish(http, account, credentials, post, book)
    del book.remote["post"]
    found = await adapter.find(http, account, credentials, post, book.remote, NOW)
    assert found is not None
    assert found.remote_id == receipt.remote_id


async def test_an_edited_bluesky_thread_goes_on_after_what_is_out(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    """After an edit only the handles of parts are kept: what is out has its old key, the rest gets new ones."""
    account, credentials = sandbox.accounts("bluesky")["bluesky"]
    adapter = REGISTRY["bluesky"].adapter

    class OnePart(Notebook):
        async def enter(self, phase: str) -> None:
            if phase == "sending" and "part_0" in self.remote:
                raise RuntimeError("the process was killed here")
            await super().enter(phase)

    book = OnePart()
    with pytest.raises(RuntimeError):
        await adapter.publish(http, account, credentials, Post("One", "thread", parts=("One", "Tow")), book)
    before = len(sandbox.posts("bluesky"))
    again = Notebook({name: kept for name, kept in book.remote.items() if name.startswith(("part_", "sending_"))})
    post = Post("One", "thread", parts=("One", "Two"))
    receipt = await adapter.publish(http, account, credentials, post, again)
    assert receipt.remote_id == book.remote["part_0"]
    assert len(sandbox.posts("bluesky")) == before
    assert [part["text"] for part in sandbox.posts("bluesky")[0]["parts"]] == ["One", "Two"]
    assert await adapter.find(http, account, credentials, post, again.remote, NOW) == receipt


REFUSALS = {
    "too many": httpx2.Response(429, json={"title": "Too Many Requests", "error": "Too many requests"}),
    "no access": httpx2.Response(401, json={"title": "Unauthorized", "error": "The access token is invalid"}),
    "refused": httpx2.Response(422, json={"title": "Unprocessable", "error": "Validation failed"}),
}


@pytest.mark.parametrize("slug", ["x", "mastodon"])
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_what_was_refused_is_sent_again_without_being_looked_for(slug: str, refusal: str) -> None:
    """A post without words cannot be looked for: asking would leave to a person what the platform had plainly refused."""
    told = [httpx2.Response(201, json={"id": "7", "data": {"id": "7"}}), REFUSALS[refusal]]
    book, post = Notebook(), Post("", "post")
    async with _client(lambda request: told.pop() if request.method == "POST" else pytest.fail("it was looked for")) as http:
        with pytest.raises(PlatformError) as refused:
            await REGISTRY[slug].adapter.publish(http, ACCOUNT, CREDENTIALS, post, book)
        assert not isinstance(refused.value, OutcomeUnknown)
        receipt = await REGISTRY[slug].adapter.publish(http, ACCOUNT, CREDENTIALS, post, Notebook(dict(book.remote)))
    assert receipt.remote_id == "7"


@pytest.mark.parametrize("slug", ["x", "mastodon"])
async def test_what_was_not_answered_is_looked_for_before_it_is_sent_again(slug: str) -> None:
    def silent(request: httpx2.Request) -> Any:
        raise httpx2.ReadTimeout("no answer", request=request)

    book, hour_ago = Notebook(clock=lambda: NOW - timedelta(hours=1)), (NOW - timedelta(hours=1)).isoformat()
    async with _client(silent) as http:
        with pytest.raises(OutcomeUnknown):
            await REGISTRY[slug].adapter.publish(http, ACCOUNT, CREDENTIALS, Post("", "post"), book)
    assert (book.remote["sending_part"], book.remote["sending_at"]) == (0, hour_ago), "by the clock that all publishers share"
    async with _client(lambda request: {"meta": {"result_count": 0}} if slug == "x" else []) as http:
        with pytest.raises(OutcomeUnknown, match="without text"):
            await REGISTRY[slug].adapter.publish(http, ACCOUNT, CREDENTIALS, Post("", "post"), Notebook(dict(book.remote)))


def _listed(slug: str, at: datetime) -> Any:
    """What a platform lists when it has one post that says hello, made at a moment."""
    match slug:
        case "x":
            return {"data": [{"id": "7", "created_at": at.isoformat(), "text": "Hello"}], "meta": {"result_count": 1}}
        case "mastodon":
            return [{"id": "7", "created_at": at.isoformat(), "content": "<p>Hello</p>"}]
        case "linkedin":
            return {"elements": [{"id": "7", "createdAt": int(at.timestamp() * 1000), "commentary": "Hello"}]}
        case "facebook":
            return {"data": [{"id": "7", "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), "message": "Hello"}]}
    return {"data": [{"id": "7", "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), "text": "Hello"}]}


LISTING = ["x", "mastodon", "linkedin", "facebook", "threads"]


@pytest.mark.parametrize("slug", LISTING)
async def test_a_clock_that_is_minutes_off_does_not_prove_a_post_absent(slug: str) -> None:
    found = await _find(slug, Post("Hello", "post"), _listed(slug, NOW - timedelta(minutes=4)))
    assert found is not None
    assert found.remote_id == "7"


@pytest.mark.parametrize("slug", LISTING)
async def test_the_same_words_a_little_earlier_prove_nothing(slug: str) -> None:
    """It may be ours by a clock that is far off, or an earlier post: sending again could put it out twice."""
    with pytest.raises(OutcomeUnknown, match="a little older"):
        await _find(slug, Post("Hello", "post"), _listed(slug, NOW - timedelta(minutes=50)))
    assert await _find(slug, Post("Hello", "post"), _listed(slug, NOW - timedelta(minutes=90))) is None


def _two_alike(slug: str) -> Any:
    """What a platform lists after the first two parts of a thread went out, which say the same; newest first."""
    ages = {"8": NOW, "7": NOW - timedelta(seconds=1)}
    match slug:
        case "x":
            return {
                "data": [{"id": each, "created_at": at.isoformat(), "text": "Hello"} for each, at in ages.items()],
                "meta": {"result_count": 2},
            }
        case "mastodon":
            return [{"id": each, "created_at": at.isoformat(), "content": "<p>Hello</p>"} for each, at in ages.items()]
    return {"data": [{"id": each, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), "text": "Hello"} for each, at in ages.items()]}


@pytest.mark.parametrize("slug", ["x", "mastodon", "threads"])
async def test_two_parts_that_say_the_same_are_two_posts(slug: str) -> None:
    def answer(request: httpx2.Request) -> Any:
        if slug == "threads" and request.url.path.endswith("/replies"):
            return {"data": []}
        return {"permalink": "https://threads.net/7"} if request.url.path.endswith("/7") else _two_alike(slug)

    twice, thrice = (Post("Hello", "thread", parts=("Hello",) * number) for number in (2, 3))
    for remote in ({"part_0": "7"}, {"part_1": "8"}):
        found = await _find(slug, twice, answer, remote)
        assert found is not None
        assert found.part_ids == ("7", "8")
    assert await _find(slug, thrice, answer, {"part_0": "7", "part_1": "8"}) is None, "the third is not out"


@pytest.mark.parametrize("slug", ["x", "mastodon"])
async def test_a_part_like_the_one_before_is_sent_when_it_is_not_out(slug: str) -> None:
    """What the list shows is the part before: taking it for this one would leave this one out."""
    sent: list[str] = []

    def answer(request: httpx2.Request) -> Any:
        if request.method == "GET":
            return _listed(slug, NOW)
        sent.append(request.url.path)
        return {"id": "8", "data": {"id": "8"}}

    book = Notebook({"part_0": "7", "sending_part": 1, "sending_at": NOW.isoformat()})
    async with _client(answer) as http:
        receipt = await REGISTRY[slug].adapter.publish(http, ACCOUNT, CREDENTIALS, Post("Hello", "thread", parts=("Hello", "Hello")), book)
    assert (receipt.part_ids, len(sent)) == (("7", "8"), 1)
