"""External tokens: JWTs of the one OpenID Connect issuer that the operator names (Supabase, Clerk, Auth0, Keycloak, ...).

Who the issuer says somebody is, is found here by the token's subject. The network is asked for the issuer's
keys only, rarely, and never inside a transaction: what a token claims makes nobody hammer the issuer.
Claims and their checks: RFC 7519, RFC 8725, OpenID Connect Core 1.0 (section 3.1.3.7).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import jwt
import structlog
from jwt import algorithms as known_algorithms

from postwright.errors import NotSignedIn, Unavailable

log = structlog.get_logger()

LONGEST_TOKEN = 8192  # characters
SKEW = 60  # seconds that two clocks may differ
FLOOR = timedelta(seconds=30)  # between two visits to the issuer, whatever tokens come
FLOOR_WHEN_DOWN = timedelta(seconds=5)
FRESH = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))  # how long keys are taken for true: at least, unless told, at most
STALE = timedelta(days=1)  # how long they serve on when the issuer does not answer

_PATIENCE = 5.0  # seconds for one step
_LARGEST_ANSWER = 512 * 1024  # bytes
_MOST_KEYS = 50
_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES = {"P-256": frozenset({"ES256"}), "P-384": frozenset({"ES384"}), "P-521": frozenset({"ES512"}), "Ed25519": frozenset({"EdDSA"})}
_ASYMMETRIC = _RSA.union(*_CURVES.values())
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})  # a logout token, say, is signed alike and signs nobody in
_ADDRESS = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,185}")


@dataclass(frozen=True, slots=True)
class Outsider:
    """Whom a token stands for."""

    subject: str
    email: str | None  # only where the issuer has verified it
    name: str


@dataclass(frozen=True, slots=True)
class _Key:
    kid: str | None
    algorithms: frozenset[str]
    public: Any  # of cryptography: RSA, EC or Ed25519


@dataclass(frozen=True, slots=True)
class _Known:
    """What the issuer told last."""

    issuer: str
    keys: tuple[_Key, ...]
    etag: str | None
    fetched_at: datetime
    fresh_until: datetime

    def fitting(self, kid: str | None, algorithm: str) -> list[_Key]:
        return [each for each in self.keys if algorithm in each.algorithms and (kid is None or each.kid == kid)]


class Issuer:
    """One issuer, its keys kept while they are fresh."""

    def __init__(self, address: str, audience: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._address, self._audience, self._transport = address.rstrip("/"), audience, transport
        self._known: _Known | None = None
        self._tried_at: datetime | None = None
        self._down = False
        self._one_at_a_time = asyncio.Lock()

    async def verify(self, token: str, now: datetime) -> Outsider:
        """Whom the token stands for. Raises NotSignedIn that says what is wrong, Unavailable when the issuer is needed and silent."""
        algorithm, kid = _header(token)
        known = await self._keys(kid, algorithm, now)
        claims = _open(token, algorithm, known.fitting(kid, algorithm))
        _check(claims, known.issuer, self._audience, now.timestamp())
        return _outsider(claims)

    async def _keys(self, kid: str | None, algorithm: str, now: datetime) -> _Known:
        if self._serves(kid, algorithm, now) and self._known:
            return self._known
        async with self._one_at_a_time:
            if not self._serves(kid, algorithm, now) and self._may_ask(now):
                await self._ask(now)
        return self._at_hand(kid, algorithm, now)

    def _serves(self, kid: str | None, algorithm: str, now: datetime) -> bool:
        return self._known is not None and now < self._known.fresh_until and bool(self._known.fitting(kid, algorithm))

    def _may_ask(self, now: datetime) -> bool:
        return self._tried_at is None or now - self._tried_at >= (FLOOR_WHEN_DOWN if self._down else FLOOR)

    async def _ask(self, now: datetime) -> None:
        self._tried_at, self._down = now, True  # until it has answered: whoever asks may go away in between
        try:
            async with asyncio.timeout(2 * _PATIENCE):
                self._known = await self._fetch(now)
            self._down = False
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, RecursionError) as wrong:
            said = f"{type(wrong).__name__}: {wrong}"[:300]
            log.warning("the token issuer does not answer as it should", issuer=self._address, error=said)

    def _at_hand(self, kid: str | None, algorithm: str, now: datetime) -> _Known:
        """Known keys serve on for a while when the issuer is down; a key that we do not know then may be a new one."""
        known = self._known
        if known and now < known.fresh_until + STALE and (not self._down or known.fitting(kid, algorithm)):
            return known
        message = "The identity provider does not answer, so it cannot be told whose token this is. Try again in a moment."
        raise Unavailable(message, rule="issuer", headers={"Retry-After": str(int(FLOOR_WHEN_DOWN.total_seconds()))})

    async def _fetch(self, now: datetime) -> _Known:
        timeout = httpx2.Timeout(_PATIENCE)
        async with httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False, transport=self._transport) as client:
            issuer, address = await self._discover(client)
            asked = {"If-None-Match": self._known.etag} if self._known and self._known.etag else {}
            status, headers, body = await _get(client, address, asked)
        fresh_until = now + _freshness(headers.get("cache-control", ""))
        if status == 304 and self._known:
            return replace(self._known, issuer=issuer, fetched_at=now, fresh_until=fresh_until)
        if status != 200:
            raise ValueError(f"the keys: HTTP {status}")
        return _Known(issuer, _read_keys(json.loads(body)), headers.get("etag"), now, fresh_until)

    async def _discover(self, client: httpx2.AsyncClient) -> tuple[str, str]:
        """The issuer as its tokens write it, and where its keys are. Some (older Supabase) publish the keys only."""
        status, _, body = await _get(client, f"{self._address}/.well-known/openid-configuration")
        if status == 404:
            return self._address, f"{self._address}/.well-known/jwks.json"
        found = json.loads(body) if status == 200 else None
        if not isinstance(found, dict):
            raise ValueError(f"the discovery document: HTTP {status}")
        issuer, keys = found.get("issuer"), found.get("jwks_uri")
        if not isinstance(issuer, str) or issuer.rstrip("/") != self._address:
            raise ValueError(f"the discovery document is of another issuer: {issuer!r}")
        if not isinstance(keys, str) or not keys.startswith(("https://", "http://") if self._address.startswith("http://") else "https://"):
            raise ValueError(f"the keys have no safe address: {keys!r}")
        return issuer, keys


def _header(token: str) -> tuple[str, str | None]:
    """Algorithm and key id. Never `none`, never a shared secret: a public key must not serve as one."""
    if len(token) > LONGEST_TOKEN:
        raise _refused(f"it has more than {LONGEST_TOKEN} characters")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _refused("it is no signed JWT") from None
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in _ASYMMETRIC:
        raise _refused("its algorithm is not an asymmetric one")
    if "crit" in header or (kind is not None and (not isinstance(kind, str) or kind.lower() not in _TYPES)):
        raise _refused("it is of another kind than access and ID tokens")
    return algorithm, kid if isinstance(kid, str) else None


def _open(token: str, algorithm: str, keys: Sequence[_Key]) -> Mapping[str, Any]:
    """The claims, once one of the keys has signed them."""
    for key in keys:
        try:
            claims = json.loads(jwt.api_jws.decode(token, key.public, algorithms=[algorithm]))
        except (jwt.PyJWTError, ValueError, RecursionError):
            continue
        if isinstance(claims, dict):
            return claims
    raise _refused("none of the issuer's keys has signed it")


def _check(claims: Mapping[str, Any], issuer: str, audience: str, now: float) -> None:
    """Raises NotSignedIn unless the token is of this issuer, for this service, and of now."""
    if claims.get("iss") != issuer:
        raise _refused("iss is another issuer")
    meant = claims.get("aud")
    if audience not in (meant if isinstance(meant, list) else [meant]):
        raise _refused("aud is another service")
    if not _number(claims.get("exp")) or not now < claims["exp"] + SKEW:
        raise NotSignedIn("This token has expired, or says no end. Get a fresh one from your identity provider.", rule="token_expired")
    for name in ("nbf", "iat"):
        if name in claims and not (_number(claims[name]) and claims[name] - SKEW <= now):
            raise _refused(f"{name} is in the future")


def _outsider(claims: Mapping[str, Any]) -> Outsider:
    subject, email, name = claims.get("sub"), claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable() or subject.startswith("postwright:"):
        raise _refused("sub names nobody")
    verified = claims.get("email_verified") in (True, "true")  # some issuers write booleans as text
    known = verified and isinstance(email, str) and _ADDRESS.fullmatch(email) is not None and email.isprintable()
    return Outsider(subject, email if known else None, name.strip()[:255] if isinstance(name, str) and name.isprintable() else "")


def _read_keys(found: Any) -> tuple[_Key, ...]:
    """Those of a JWK set (RFC 7517) that verify signatures; others are passed over. Raises ValueError where there is no set."""
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise ValueError("no JWK set")
    return tuple(key for each in keys[:_MOST_KEYS] if isinstance(each, dict) and (key := _read_key(each)))


def _read_key(found: Mapping[str, Any]) -> _Key | None:
    operations = found.get("key_ops")
    if found.get("use") not in (None, "sig") or "d" in found or (isinstance(operations, list) and "verify" not in operations):
        return None
    fitting = _RSA if found.get("kty") == "RSA" else _CURVES.get(str(found.get("crv")), frozenset())
    only, kid = found.get("alg"), found.get("kid")
    try:
        public = _public(found)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
    allowed = fitting if only is None else fitting & {only} if isinstance(only, str) else frozenset()
    return _Key(kid if isinstance(kid, str) else None, allowed, public) if allowed and public else None


def _public(found: Mapping[str, Any]) -> Any:
    jwk = dict(found)
    match found.get("kty"):
        case "RSA":
            key = known_algorithms.RSAAlgorithm.from_jwk(jwk)
            return key if key.key_size >= 2048 else None
        case "EC":
            return known_algorithms.ECAlgorithm.from_jwk(jwk)
        case "OKP":
            return known_algorithms.OKPAlgorithm.from_jwk(jwk)
    return None


async def _get(client: httpx2.AsyncClient, address: str, headers: Mapping[str, str] | None = None) -> tuple[int, httpx2.Headers, bytes]:
    """An answer, read to a limit. Raises ValueError beyond it."""
    body = bytearray()
    async with client.stream("GET", address, headers={"Accept": "application/json"} | dict(headers or {})) as answer:
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > _LARGEST_ANSWER:
                raise ValueError("the answer is too long")
        return answer.status_code, answer.headers, bytes(body)


def _freshness(cache_control: str) -> timedelta:
    least, usual, most = FRESH
    found = re.search(r"max-age=(\d{1,9})", cache_control)
    return min(max(timedelta(seconds=int(found[1])), least), most) if found else usual


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused(why: str) -> NotSignedIn:
    return NotSignedIn(f"This token opens nothing here: {why}.", rule="token")
