"""HTTP to the outside: one client, to the platforms themselves or to the sandbox that speaks for them.

Whoever makes the client decides which; an adapter always names the real address. A direct client
connects to public addresses only and checks the very address it connects to, so neither a name
that changes its mind between check and use nor a redirect reaches the inside of a network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpcore2
import httpx2

from postwright.errors import InvalidInput
from postwright.kit.timely import TimelyBackend

USER_AGENT = "Postwright (+https://postwright.example)"
MAX_ANSWER = 2 * 1024 * 1024  # bytes
MAX_LARGE = 32 * 1024 * 1024  # bytes
LARGE = {"large": True}  # `extensions` of a request whose answer is a feed or a page of a site, not words of a platform
PATIENCE = 60.0  # seconds for a whole call: a timeout per step waits for ever on one who sends byte after byte
SLOWEST = 32 * 1024  # bytes a second: an upload has so much more time
MAX_CONNECTIONS = 100
_PIECE = 256 * 1024  # bytes unpacked at a time


class Client(httpx2.AsyncClient):
    """A client that brings the clock of whoever made it, for calls that say when they are made."""

    clock: Callable[[], datetime]


def machine_clock() -> datetime:
    """The moment by this machine's own clock, which may be off."""
    return datetime.now(UTC)


def now_of(http: httpx2.AsyncClient) -> datetime:
    """The moment by the clock of a client; of one that brings none, the machine's."""
    return http.clock() if isinstance(http, Client) else machine_clock()


def make_client(
    *,
    sandbox_url: str | None,
    timeout: float = 20,
    transport: httpx2.AsyncBaseTransport | None = None,
    clock: Callable[[], datetime] = machine_clock,
) -> Client:
    """A client that follows no redirect and reads at most MAX_ANSWER of an answer, unpacked; `timeout` in seconds per step,
    PATIENCE for all of them.

    With `sandbox_url`, https://host/path goes to {sandbox_url}/host/path. `transport` stands in for the network.
    """
    inner = transport or (_plain_transport() if sandbox_url else guarded_transport())
    limits = httpx2.Timeout(timeout, connect=min(timeout, 10), pool=min(timeout, 10))
    client = Client(
        transport=_Bounded(_Rewriting(inner, sandbox_url) if sandbox_url else inner),
        timeout=limits,
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
    )
    client.clock = clock
    return client


def guarded_transport() -> httpx2.AsyncHTTPTransport:
    """A transport that connects to public addresses only."""
    transport = httpx2.AsyncHTTPTransport(limits=_LIMITS, trust_env=False)
    transport._pool._network_backend = TimelyBackend(_GuardedBackend())  # httpx2 offers no parameter for it
    return transport


def _plain_transport() -> httpx2.AsyncHTTPTransport:
    transport = httpx2.AsyncHTTPTransport(limits=_LIMITS)
    transport._pool._network_backend = TimelyBackend(transport._pool._network_backend)
    return transport


async def guard_host(host: str) -> list[str]:
    """The public addresses of a host that a tenant named; raises InvalidInput when it is not a public host."""
    name = host.strip().rstrip(".").lower()
    if not name or any(mark in name for mark in "/@?#\\ ") or (":" in name and not _is_address(name.strip("[]"))):
        raise InvalidInput(f"{host!r} is not a host name", field="host", rule="host_name")
    try:
        addresses = await resolve(name.strip("[]"), 443)
    except (OSError, UnicodeError) as wrong:  # UnicodeError: a label that is empty or longer than 63 bytes
        raise InvalidInput(f"The host {name[:100]} cannot be found", field="host", rule="known_host") from wrong
    if not addresses or not all(is_public(address) for address in addresses):
        raise InvalidInput(f"The host {name} is not on the public internet", field="host", rule="public_host")
    return addresses


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host; raises OSError, UnicodeError for what can be no name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where it is wrapped in an IPv6 one (mapped, NAT64, 6to4)."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (inside := _embedded(ip)) is not None:
        return is_public(str(inside))
    special = any(ip in network for network in _SPECIAL)
    return ip.is_global and not (special or ip.is_multicast or ip.is_reserved or ip.is_unspecified)


