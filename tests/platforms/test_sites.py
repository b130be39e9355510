"""Addresses that a tenant types: read strictly, and never leading inside."""

from __future__ import annotations

import socket

import pytest

from postwright.kit import http as kit_http
from postwright.kit.http import make_client
from postwright.platforms.errors import Rejected
from postwright.platforms.registry import REGISTRY
from postwright.platforms.sites import Site, read_site

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("example.com", Site("example.com")),
        (" https://Example.com/ ", Site("example.com")),
        ("https://example.com/blog/", Site("example.com", "/blog")),
        ("https://example.com:443", Site("example.com")),
    ],
)
def test_what_people_type(typed: str, site: Site) -> None:
    assert read_site(typed, "site") == site


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", "address"), ("localhost", "address"), ("http://example.com", "https"), ("ftp://example.com", "https"),
        ("https://alice:pass@example.com", "address"), ("https://example.com:8443", "address"), ("https://exa mple.com", "address"),
        ("https://[::1", "address"), ("https://example.com:99999", "address"), ("https://example.com\\@evil.example", "address"),
    ],
)  # fmt: skip
def test_what_is_no_site(typed: str, rule: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_site(typed, "site")
    assert (refused.value.field, refused.value.rule) == ("site", rule)


@pytest.mark.parametrize("slug", ["wordpress", "ghost", "webhook"])
async def test_a_host_inside_is_refused_when_it_is_connected(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The direct client, with a name server that answers with an address of our own network."""

    async def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.7"]

    monkeypatch.setattr(kit_http, "resolve", inside)
    field, error = await _connect(slug)
    assert (field, error.rule) == ("address" if slug == "webhook" else "site", "public_host")

    async def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror("not found")

    monkeypatch.setattr(kit_http, "resolve", nowhere)
    _, error = await _connect(slug)
    assert error.rule == "known_host"


async def _connect(slug: str) -> tuple[str, Rejected]:
    given = {
        "site": "inside.example", "username": "alice", "password": "x", "key": f"{'a' * 24}:{'b' * 64}",
        "address": "https://inside.example/hook", "secret": "whsec_" + "YWFh" * 10,
    }  # fmt: skip
    keys = REGISTRY[slug].keys
    assert keys is not None
    async with make_client(sandbox_url=None) as http:
        with pytest.raises(Rejected) as refused:
            await keys.connect(http, given)
    return refused.value.field, refused.value
