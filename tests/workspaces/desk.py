"""The workspaces' routes around a fresh database, and the cast at its desks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx2
from fastapi import FastAPI

from postwright import config
from postwright.db.session import Pool
from postwright.edge import problems
from postwright.edge.state import State
from postwright.identity import api as identity
from postwright.identity.cookies import cookie_name
from postwright.kit.mail import Letter, Mailer, MailFailed
from postwright.library.storage import Storage
from postwright.workspaces import api, pages
from tests.cast import PASSWORD, Cast, Person

HOST = "http://postwright.test"


@dataclass
class Box:
    """A mail server that keeps what it takes, or takes nothing."""

    letters: list[Letter] = field(default_factory=list)
    broken: bool = False
    sends: bool = True

    async def send(self, letter: Letter) -> None:
        if self.broken:
            raise MailFailed("451 try later")
        self.letters.append(letter)


def make_app(pool: Pool, home: Path, mailer: Mailer | None = None) -> FastAPI:
    """The real edge, sessions, and the routes of workspaces."""
    settings = config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_URL": HOST})
    state = State(settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), None, "", b"k" * 32, "test")
    app = FastAPI()
    app.state.postwright = replace(state, mailer=mailer) if mailer else state
    problems.install(app)
    app.include_router(api.router, prefix="/api/v1")
    app.include_router(identity.router, prefix="/api/v1")
    app.include_router(pages.router)
    return app


class Desk:
    """Requests as one person in one workspace."""

    def __init__(self, http: httpx2.AsyncClient, token: str, workspace: UUID | None) -> None:
        self.http, self.token, self.workspace = http, token, workspace

    async def __call__(self, method: str, path: str, **how) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"X-Workspace": str(self.workspace)} if self.workspace else {})
        where = path if path.startswith("/api/") or not path.startswith("/v1") else f"/api{path}"
        return await self.http.request(method, where, headers=headers | how.pop("headers", {}), **how)

    async def ask(self, method: str, path: str, **how) -> httpx2.Response:
        """Of the API's workspaces."""
        return await self(method, f"/api/v1/workspaces{path}", **how)


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client


async def sit(http: httpx2.AsyncClient, person: Person, workspace: UUID | None) -> Desk:
    """A session of that person."""
    opened = await http.post("/api/v1/sessions", json={"email": person.email, "password": PASSWORD})
    assert opened.status_code == 201, opened.text
    return Desk(http, opened.json()["token"], workspace)


async def sit_down(http: httpx2.AsyncClient, cast: Cast) -> dict[str, Desk]:
    """Everybody of the cast, looking at the cast's workspace; Mallory too, who is no member."""
    people = [*cast.members, cast.mallory]
    return {each.name.lower(): await sit(http, each, cast.workspace) for each in people}


class Browser:
    """Pages as one person, by cookie and forms."""

    def __init__(self, http: httpx2.AsyncClient, app: FastAPI, token: str) -> None:
        self.http, self.cookies = http, {cookie_name(app.state.postwright): token}
        self.csrf = ""

    async def get(self, path: str) -> httpx2.Response:
        answer = await self.http.get(path, headers=self._headers())
        if 'name="csrf" value="' in answer.text:
            self.csrf = answer.text.split('name="csrf" value="')[1].split('"')[0]
        return answer

    async def post(self, path: str, **fields: object) -> httpx2.Response:
        return await self.http.post(path, data={"csrf": self.csrf, **fields}, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Accept": "text/html"}


async def browse(http: httpx2.AsyncClient, app: FastAPI, person: Person, workspace: UUID) -> Browser:
    """A browser that looks at that workspace."""
    desk = await sit(http, person, None)
    moved = await desk.ask("POST", f"/{workspace}/open")
    assert moved.status_code == 204, moved.text
    return Browser(http, app, desk.token)
