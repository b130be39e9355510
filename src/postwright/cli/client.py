"""The command line's way into a running Postwright: the same API that everybody else uses, as the operator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2

from postwright import __version__
from postwright.cli.zone import machine_zone
from postwright.config import Settings
from postwright.errors import InvalidInput, PostwrightError, Unavailable

Json = dict[str, Any]


class Client:
    """API v1 with the operator's session. A refusal becomes the error that the API named."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self._http = httpx2.Client(
            base_url=f"{base_url}/api/v1",
            headers={"Authorization": f"Bearer {token}", "User-Agent": f"postwright-cli/{__version__}"},
            timeout=60,
        )

    def get(self, path: str, **params: Any) -> Json:
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: Json | None = None) -> Json:
        return self._ask("POST", path, json=body or {})

    def wait(self, path: str, done: Callable[[Json], bool], *, seconds: float, every: float = 0.15) -> Json:
        """Asks again until `done`; the last answer when the time is up."""
        end = time.monotonic() + seconds
        while not done(answer := self.get(path)) and time.monotonic() < end:
            time.sleep(every)
        return answer

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, **how: Any) -> Json:
        try:
            answer = self._http.request(method, path, **how)
        except httpx2.HTTPError as error:
            raise Unavailable(f"Postwright does not answer at {self._http.base_url}: {error}") from error
        if answer.is_success:
            found: Json = answer.json()
            return found
        raise _refused(answer)


def operator_token(settings: Settings) -> str:
    """A one-time link's token for the person who runs this instance."""
    return asyncio.run(_make_link(settings))


def leave_mark(settings: Settings, workspace: UUID) -> None:
    """Notes that the next sign-in finds the demonstration's posts."""
    asyncio.run(_leave_mark(settings, workspace))


def open_client(settings: Settings, base_url: str) -> Client:
    """A client signed in as the operator, by a one-time link of its own."""
    try:
        answer = httpx2.post(f"{base_url}/api/v1/sessions", json={"link": operator_token(settings)}, timeout=30)
    except httpx2.HTTPError as error:
        raise Unavailable(f"Postwright does not answer at {base_url}: {error}") from error
    if not answer.is_success:
        raise _refused(answer)
    return Client(base_url, answer.json()["token"])


async def _make_link(settings: Settings) -> str:
    from postwright.db.connect import dsns
    from postwright.db.session import VISITOR, open_pool, transaction
    from postwright.identity import store
    from postwright.identity.sign_in import make_link

    async with open_pool(dsns(settings).api, size=1, name="cli") as pool, transaction(pool, VISITOR) as db:
        user: UUID = await store.operator(db, zone=machine_zone())
        return await make_link(db, user, datetime.now(UTC))


async def _leave_mark(settings: Settings, workspace: UUID) -> None:
    from postwright.db.connect import dsns
    from postwright.db.session import VISITOR, Actor, enter, open_pool, transaction
    from postwright.identity import store

    async with open_pool(dsns(settings).api, size=1, name="cli") as pool, transaction(pool, VISITOR) as db:
        user = await store.operator(db, zone=machine_zone())
        await enter(db, Actor("authenticated", user, workspace, "cli"))
        await store.leave_mark(db, workspace, "demonstration")


def _refused(answer: httpx2.Response) -> PostwrightError:
    try:
        said = answer.json()
    except ValueError:
        return Unavailable(f"Postwright answered {answer.status_code} without a word; look at its log.")
    kind = InvalidInput if answer.status_code < 500 else Unavailable
    return kind(said.get("detail", "refused"), field=said.get("field"), rule=said.get("rule"))
