"""The one-time link lets its owner in, whatever becomes of the demonstration."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from postwright.db.session import VISITOR, Pool, transaction
from postwright.edge import problems
from postwright.errors import Conflict
from postwright.identity.sign_in import make_link
from postwright.web import welcome
from tests.cast import Cast
from tests.studio.conftest import make_state

pytestmark = pytest.mark.anyio


async def test_a_demonstration_that_fails_keeps_nobody_out(
    api_pool: Pool, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def begin(*_: object, **__: object) -> None:
        raise Conflict("No free slot.", rule="free_slot")

    monkeypatch.setattr(welcome, "begin", begin)
    state, app = make_state(api_pool, tmp_path), FastAPI()
    app.state.postwright = state
    problems.install(app)
    app.include_router(welcome.router)
    async with transaction(api_pool, VISITOR) as db:
        link = await make_link(db, cast.bob.id, state.clock())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://postwright.test") as http:
        entered = await http.post("/welcome", data={"link": link, "timezone": "Europe/Berlin"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/today")
        assert "set-cookie" in entered.headers
        assert (await http.post("/welcome", data={"link": link}, headers={"Accept": "text/html"})).status_code == 401
