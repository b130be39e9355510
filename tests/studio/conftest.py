"""A state and an application around a fresh database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from postwright import config
from postwright.db.session import VISITOR, Actor, Pool, transaction
from postwright.edge import problems
from postwright.edge.state import State
from postwright.identity.models import Visit
from postwright.identity.sign_in import sign_in
from postwright.library import pages as library_pages
from postwright.library.storage import Storage
from postwright.studio import api
from tests.cast import PASSWORD, Cast, Person

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def make_state(pool: Pool, home: Path) -> State:
    settings = config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_URL": "http://postwright.test"})
    return State(
        settings=settings, pool=pool, storage=Storage(home / "media"), clock=lambda: datetime.now(UTC), sandbox_url=None, sandbox_key="k",
        key=b"k" * 32, instance="test",
    )  # fmt: skip


@pytest.fixture
def state(api_pool: Pool, tmp_path: Path) -> State:
    return make_state(api_pool, tmp_path)


@pytest.fixture
def worker_state(worker_pool: Pool, tmp_path: Path) -> State:
    return make_state(worker_pool, tmp_path)


def acting_as(cast: Cast, person: Person) -> Actor:
    return Actor("authenticated", person.id, cast.workspace)


@pytest.fixture
def app(state: State) -> FastAPI:
    made = FastAPI()
    made.state.postwright = state
    problems.install(made)
    made.include_router(api.router, prefix="/api/v1")
    made.include_router(library_pages.router)
    return made


class Browser:
    """Requests as somebody, in the cast's workspace."""

    def __init__(self, http: httpx2.AsyncClient, headers: dict[str, str]) -> None:
        self.http, self.headers = http, headers

    async def __call__(self, method: str, path: str, **how: Any) -> httpx2.Response:
        return await self.http.request(method, path, headers=self.headers | how.pop("headers", {}), **how)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://postwright.test") as client:
        yield client


async def enter(http: httpx2.AsyncClient, state: State, cast: Cast, person: Person) -> Browser:
    async with transaction(state.pool, VISITOR):
        pass
    opened = await sign_in(state.pool, email=person.email, password=PASSWORD, visit=Visit("test", None), now=state.clock())
    return Browser(http, {"Authorization": f"Bearer {opened.token}", "X-Workspace": str(cast.workspace)})
