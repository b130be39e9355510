"""What the tests of exports stand on: the routes on the real database, a worker's state beside them, and media in the storage."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
from fastapi import FastAPI
from psycopg.types.json import Jsonb

from postwright import config
from postwright.db.session import Pool
from postwright.edge import problems
from postwright.edge.state import State
from postwright.exports import api, pages
from postwright.exports.collect import make_export
from postwright.identity import api as identity
from postwright.library.storage import Storage, path_of
from tests.cast import Cast, Person, serving
from tests.edge.small import enter

Connection = psycopg.Connection[Any]


class Clock:
    """The real time, and how far it was put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Desk:
    """A web process without its server, a worker's state, and the owner's connection to look with."""

    app: FastAPI
    client: httpx2.AsyncClient
    web: State
    worker: State
    clock: Clock
    db: Connection
    cast: Cast

    async def sign_in(self, person: Person, workspace: UUID | None = None) -> dict[str, str]:
        """The headers of a session."""
        return await enter(self.client, person, workspace or self.cast.workspace)

    async def ask(self, headers: dict[str, str], kind: str = "workspace") -> UUID:
        """Asks for an archive."""
        answer = await self.client.post("/api/v1/exports", json={"kind": kind}, headers=headers)
        assert answer.status_code == 202, answer.text
        return UUID(answer.json()["id"])

    async def make(self, id: UUID, *, state: State | None = None) -> bool:
        """What the job does."""
        row = self.db.execute("select workspace_id from exports where id = %s", [id]).fetchone()
        assert row is not None
        return await make_export(state or self.worker, row[0], id)

    async def fetch(self, headers: dict[str, str], id: UUID) -> Opened:
        """The archive, opened."""
        answer = await self.client.get(f"/api/v1/exports/{id}/archive", headers=headers)
        assert answer.status_code == 200, answer.text
        return Opened(answer.content)

    async def export(self, person: Person, kind: str = "workspace", workspace: UUID | None = None) -> Opened:
        """From the wish to the open archive."""
        headers = await self.sign_in(person, workspace)
        id = await self.ask(headers, kind)
        assert await self.make(id), self.status(id)
        return await self.fetch(headers, id)

    def status(self, id: UUID) -> tuple[Any, ...]:
        """Status and words of an export."""
        row = self.db.execute("select status, error, attempt from exports where id = %s", [id]).fetchone()
        assert row is not None
        return row

    async def add_medium(self, name: str, data: bytes, *, workspace: UUID | None = None, person: Person | None = None) -> UUID:
        """A file of the library that people called `name`."""
        id, where = uuid4(), path_of(uuid4(), "x.png")
        await self.web.storage.put(path_of(id, "media.png"), data, "image/png")
        with serving(self.db):
            self.db.execute(
                """insert into files (id, workspace_id, user_id, path, mime_type, size_bytes, metadata)
                   values (%s, %s, %s, %s, 'image/png', %s, %s)""",
                [id, workspace or self.cast.workspace, (person or self.cast.bob).id, where, len(data), Jsonb({"name": name})],
            )
        return id

    def lying(self) -> list[str]:
        """All files among the archives, finished or not."""
        root = self.web.settings.home / "exports"
        return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())

    def running_slowly(self) -> State:
        """A worker's state whose clock stands three hours later."""
        return replace(self.worker, clock=lambda: self.clock() + timedelta(hours=3))


class Opened:
    """An archive as a reader sees it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        assert self.zip.testzip() is None
        self.manifest: dict[str, Any] = json.loads(self.zip.read("manifest.json"))

    @property
    def names(self) -> list[str]:
        return self.zip.namelist()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table."""
        return [json.loads(line) for line in self.zip.read(f"rows/{table}.jsonl").splitlines()]

    @property
    def tables(self) -> set[str]:
        return {name[5:-6] for name in self.names if name.startswith("rows/")}

    def everything(self) -> bytes:
        """All that is in it, unpacked."""
        return b"\n".join(name.encode() + b"\n" + self.zip.read(name) for name in self.names)


@asynccontextmanager
async def open_desk(api_pool: Pool, worker_pool: Pool, db: Connection, cast: Cast, home: Path) -> AsyncIterator[Desk]:
    """The routes of identity and exports, pages and JSON."""
    clock = Clock()
    settings = config.load({"POSTWRIGHT_HOME": str(home)})
    web = State(settings, api_pool, Storage(home / "media"), clock, None, "", b"k" * 32, "test")
    app = FastAPI()
    app.state.postwright = web
    problems.install(app)
    for router in (identity.router, api.router):
        app.include_router(router, prefix="/api/v1")
    app.include_router(pages.router)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Desk(app, client, web, replace(web, pool=worker_pool), clock, db, cast)
