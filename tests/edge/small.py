"""A small application with the real edge in front of the real database."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx2
from fastapi import APIRouter, FastAPI
from tests.cast import PASSWORD, Person, acting

from postwright import config
from postwright.db.session import Pool
from postwright.edge import key_text, problems
from postwright.edge.state import State
from postwright.identity import api as identity


def small_app(pool: Pool, home: Path, *routers: APIRouter, **environ: str) -> FastAPI:
    """Sessions, and the routes of a test; `environ` are settings of the operator."""
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(home)} | environ)
    app.state.postwright = State(settings, pool, None, lambda: datetime.now(UTC), None, "", b"k" * 32, "test")
    problems.install(app)
    for router in (identity.router, *routers):
        app.include_router(router, prefix="/api/v1")
    return app


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Nobody yet."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def enter(client: httpx2.AsyncClient, person: Person, workspace: UUID) -> dict[str, str]:
    """The headers of a session of that person in that workspace."""
    opened = await client.post("/api/v1/sessions", json={"email": person.email, "password": PASSWORD})
    assert opened.status_code == 201, opened.text
    return {"Authorization": f"Bearer {opened.json()['token']}", "X-Workspace": str(workspace)}


def make_key(db, person: Person, workspace: UUID, scopes: Sequence[str], accounts: list[UUID] | None = None) -> str:
    """An API key that the person made, as it was shown once."""
    token = key_text.make_key()
    with acting(db, person, workspace):
        db.execute(
            "insert into api_keys (workspace_id, name, prefix, key_hash, scopes, connection_ids) values (%s, %s, %s, %s, %s, %s)",
            (workspace, "robot", token[:12], hashlib.sha256(token.encode()).digest(), list(scopes), accounts),
        )
    return token
