"""What insight knows of a published post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from postwright.publishing.unread import Unread

# Those that are counted day by day, in columns; a platform may tell more (platforms/figures.py), which stand on the post alone.
FIGURES = ("views", "impressions", "likes", "comments", "shares", "saves", "clicks", "watch_time_seconds")


@dataclass(frozen=True, slots=True)
class Target:
    """A published post to be measured."""

    workspace_id: UUID
    id: UUID
    platform: str
    connection_id: UUID
    remote_id: str
    content_format: str | None
    metrics: Mapping[str, Any]
    item_id: UUID | None
    platform_id: UUID


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """A sandbox account that history is made for."""

    platform: str
    platform_user_id: str
    connection_id: UUID
    timezone: str | None
    workspace_timezone: str
    platform_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Day:
    """A post's figures of one day (UTC); None is unknown."""

    date: date
    views: int | None
    impressions: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    clicks: int | None
    engagement_rate: float | None
    ctr: float | None


@dataclass(frozen=True, slots=True)
class PostMetrics:
    """A post's latest figures and its days. What the platform does not tell is absent, never 0."""

    post_id: UUID
    simulated: bool
    metrics: Mapping[str, Any]
    measured_at: datetime | None
    published_at: datetime | None
    days: list[Day]
    unread: Unread | None  # why they were not read when they were last asked for
