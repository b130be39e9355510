"""How an account is connected: what a platform asks of a person, and what it grants.

Two ways. OAuth: a person allows it on the platform's own page, which needs the operator's registered app (`App`).
Keys: a person types what the platform gave them (an app password, a bot's token, a webhook's address).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

import httpx2

from postwright.platforms.account import Account, Credentials, Profile

_LONGEST_LIFE = 10 * 365 * 86_400  # seconds


def lifetime(seconds: float) -> int | None:
    """Seconds that a token lives, as somebody told them; None for what no token lives: nothing, for ever, or no number at all."""
    return int(seconds) if 0 < seconds < _LONGEST_LIFE else None


@dataclass(frozen=True, slots=True)
class App:
    """The operator's registration at a platform. The sandbox registers one for everybody."""

    client_id: str
    client_secret: str | None = None
    extra_scopes: tuple[str, ...] = ()  # what this registration may ask for beyond the usual (LinkedIn organisations)

    def __repr__(self) -> str:
        return f"App({self.client_id})"


@dataclass(frozen=True, slots=True)
class Ask:
    """One walk to a platform's page and back. `verifier` is of PKCE and stays with us, `host` is of a platform with many servers."""

    redirect_uri: str
    state: str
    verifier: str
    host: str | None = None

    @property
    def challenge(self) -> str:
        """What the platform sees of the verifier (RFC 7636, S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Grant:
    """An account that its platform has just granted, with fresh tokens. Never stored like this."""

    platform_user_id: str
    handle: str
    display_name: str
    access_token: str
    refresh_token: str | None = None
    expires_in: int | None = None  # seconds; None: it does not expire
    refresh_expires_in: int | None = None  # seconds until the refresh token dies, where it does
    scope: str | None = None
    host: str | None = None
    avatar_url: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Grant({self.handle})"


@dataclass(frozen=True, slots=True)
class Renewed:
    """A fresh pair. The old one may be dead already: keep this before it is used."""

    credentials: Credentials
    expires_in: int | None = None  # seconds
    refresh_expires_in: int | None = None
    profile: Profile | None = None  # what the account is called now, where the answer tells it


@dataclass(frozen=True, slots=True)
class KeyField:
    """Something that a person types to connect an account."""

    name: str
    label: str
    hint: str
    secret: bool = False
    example: str = ""


class Authorizes(Protocol):
    """OAuth at one platform."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for."""
        ...

    @property
    def pkce(self) -> bool:
        """Whether the platform offers it; then it is used."""
        ...

    def page(self, app: App, ask: Ask) -> str:
        """The address of the platform's page on which a person allows it. The browser goes there, never we."""
        ...

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        """The accounts that the code stands for: one, or several (Facebook pages, LinkedIn organisations).

        Raises ReauthRequired for a code that is spent, late or another's; Rejected that names the missing scope; Transient.
        """
        ...

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        """A fresh pair. ReauthRequired only where the platform says definitely that the grant is gone (`invalid_grant`);
        every other failure is Transient: a broken network disconnects nobody."""
        ...

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        """Whether the platform knows the app. Raises Rejected with field client_id or client_secret, Transient."""
        ...


@runtime_checkable
class RegistersApps(Protocol):
    """Beside `Authorizes`, where a platform has many servers (Mastodon): a person names theirs first, and it takes an app from us."""

    async def register(self, http: httpx2.AsyncClient, host: str, redirect_uri: str) -> App:
        """An app on one server of many. Raises Rejected, Transient."""
        ...


@runtime_checkable
class Renews(Protocol):
    """Tokens that end, and can be had anew; beside `Authorizes` or `AcceptsKeys`. Keys ignore the app."""

    @property
    def renew_before(self) -> timedelta | None:
        """How long before a token's end it is renewed; None: tokens of this platform do not end."""
        ...

    @property
    def by_refresh_token(self) -> bool:
        """Whether that takes a refresh token. False: the access token itself is exchanged (Instagram)."""
        ...

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        """As `Authorizes.renew`. Rejected with rule no_refresh where this account's token cannot be renewed."""
        ...


@runtime_checkable
class Revokes(Protocol):
    """A grant that can be taken back from here."""

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        """Takes it back at the platform; one that is gone already raises ReauthRequired. Else as `Authorizes.renew`."""
        ...


class AcceptsKeys(Protocol):
    """Connecting by what a person types."""

    @property
    def fields(self) -> tuple[KeyField, ...]:
        """What they type."""
        ...

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        """Tries it at the platform. Raises Rejected that names the field, Transient."""
        ...
