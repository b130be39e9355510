"""What workspaces look like over JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.callers import Caller
from postwright.edge.fields import Next
from postwright.errors import InvalidInput
from postwright.workspaces import invite, models
from postwright.workspaces.letter import Delivery
from postwright.workspaces.models import Environment, InvitationState, Invited, Role

_SHOWN = ConfigDict(from_attributes=True)
_SENT = ConfigDict(extra="forbid")
ACME = "0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a10"  # ids of the examples
BOB = "0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22"


class WorkspaceDetail(BaseModel):
    """A workspace and the caller's role in it."""

    model_config = _SHOWN

    id: UUID = Field(examples=[ACME])
    name: str = Field(examples=["Acme"])
    environment: Environment | None = Field(description="null until the first account decides, for good.", examples=["live"])
    simulated: bool
    timezone: str = Field(description="The zone in which it plans.", examples=["Europe/Berlin"])
    personal: bool = Field(description="It came with the person's account: it is neither deleted nor left.")
    role: Role = Field(description="The caller's; a key's is at most what its scopes are worth.")
    created_at: datetime

    @classmethod
    def of(cls, found: models.Workspace | models.Mine, caller: Caller) -> WorkspaceDetail:
        role = found.role if isinstance(found, models.Mine) and found.id != caller.workspace.id else Role(caller.role)
        return cls(
            id=found.id, name=found.name, environment=found.environment, simulated=found.environment == "sandbox",
            timezone=found.timezone, personal=found.personal, role=role, created_at=found.created_at,
        )  # fmt: skip


class WorkspaceList(BaseModel):
    """All workspaces of the caller; the list is short and comes whole."""

    items: list[WorkspaceDetail]
    next: Next = None


class NewWorkspace(BaseModel):
    """A workspace to make."""

    model_config = _SENT

    name: str = Field(max_length=400, examples=["Acme"])
    environment: Environment | None = Field(
        default=None, description="Fixed for good. Without it the first account decides.", examples=["live"]
    )


class WorkspaceChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = _SENT

    name: str | None = Field(default=None, max_length=400, examples=["Acme Ltd"])
    timezone: str | None = Field(default=None, max_length=60, examples=["Europe/Berlin"])


class DeletionTakes(BaseModel):
    """What a deletion takes along."""

    model_config = _SHOWN

    members: int = Field(examples=[3])
    accounts: int = Field(examples=[6])
    drafts: int = Field(examples=[42])
    planned: int = Field(description="Posts that are planned.", examples=[5])
    scheduled: int = Field(description="Posts that are scheduled; they go back to the plan.", examples=[3])
    publishing: int = Field(description="Posts that are being sent right now; these end as they end.", examples=[0])
    published: int = Field(description="Posts that are out; they stay on their platforms.", examples=[120])
    media: int = Field(examples=[12])
    media_bytes: int = Field(examples=[73400320])
    keys: int = Field(description="API keys that stop.", examples=[1])
    invitations: int = Field(description="Open invitations that end.", examples=[2])


class DeletionAsked(BaseModel):
    """The workspace's name, typed, as a proof that this one is meant."""

    model_config = _SENT

    name: str = Field(max_length=400, examples=["Acme"])


class DeletedWorkspace(BaseModel):
    """A deleted workspace. Its owners may restore it until `until`; then it is purged."""

    model_config = _SHOWN

    id: UUID = Field(examples=[ACME])
    name: str = Field(examples=["Acme"])
    deleted_at: datetime
    until: datetime


class WorkspaceDeletion(DeletedWorkspace):
    """What was deleted, and what it took along."""

    takes: DeletionTakes


class DeletedWorkspaces(BaseModel):
    """The caller's deleted workspaces, latest first; the list is short and comes whole."""

    items: list[DeletedWorkspace]
    next: Next = None


class WorkspaceMember(BaseModel):
    """A member. `email` is told to admins, and to themselves."""

    user_id: UUID = Field(examples=[BOB])
    name: str = Field(examples=["Bob"])
    picture: str | None = Field(examples=["/people/0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22/pictures/6f0a4a52-3ad4-4c1b-9d0c-2f4a6f3f7c11"])
    email: str | None = Field(examples=["bob@example.com"])
    role: Role
    can_approve: bool = Field(description="May approve posts; owners and admins always may.")
    joined_at: datetime

    @classmethod
    def of(cls, member: models.Member) -> WorkspaceMember:
        return cls(
            user_id=member.user_id, name=member.name, picture=member.avatar_url, email=member.email, role=member.role,
            can_approve=member.can_approve or member.role in {Role.OWNER, Role.ADMIN}, joined_at=member.joined_at,
        )  # fmt: skip


