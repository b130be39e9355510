"""What the tests of connecting do as people: open pages, click, and look at what came of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
from fastapi import FastAPI

from postwright.api import v1
from postwright.connections import accounts
from postwright.connections.credentials import open_credentials
from postwright.connections.models import AccountRow
from postwright.db.session import Actor, transaction
from postwright.edge import problems
from postwright.edge.state import State
from postwright.platforms.account import Credentials
from postwright.web.app import _PAGES
from tests.cast import Cast, Person
from tests.studio import conftest as studio

HOST = "http://127.0.0.1:8484"
KEY = b"k" * 32
SANDBOX_KEY = "the key of these tests"


@dataclass
class Moment:
    """A clock that moves when it is told to."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


class Browser(studio.Browser):
    """Pages and forms as a person uses them."""

    async def get(self, path: str, **how: Any) -> httpx2.Response:
        return await self("GET", path, **how)

    async def post(self, path: str, **how: Any) -> httpx2.Response:
        return await self("POST", path, **how)


@dataclass
class Desk:
    """`web` is the state of the web's process, `worker` of the jobs'."""

    web: State
    worker: State
    cast: Cast
    clock: Moment
    app: FastAPI
    open_things: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    @asynccontextmanager
    async def open(cls, web: State, worker: State, cast: Cast, clock: Moment) -> AsyncIterator[Desk]:
        app = FastAPI()
        app.state.postwright = web
        problems.install(app)
        app.include_router(v1.router)
        for pages in _PAGES:
            app.include_router(pages.router)
        async with AsyncExitStack() as stack:
            yield cls(web, worker, cast, clock, app, stack)

    async def browser(self, person: Person) -> Browser:
        """A browser of that person's, signed in, in the cast's workspace."""
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        http = await self.open_things.enter_async_context(httpx2.AsyncClient(transport=transport, base_url=HOST))
        signed_in = await studio.enter(http, self.web, self.cast, person)
        return Browser(signed_in.http, signed_in.headers)

    def actor(self, person: Person) -> Actor:
        return Actor("authenticated", person.id, self.cast.workspace)

    async def accounts(self) -> list[AccountRow]:
        async with transaction(self.web.pool, self.actor(self.cast.ada)) as db:
            return await accounts.list_accounts(db, self.actor(self.cast.ada))

    async def tokens(self, account: UUID) -> Credentials:
        async with transaction(self.worker.pool, Actor("service_role")) as db:
            return (await open_credentials(db, self.cast.workspace, account, self.worker.box))[1]

    async def make_sandbox(self) -> None:
        """The cast's workspace becomes a sandbox by its first account."""
        ada = await self.browser(self.cast.ada)
        answer = await ada.post("/accounts/sandbox")
        assert answer.headers["location"] == "/accounts?said=connected", answer.text


@dataclass(frozen=True)
class Consent:
    """A sandbox platform's page, as it is drawn."""

    address: str
    accounts: list[str]
    scopes: list[str]
    text: str


async def set_out(browser: Browser, platform: str, **form: Any) -> Consent:
    """From "Connect" to the platform's page."""
    answer = await browser.post(f"/accounts/connect/{platform}", data=form)
    assert answer.status_code == 303, answer.text
    return await look(browser, answer.headers["location"])


async def look(browser: Browser, address: str) -> Consent:
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    found = re.findall(r'name="account" value="([^"]+)"', page.text)
    return Consent(address, found, re.findall(r'name="scope" value="([^"]+)"', page.text), page.text)


async def allow(browser: Browser, consent: Consent, *chosen: str, scopes: list[str] | None = None) -> str:
    """Clicks Allow; the address to which the platform sends the browser."""
    form = {"allow": "yes", "account": list(chosen or consent.accounts[:1]), "scope": consent.scopes if scopes is None else scopes}
    answer = await browser.post(consent.address, data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix(HOST)


async def cancel(browser: Browser, consent: Consent) -> str:
    answer = await browser.post(consent.address, data={"allow": "no"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix(HOST)


def asked(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
