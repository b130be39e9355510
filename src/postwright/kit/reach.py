"""Whether platforms could fetch something from this server, by its address alone: no network is asked."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from postwright.kit.http import is_public

FETCHING = "Platforms that fetch media (Instagram, Threads; TikTok for photos)"
ADVICE = "Set POSTWRIGHT_URL to the public address."
_INSIDE = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa", ".test", ".example", ".invalid", ".onion")


def unreachable(address: str) -> str | None:
    """Why nobody outside reaches this address, in words; None when nothing speaks against it."""
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".").lower()
    if not host:
        return "it names no host"
    if _is_ip(host):
        return None if is_public(host) else f"{host} is an address of this machine or network only"
    if host == "localhost" or "." not in host or host.endswith(_INSIDE):
        return f"{host} is a name of this machine or network only"
    if parts.scheme != "https":
        return "it is not https, which platforms ask for"
    return None


def told(address: str) -> str | None:
    """The same as a sentence with what to do; None when nothing speaks against it."""
    why = unreachable(address)
    return why and f"{FETCHING} cannot reach {address}: {why}. {ADVICE}"


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
