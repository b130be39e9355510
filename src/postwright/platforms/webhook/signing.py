"""Signatures as Standard Webhooks has them: HMAC-SHA256 over id, timestamp and body (https://www.standardwebhooks.com/)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from postwright.platforms.account import Credentials
from postwright.platforms.errors import ReauthRequired

_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where it goes and what signs it. Both are secret: an address often holds a key of its own."""

    address: str
    key: bytes

    def __repr__(self) -> str:
        return "Receiver(…)"


def pack(secret: str, address: str) -> str:
    """Both as the one token that is stored sealed."""
    return f"{secret} {address}"


def receiver_of(credentials: Credentials) -> Receiver:
    """Raises ReauthRequired when one of the two is missing."""
    secret, _, address = credentials.access_token.partition(" ")
    key = read_secret(secret)
    if key is None or not address.startswith("https://"):
        raise ReauthRequired("The webhook's address and secret are not whole: connect it again")
    return Receiver(address, key)


def read_secret(secret: str) -> bytes | None:
    """The key inside of "whsec_..."; None when it is none."""
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True) if secret.startswith(_PREFIX) else None
    except binascii.Error:
        return None


def signed_headers(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    signature = hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        "Content-Type": "application/json",
    }
