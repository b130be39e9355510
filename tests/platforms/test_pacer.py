"""Calls that a platform counts by the minute are spread, and one refused for it is asked again within the try."""

from __future__ import annotations

import httpx2
import pytest

from postwright.platforms.account import Account, Credentials
from postwright.platforms.pacer import Pacer
from postwright.platforms.tiktok.answers import caller
from postwright.platforms.tiktok.publish import _SLOWED, _confirm

pytestmark = pytest.mark.anyio


async def test_the_call_beyond_a_minute_s_share_waits_until_the_first_is_a_minute_old() -> None:
    now, waited = 0.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        waited.append(seconds)
        now += seconds

    pacer = Pacer(2, clock=lambda: now, sleep=sleep)
    await pacer.turn("a")
    now = 10.0
    await pacer.turn("a")
    await pacer.turn("b")
    assert waited == [], "another account has its own share"
    await pacer.turn("a")
    assert (waited, now) == ([50.0], 60.0)


async def test_a_status_that_is_refused_as_too_frequent_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    def answer(request: httpx2.Request) -> httpx2.Response:
        if not asked:
            return httpx2.Response(429, json={"error": {"code": "rate_limit_exceeded", "message": "slow"}})
        done = {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [7]}
        return httpx2.Response(200, json={"data": done, "error": {"code": "ok"}})

    monkeypatch.setattr("asyncio.sleep", sleep)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        receipt = await _confirm(caller(http, Credentials("t")), Account("1", "@ada"), "ada", "p.1")
    assert (receipt.remote_id, _SLOWED in asked) == ("7", True)
