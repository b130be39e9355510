"""Bytes that would leave too late stay here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.kit.timely import SEND_BY, SendBy, awake_and_asleep

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers everything, and what it was sent."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            heard.append(data)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()


async def test_a_send_in_time_leaves_and_one_too_late_does_not() -> None:
    async with listening() as (url, heard), make_client(sandbox_url=url) as http:
        limit = SendBy(awake_and_asleep() + 60)
        before = SEND_BY.set(limit)
        try:
            assert (await http.post("https://x.example/post", content=b"one")).status_code == 200
            limit.moment = awake_and_asleep() - 0.001
            with pytest.raises(httpx2.ConnectError):
                await http.post("https://x.example/post", content=b"two")
        finally:
            SEND_BY.reset(before)
        assert b"one" in b"".join(heard)
        assert b"two" not in b"".join(heard), "a connection that was open already is no way around it"
        assert (await http.post("https://x.example/post", content=b"three")).status_code == 200


async def test_a_body_that_takes_longer_than_allowed_is_never_complete() -> None:
    async with listening() as (url, heard), make_client(sandbox_url=url) as http:
        limit = SendBy(awake_and_asleep() + 60)

        async def pieces() -> AsyncIterator[bytes]:
            yield b"begin"
            limit.moment = awake_and_asleep() - 0.001
            yield b"end"

        before = SEND_BY.set(limit)
        try:
            with pytest.raises(httpx2.ConnectError):
                await http.put("https://x.example/upload", content=pieces())
        finally:
            SEND_BY.reset(before)
        assert b"end" not in b"".join(heard)
