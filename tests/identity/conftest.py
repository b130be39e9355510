"""The identity routes in front of the real database, with a real mail server on the loopback address."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI

from postwright import config
from postwright.db.session import Pool
from postwright.edge import problems
from postwright.edge.asgi import Wrap
from postwright.edge.state import State
from postwright.identity import api, pages
from postwright.identity.after import after_of
from postwright.kit.mail import NoMail, make_mailer
from postwright.library.storage import Storage
from tests.cast import PASSWORD, Person

BASE = "http://127.0.0.1:8484"
COOKIE = "postwright_test"


@dataclass
class Inbox:
    """What the mail server took."""

    url: str = ""
    letters: list[Message] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def to(self, address: str) -> list[Message]:
        return [each for each in self.letters if each["To"] == address]

    def last(self, address: str) -> str:
        """The text of the last letter to that address."""
        return str(self.to(address)[-1].get_content())  # type: ignore[attr-defined]


@dataclass
class Site:
    """The application, a way to ask it as a browser or a program, and its mail."""

    app: FastAPI
    inbox: Inbox
    clients: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def state(self) -> State:
        state: State = self.app.state.postwright
        return state

    def client(self, **options: Any) -> httpx2.AsyncClient:
        """Nobody yet."""
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False, client=(options.pop("address", "192.0.2.1"), 1000))
        headers = {"Accept": "text/html"} | options.pop("headers", {})
        made = httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers, **options)
        self.clients.append(made)
        return made

    async def browser(self, person: Person, password: str = PASSWORD) -> httpx2.AsyncClient:
        """A browser in which that person has signed in."""
        made = self.client()
        answer = await made.post("/sign-in", data={"email": person.email, "password": password})
        assert answer.status_code == 303, answer.text
        return made

    async def program(self, person: Person, password: str = PASSWORD) -> httpx2.AsyncClient:
        """A program with a session of that person."""
        made = self.client()
        answer = await made.post("/api/v1/sessions", json={"email": person.email, "password": password})
        assert answer.status_code == 201, answer.text
        made.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return made

    async def settle(self) -> None:
        """Until the work after the answers is done."""
        await after_of(self.app).settle()

    def link(self, address: str) -> str:
        """The path in the last letter to that address."""
        found = re.search(rf"{BASE}(/\S+token=\S+)", self.inbox.last(address))
        assert found, self.inbox.last(address)
        return found[1]

    def token(self, address: str) -> str:
        return self.link(address).partition("token=")[2]


async def form(client: httpx2.AsyncClient, page: str, action: str, **fields: str) -> httpx2.Response:
    """Posts a form as the page has it: with its csrf token."""
    shown = await client.get(page)
    assert shown.status_code == 200, (page, shown.status_code)
    found = re.search(r'name="csrf" value="([^"]+)"', shown.text)
    return await client.post(action, data={"csrf": found[1] if found else "", **fields})


@pytest.fixture
async def inbox(anyio_backend: str) -> AsyncIterator[Inbox]:
    """A mail server that takes everything."""
    box = Inbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, hostname="localhost"), "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield box
    server.close()
    await server.wait_closed()


@pytest.fixture
async def silent(api_pool: Pool, tmp_path: Path) -> AsyncIterator[Site]:
    """A server that sends no e-mail."""
    async for each in _site(api_pool, tmp_path, Inbox()):
        yield each


@pytest.fixture
async def site(api_pool: Pool, tmp_path: Path, inbox: Inbox) -> AsyncIterator[Site]:
    """A server that sends e-mail."""
    async for each in _site(api_pool, tmp_path, inbox):
        yield each


async def _site(pool: Pool, home: Path, box: Inbox) -> AsyncIterator[Site]:
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(home)})
    mailer = make_mailer(box.url, settings.mail_from) if box.url else NoMail()
    storage = Storage(home / "media")
    app.state.postwright = State(settings, pool, storage, lambda: datetime.now(UTC), None, "", b"k" * 32, "test", mailer)
    problems.install(app)
    app.add_middleware(Wrap)
    app.include_router(api.router, prefix="/api/v1")
    app.include_router(pages.router)
    made = Site(app, box)
    yield made
    await made.settle()
    await asyncio.gather(*(each.aclose() for each in made.clients))


def reachable_from_everywhere(site: Site) -> None:
    """As if it ran under a public address."""
    site.app.state.postwright = replace(site.state, settings=replace(site.state.settings, public_url="https://post.example.com"))


@pytest.fixture
def operator(owner_db: psycopg.Connection[Any], cast: Any) -> Person:
    """Alice runs this server, too."""
    owner_db.execute("update users set is_operator = true where id = %s", (cast.alice.id,))
    person: Person = cast.alice
    return person
