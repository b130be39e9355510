"""What identity hands around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    """The browser or program that signs in."""

    agent: str
    address: str | None
