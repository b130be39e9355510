"""What an account is to the rest of Postwright."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Health(StrEnum):
    """Whether an account can be used; `reconnect` waits for a person: to sign in again, or, where it is suspended, to settle that."""

    HEALTHY = "healthy"
    EXPIRING = "expiring"
    RECONNECT = "reconnect"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A connected account as everybody in its workspace may see it: no token."""

    id: UUID
    platform_id: UUID
    platform: str
    platform_name: str
    platform_user_id: str
    handle: str | None
    display_name: str | None
    avatar_url: str | None
    timezone: str | None  # None: that of the calendar
    environment: str
    health: str
    last_error: str | None
    suspended_at: datetime | None  # its platform bars it since then
    paused_at: datetime | None
    is_active: bool
    host: str | None
    followers: int | None
    token_expires_at: datetime | None
    position: int
    created_at: datetime
    last_sync_at: datetime | None
    scope: str | None = None
    refresh_expires_at: datetime | None = None
    renewable: bool = False  # its tokens are renewed without a person

    @property
    def scopes(self) -> list[str]:
        """What its platform was told to allow."""
        return (self.scope or "").replace(",", " ").split()

    @property
    def ends_at(self) -> datetime | None:
        """When a person must connect it again, as far as is known; None: not as things are."""
        return self.refresh_expires_at if self.renewable else self.token_expires_at

    @property
    def name(self) -> str:
        """What people call it."""
        return self.display_name or self.handle or self.platform_user_id

    @property
    def simulated(self) -> bool:
        return self.environment == "sandbox"

    @property
    def usable(self) -> bool:
        """Whether posts can be planned for it."""
        return self.is_active and self.paused_at is None and self.health != Health.RECONNECT


@dataclass(frozen=True, slots=True)
class Granted:
    """An account that its platform has just granted, with fresh tokens. Never stored like this."""

    platform: str
    platform_user_id: str
    environment: str
    handle: str
    display_name: str
    access_token: str
    refresh_token: str | None = None
    expires_in: int | None = None  # seconds
    scope: str | None = None
    host: str | None = None
    avatar_url: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    refresh_expires_in: int | None = None  # seconds

    def __repr__(self) -> str:
        return f"Granted({self.platform}, {self.handle})"


@dataclass(frozen=True, slots=True)
class SealedAccount:
    """An account with its sealed tokens, as only the worker reads it."""

    platform: str
    platform_user_id: str
    environment: str
    host: str | None
    handle: str | None
    profile_data: Mapping[str, Any] | None
    access_token: str
    refresh_token: str | None
    token_expires_at: datetime | None
    is_active: bool
    paused_at: datetime | None
    health: str
    refresh_expires_at: datetime | None = None
    renewable: bool = False

    def __repr__(self) -> str:
        return f"SealedAccount({self.platform}, {self.handle})"


class Review(StrEnum):
    """How far a platform's own review of an app is, as its operator says."""

    UNKNOWN = "unknown"
    NONE = "none"
    TESTING = "testing"
    SUBMITTED = "submitted"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class AppRow:
    """An app as its operator may see it: without its secret. `trouble`: what the platform said when it was asked about it."""

    platform: str
    client_id: str
    has_secret: bool
    extra_scopes: Sequence[str]
    review: str
    tried_at: datetime | None
    trouble: str | None
    set_by: str | None
    updated_at: datetime | None
    by_environment: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody on the way to a platform's page and back, as it was begun. `verdict` is "ok" or why it cannot go on."""

    verdict: str
    id: UUID | None
    workspace_id: UUID | None
    platform: str | None
    host: str | None
    environment: str | None
    redirect_uri: str | None
    verifier: str | None
    reconnects: UUID | None

    def __repr__(self) -> str:
        return f"Walk({self.platform}, {self.verdict})"


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What was granted and waits for a choice, sealed."""

    workspace_id: UUID
    platform: str
    environment: str
    reconnects: UUID | None
    offered: str

    def __repr__(self) -> str:
        return f"OfferRow({self.platform})"


@dataclass(frozen=True, slots=True)
class Standing:
    """What hangs on an account: posts by what will become of them."""

    planned: int
    scheduled: int
    publishing: int
    unconfirmed: int
    published: int
