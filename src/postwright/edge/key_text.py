"""What an API key looks like: a mark that secret scanners find, 256 random bits, and a checksum that tells typos apart."""

from __future__ import annotations

import re
import secrets
import zlib

KEY_MARK = "pwk_"
SHOWN = len(KEY_MARK) + 6  # characters of a key that lists go on showing

_RANDOM = 43  # characters: 32 bytes as base64url
_CHECK = 6
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(rf"{KEY_MARK}[A-Za-z0-9_-]{{{_RANDOM}}}[0-9A-Za-z]{{{_CHECK}}}")


def make_key() -> str:
    """A new key. Whoever has it is its maker's equal within its scopes, so it is shown once and kept as a hash."""
    body = KEY_MARK + secrets.token_urlsafe(32)
    return body + _checksum(body)


def well_formed(key: str) -> bool:
    """Whether this can be a key at all. What is mistyped or cut off is told without asking the database."""
    return _FORM.fullmatch(key) is not None and _checksum(key[:-_CHECK]) == key[-_CHECK:]


def _checksum(body: str) -> str:
    """CRC-32 in base 62, as six digits."""
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
