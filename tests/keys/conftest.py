"""Keys' routes in front of a fresh database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from postwright.db.session import Pool
from postwright.edge import live
from postwright.keys import api, pages
from tests.cast import Cast
from tests.edge.small import small_app
from tests.workspaces.desk import Desk, client_of, sit_down


@pytest.fixture
def app(api_pool: Pool, tmp_path: Path) -> FastAPI:
    made = small_app(api_pool, tmp_path, api.router)
    made.include_router(pages.router)
    made.include_router(live.router)
    return made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def desks(http: httpx2.AsyncClient, cast: Cast) -> dict[str, Desk]:
    return await sit_down(http, cast)
