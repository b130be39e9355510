"""How a Ghost site is called, and how it words its refusals (https://docs.ghost.org/admin-api/)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx2

from postwright.kit.http import now_of
from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, too_many
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected
from postwright.platforms.ghost.limits import FACTS
from postwright.platforms.sites import site_of

VERSION = str(FACTS["version"].value)
SKEW = 10  # seconds by which a site's clock may be behind ours


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    """Each call signs a token of its own that lives five minutes: the key itself never travels."""
    headers = {"Authorization": f"Ghost {sign(credentials, int(now_of(http).timestamp()))}", "Accept-Version": VERSION}
    return Caller("The Ghost site", http, headers, refuse)


def sign(credentials: Credentials, now: int) -> str:
    """A JWT of the Admin API key "id:secret". Raises ReauthRequired when the key is none."""
    name, _, secret = credentials.access_token.partition(":")
    try:
        key = bytes.fromhex(secret)
    except ValueError:
        key = b""
    if not name or not key:
        raise ReauthRequired("The Admin API key of this Ghost site is not whole: connect it again")
    issued = now - SKEW
    claims = {"iat": issued, "exp": issued + FACTS["token_seconds"].number, "aud": "/admin/"}
    head = f"{_segment({'alg': 'HS256', 'typ': 'JWT', 'kid': name})}.{_segment(claims)}"
    return f"{head}.{_base64(hmac.digest(key, head.encode(), hashlib.sha256))}"


def api_of(account: Account) -> str:
    return f"{site_of(account, 'Ghost').address}/ghost/api/admin"


def refuse(answer: Answer) -> PlatformError | None:
    """{"errors": [{"type", "message", "context", "property"}]} as our errors."""
    kind = str(answer.get("errors", 0, "type") or "")
    said = " ".join(str(answer.get("errors", 0, name) or "") for name in ("message", "context")).strip()
    if not kind:
        return None
    if answer.status == 401:
        return ReauthRequired("The Ghost site no longer accepts this Admin API key: connect it again", detail=answer.detail)
    if answer.status == 429:
        return too_many(answer)
    if answer.status == 403:
        return Rejected(
            f"The site does not let this integration do that: {said[:200]}", field="account", rule="forbidden", detail=answer.detail
        )
    if answer.status in (413, 415):
        return Rejected(f"The Ghost site does not take a medium: {said[:200]}", field="media", rule="media", detail=answer.detail)
    if answer.status == 406 or kind == "RequestNotAcceptableError":
        return Rejected(
            f"The Ghost site does not serve version {VERSION} of its API, which Postwright speaks: update the site, or Postwright",
            field="platform",
            rule="api_version",
            detail=answer.detail,
        )
    field = "title" if "title" in f"{answer.get('errors', 0, 'property')} {said}".lower() else "text"
    return Rejected(f"The Ghost site does not take this post: {said[:200]}", field=field, rule="invalid", detail=answer.detail)


def _segment(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
