"""An account as its platform knows it, and what opens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """The account that posts, as the platform knows it."""

    platform_user_id: str
    handle: str
    host: str | None = None  # of a platform with many servers
    profile: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Decrypted tokens; lives only as long as a call."""

    access_token: str
    refresh_token: str | None = None
    expires_at: datetime | None = field(default=None, compare=False)  # as far as we know
    renewable: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its platform shows it now. What is not told is None, or absent from `figures` (those of `audience`)."""

    handle: str | None = None
    display_name: str | None = None
    avatar_url: str | None = None
    figures: Mapping[str, int] = field(default_factory=dict)
