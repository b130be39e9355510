"""Input that nobody means well is refused with a clear word, and quickly; never a 500."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpcore2
import httpx2
import pytest

from postwright.edge.state import State
from postwright.errors import InvalidInput
from postwright.kit import http as outside
from postwright.library.storage import media_path, place_of
from postwright.studio import pages
from postwright.studio.checking import check_with
from postwright.studio.fetch import from_url
from tests.cast import Cast
from tests.studio.conftest import Browser, enter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bob(http: httpx2.AsyncClient, app: Any, state: State, cast: Cast) -> Browser:
    app.include_router(pages.router)
    return await enter(http, state, cast, cast.bob)


async def draft(bob: Browser) -> str:
    made = await bob("POST", "/api/v1/drafts", json={"idea": "One idea.", "platforms": ["x"]})
    return str(made.json()["id"])


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("text", {"text": "a" * 100_001}), ("thread", {"text": "a", "thread": ["b" * 60_000] * 2}),
        ("title", {"text": "", "title": "a" * 100_001}), ("hashtags", {"text": "a", "hashtags": ["b" * 60_000, "c" * 60_000]}),
    ],
)  # fmt: skip
async def test_a_check_takes_so_much_text(bob: Browser, field: str, more: dict[str, Any]) -> None:
    answer = await bob("POST", "/api/v1/check", json={"platform": "x"} | more)
    assert (answer.status_code, answer.json()["field"], answer.json()["rule"]) == (422, field, "max_length")


async def test_a_check_leaves_the_loop_to_others(bob: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a text is measured, others are answered."""
    real, loop = check_with, asyncio.get_running_loop()
    others = asyncio.Event()

    def slow(*given: Any) -> Any:
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(others.wait(), 20), loop).result(20)
        return real(*given)

    monkeypatch.setattr("postwright.studio.api.check_with", slow)
    asked = asyncio.create_task(bob("POST", "/api/v1/check", json={"platform": "x", "text": "a"}))
    assert (await bob("GET", "/api/v1/drafts")).status_code == 200
    others.set()
    assert (await asked).status_code == 200


async def test_halves_of_flags_make_a_draft_in_seconds(bob: Browser) -> None:
    began = time.process_time()
    made = await bob("POST", "/api/v1/drafts", json={"idea": "\N{REGIONAL INDICATOR SYMBOL LETTER A}" * 50_000})
    assert (made.status_code, time.process_time() - began < 20) == (201, True)


@pytest.mark.parametrize(
    "url", ["http://[", "http://" + "a" * 300, "http://a..b/", "http://192.0.0.192/", "http://[::1", "ftp://a.example"]
)
async def test_what_is_no_address_is_refused(bob: Browser, url: str) -> None:
    answer = await bob("POST", "/api/v1/drafts", json={"url": url, "platforms": ["x"]})
    assert (answer.status_code, answer.json()["field"]) == (422, "url")


def nested(depth: int) -> dict[str, Any]:
    return {"a": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize("options", [{"a": "b" * 30_000}, nested(400), {"a": [[[[[[[[[[[1]]]]]]]]]]]}])
async def test_options_are_small_and_flat(bob: Browser, options: dict[str, Any]) -> None:
    path = f"/api/v1/drafts/{await draft(bob)}/variants/x"
    answer = await bob("PATCH", path, json={"version": 1, "options": options})
    assert (answer.status_code, answer.json()["field"]) == (422, "options")
    kept = await bob("PATCH", path, json={"version": 1, "options": {"format": "post", "poll": {"choices": ["a", "b"]}}})
    assert kept.status_code == 200


async def test_forms_that_no_page_made(bob: Browser) -> None:
    id = await draft(bob)
    csrf = {"X-CSRF-Token": "unused by a bearer"}
    for fields, status in (({"version": "²"}, 422), ({"version": "٣"}, 422), ({"version": "1", "act": "evil"}, 404)):
        answer = await bob("POST", f"/drafts/{id}/variants/x", data={"text": "a"} | fields, headers=csrf)
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("asked", "status"), [("{}-", 416), ("-{}", 200), ("0-{}", 200), ("{0}-{0}", 416), ("5-{}", 206)])
async def test_a_range_beyond_every_file(bob: Browser, state: State, asked: str, status: int) -> None:
    id = uuid4()
    await state.storage.put(f"{place_of(id)}/a.png", b"0123456789", "image/png")
    path = media_path(state.key, id, int((datetime.now(UTC) + timedelta(hours=1)).timestamp()), "a.png")
    answer = await bob("GET", path, headers={"Range": f"bytes={asked.format('9' * 5000)}"})
    assert answer.status_code == status


# Addresses that lead inside


@pytest.fixture
async def inside_server() -> AsyncIterator[tuple[int, list[str]]]:
    """A server of this machine that sends on to another of its own pages, and what it was asked for."""
    asked: list[str] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode())
        port = writer.get_extra_info("sockname")[1]
        writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], asked
    server.close()
    await server.wait_closed()


async def test_a_redirect_to_the_inside_is_not_followed(inside_server: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here, as one of the internet would; where it sends us does not."""
    port, asked = inside_server
    real = outside.is_public

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.99"] if host == "public.example" else [host]

    monkeypatch.setattr(outside, "resolve", resolve)
    monkeypatch.setattr(outside, "is_public", lambda address: address == "127.0.0.99" or real(address))
    connect = httpcore2.AnyIOBackend.connect_tcp

    async def to_loopback(self: Any, host: str, *more: Any) -> Any:
        return await connect(self, "127.0.0.1" if host == "127.0.0.99" else host, *more)

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", to_loopback)
    with pytest.raises(InvalidInput, match="not on the public internet") as refused:
        await from_url(f"http://public.example:{port}/article")
    assert (refused.value.field, asked) == ("url", ["/article"])


@pytest.mark.parametrize("location", ["http://[", "http://10.0.0.1/", "file:///etc/passwd", "//127.0.0.1/", "http://a:b@example.com/"])
async def test_a_redirect_to_what_is_no_public_address(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = outside.guard_host

    async def guard(host: str) -> list[str]:
        return ["93.184.216.34"] if host == "public.example" else await real(host)

    def send_on(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"Location": location})

    monkeypatch.setattr("postwright.studio.fetch.guard_host", guard)
    monkeypatch.setattr("postwright.studio.fetch.make_client", lambda **how: httpx2.AsyncClient(transport=httpx2.MockTransport(send_on)))
    with pytest.raises(InvalidInput) as refused:
        await from_url("http://public.example/")
    assert refused.value.field == "url"


async def test_a_name_that_changes_its_mind_gains_nothing(inside_server: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Public when it is checked, loopback when it is connected to: what is connected to is checked again."""
    port, asked = inside_server
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])

    async def changing(host: str, port: int) -> list[str]:
        return next(answers)

    monkeypatch.setattr(outside, "resolve", changing)
    with pytest.raises(InvalidInput, match="public internet"):
        await from_url(f"http://rebinding.example:{port}/")
    assert (asked, list(answers)) == ([], [])
