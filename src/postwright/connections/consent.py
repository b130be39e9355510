"""The sandbox's authorise pages: asked of the sandbox, which is not for browsers, and drawn here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx2

from postwright.edge.state import State
from postwright.errors import InvalidInput, NotFound, Unavailable
from postwright.platforms.auth import App, Ask
from postwright.platforms.registry import REGISTRY

_TIMEOUT = 10.0  # seconds; the sandbox is on this machine


@dataclass(frozen=True, slots=True)
class Choice:
    """A fictional account of whoever looks."""

    id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """What a platform's page says. `many`: several accounts may be allowed at once."""

    platform: str
    name: str
    app: str
    scopes: tuple[str, ...]
    accounts: tuple[Choice, ...]
    many: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """What a person would find in a fictional account's settings, by the fields that ask for it."""

    handle: str
    keys: Mapping[str, str]


def way_through_us(address: str) -> str:
    """The address here at which the sandbox's page is seen: the platform's own host and path stand in it."""
    parts = urlsplit(address)
    return f"/sandbox/connect/{parts.netloc}{parts.path}?{parts.query}"


async def show(state: State, workspace: UUID, host: str, path: str, query: str) -> ConsentPage:
    """The page. Raises InvalidInput in the platform's words where it refuses the app or the address; NotFound, Unavailable."""
    said = (await _ask(state, "GET", workspace, host, path, query)).json()
    choices = tuple(Choice(each["id"], each["handle"], each["display_name"]) for each in said["accounts"])
    return ConsentPage(said["platform"], said["name"], said["app"], tuple(said["scopes"]), choices, bool(said["many"]))


async def decide(
    state: State, workspace: UUID, host: str, path: str, query: str, *, allow: bool, accounts: Sequence[str], scopes: Sequence[str]
) -> str:
    """Allow or Cancel: the address that the platform sends the browser back to, which is one of ours. Raises as `show`."""
    body = {"allow": allow, "accounts": list(accounts), "scopes": list(scopes)}
    answer = await _ask(state, "POST", workspace, host, path, query, body)
    address = answer.headers.get("location", "")
    ours = f"{state.settings.base_url}/accounts/callback/"
    if not address.startswith(ours):
        raise Unavailable("The sandbox did not say where to go on.", rule="sandbox")
    return address


async def hints(state: State, workspace: UUID, slug: str) -> list[Hint]:
    """What the fictional accounts' settings tell; nothing where the sandbox does not answer."""
    if state.sandbox_url is None:
        return []
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as http:
            answer = await http.get(
                f"{state.sandbox_url}/_sandbox/keys",
                params={"workspace": str(workspace), "platform": slug},
                headers={"X-Sandbox-Key": state.sandbox_key},
            )
            answer.raise_for_status()
    except httpx2.HTTPError:
        return []
    return [Hint(each["handle"], each["keys"]) for each in answer.json()["accounts"]]


async def _ask(
    state: State, method: str, workspace: UUID, host: str, path: str, query: str, body: Mapping[str, Any] | None = None
) -> httpx2.Response:
    if state.sandbox_url is None:
        raise Unavailable("No sandbox is running here. Start Postwright with `postwright up`.", rule="sandbox")
    if host not in _hosts() or {".", ".."} & set(path.split("/")):  # our key goes along, and it opens the sandbox's own pages too
        raise _no_page()
    address = f"{state.sandbox_url}/{quote(host, safe='.')}/{quote(path, safe='/.')}" + (f"?{query}" if query else "")
    headers = {"X-Sandbox-Key": state.sandbox_key, "X-Sandbox-Workspace": str(workspace)}
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as http:
            answer = await http.request(method, address, headers=headers, json=body)
    except httpx2.HTTPError as error:
        raise Unavailable("The sandbox does not answer. Nothing was connected; try again once it runs.", rule="sandbox") from error
    if answer.status_code in (404, 405):
        raise _no_page()
    if answer.status_code in (400, 422):
        raise InvalidInput(_words(answer), rule="walk_platform")
    if answer.status_code >= 400:
        raise Unavailable(f"The sandbox refused to answer ({answer.status_code}).", rule="sandbox")
    return answer


@cache
def _hosts() -> frozenset[str]:
    """Where the platforms are: their pages on which a person allows something, and what adapters talk to."""
    nobody = App("nobody")
    asks = ((each.oauth, Ask("", "", "", host=each.face.servers.sandbox if each.face.servers else None)) for each in REGISTRY.values())
    pages = (urlsplit(oauth.page(nobody, ask)).netloc for oauth, ask in asks if oauth)
    return frozenset({*pages, *(host for each in REGISTRY.values() for host in each.origins)})


def _no_page() -> NotFound:
    return NotFound("There is no such page in the sandbox.", rule="exists")


def _words(answer: httpx2.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return "The platform refuses this address."
    words = said.get("error_description") or said.get("error") if isinstance(said, dict) else None
    return str(words or "The platform refuses this address.")[:300]
