"""The client: into the sandbox, or to the public internet and nowhere else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from postwright.errors import InvalidInput
from postwright.kit import http as outside
from postwright.kit.http import guard_host, is_public, make_client

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1",
        "64:ff9b::169.254.169.254", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "::127.0.0.1", "fd00:ec2::254",
        "2001:db8::1", "fe80::1%eth0", "not an address", "", "192.0.0.192", "192.0.0.9", "192.88.99.1", "198.19.255.255", "240.0.0.1",
        "2001:2::1", "2001:1::1", "2001:0:4136:e378:8000:63bf:fefe:fefe", "64:ff9b:1::808:808", "100::1", "::ffff:192.0.0.192",
        "2002:c000:c0::1", "64:ff9b::c000:c0", "::192.0.0.192", "fec0::1",
    ],
)  # fmt: skip
def test_inside_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("localhost", "public_host"), ("127.0.0.1", "public_host"), ("[::1]", "public_host"), ("169.254.169.254", "public_host"),
        ("", "host_name"), ("a/b", "host_name"), ("user@host", "host_name"), ("host:8080", "host_name"), ("a b", "host_name"),
        ("does-not-exist.invalid", "known_host"), ("a" * 300, "known_host"), (f"{'a' * 64}.example", "known_host"), ("a..b", "known_host"),
    ],
)  # fmt: skip
async def test_hosts_that_a_tenant_may_not_name(host: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await guard_host(host)
    assert (refused.value.field, refused.value.rule) == ("host", rule)


async def test_a_name_that_means_both_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    monkeypatch.setattr(outside, "resolve", both)
    with pytest.raises(InvalidInput):
        await guard_host("rebinding.example")


@pytest.fixture
async def listener() -> AsyncIterator[tuple[int, list[Any]]]:
    """A server inside, and who connected to it."""
    came: list[Any] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer.get_extra_info("peername"))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], came
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_a_direct_client_does_not_connect_inside(host: str, listener: tuple[int, list[Any]]) -> None:
    port, came = listener
    async with make_client(sandbox_url=None) as client:
        with pytest.raises(httpx2.ConnectError, match="public internet"):
            await client.get(f"http://{host}:{port}/")
    assert came == []


async def test_it_connects_to_the_very_address_it_checked(listener: tuple[int, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers publicly once and inside the next time gains nothing: it is resolved once."""
    asked: list[str] = []

    async def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    connected: list[str] = []

    async def connect(self: Any, host: str, *_: Any, **__: Any) -> Any:
        connected.append(host)
        raise outside.httpcore2.ConnectError("stop here")

    monkeypatch.setattr(outside, "resolve", changing)
    monkeypatch.setattr(outside.httpcore2.AnyIOBackend, "connect_tcp", connect)
    async with make_client(sandbox_url=None) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://rebinding.example/")
    assert (asked, connected) == (["rebinding.example"], ["93.184.216.34"])


async def test_redirects_are_not_followed(listener: tuple[int, list[Any]]) -> None:
    port, came = listener
    async with make_client(sandbox_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get("https://api.x.com/2/tweets")
    assert answer.status_code == 302
    assert answer.headers["location"] == "http://127.0.0.1/"
    assert len(came) == 1


async def test_the_sandbox_gets_host_path_query_headers_and_body() -> None:
    seen: list[httpx2.Request] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, content=request.content)

    async with make_client(sandbox_url="http://127.0.0.1:9999", transport=httpx2.MockTransport(note)) as client:
        answer = await client.post("https://api.linkedin.com/rest/posts/urn%3Ali%3A1?q=a%2Cb", content=b"body", headers={"X-Own": "1"})
        await client.get("http://127.0.0.1:9999/mastodon.example/api/v2/instance")
    assert str(seen[0].url) == "http://127.0.0.1:9999/api.linkedin.com/rest/posts/urn%3Ali%3A1?q=a%2Cb"
    assert (seen[0].method, seen[0].headers["x-own"], answer.content) == ("POST", "1", b"body")
    assert str(seen[1].url) == "http://127.0.0.1:9999/mastodon.example/api/v2/instance"


async def test_a_direct_client_reaches_what_it_is_told_to() -> None:
    def note(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, text=str(request.url))

    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(note)) as client:
        assert (await client.get("https://api.x.com/2/tweets")).text == "https://api.x.com/2/tweets"


async def test_an_endless_answer_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "MAX_ANSWER", 1000)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100

    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=endless()))
    async with make_client(sandbox_url=None, transport=transport) as client:
        with pytest.raises(httpx2.ReadError):
            await client.get("https://api.x.com/")


def test_the_machine_can_resolve_itself() -> None:
    """The guard's tests mean something only where localhost resolves."""
    assert socket.gethostbyname("localhost").startswith("127.")
