"""A call has an end as a whole: a server that sends a byte now and then holds nobody for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from postwright.kit import http as outside
from postwright.kit.http import make_client
from postwright.platforms.answers import Caller
from postwright.platforms.errors import OutcomeUnknown, Transient

pytestmark = pytest.mark.anyio
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


@asynccontextmanager
async def dripping(at_once: bytes) -> AsyncIterator[str]:
    """A server that answers with this, and then a byte at a time without end, each well within the timeout of a step."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(at_once)
        try:
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize("at_once", [HEAD, b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["body", "headers"])
@pytest.mark.parametrize(("sends", "error"), [(False, Transient), (True, OutcomeUnknown)])
async def test_an_answer_that_drips_ends_as_a_timeout_does(
    at_once: bytes, sends: bool, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "PATIENCE", 0.3)
    async with asyncio.timeout(10), dripping(at_once) as url, make_client(sandbox_url=url) as http:
        with pytest.raises(error, match="did not answer"):
            await Caller("Strange", http, {}, lambda _: None).call("POST", "https://strange.example/", sends=sends)


async def test_a_connection_that_was_given_up_serves_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "PATIENCE", 0.2)
    monkeypatch.setattr(outside, "_LIMITS", httpx2.Limits(max_connections=1))
    async with asyncio.timeout(10), dripping(HEAD) as url, make_client(sandbox_url=url) as http:
        for _ in range(3):  # each gets the one place in the pool
            with pytest.raises(httpx2.ReadTimeout, match="whole call"):
                await http.get("https://strange.example/")


async def test_an_upload_has_longer_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "PATIENCE", 0.05)
    monkeypatch.setattr(outside, "SLOWEST", 1000)

    async def slow(request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(0.2)
        return httpx2.Response(200, json={})

    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(slow)) as http:
        assert (await http.post("https://strange.example/", content=b"x" * 5000)).status_code == 200
        with pytest.raises(httpx2.ReadTimeout):
            await http.post("https://strange.example/", content=b"x")


async def test_the_deadline_of_whoever_calls_stays_theirs() -> None:
    async with dripping(HEAD) as url, make_client(sandbox_url=url) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await http.get("https://strange.example/")
