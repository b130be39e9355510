"""A packed answer is unpacked within the same bounds as a plain one: a few kilobytes can be gigabytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator

import httpx2
import pytest

from postwright.kit import http as outside
from postwright.kit.http import make_client

pytestmark = pytest.mark.anyio


async def _read(packed: bytes, encoding: str) -> bytes:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(packed), 1000):
            yield packed[at : at + 1000]

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"Content-Encoding": encoding}, content=pieces())

    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answer)) as http:
        return (await http.get("https://tenant.example/api")).content


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("GZip", gzip.compress), ("identity", bytes)])
async def test_what_is_packed_comes_out_whole(encoding: str, pack) -> None:
    text = b"".join(b"%d," % n for n in range(200_000))
    assert await _read(pack(text), encoding) == text


async def test_a_bomb_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "MAX_ANSWER", 1_000_000)
    with pytest.raises(httpx2.ReadError, match="larger than"):
        await _read(gzip.compress(b"0" * 50_000_000), "gzip")


@pytest.mark.parametrize(("packed", "encoding"), [(b"no gzip", "gzip"), (zlib.compress(b"x"), "deflate"), (b"x", "br"), (b"x", "gzip, br")])
async def test_what_nobody_asked_for_is_an_error_of_the_answer(packed: bytes, encoding: str) -> None:
    with pytest.raises(httpx2.DecodingError):
        await _read(packed, encoding)


async def test_only_what_can_be_bounded_is_asked_for() -> None:
    async with make_client(sandbox_url=None) as http:
        assert http.headers["accept-encoding"] == "gzip"
