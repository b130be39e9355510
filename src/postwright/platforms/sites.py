"""Sites that a tenant names: an address is read strictly here, and the client that calls it connects to public hosts only (kit/http.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from postwright.platforms.account import Account
from postwright.platforms.errors import Rejected, Transient


@dataclass(frozen=True, slots=True)
class Site:
    """A site of somebody's own. `path` is "" or begins with a slash and ends with none."""

    host: str
    path: str = ""

    @property
    def address(self) -> str:
        return f"https://{self.host}{self.path}"


def read_site(text: str, field: str) -> Site:
    """The site that a person typed, with or without https://. Raises Rejected that names the field and the rule."""
    typed = text.strip()
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as wrong:
        raise Rejected("This is not the address of a site", field=field, rule="address") from wrong
    if parts.scheme != "https":
        raise Rejected("The address must begin with https://: a key is sent along", field=field, rule="https")
    if parts.username is not None or port not in (None, 443):
        raise Rejected("Give the address without a name, a password or a port", field=field, rule="address")
    if "." not in host or any(mark in host for mark in "%\\ ") or not host.isprintable():
        raise Rejected("This is not the address of a site", field=field, rule="address")
    return Site(host.lower(), parts.path.rstrip("/"))


def site_of(account: Account, platform: str) -> Site:
    """Where a connected account lives."""
    if not account.host:
        raise Rejected(f"The account does not name its {platform} site: connect it again", field="account", rule="host")
    return Site(account.host, str(account.profile.get("path") or ""))


@contextmanager
def reaching(field: str) -> Iterator[None]:
    """While a site is tried for the first time: a host that is not there, or not public, is the person's to mend."""
    try:
        yield
    except Transient as wrong:
        said = wrong.detail or ""
        if "not on the public internet" in said:
            raise Rejected("This host is not on the public internet", field=field, rule="public_host", detail=said) from wrong
        if "cannot be found" in said:
            raise Rejected("This host cannot be found", field=field, rule="known_host", detail=said) from wrong
        raise
