"""Reading an article at an address that somebody gave: never the inside of our own network, never without bounds."""

from __future__ import annotations

import asyncio
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx2
import trafilatura

from postwright.errors import InvalidInput
from postwright.kit.http import LARGE, guard_host, make_client
from postwright.studio.bring_in import MOST, from_text
from postwright.studio.models import Idea

_MOST_BYTES = 5_000_000
_REDIRECTS = 5
_TIMEOUT = 15  # seconds a step
_PATIENCE = 45.0  # seconds for all of it: a server that sends byte after byte is not waited for
_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown")


async def from_url(url: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> Idea:
    """The article at an address: title, text, and where it stands. Never call it inside a transaction.

    Raises InvalidInput (field `url`) when the address is not public, does not answer, or holds no text.
    `transport` stands in for the network.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            final, mime, body = await _fetch(url, transport)
    except TimeoutError:
        raise InvalidInput("The address answers too slowly. Paste its text instead.", field="url", rule="reachable") from None
    if mime in {"text/plain", "text/markdown"}:
        return from_text(body.decode("utf-8", "replace")[:MOST], kind="url", url=final)
    title, text, site = await asyncio.to_thread(_extract, body, final)
    if not text.strip():
        raise InvalidInput("There is no article at this address that can be read. Paste its text instead.", field="url", rule="readable")
    source = {"kind": "url", "url": final} | ({"site": site} if site else {})
    return from_text(text[:MOST], title, **source)


async def _fetch(url: str, transport: httpx2.AsyncBaseTransport | None) -> tuple[str, str, bytes]:
    """The final address, the type without parameters, the bytes."""
    async with make_client(sandbox_url=None, timeout=_TIMEOUT, transport=transport) as http:
        for _ in range(_REDIRECTS + 1):
            await _guard(url, check_name=transport is None)
            try:
                async with http.stream("GET", url, headers={"Accept": "text/html,text/plain;q=0.8"}, extensions=LARGE) as answer:
                    if answer.status_code in {301, 302, 303, 307, 308} and "location" in answer.headers:
                        url = _joined(url, answer.headers["location"])
                        continue
                    return url, *await _body(answer)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise InvalidInput(f"The address does not answer ({_words(error)}).", field="url", rule="reachable") from None
    raise InvalidInput(f"The address sends us on more than {_REDIRECTS} times.", field="url", rule="redirects")


async def _guard(url: str, *, check_name: bool) -> None:
    parts = _split(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput("Give an address that begins with http:// or https://.", field="url", rule="address")
    if parts.username or parts.password:
        raise InvalidInput("An address with a name and password in it is not read.", field="url", rule="address")
    if check_name:
        try:
            await guard_host(parts.hostname)
        except InvalidInput as error:
            raise InvalidInput(error.message, field="url", rule=error.rule) from None


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise InvalidInput("This is not an address. It begins with http:// or https://.", field="url", rule="address") from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise InvalidInput("The address sends us on to what is no address.", field="url", rule="redirects") from None


async def _body(answer: httpx2.Response) -> tuple[str, bytes]:
    if answer.status_code >= 400:
        raise InvalidInput(f"The address answers with {answer.status_code}.", field="url", rule="reachable")
    mime = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if mime not in _TYPES:
        raise InvalidInput(f"There is {mime or 'something'} at this address, not an article.", field="url", rule="article")
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > _MOST_BYTES:
            raise InvalidInput("The page at this address is larger than 5 MB.", field="url", rule="max_size")
    return mime, bytes(data)


def _extract(html: bytes, url: str) -> tuple[str, str, str]:
    """Title, text as Markdown, name of the site."""
    text = trafilatura.extract(html, url=url, output_format="markdown", include_links=False, include_comments=False) or ""
    facts = trafilatura.extract_metadata(html, default_url=url, extensive=False)
    return str(facts.title or "") if facts else "", text, str(facts.sitename or "") if facts else ""


def _words(error: Exception) -> str:
    return str(error).strip()[:120] or type(error).__name__
