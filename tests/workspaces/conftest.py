"""Everybody at their desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from postwright.db.session import Pool
from tests.cast import Cast
from tests.workspaces.desk import Box, Desk, client_of, make_app, sit_down


@pytest.fixture
def box() -> Box:
    """A mail server that takes letters."""
    return Box()


@pytest.fixture
def app(api_pool: Pool, tmp_path: Path) -> FastAPI:
    """Without a mail server."""
    return make_app(api_pool, tmp_path)


@pytest.fixture
def mailing_app(api_pool: Pool, tmp_path: Path, box: Box) -> FastAPI:
    return make_app(api_pool, tmp_path, box)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def desks(http: httpx2.AsyncClient, cast: Cast) -> dict[str, Desk]:
    return await sit_down(http, cast)
