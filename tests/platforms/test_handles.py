"""What was brought to a platform is used again while it lives there, and brought again when it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import Rejected, Transient
from postwright.platforms.handles import A_DAY, bring_once
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.x import upload as x_upload
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
OLD = (datetime.now(UTC) - timedelta(hours=24)).isoformat()


async def test_a_handle_is_brought_once_while_it_lives() -> None:
    book, brought = Notebook(), iter(("first", "second"))

    async def bring() -> str:
        return next(brought)

    assert [await bring_once(book, "media_0", A_DAY, bring) for _ in range(2)] == ["first", "first"]
    book.remote["media_0_at"] = OLD
    assert await bring_once(book, "media_0", A_DAY, bring) == "second"


async def test_a_handle_outlives_a_slow_platform_but_not_a_refusal() -> None:
    book, faults = Notebook(), [Rejected("broken", field="media", rule="processing"), Transient("slow")]

    async def bring() -> str:
        return "handle"

    async def wait(_: str) -> None:
        raise faults.pop()

    with pytest.raises(Transient):
        await bring_once(book, "media_0", A_DAY, bring, wait)
    assert book.remote["media_0"] == "handle"
    with pytest.raises(Rejected):
        await bring_once(book, "media_0", A_DAY, bring, wait)
    assert book.remote["media_0"] is None


DEAD: dict[str, dict[str, Any]] = {
    "x": {"media_0": "1"},
    "linkedin": {"media_0": "urn:li:image:dead"},
    "facebook": {"media_0": "1"},
    "mastodon": {"media_0": "1"},
    "bluesky": {"blob_0": {"$type": "blob", "ref": {"$link": "bafkreinone"}, "mimeType": "image/jpeg", "size": 1}},
}


@pytest.mark.parametrize("slug", DEAD)
async def test_media_that_died_there_are_brought_again(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    post = Post(f"Brought again to {slug}", "image", media=(shelf.image(),))
    book = Notebook(DEAD[slug] | {f"{name}_at": OLD for name in DEAD[slug]})
    receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, post, book)
    assert len(sandbox.posts(slug)[0]["media"]) == 1
    assert sandbox.posts(slug)[0]["remote_id"] == receipt.remote_id


async def test_a_video_that_x_works_on_is_not_uploaded_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_upload, "PATIENCE", 0)
    begun: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/initialize"):
            begun.append(request.url.path)
        return httpx2.Response(200, json={"data": {"id": "7", "processing_info": {"state": "in_progress"}}})

    book, post = Notebook(), Post("Hello", "video", media=(shelf.video(),))
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answer)) as http:
        for _ in range(2):
            with pytest.raises(Transient, match="still processing"):
                await REGISTRY["x"].adapter.publish(http, Account("42", "alice"), Credentials("token"), post, book)
    assert len(begun) == 1


async def test_tiktok_gets_a_new_address_once_the_old_one_is_dead(shelf: Shelf) -> None:
    paths: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        paths.append(request.url.path)
        status = {"status": "PUBLISH_COMPLETE" if "/upload" in paths else "PROCESSING_UPLOAD", "uploaded_bytes": 0}
        data = status | {
            "privacy_level_options": ["SELF_ONLY"],
            "publish_id": "new",
            "upload_url": "https://open-upload.tiktokapis.com/upload",
        }
        return httpx2.Response(200, json={"data": data, "error": {"code": "ok"}})

    account = Account("42", "alice", profile={"privacy_level": "SELF_ONLY", "music_consent": True})
    post, book = Post("Hello", "video", media=(shelf.video(),)), Notebook({"publish_id": "old", "upload_url": "https://dead.example/"})
    book.remote["upload_url_at"] = OLD
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answer)) as http:
        receipt = await REGISTRY["tiktok"].adapter.publish(http, account, Credentials("token"), post, book)
    assert receipt.remote_id == "new"
    assert paths.count("/v2/post/publish/video/init/") == 1


async def test_a_container_that_failed_is_replaced(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("instagram")["instagram"]
    adapter, video, book = REGISTRY["instagram"].adapter, shelf.video(), Notebook()
    lost = Post("Hello", "reel", media=(replace(video, url=f"{shelf.base}/missing.mp4"),))
    with pytest.raises(Rejected, match="could not process"):
        await adapter.publish(http, account, credentials, lost, book)
    assert book.remote["container"]
    receipt = await adapter.publish(http, account, credentials, replace(lost, media=(video,)), book)
    assert sandbox.posts("instagram")[0]["remote_id"] == receipt.remote_id