class WorkspaceMembers(BaseModel):
    """All members, the mightiest first; the list is short and comes whole."""

    items: list[WorkspaceMember]
    next: Next = None


class MemberChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = _SENT

    role: Role | None = Field(default=None, description="Only an owner makes admins and owners.", examples=["editor"])
    can_approve: bool | None = Field(default=None, examples=[True])


class Transfer(BaseModel):
    """Who is to own the workspace."""

    model_config = _SENT

    member: UUID = Field(description="A member's user id.", examples=[BOB])


class InvitationDetail(BaseModel):
    """An invitation."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a33"])
    email: str = Field(examples=["carol@example.com"])
    role: Role
    can_approve: bool
    state: InvitationState
    invited_by: str | None = Field(description="Their name.", examples=["Alice"])
    created_at: datetime
    expires_at: datetime
    emailed: bool = Field(description="Whether a mail server took the letter.")

    @classmethod
    def of(cls, made: models.Invitation, now: datetime) -> InvitationDetail:
        return cls(**cls.facts(made, now))

    @staticmethod
    def facts(made: models.Invitation, now: datetime) -> dict[str, Any]:
        return {
            "id": made.id, "email": made.email, "role": made.role, "can_approve": made.can_approve, "state": made.state(now),
            "invited_by": made.invited_by_name, "created_at": made.created_at, "expires_at": made.expires_at,
            "emailed": made.emailed_at is not None,
        }  # fmt: skip


class InvitationMade(InvitationDetail):
    """An invitation just made. Where no letter went out, pass `link` on yourself: it is told only here."""

    link: str | None = Field(description="null when the letter went out.", examples=["https://postwright.example/invitations/…"])
    reason: str | None = Field(description="Why no letter went out.", examples=["This server sends no e-mail."])

    @classmethod
    def told(cls, made: Invited, delivery: Delivery, now: datetime) -> InvitationMade:
        facts = cls.facts(made.invitation, now) | {"emailed": delivery.emailed}
        return cls(**facts, link=delivery.link, reason=delivery.reason)


class Invitations(BaseModel):
    """A page of invitations, newest first."""

    items: list[InvitationDetail]
    next: Next


class NewInvitation(BaseModel):
    """Whom to invite, to what."""

    model_config = _SENT

    email: str = Field(max_length=255, examples=["carol@example.com"])
    role: Role = Field(default=Role.EDITOR, description="editor, viewer; an owner also invites admins.", examples=["editor"])
    can_approve: bool = False
    days: int = Field(default=7, description=f"How long it stands: 1 to {invite.LONGEST_DAYS}.", examples=[7])

    def wish(self) -> models.Wish:
        return models.Wish(self.email, self.role, self.can_approve, self.days)


class InvitationWaiting(BaseModel):
    """An invitation to the caller's own address."""

    model_config = _SHOWN

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a33"])
    workspace_name: str = Field(examples=["Acme"])
    role: Role
    can_approve: bool
    invited_by: str | None = Field(examples=["Alice"])
    expires_at: datetime


class InvitationsWaiting(BaseModel):
    """What waits for the caller; the list is short and comes whole."""

    items: list[InvitationWaiting]
    next: Next = None


class Answer(BaseModel):
    """Which invitation: the token of its link, or (for a verified address) its id."""

    model_config = _SENT

    token: str | None = Field(default=None, min_length=1, max_length=200, examples=["fWq3kPz0v1L9dJc5u7Xy2bT8mN4hRg6s-EaQoZiKtVw"])
    id: UUID | None = Field(default=None, examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a33"])

    def which(self) -> dict[str, Any]:
        """For the verbs. Raises InvalidInput unless it is one of the two."""
        if (self.token is None) == (self.id is None):
            raise InvalidInput("Send `token` or `id`, one of the two.", field="token", rule="one_of")
        return self.model_dump()


class Joined(BaseModel):
    """The workspace that the caller is a member of now."""

    workspace: UUID = Field(examples=[ACME])
