"""What the ledger holds, as the platform files see it. Times are seconds since 1970, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Account:
    """A fictional account, authorised from the start."""

    id: str
    workspace: str
    platform: str
    handle: str
    display_name: str
    host: str | None
    followers: int
    created_at: float
    profile: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and whose it is."""

    token: str
    account_id: str
    kind: Literal["access", "refresh"]
    scope: str
    expires_at: float
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post on a pretend platform. `root` is the first post of its thread, itself when it stands alone."""

    platform: str
    remote_id: str
    account_id: str
    created_at: float
    kind: str
    text: str
    root: str
    title: str | None = None
    media: tuple[str, ...] = ()
    parent: str | None = None
    origin: Literal["api", "history"] = "api"
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Medium:
    """A stored file, as its bytes describe it. Sizes in bytes and pixels, duration in seconds."""

    id: str
    account_id: str | None
    kind: Literal["image", "video", "document"]
    mime: str
    size: int
    width: int
    height: int
    duration: float | None
    sha256: str
    created_at: float
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Handle:
    """What a platform hands out between two calls: an upload session, a container, a publish id."""

    platform: str
    id: str
    account_id: str
    kind: str
    created_at: float
    body: Mapping[str, Any]
    ready_at: float | None = None
    expires_at: float | None = None
