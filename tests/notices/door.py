"""Requests as one person or one key, of pages and of the API, on a small application with some modules' routes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from fastapi import APIRouter, FastAPI

from postwright.db.session import Pool
from postwright.edge.asgi import Wrap
from tests.cast import Cast, Person, acting
from tests.edge.small import client_of, enter, small_app


@dataclass(frozen=True, slots=True)
class Door:
    """`pages` takes a path of a page, `api` one of the API; both answer with the whole response."""

    http: httpx2.AsyncClient
    headers: dict[str, str]
    person: Person | None = None

    async def api(self, method: str, path: str, **how: Any) -> httpx2.Response:
        return await self.http.request(method, f"/api/v1{path}", headers=self.headers | how.pop("headers", {}), **how)

    async def page(self, method: str, path: str, *, piece: bool = False, **how: Any) -> httpx2.Response:
        headers = self.headers | {"Accept": "text/html"} | ({"HX-Request": "true"} if piece else {})
        return await self.http.request(method, path, headers=headers, **how)


def app_of(pool: Pool, home: Path, *, api: tuple[APIRouter, ...], pages: tuple[APIRouter, ...]) -> FastAPI:
    app = small_app(pool, home, *api)
    for each in pages:
        app.include_router(each)
    app.add_middleware(Wrap)
    return app


@asynccontextmanager
async def doors(app: FastAPI, cast: Cast) -> AsyncIterator[dict[str, Door]]:
    """One for everybody of the cast, by their first name; Mallory's leads to the workspace that is not hers only where a test asks."""
    async with client_of(app) as http:
        homes = {"mallory": cast.elsewhere}
        people = {"alice": cast.alice, "ada": cast.ada, "bob": cast.bob, "vera": cast.vera, "mallory": cast.mallory}
        yield {name: Door(http, await enter(http, each, homes.get(name, cast.workspace)), each) for name, each in people.items()}


def words(html: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def add_draft(db: Any, person: Person, workspace: UUID, title: str = "Launch") -> UUID:
    """A draft of that person."""
    with acting(db, person, workspace):
        row = db.execute(
            "insert into content_adaptations (workspace_id, title, original_idea, adaptations)"
            " values (%s, %s, 'We launch.', '{}') returning id",
            (workspace, title),
        ).fetchone()
    found = row[0]
    assert isinstance(found, UUID)
    return found
