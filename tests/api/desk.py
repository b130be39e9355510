"""The real application of the API, in front of a real database: one client, and people who enter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from fastapi import FastAPI

from postwright import config
from postwright.api import v1
from postwright.db.session import Pool
from postwright.edge import problems
from postwright.edge.state import State
from postwright.library.storage import Storage
from tests.cast import Cast, Person, acting
from tests.edge.small import enter

IDEA = "We moved our launch from Friday to Tuesday. Support answered twice as fast, and nobody worked on Saturday."


@dataclass
class Desk:
    """What a test asks with."""

    app: FastAPI
    http: httpx2.AsyncClient
    db: psycopg.Connection[Any]  # the owner's
    cast: Cast

    async def __call__(self, method: str, path: str, **how: Any) -> httpx2.Response:
        return await self.http.request(method, f"/api/v1{path}", **how)

    async def become(self, person: Person, workspace: UUID | None = None) -> None:
        self.http.headers |= await enter(self.http, person, workspace or self.cast.workspace)

    def account(self, platform: str = "x", name: str = "acme", workspace: UUID | None = None, person: Person | None = None) -> UUID:
        """Connects a sandbox account."""
        with acting(self.db, person or self.cast.alice, workspace or self.cast.workspace) as db:
            row = db.execute(
                "insert into platform_connections (platform, platform_user_id, environment, handle, display_name, timezone, access_token)"
                " values (%s, %s, 'sandbox', %s, %s, 'Europe/Berlin', 'sealed') returning id",
                (platform, name, f"{name}.example", name.title()),
            ).fetchone()
        assert row is not None
        found = row[0]
        assert isinstance(found, UUID)
        return found

    async def draft(self, *platforms: str, idea: str = IDEA) -> dict[str, Any]:
        made = await self("POST", "/drafts", json={"idea": idea, "platforms": list(platforms or ("x",))})
        assert made.status_code == 201, made.text
        found = made.json()
        assert isinstance(found, dict)
        return found

    async def post(self, at: str = "2027-03-02T09:00:00Z", idea: str = IDEA, account: UUID | None = None) -> dict[str, Any]:
        """A planned post of a new draft."""
        draft = await self.draft("x", idea=idea)
        planned = await self(
            "POST", f"/drafts/{draft['id']}/plan", json={"at": at} | ({"connection_ids": [str(account)]} if account else {})
        )
        assert planned.status_code == 201, planned.text
        found = planned.json()["items"][0]
        assert isinstance(found, dict)
        return found

    def count(self, table: str) -> int:
        row = self.db.execute(f"select count(*) from {table}".encode()).fetchone()
        assert row is not None
        return int(row[0])


def make_app(pool: Pool, home: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    app = FastAPI(openapi_url="/api/v1/openapi.json")
    settings = config.load({"POSTWRIGHT_HOME": str(home)})
    app.state.postwright = State(settings, pool, Storage(home / "media"), clock, None, "k", b"k" * 32, "test")
    problems.install(app)
    v1.describe_errors(app)
    app.include_router(v1.router)
    return app


@asynccontextmanager
async def open_desk(pool: Pool, db: psycopg.Connection[Any], cast: Cast, home: Path) -> AsyncIterator[Desk]:
    """The desk, with Bob at it."""
    app = make_app(pool, home)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        desk = Desk(app, http, db, cast)
        await desk.become(cast.bob)
        yield desk
