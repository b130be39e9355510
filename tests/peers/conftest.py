"""The vendors' own libraries, pointed at the sandbox: what they read and write holds the sandbox to the real protocol.

Each library names its platform's real hosts; an adapter of its HTTP session sends these to the sandbox, nothing leaves the machine.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.platforms.conftest import Sandbox, Shelf, sandbox, shelf

# X answers at its old name too; tweepy knows that one only.
RENAMED = {"api.twitter.com": "api.x.com"}


def rewritten(url: str, origin: str) -> str:
    """An address of a platform as one of the sandbox."""
    if url.startswith(origin):
        return url
    parts = urlsplit(url)
    host = RENAMED.get(parts.netloc, parts.netloc)
    return f"{origin}/{host}{parts.path}{f'?{parts.query}' if parts.query else ''}"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries ask the environment for proxies; the sandbox is on this machine."""
    monkeypatch.setenv("NO_PROXY", "*")


__all__ = ["Sandbox", "Shelf", "rewritten", "sandbox", "shelf"]
