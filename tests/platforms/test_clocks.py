"""Adapters go by the clock that they are given: a worker whose own is wrong judges and stamps as all others do."""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from postwright import platforms
from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.handles import bring_once, is_alive
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.webhook.publish import delete as withdraw
from postwright.publishing import heard
from tests.platforms.conftest import Notebook, Sandbox, Shelf

OFF = timedelta(minutes=30)  # by which the machine's clock is behind the one that publishers share
HIDDEN = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
ADAPTERS = [*sorted(Path(platforms.__file__).parent.rglob("*.py")), Path(heard.__file__)]
anyio = pytest.mark.anyio


def shared() -> datetime:
    return datetime.now(UTC) + OFF


def right(told: datetime) -> bool:
    return abs(told - shared()) < timedelta(minutes=1)


def looks(source: str) -> list[str]:
    """Where a program asks the machine for the time of day, called or handed on."""
    named = [ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    return [each for each in named if any(f".{each}".endswith(f".{clock}") for clock in HIDDEN)]


@pytest.mark.parametrize("file", ADAPTERS, ids=lambda file: "/".join(file.parts[-2:]))
def test_no_adapter_looks_at_the_machine_s_clock(file: Path) -> None:
    assert looks(file.read_text()) == []


@pytest.mark.parametrize("source", ["datetime.now(UTC)", "dt.datetime.now()", "time.time()", "field(default_factory=time.time)"])
def test_a_look_at_it_would_be_found(source: str) -> None:
    assert looks(source) != []


@anyio
async def test_handles_age_by_the_clock_of_the_ledger() -> None:
    kept = {"upload_url": "https://there.example/", "upload_url_at": (datetime.now(UTC) - timedelta(minutes=40)).isoformat()}
    lives = timedelta(minutes=55)
    assert is_alive(Notebook(dict(kept)), "upload_url", lives)
    assert not is_alive(Notebook(dict(kept), clock=shared), "upload_url", lives)
    book = Notebook(clock=shared)

    async def bring() -> str:
        return "handle"

    await bring_once(book, "media_0", lives, bring)
    assert right(datetime.fromisoformat(book.remote["media_0_at"]))


@anyio
async def test_tiktok_s_address_is_stamped_by_the_clock_of_the_ledger(shelf: Shelf) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        data = {
            "status": "PUBLISH_COMPLETE", "privacy_level_options": ["SELF_ONLY"], "publish_id": "new",
            "upload_url": "https://open-upload.tiktokapis.com/upload",
        }  # fmt: skip
        return httpx2.Response(200, json={"data": data, "error": {"code": "ok"}})

    account = Account("42", "alice", profile={"privacy_level": "SELF_ONLY", "music_consent": True})
    book = Notebook(clock=shared)
    async with _client(answer) as http:
        await REGISTRY["tiktok"].adapter.publish(http, account, Credentials("t"), Post("Hi", "video", media=(shelf.video(),)), book)
    assert right(datetime.fromisoformat(book.remote["upload_url_at"]))


@anyio
async def test_bluesky_s_records_are_made_at_the_shared_time(sandbox: Sandbox) -> None:
    account, credentials = sandbox.accounts("bluesky")["bluesky"]
    book, sent = Notebook(clock=shared), list[dict[str, str]]()

    async def note(request: httpx2.Request) -> None:
        if request.url.path.endswith("createRecord"):
            sent.append(json.loads(request.content)["record"])

    async with make_client(sandbox_url=sandbox.url, clock=shared) as http:
        http.event_hooks["request"].append(note)
        platform = REGISTRY["bluesky"]
        receipt = await platform.adapter.publish(http, account, credentials, Post("On time", "post"), book)
        assert platform.comment is not None
        await platform.comment(http, account, credentials, receipt.remote_id, "So is this")
    assert [right(datetime.fromisoformat(each["createdAt"])) for each in sent] == [True, True]


@anyio
async def test_a_webhook_is_signed_at_the_shared_time() -> None:
    said: list[tuple[datetime, datetime]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        signed = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        said.append((signed, datetime.fromisoformat(json.loads(request.content)["timestamp"])))
        return httpx2.Response(200, json={})

    key = Credentials(f"whsec_{base64.b64encode(b'k' * 32).decode()} https://hooks.example/in")
    account = Account("hooks.example", "hooks.example", host="hooks.example")
    async with _client(answer) as http:
        await REGISTRY["webhook"].adapter.publish(http, account, key, Post("Hi", "post"), Notebook(clock=shared))
        await withdraw(http, account, key, "msg_1")
    assert all(right(each) for pair in said for each in pair)
    assert len(said) == 2


@anyio
async def test_ghost_s_tokens_are_of_the_shared_time() -> None:
    seen: list[float] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        body = request.headers["authorization"].split(".")[1]
        seen.append(json.loads(base64.urlsafe_b64decode(body + "=="))["iat"])
        return httpx2.Response(200, json={"posts": [{"id": "1", "count": {}}]})

    async with _client(answer) as http:
        account, key = Account("blog.example", "blog", host="blog.example"), Credentials(f"{'a' * 24}:{'b' * 64}")
        await REGISTRY["ghost"].adapter.measure(http, account, key, "1")
    assert right(datetime.fromtimestamp(seen[0], UTC))


def test_a_reset_is_told_by_the_shared_clock() -> None:
    headers = {"x-rate-limit-remaining": "3", "x-rate-limit-reset": "2031-03-01T12:15:00Z", "date": "Sat, 01 Mar 2031 12:00:00 GMT"}
    (told,) = heard.read(httpx2.Headers(headers), shared())
    assert told.until is not None
    assert right(told.until - timedelta(minutes=15))


def _client(answer: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.AsyncClient:
    return make_client(sandbox_url=None, transport=httpx2.MockTransport(answer), clock=shared)
