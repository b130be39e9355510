"""What a key is, seen by those who manage keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from postwright.edge.access import RANK, Scope


class KeyState(StrEnum):
    """Whether a key opens anything."""

    STANDS = "stands"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    connection_ids: list[UUID] | None  # None: all accounts
    created_at: datetime
    last_used_at: datetime | None  # to the minute
    expires_at: datetime | None
    revoked_at: datetime | None
    user_id: UUID
    maker: str | None  # None: who made it is no member any more
    maker_role: str | None

    def state(self, now: datetime) -> KeyState:
        if self.revoked_at:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at and self.expires_at <= now else KeyState.STANDS

    @property
    def held_back(self) -> bool:
        """Whether its maker's present role is less than its scopes are worth: it does no more than its maker may."""
        return RANK.get(self.maker_role or "", 0) < max(Scope(each).cap for each in self.scopes)

    @property
    def version(self) -> tuple[object, ...]:
        """What tells two states of it apart, for those who change it."""
        return self.id, self.name, self.revoked_at


@dataclass(frozen=True, slots=True)
class Account:
    """An account that a key may be held to."""

    id: UUID
    platform: str
    handle: str | None
    display_name: str | None

    @property
    def name(self) -> str:
        return self.handle or self.display_name or self.platform


@dataclass(frozen=True, slots=True)
class Wish:
    """A key to make."""

    name: str = ""
    scopes: Sequence[Scope] = (Scope.READ,)
    accounts: Sequence[UUID] | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A new key and, this once, its secret."""

    key: ApiKey
    token: str
