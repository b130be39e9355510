"""Secrets at rest and signed links.

Secrets are sealed with AES-256-GCM; the id of the key stands in the sealed text, so that keys can
be rotated, and what the secret belongs to (its context) is bound in, so that a sealed token copied
to another row does not open there. Each purpose has a key of its own, derived from the instance's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from postwright.errors import PostwrightError

_NONCE = 12  # bytes, as GCM wants them
_VERSION = "pw1"


class CannotOpen(PostwrightError):
    """A sealed text was changed, belongs elsewhere, or was sealed with a key that is not here."""

    code = "cannot_open"


@dataclass(frozen=True, slots=True)
class Box:
    """Seals and opens secrets. `keys` holds every key that may still be needed, `current` seals. With `fresh`, both are asked
    for anew each time: keys change while a process lives."""

    keys: Mapping[str, bytes]
    current: str
    fresh: Callable[[], Box] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def from_key(cls, key: bytes) -> Box:
        """The box of an instance key."""
        made = derive(key, "box")
        name = key_id(made)
        return cls({name: made}, name)

    def with_old(self, key: bytes) -> Box:
        """The same box, which also opens what an earlier instance key sealed."""
        made = derive(key, "box")
        return Box({**self.keys, key_id(made): made}, self.current)

    def seal(self, text: str, context: str) -> str:
        """`pw1.<key id>.<nonce and ciphertext>`; the same text never seals to the same twice."""
        box = self.fresh() if self.fresh else self
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(box.keys[box.current]).encrypt(nonce, text.encode(), _bound(box.current, context))
        return f"{_VERSION}.{box.current}.{_encode(nonce + sealed)}"

    def open(self, sealed: str, context: str) -> str:
        """The secret. Raises CannotOpen; never says more than that."""
        version, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        key = (self.fresh() if self.fresh else self).keys.get(name)
        if version != _VERSION or key is None:
            raise CannotOpen("A stored secret was sealed with a key that this instance does not have.", rule="key")
        try:
            raw = _decode(body)
            return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], _bound(name, context)).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen("A stored secret was changed or belongs elsewhere; it was not opened.", rule="seal") from None

    def stale(self, sealed: str) -> bool:
        """Whether an older key sealed it, so that rotation should seal it again."""
        return not sealed.startswith(self.mark())

    def mark(self) -> str:
        """How everything begins that is sealed now."""
        return f"{_VERSION}.{(self.fresh() if self.fresh else self).current}."

    def __repr__(self) -> str:
        return f"Box(current={self.current!r})"


def derive(key: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), 32, salt=b"postwright", info=purpose.encode()).derive(key)


def key_id(key: bytes) -> str:
    """A short name of a key that tells nothing about it."""
    return hashlib.sha256(b"postwright key id" + key).hexdigest()[:8]


def sign(key: bytes, text: str, expires: int) -> str:
    """The signature of a link that holds until `expires` (Unix seconds)."""
    digest = hmac.new(derive(key, "links"), f"{expires}\n{text}".encode(), hashlib.sha256).digest()
    return _encode(digest[:24])


def verify(key: bytes, text: str, expires: int, signature: str, now: datetime) -> bool:
    """Whether the signature is ours and has not run out at `now`."""
    wanted = sign(key, text, expires).encode()
    return hmac.compare_digest(wanted, signature.encode("utf-8", "replace")) and now.timestamp() <= expires


def _bound(name: str, context: str) -> bytes:
    return f"{_VERSION}\n{name}\n{context}".encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
