"""Connecting a webhook: its address, and the secret that signs what goes there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.auth import Grant, KeyField
from postwright.platforms.errors import ReauthRequired, Rejected
from postwright.platforms.sites import reaching, read_site
from postwright.platforms.webhook.limits import FACTS
from postwright.platforms.webhook.publish import ping
from postwright.platforms.webhook.signing import pack, read_secret

_LEAST, _MOST = FACTS["secret_bytes_least"].number, FACTS["secret_bytes_most"].number
_FIELDS = (
    KeyField("address", "Address", "Where posts are sent to", secret=True, example="https://hooks.example.com/posts"),
    KeyField("secret", "Signing secret", 'As the receiver has it: "whsec_" and base64', secret=True, example="whsec_..."),
)


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """An address and a secret."""

    fields: tuple[KeyField, ...] = _FIELDS

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        """A ping that the receiver must answer with 2xx proves both."""
        address, secret = given.get("address", "").strip(), given.get("secret", "").strip()
        site = read_site(address, "address")
        query = urlsplit(address).query
        full = site.address + (f"?{query}" if query else "")
        key = read_secret(secret)
        if key is None or not _LEAST <= len(key) <= _MOST:
            raise Rejected(f'The secret is "whsec_" and {_LEAST} to {_MOST} bytes in base64', field="secret", rule="key_form")
        token = pack(secret, full)
        with reaching("address"):
            try:
                await ping(http, Credentials(token))
            except ReauthRequired as wrong:
                raise Rejected(
                    "The receiver does not accept the signature", field="secret", rule="known_key", detail=wrong.detail
                ) from wrong
            except Rejected as wrong:
                raise Rejected(wrong.message, field="address", rule=wrong.rule, detail=wrong.detail) from wrong
        # The address may hold a key, so the account is known by its fingerprint.
        name = hashlib.sha256(full.encode()).hexdigest()[:24]
        return [Grant(name, site.host, site.host, token, host=site.host)]


WEBHOOK_KEYS = WebhookKeys()
