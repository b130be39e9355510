"""Signing in and out, as Mallory would."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from fastapi.responses import Response

from postwright import config
from postwright.db.session import Pool
from postwright.edge.context import cookie_name
from postwright.edge.state import State
from postwright.errors import InvalidInput, TooManyTries
from postwright.identity import passwords
from postwright.identity.cookies import end_session, set_session
from postwright.identity.models import NewSession, Visit
from postwright.identity.sign_in import sign_in
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
GUESSES = 30


async def test_guesses_at_once_wait_like_guesses_in_turn(api_pool: Pool, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at, gate = [], asyncio.Event()

    async def slow(password: str, stored: str | None) -> bool:
        looked_at.append(password)
        await gate.wait()
        return False

    monkeypatch.setattr(passwords, "matches", slow)
    mallory = Visit("curl", "192.0.2.1")
    tries = [
        asyncio.create_task(sign_in(api_pool, email=cast.alice.email, password=f"guess {n}", visit=mallory, now=NOW))
        for n in range(GUESSES)
    ]
    async with asyncio.timeout(30):
        while len(looked_at) + sum(each.done() for each in tries) < GUESSES:  # noqa: ASYNC110 - tasks of the code under test
            await asyncio.sleep(0.02)
    gate.set()
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(each) for each in answers} == {InvalidInput, TooManyTries}
    assert len(looked_at) <= 5 + api_pool.max_size  # those that were under way in the same moment


async def test_who_knows_the_password_starts_afresh(api_pool: Pool, cast: Cast) -> None:
    visit = Visit("browser", "192.0.2.2")
    for _ in range(3):
        for password in ("wrong", "wrong", "wrong", "wrong"):
            with pytest.raises(InvalidInput):
                await sign_in(api_pool, email=cast.bob.email, password=password, visit=visit, now=NOW)
        opened = await sign_in(api_pool, email=cast.bob.email, password=PASSWORD, visit=visit, now=NOW)
        assert opened.user_id == cast.bob.id


@pytest.mark.parametrize("address", ["https://posts.example", "http://127.0.0.1:8484"])
def test_the_cookie_that_signing_out_takes_is_the_one_that_signing_in_gave(tmp_path: Path, cast: Cast, address: str) -> None:
    pool: Any = None
    settings = replace(config.load({"POSTWRIGHT_HOME": str(tmp_path)}), public_url=address)
    state = State(settings, pool, None, lambda: NOW, None, "", b"k" * 32, "test")
    given = _cookie(set_session(Response(), state, NewSession("token", NOW, cast.alice.id)), state)
    taken = _cookie(end_session(Response(), state), state)
    assert taken["max-age"] == "0"
    assert [(each["secure"], each["path"], each["httponly"]) for each in (given, taken)] == [
        (address.startswith("https") or "", "/", True)
    ] * 2


def _cookie(answer: Response, state: State) -> Any:
    return SimpleCookie(answer.headers["set-cookie"])[cookie_name(state)]
