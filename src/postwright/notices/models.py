"""What notices hand around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What a notice may be about. The list is closed: e-mail, webhooks and chat will choose by it. SQL holds to the same list."""

    POST_FAILED = "post_failed"  # a post did not go out; its author decides what now
    POST_UNCONFIRMED = "post_unconfirmed"  # nobody knows whether a post went out; its author says
    ACCOUNT_RECONNECT = "account_reconnect"  # an account waits to be connected again; owners and admins can
    MENTION = "mention"  # somebody named the person in a comment
    COMMENT = "comment"  # somebody commented on what the person wrote, or answered in a thread of theirs
    INVITATION = "invitation"  # the person is invited into another workspace; stands in their personal one
    INVITATION_ANSWERED = "invitation_answered"  # whom the person invited accepted or declined
    ROLE = "role"  # the person's role was changed
    OWNERSHIP = "ownership"  # the person owns the workspace now
    KEY_EXPIRING = "key_expiring"  # a key of the person's ends soon
    EXPORT_READY = "export_ready"  # an archive that the person asked for can be downloaded
    EXPORT_FAILED = "export_failed"  # ... could not be made
    HAND_OFF = "hand_off"  # a post that a person posts by hand has come to its time
    POSTS_OVERDUE = "posts_overdue"  # posts could not go out in time and wait for a decision
    FIGURES_REFUSED = "figures_refused"  # a platform refuses an account's figures; owners and admins can mend that


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to one person of one workspace. `times`: how often it happened before they looked."""

    id: UUID
    kind: Kind
    title: str
    body: str | None
    link: str | None
    times: int
    created_at: datetime
    last_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Unread notices of the same person in another workspace."""

    workspace_id: UUID
    name: str
    unread: int
