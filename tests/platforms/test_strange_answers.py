"""Answers of servers that somebody named: what they say of their own bytes is not believed, and of their size neither."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import httpx2
import pytest

from postwright.kit import http as outside
from postwright.kit.http import LARGE, make_client
from postwright.platforms.answers import Answer, Caller, too_many
from postwright.platforms.errors import OutcomeUnknown, QuotaExhausted, Transient

pytestmark = pytest.mark.anyio


async def _ask(body: bytes, kind: str, *, sends: bool = False, **request: object) -> Answer:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"Content-Type": kind}, stream=httpx2.ByteStream(body))

    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answer)) as http:
        return await Caller("Strange", http, {}, lambda _: None).call("GET", "https://strange.example/", sends=sends, **request)


@pytest.mark.parametrize("codec", ["punycode", "zlib", "hex", "uu", "undefined", "idna", "rot13", "utf-7", "no-such"])
async def test_the_codec_that_a_stranger_names_is_never_used(codec: str) -> None:
    began = time.process_time()
    told = await _ask("Größe ".encode() * 30_000, f"text/plain; charset={codec}")
    assert time.process_time() - began < 0.5, "punycode takes a second and more for this"
    assert (told.text[:6], told.data) == ("Größe ", None)
    assert len(told.text) <= 10_000
    assert (await _ask(b'{"id": "7"}', f"application/json; charset={codec}")).get("id") == "7"


async def test_bytes_that_are_no_utf8_are_told_all_the_same() -> None:
    assert (await _ask(b"caf\xe9", "text/html; charset=latin-1")).text == "caf\ufffd"


@pytest.mark.parametrize(("sends", "error"), [(False, Transient), (True, OutcomeUnknown)])
async def test_an_answer_of_many_megabytes_is_not_read_as_json(sends: bool, error: type[Exception]) -> None:
    with pytest.raises(error):
        await _ask(b"[" + b"0," * outside.MAX_ANSWER + b"0]", "application/json", sends=sends)


async def test_a_feed_may_be_larger_and_is_kept_as_it_came() -> None:
    body = b"<rss>" + b" " * outside.MAX_ANSWER + b"</rss>"
    told = await _ask(body, "application/rss+xml; charset=punycode", extensions=LARGE)
    assert (told.body, told.data) == (body, None)


@pytest.mark.parametrize(("told", "waits"), [("60", True), ("9" * 400, False), ("²", False), ("-1", False), ("soon", False)])
async def test_a_wait_that_nobody_can_wait_is_none(told: str, waits: bool) -> None:
    answer = Answer("Strange", 429, httpx2.Headers({"Retry-After": told.encode()}), None, "", False, datetime(2026, 11, 21, tzinfo=UTC))
    error = too_many(answer)
    assert isinstance(error, QuotaExhausted)
    assert (error.wait is not None) is waits
