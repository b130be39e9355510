"""Addresses that came from outside, before somebody is sent there."""

from __future__ import annotations


def inside(address: str, otherwise: str = "/today") -> str:
    """The address if it is one of this site, else `otherwise`: neither a sign-in nor a message sends people elsewhere.

    Browsers read a backslash as a slash and leave out tabs and line ends, so `/\\evil.example` is another site.
    """
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and not any(ord(c) < 32 for c in address)
    return address if plain else otherwise