_LIMITS = httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS, keepalive_expiry=30)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
# Not for hosts of the public internet, whatever this Python's is_global says of them.
# https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry, checked 2026-11-21.
_SPECIAL = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "240.0.0.0/4", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a mapped, compatible, 6to4 or NAT64 one leads to. Teredo lies in 2001::/23: refused as a whole."""
    if ip.ipv4_mapped or ip.sixtofour:
        return ip.ipv4_mapped or ip.sixtofour
    if ip in _NAT64 or ip in _COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves once, checks, and connects to exactly what was checked."""

    def __init__(self) -> None:
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            addresses = await asyncio.wait_for(resolve(host, port), timeout)
        except (OSError, TimeoutError, UnicodeError) as wrong:
            raise httpcore2.ConnectError(f"{host} cannot be found") from wrong
        if not addresses or not all(is_public(address) for address in addresses):
            raise httpcore2.ConnectError(f"{host} is not on the public internet: refused")
        return await self._connect_first(addresses, port, timeout, local_address, socket_options)

    async def _connect_first(
        self,
        addresses: list[str],
        port: int,
        timeout: float | None,  # noqa: ASYNC109
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore2.AsyncNetworkStream:
        problem: Exception = httpcore2.ConnectError("no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as wrong:
                problem = wrong
        raise problem

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError("unix sockets are refused")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Rewriting(httpx2.AsyncBaseTransport):
    """Sends https://host/path to {sandbox}/host/path; method, headers and body stay."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, sandbox_url: str) -> None:
        self._inner = inner
        self._sandbox = httpx2.URL(sandbox_url)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if (request.url.host, request.url.port) != (self._sandbox.host, self._sandbox.port):
            prefix = self._sandbox.raw_path.rstrip(b"/")
            path = prefix + b"/" + request.url.netloc + request.url.raw_path
            request.url = self._sandbox.copy_with(raw_path=path)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncBaseTransport):
    """Breaks off an answer that is larger than any platform's answer is, or takes longer. It unpacks itself: a small packed answer
    can be a huge one."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        until = asyncio.get_running_loop().time() + _longest(request)
        async with _ended_at(until):
            response = await self._inner.handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            packed = response.headers.pop("content-encoding", "identity").strip().lower()
            most = MAX_LARGE if request.extensions.get("large") else MAX_ANSWER
            response.stream = _BoundedStream(response.stream, packed, most, until)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, packed: str, most: int, until: float) -> None:
        self._inner = inner
        self._packed = packed
        self._most = most
        self._until = until

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._packed not in {"identity", "gzip", "x-gzip", ""}:
            raise httpx2.DecodingError(f"the answer is packed as {self._packed[:20]}, which nobody asked for")
        unpack = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS) if "gzip" in self._packed else None
        seen = 0
        async for chunk in _in_time(self._inner, self._until):
            for piece in _unpacked(chunk, unpack) if unpack else (chunk,):
                seen += len(piece)
                if seen > self._most:
                    raise httpx2.ReadError(f"the answer is larger than {self._most} bytes")
                yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


def _longest(request: httpx2.Request) -> float:
    """Seconds that a call may take, by the size of what it sends."""
    return PATIENCE + int(request.headers.get("content-length", 0)) / SLOWEST


async def _in_time(stream: httpx2.AsyncByteStream, until: float) -> AsyncIterator[bytes]:
    pieces = aiter(stream)
    while True:
        async with _ended_at(until):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


@asynccontextmanager
async def _ended_at(until: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(until):
            yield
    except TimeoutError as wrong:
        raise httpx2.ReadTimeout("the whole call takes too long") from wrong


def _unpacked(chunk: bytes, unpack: zlib._Decompress) -> Iterator[bytes]:
    while chunk and not unpack.eof:
        try:
            yield unpack.decompress(chunk, _PIECE)
        except zlib.error as wrong:
            raise httpx2.DecodingError(f"the answer does not unpack: {wrong}") from wrong
        chunk = unpack.unconsumed_tail
