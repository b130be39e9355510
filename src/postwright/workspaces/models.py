"""What workspaces hand around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

Environment = Literal["sandbox", "live"]

KEPT = timedelta(days=30)  # how long a deleted workspace can be restored; SQL holds to it


class Role(StrEnum):
    """What a member may do: view, write content, manage, own."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class InvitationState(StrEnum):
    """How an invitation stands."""

    OPEN = "open"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as its own pages show it."""

    id: UUID
    name: str
    environment: Environment | None  # "sandbox", "live", or None until the first account decides
    timezone: str
    personal: bool  # came with somebody's account: neither deleted nor left
    created_at: datetime

    @property
    def version(self) -> tuple[UUID, str, str]:
        """What two who change it must both have seen."""
        return self.id, self.name, self.timezone


@dataclass(frozen=True, slots=True)
class Mine:
    """One of the caller's workspaces, as a list shows it."""

    id: UUID
    name: str
    environment: Environment | None
    timezone: str
    personal: bool
    created_at: datetime
    role: Role
    members: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """A workspace that its owner may restore."""

    id: UUID
    name: str
    environment: Environment | None
    deleted_at: datetime

    @property
    def until(self) -> datetime:
        """When it is purged."""
        return self.deleted_at + KEPT


@dataclass(frozen=True, slots=True)
class Takes:
    """What a deletion takes along."""

    members: int
    accounts: int
    drafts: int
    planned: int
    scheduled: int
    publishing: int  # being sent right now: these end as they end
    published: int
    media: int
    media_bytes: int
    keys: int
    invitations: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the workspace. `email` is told to admins, and to themselves."""

    user_id: UUID
    full_name: str | None
    avatar_url: str | None
    email: str | None
    role: Role
    can_approve: bool
    joined_at: datetime

    @property
    def name(self) -> str:
        return self.full_name or (self.email or "").partition("@")[0] or "Somebody"

    @property
    def version(self) -> tuple[UUID, str, bool]:
        """What two who change them must both have seen."""
        return self.user_id, str(self.role), self.can_approve


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as admins see it."""

    id: UUID
    email: str
    role: Role
    can_approve: bool
    invited_by: UUID | None
    invited_by_name: str | None
    created_at: datetime
    expires_at: datetime
    emailed_at: datetime | None
    accepted_at: datetime | None
    declined_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> InvitationState:
        """How it stands at that moment."""
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.declined_at:
            return InvitationState.DECLINED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.EXPIRED if self.expires_at <= now else InvitationState.OPEN


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to invite, to what, for how long."""

    email: str
    role: Role = Role.EDITOR
    can_approve: bool = False
    days: int = 7


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation just made. The token is told once; only its hash is stored."""

    invitation: Invitation
    token: str

    def __repr__(self) -> str:
        return f"Invited({self.invitation.id})"


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as who holds its token sees it."""

    id: UUID
    workspace_id: UUID
    workspace_name: str
    environment: Environment | None
    email: str
    role: Role
    can_approve: bool
    invited_by: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invitation to the caller's own, verified address."""

    id: UUID
    workspace_name: str
    role: Role
    can_approve: bool
    invited_by: str | None
    expires_at: datetime
