"""Ids in the shapes that the platforms use; unique across restarts, growing within a process."""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
import threading

X_EPOCH_MS = 1_288_834_974_657
PER_MS = 1 << 22  # ids of X and LinkedIn in a millisecond
BASE32_SORT = "234567abcdefghijklmnopqrstuvwxyz"
ALNUM = string.ascii_letters + string.digits

_lock = threading.Lock()
_last = 0


def growing(now: float) -> int:
    """Microseconds of `now`, pushed on when two calls share one."""
    global _last
    with _lock:
        _last = max(_last + 1, int(now * 1_000_000))
        return _last


def x_id(now: float) -> str:
    return str((growing(now) - X_EPOCH_MS * 1000) * PER_MS // 1000 + secrets.randbelow(4194))


def linkedin_id(now: float) -> str:
    return str(growing(now) * PER_MS // 1000 + secrets.randbelow(4194))


def discord_id(now: float) -> str:
    """A snowflake of Discord, whose time begins with 2015."""
    return str((growing(now) - 1_420_070_400_000_000) * PER_MS // 1000 + secrets.randbelow(4194))


def tiktok_id(now: float) -> str:
    return str((int(now) << 32) | secrets.randbelow(1 << 32))


def mastodon_id(now: float) -> str:
    return str(growing(now) * 65_536 // 1000 + secrets.randbelow(65))


def meta_id(prefix: str = "17", digits: int = 17) -> str:
    return prefix + digits_of(digits - len(prefix))


def digits_of(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def letters(count: int) -> str:
    return "".join(secrets.choice(ALNUM) for _ in range(count))


def youtube_id() -> str:
    return secrets.token_urlsafe(8)[:11]


def tid(now: float) -> str:
    """An atproto timestamp id of now, never the same twice."""
    return _tid(growing(now))


def tid_of(at: float) -> str:
    """An atproto timestamp id of a moment in the past."""
    return _tid(int(at * 1_000_000))


def _tid(microseconds: int) -> str:
    """53 bits of microseconds and 10 random bits, base32-sortable."""
    value = (microseconds << 10) | secrets.randbelow(1 << 10)
    return "".join(BASE32_SORT[(value >> (5 * place)) & 31] for place in range(12, -1, -1))


def cid(data: bytes, codec: int) -> str:
    """A CIDv1 in base32: sha-256 of `data` under a multicodec (0x55 raw, 0x71 dag-cbor)."""
    raw = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def secret(prefix: str) -> str:
    """A token nobody can guess."""
    return f"{prefix}.{secrets.token_urlsafe(24)}"
