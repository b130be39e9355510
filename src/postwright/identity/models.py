"""What identity hands around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """What is known about an address when somebody tries to sign in with it."""

    user_id: UUID
    password_hash: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened. The token is told once; only its hash is stored."""

    token: str
    expires_at: datetime
    user_id: UUID

    def __repr__(self) -> str:
        return f"NewSession(user_id={self.user_id})"


@dataclass(frozen=True, slots=True)
class Visit:
    """The browser or program that signs in, and the hash of the session that it came with."""

    agent: str
    address: str | None
    former: bytes | None = None


class Purpose(StrEnum):
    """What a link in a letter is for."""

    SIGN_UP = "sign_up"
    ADDRESS = "address"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class LetterLink:
    """A link that still stands."""

    purpose: str
    user_id: UUID | None
    email: str
    full_name: str | None
    timezone: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """What a person proves themselves with."""

    email: str
    full_name: str | None
    password_hash: str | None
    verified: bool
    placeholder: bool  # the operator's, before an address of their own is set

    def __repr__(self) -> str:
        return f"Account(email={self.email})"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who has an account."""

    user_id: UUID
    full_name: str | None
    email: str


@dataclass(frozen=True, slots=True)
class Moved:
    """An address that was proved, and the one that it took over from (the same, where it only was proved)."""

    was: str
    became: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that stands."""

    id: UUID
    user_agent: str | None
    ip: IPv4Address | IPv6Address | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody as the operator sees them."""

    id: UUID
    email: str
    full_name: str | None
    avatar_url: str | None
    verified: bool
    is_active: bool
    is_operator: bool
    has_password: bool
    workspaces: int
    created_at: datetime
    last_seen_at: datetime | None
    asked_at: datetime | None  # for a new password, where no letter could be sent

    @property
    def name(self) -> str:
        return self.full_name or self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person says of themselves."""

    name: str
    timezone: str
    week_start: int  # 0 = Sunday
    locale: str
