"""Whoever asks whether we are ready gets an answer, also when the database gives none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from psycopg_pool import PoolTimeout

from postwright import config
from postwright.api import health
from postwright.edge.state import State

pytestmark = pytest.mark.anyio


@dataclass
class Database:
    """A pool of one connection that fails, hangs or answers."""

    problem: Exception | None = None
    hangs: bool = False

    @contextlib.asynccontextmanager
    async def connection(self, timeout: float) -> AsyncIterator[Database]:  # noqa: ASYNC109 - the pool's own parameter
        yield self

    async def execute(self, _query: str) -> None:
        if self.problem:
            raise self.problem
        while self.hangs:
            with contextlib.suppress(asyncio.CancelledError):  # as psycopg, which waits for the server to confirm
                await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("database", "status"),
    [
        (Database(), 200),
        (Database(psycopg.OperationalError("gone")), 503),
        (Database(PoolTimeout("full")), 503),
        (Database(hangs=True), 503),
    ],
)
async def test_ready_is_answered_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Any, status: int) -> None:
    monkeypatch.setattr(health, "_PATIENCE", 0.1)
    app = FastAPI()
    app.state.postwright = State(
        config.load({"POSTWRIGHT_HOME": str(tmp_path)}), database, None, lambda: datetime.now(UTC), None, "", b"k" * 32, "test"
    )
    app.include_router(health.router)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as http:
        answer = await asyncio.wait_for(http.get("/readyz"), 5)
        assert (answer.status_code, (await http.get("/healthz")).status_code) == (status, 200)
    database.hangs = False
