"""What the audit log hands around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

KEPT_DAYS = 400  # where the workspace's settings say nothing else


class Verb(StrEnum):
    """What was done to a row."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Kind(StrEnum):
    """What kind of thing it was done to, in the words of the interface."""

    POST = "post"
    APPROVAL = "approval"
    PROMOTION = "promotion"
    ACCOUNT = "account"
    MEMBER = "member"
    INVITATION = "invitation"
    KEY = "key"
    WORKSPACE = "workspace"
    PREFERENCES = "preferences"
    DOSSIER = "dossier"
    TIMING_EXPERIMENT = "timing_experiment"
    CONTENT_EXPERIMENT = "content_experiment"
    ALERT = "alert"
    REPORT = "report"
    WEBHOOK = "webhook"
    OTHER = "other"


TABLES = {
    "scheduled_posts": Kind.POST,
    "published_posts": Kind.POST,
    "approvals": Kind.APPROVAL,
    "post_promotions": Kind.PROMOTION,
    "platform_connections": Kind.ACCOUNT,
    "workspace_members": Kind.MEMBER,
    "invitations": Kind.INVITATION,
    "api_keys": Kind.KEY,
    "workspaces": Kind.WORKSPACE,
    "publishing_pauses": Kind.WORKSPACE,
    "user_scheduling_preferences": Kind.PREFERENCES,
    "cf_product_dossiers": Kind.DOSSIER,
    "optimization_trials": Kind.TIMING_EXPERIMENT,
    "ab_tests": Kind.CONTENT_EXPERIMENT,
    "performance_alerts": Kind.ALERT,
    "report_schedules": Kind.REPORT,
    "webhooks": Kind.WEBHOOK,
}

ACTIONS = {"INSERT": Verb.ADDED, "UPDATE": Verb.CHANGED, "DELETE": Verb.REMOVED}

System = Literal["system"]


@dataclass(frozen=True, slots=True)
class View:
    """Which entries; None: not asked. `person` "system" stands for what nobody in particular did."""

    person: UUID | System | None = None
    kind: Kind | None = None
    verb: Verb | None = None
    record: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is stored."""

    id: UUID
    table_name: str
    record_id: UUID
    action: str
    old_data: dict[str, Any] | None
    new_data: dict[str, Any] | None
    user_id: UUID | None
    key_id: UUID | None
    key_name: str | None
    origin: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after; never one that holds a secret."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as a person reads it."""

    id: UUID
    at: datetime
    actor: str  # their present name, or "Postwright"
    user_id: UUID | None
    key_id: UUID | None
    key_name: str | None
    origin: str | None
    kind: Kind
    verb: Verb
    record: UUID
    what: str  # "moved the post “Hello”"
    changes: list[Change]
    path: str | None  # the thing's own page
